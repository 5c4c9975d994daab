//! What lists do beside listing: the row of what was just made is marked, times say themselves in two zones on hover,
//! labels filter, a rollout is paused and resumed. Nothing here goes by words, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};

use super::pages::OBJECTS;

#[tokio::test]
async fn lists_mark_explain_filter_and_pause() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", OBJECTS).await?;
    kubectl.run("label cronjob nightly team=ops").await?;
    let browser = Browser::open(Look::ENGLISH).await?;
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    let walk = Walk {
        page: orrery.endpoint("page").to_string(),
        kubectl,
        browser,
    };
    walk.marked().await?;
    walk.hovered().await?;
    walk.labelled().await?;
    walk.paused().await?;
    let complaints = walk.browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    walk.browser.close().await?;
    orrery.stop().await
}

struct Walk {
    page: String,
    kubectl: Kubectl,
    browser: Browser,
}

/// A mark stays for a moment, and a busy machine may look later: what is marked is noted when it is.
const NOTE_MARKS: &str = "
    window.marked = '';
    new MutationObserver(records => records.forEach(({ target }) => window.marked += target.innerHTML))
        .observe(document.body, { subtree: true, attributeFilter: ['data-fresh'] })";

impl Walk {
    async fn open(&self, path: &str) -> Result<()> {
        self.browser
            .tab
            .goto(&format!("{}{path}", self.page))
            .await?;
        self.browser.css("html[data-awake]").await?;
        Ok(())
    }

    async fn holds(&self, script: &str) -> Result<()> {
        self.browser.holds(script, "", Browser::APPEARS).await
    }

    async fn click(&self, selector: &str) -> Result<()> {
        Ok(self.browser.css(selector).await?.click().await?)
    }

    /// In the list the CronJob's row has the run; on its page the run has a row.
    async fn marked(&self) -> Result<()> {
        for path in ["/cronjobs", "/cronjobs/default/nightly"] {
            self.open(path).await?;
            self.browser.tab.execute(NOTE_MARKS, vec![]).await?;
            self.click(r#"main button[data-deed^='{"Trigger":']"#)
                .await?;
            self.holds("return window.marked.includes('/jobs/default/nightly-manual-')")
                .await?;
            self.browser
                .css(".toast a[href^='/jobs/default/nightly-manual-'][href$='/log']")
                .await?;
            // and not for ever
            self.holds("return !document.querySelector('[data-fresh]')")
                .await?;
        }
        Ok(())
    }

    /// The job's zone and the reader's: the browser's is UTC here.
    async fn hovered(&self) -> Result<()> {
        self.open("/cronjobs").await?;
        self.holds(
            "const [zoned, own] = (document.querySelector('td.c-next time').title || '').split('\\n');
             return zoned.includes('03:00 KST') && own.includes('6:00:00')",
        )
        .await
    }

    async fn labelled(&self) -> Result<()> {
        self.open("/cronjobs").await?;
        let field = self.browser.css("form.labels input[type=search]").await?;
        field.send_keys("team in (ops),!canary\u{e007}").await?;
        self.holds(
            "return location.search.startsWith('?labels=team') && document.querySelectorAll('main tbody tr').length === 1",
        )
        .await?;
        self.open("/cronjobs?labels=team%3Ddev").await?;
        self.holds("return !document.querySelector('main tbody tr')")
            .await?;
        self.open("/cronjobs?labels=team%20in%20(").await?;
        self.browser.css("form.labels [aria-invalid=true]").await?;
        self.browser.css("form.labels [role=alert]").await?;
        Ok(())
    }

    async fn paused(&self) -> Result<()> {
        self.open("/daemonsets/default/agent").await?;
        let strategy = |type_: &str| {
            format!(
                "wait daemonset/agent --for=jsonpath={{.spec.updateStrategy.type}}={type_} --timeout=20s"
            )
        };
        let button = r#"main .head button[data-deed^='{"Pause":']"#;
        self.click(&format!("{button}[data-deed$=',true]}}']"))
            .await?;
        self.kubectl.run(&strategy("OnDelete")).await?;
        self.browser.css("main .note.warn").await?;
        self.browser
            .xpath("//*[contains(@class, 'toast')]//code[contains(., 'OnDelete')]")
            .await?;
        self.click(&format!("{button}[data-deed$=',false]}}']"))
            .await?;
        self.kubectl.run(&strategy("RollingUpdate")).await?;
        Ok(())
    }
}
