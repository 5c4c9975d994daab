//! What lists do beside listing: the row of what was just made is marked, times say themselves in two zones on hover,
//! labels filter, a rollout is paused and resumed, buttons are in sight in a narrow window. Nothing here goes by words, so
//! that it holds in every language.

use anyhow::Result;
use orrery_tests::{Browser, Kubectl, Scene};

use super::pages::OBJECTS;

#[tokio::test]
async fn lists_mark_explain_filter_and_pause() -> Result<()> {
    let scene = Scene::of(OBJECTS).after("label cronjob nightly team=ops");
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        marked(browser).await?;
        hovered(browser).await?;
        labelled(browser).await?;
        paused(browser, kubectl).await?;
        narrow(browser).await
    });
    walked.await
}

/// A mark stays for a moment, and a busy machine may look later: what is marked is noted when it is.
const NOTE_MARKS: &str = "
    window.marked = '';
    new MutationObserver(records => records.forEach(({ target }) => window.marked += target.innerHTML))
        .observe(document.body, { subtree: true, attributeFilter: ['data-fresh'] })";

/// In the list the CronJob's row has the run; on its page the run has a row.
async fn marked(browser: &Browser) -> Result<()> {
    for path in ["/cronjobs", "/cronjobs/default/nightly"] {
        browser.goto(path).await?;
        browser.ask(NOTE_MARKS).await?;
        browser
            .click(r#"main button[data-deed^='{"Trigger":']"#)
            .await?;
        browser
            .holds("return window.marked.includes('/jobs/default/nightly-manual-')")
            .await?;
        browser
            .see(".toast a[href^='/jobs/default/nightly-manual-'][href$='/log']")
            .await?;
        // and not for ever
        browser
            .holds("return !document.querySelector('[data-fresh]')")
            .await?;
    }
    Ok(())
}

/// The job's zone and the reader's: the browser's is UTC here.
async fn hovered(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs").await?;
    browser.holds(
        "const [zoned, own] = (document.querySelector('td.c-next time').title || '').split('\\n');
             return zoned.includes('03:00 KST') && own.includes('18:00:00')",
    )
    .await
}

async fn labelled(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs").await?;
    let field = "form.labels input[type=search]";
    browser.fill(field, "team in (ops),!canary\u{e007}").await?;
    browser.holds(
        "return location.search.startsWith('?labels=team') && document.querySelectorAll('main tbody tr').length === 1",
    )
    .await?;
    browser.goto("/cronjobs?labels=team%3Ddev").await?;
    browser
        .holds("return !document.querySelector('main tbody tr')")
        .await?;
    browser.goto("/cronjobs?labels=team%20in%20(").await?;
    browser.see("form.labels [aria-invalid=true]").await?;
    browser.see("form.labels [role=alert]").await?;
    Ok(())
}

async fn paused(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/daemonsets/default/agent").await?;
    let strategy = |type_: &str| {
        format!(
            "wait daemonset/agent --for=jsonpath={{.spec.updateStrategy.type}}={type_} --timeout=20s"
        )
    };
    let button = r#"main .head button[data-deed^='{"Pause":']"#;
    browser
        .click(&format!("{button}[data-deed$=',true]}}']"))
        .await?;
    kubectl.run(&strategy("OnDelete")).await?;
    browser.see("main .note.warn").await?;
    browser
        .see("//*[contains(@class, 'toast')]//code[contains(., 'OnDelete')]")
        .await?;
    browser
        .click(&format!("{button}[data-deed$=',false]}}']"))
        .await?;
    kubectl.run(&strategy("RollingUpdate")).await?;
    Ok(())
}

/// A row's buttons are where the table's place ends, at the latest, and nothing of it goes on beyond that.
const IN_SIGHT: &str = "
    const buttons = document.querySelector('main tbody td.c-acts').getBoundingClientRect();
    const place = document.querySelector('main .list > .scroll');
    return buttons.right <= place.getBoundingClientRect().right + 1 && place.scrollWidth <= place.clientWidth + 1;";

/// However narrow the window is, and where rows become cards.
async fn narrow(browser: &Browser) -> Result<()> {
    for list in ["cronjobs", "jobs", "daemonsets", "pods", "nodes"] {
        browser.goto(&format!("/{list}")).await?;
        browser.see("main tbody td.c-acts").await?;
        for width in [
            800, 980, 1023, 1024, 1090, 1100, 1240, 1300, 1360, 1400, 1440,
        ] {
            browser.tab.set_window_size(width, 900).await?;
            browser.holds(IN_SIGHT).await?;
        }
    }
    Ok(())
}
