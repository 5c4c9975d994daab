//! What a deed leaves behind: who, when and why on the object; and what a refused one does not.

use std::time::Duration;

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};
use serde_json::json;

const SOON: Duration = Duration::from_secs(30);

const OBJECTS: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: nightly}
  spec:
    schedule: "0 0 1 1 *"
    jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}}}}
- apiVersion: batch/v1
  kind: Job
  metadata: {name: long}
  spec: {template: {spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{name: c, image: busybox, command: [sleep, "1000"]}]}}}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: slow}
  spec:
    schedule: "0 0 1 1 *"
    jobTemplate: {spec: {template: {spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{name: c, image: busybox, command: [sleep, "1000"]}]}}}}
- apiVersion: apps/v1
  kind: DaemonSet
  metadata: {name: agent}
  spec:
    selector: {matchLabels: {app: agent}}
    template:
      metadata: {labels: {app: agent}}
      spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, "1000"]}]}
"#;

/// A person in front of a page of three objects.
struct Walk {
    orrery: Orrery,
    browser: Browser,
    kubectl: Kubectl,
}

impl Walk {
    async fn start() -> Result<Option<Self>> {
        let orrery = Orrery::start().await?;
        let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
            return Ok(None);
        };
        kubectl.run_with("apply -f -", OBJECTS).await?;
        let browser = Browser::open(Look::ENGLISH).await?;
        browser.tab.goto(&orrery.sign_in_link().await?).await?;
        browser.css("main").await?;
        Ok(Some(Self {
            orrery,
            browser,
            kubectl,
        }))
    }

    async fn open(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.orrery.endpoint("page"));
        self.browser.tab.goto(&url).await?;
        self.browser.css("[role=status].live").await?;
        Ok(())
    }

    /// Opens a row's menu, says why, and chooses.
    async fn choose(&self, name: &str, deed: &str, why: &str) -> Result<()> {
        let row = format!("//tr[.//a[normalize-space(.)='{name}']]");
        let menu = format!("{row}//button[contains(@aria-label, 'More actions')]");
        self.browser.click(&menu).await?;
        let reason = self.browser.css("dialog[open] [name=reason]").await?;
        reason.send_keys(why).await?;
        let item = format!("//dialog[@open]//button[@data-item][starts-with(., '{deed}')]");
        self.browser.click(&item).await
    }

    /// Waits until an object says so.
    async fn says(&self, what: &str, words: &str) -> Result<()> {
        let asked = async {
            loop {
                let said = self.kubectl.run(&format!("get {what}")).await?;
                if said.contains(words) {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(SOON, asked).await {
            Ok(said) => said,
            Err(_) => anyhow::bail!("{what} never says {words}"),
        }
    }

    async fn close(self) -> Result<()> {
        self.browser.close().await?;
        self.orrery.stop().await
    }
}

#[tokio::test]
async fn a_reason_stays_on_what_is_restarted_suspended_resumed_and_deleted() -> Result<()> {
    let Some(walk) = Walk::start().await? else {
        return Ok(());
    };
    walk.open("/daemonsets").await?;
    walk.choose("agent", "Restart", "new certificates").await?;
    walk.says("daemonset agent -o yaml", "Restart: new certificates")
        .await?;
    walk.says(
        "daemonset agent -o yaml",
        "kubectl.kubernetes.io/restartedAt",
    )
    .await?;
    walk.says(
        "daemonset agent -o yaml",
        "changed-by: orrery-admin (dashboard)",
    )
    .await?;

    walk.open("/jobs").await?;
    let row = "//tr[.//a[normalize-space(.)='long']]";
    walk.choose("long", "Suspend", "the disk is full").await?;
    walk.browser
        .xpath(&format!("{row}[contains(., 'Suspended')]"))
        .await?;
    walk.says("job long -o yaml", "Suspend: the disk is full")
        .await?;
    walk.choose("long", "Resume", "it is not").await?;
    walk.browser
        .xpath(&format!("{row}[contains(., 'Running')]"))
        .await?;
    walk.says("job long -o yaml", "Resume: it is not").await?;
    walk.open("/jobs/default/long").await?;
    walk.browser
        .click(r#"//main//button[starts-with(@data-deed, '{"Delete":')]"#)
        .await?;
    let reason = walk.browser.css("dialog[open] [name=reason]").await?;
    reason.send_keys("a wrong date").await?;
    walk.browser.click("//*[@id='confirm']").await?;
    let said = "Deleted by orrery-admin (dashboard): a wrong date";
    walk.says("events", said).await?;
    walk.close().await
}

/// A run that ended and one that was deleted before it did, both of Jobs that are gone, after a power cut.
#[tokio::test]
async fn runs_are_known_beyond_their_jobs_and_a_restart() -> Result<()> {
    let Some(mut walk) = Walk::start().await? else {
        return Ok(());
    };
    for (job, cronjob, wait) in [
        ("nightly-once", "nightly", "--for=condition=Complete"),
        ("slow-once", "slow", "--for=jsonpath={.status.ready}=1"),
    ] {
        walk.kubectl
            .run(&format!("create job {job} --from=cronjob/{cronjob}"))
            .await?;
        walk.kubectl
            .run(&format!("wait job/{job} {wait} --timeout=60s"))
            .await?;
        walk.kubectl.run(&format!("delete job {job}")).await?;
    }
    let folder = walk.orrery.kubeconfig().with_file_name("runs");
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let written = async {
        loop {
            looks.tick().await;
            let files = std::fs::read_dir(&folder)?.flatten();
            let text = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
            let text: String = text.collect();
            if ["nightly-once", "slow-once"]
                .iter()
                .all(|job| text.contains(job))
            {
                return anyhow::Ok(());
            }
        }
    };
    tokio::time::timeout(SOON, written).await??;
    walk.orrery.kill().await?;
    walk.orrery.start_again().await?;
    let link = walk.orrery.sign_in_link().await?;
    walk.browser.tab.goto(&link).await?;
    for (cronjob, job, word) in [
        ("nightly", "nightly-once", "Succeeded"),
        ("slow", "slow-once", "Deleted"),
    ] {
        walk.open(&format!("/cronjobs/default/{cronjob}")).await?;
        let run = format!("//main//tr[contains(., '{job}')][contains(., '{word}')]");
        walk.browser.xpath(&run).await?;
    }
    walk.close().await
}

/// Holds the answer to a deed back until `window.refuse()`.
const REFUSE: &str = r#"
    const real = window.fetch;
    window.fetch = asked => asked.url.endsWith('/api/act')
        ? new Promise(answer => window.refuse = () => answer(new Response(
            JSON.stringify({Refused: {message: 'admission webhook "calm" denied the request'}}), {status: 403})))
        : real(asked);"#;

/// Its state, as the row's switch says it.
const SWITCH: &str = "return document.querySelector('main [role=switch]').getAttribute('aria-checked') === arguments[0]";

#[tokio::test]
async fn a_switch_that_the_cluster_refuses_goes_back_with_its_words() -> Result<()> {
    let Some(walk) = Walk::start().await? else {
        return Ok(());
    };
    walk.open("/cronjobs").await?;
    walk.browser.tab.execute(REFUSE, vec![]).await?;
    walk.browser.holds(SWITCH, "true", SOON).await?;
    walk.browser.click("//main//button[@role='switch']").await?;
    // it is shown as it will be, before anything is heard
    walk.browser.holds(SWITCH, "false", SOON).await?;
    walk.browser
        .holds("return !!window.refuse", "", SOON)
        .await?;
    walk.browser.tab.execute("window.refuse()", vec![]).await?;
    walk.browser.holds(SWITCH, "true", SOON).await?;
    walk.browser
        .xpath("//*[contains(@class, 'toast')][contains(., 'admission webhook \"calm\" denied the request')]")
        .await?;
    walk.says("cronjob nightly -o jsonpath={.spec.suspend}x", "falsex")
        .await?;
    walk.close().await
}

/// The browser's clock goes so many hours wrong; the wall clock in its own zone does not matter.
const SKEW: &str = "
    const real = Date.now.bind(Date), wrong = %HOURS% * 3600000;
    Date.now = () => real() + wrong;";

/// The age of the Job, and how long it has run: some seconds, both.
const AGE: &str = "
    const said = ['ago', 'for'].map(say => document.querySelector(`main tbody tr [data-say=${say}]`)?.textContent ?? '');
    return said.every(words => /^[0-9]+ (s|m)\\b/.test(words) && !/ (h|d) /.test(words));";

#[tokio::test]
async fn ages_and_countdowns_are_right_under_a_browsers_wrong_clock() -> Result<()> {
    let Some(walk) = Walk::start().await? else {
        return Ok(());
    };
    // one upon the other: five ahead, then seven behind
    for hours in ["5", "-12"] {
        let script = SKEW.replace("%HOURS%", hours);
        walk.browser.before_each_page(&script).await?;
        walk.open("/jobs").await?;
        let off = "return Math.abs(Date.now() - new Date().getTime()) > 4 * 3600000";
        ensure!(
            walk.browser.tab.execute(off, vec![]).await? == json!(true),
            "the clock is wrong"
        );
        walk.browser.holds(AGE, "", SOON).await?;
    }
    walk.close().await
}
