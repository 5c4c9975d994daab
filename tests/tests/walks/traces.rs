//! What a deed leaves behind: who, when and why on the object; and what a refused one does not.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Scene, Walk, eventually, row};
use serde_json::json;

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

/// Opens a row's menu, says why, and chooses.
async fn choose(browser: &Browser, name: &str, deed: &str, why: &str) -> Result<()> {
    let menu = "//button[contains(@aria-label, 'More actions')]";
    browser.click(&format!("{}{menu}", row(name))).await?;
    browser.fill(REASON, why).await?;
    let item = format!("//dialog[@open]//button[@data-item][starts-with(., '{deed}')]");
    browser.click(&item).await
}

/// What an object's page does at once leaves who did it, and can be given a reason, too.
async fn from_its_page(walk: &Walk) -> Result<()> {
    let nightly = "cronjob nightly -o yaml";
    walk.browser.goto("/cronjobs/default/nightly").await?;
    walk.browser.click("main .head button[role=switch]").await?;
    walk.until(nightly, "change-reason: Suspend").await?;
    walk.until(nightly, "changed-by: orrery-admin (dashboard)")
        .await?;
    for (deed, why, what, words) in [
        (
            "Resume",
            "the audit is over",
            nightly,
            "Resume: the audit is over",
        ),
        (
            "Trigger",
            "an invoice was lost",
            "jobs -o yaml",
            "Trigger: an invoice was lost",
        ),
    ] {
        let menu = format!(r#"main .head button[data-deed^='{{"Menu":'][data-deed*='{deed}']"#);
        walk.browser.click(&menu).await?;
        walk.browser.fill(REASON, why).await?;
        let item = format!("//dialog[@open]//button[@data-item][starts-with(., '{deed}')]");
        walk.browser.click(&item).await?;
        walk.until(what, words).await?;
    }
    Ok(())
}

const REASON: &str = "dialog[open] [name=reason]";

#[tokio::test]
async fn a_reason_stays_on_what_is_restarted_suspended_resumed_and_deleted() -> Result<()> {
    Scene::of(OBJECTS)
        .walk(async |walk| {
            walk.browser.goto("/daemonsets").await?;
            choose(&walk.browser, "agent", "Restart", "new certificates").await?;
            walk.until("daemonset agent -o yaml", "Restart: new certificates")
                .await?;
            walk.until(
                "daemonset agent -o yaml",
                "kubectl.kubernetes.io/restartedAt",
            )
            .await?;
            walk.until(
                "daemonset agent -o yaml",
                "changed-by: orrery-admin (dashboard)",
            )
            .await?;

            walk.browser.goto("/jobs").await?;
            let row = row("long");
            choose(&walk.browser, "long", "Suspend", "the disk is full").await?;
            walk.browser
                .see(&format!("{row}[contains(., 'Suspended')]"))
                .await?;
            walk.until("job long -o yaml", "Suspend: the disk is full")
                .await?;
            choose(&walk.browser, "long", "Resume", "it is not").await?;
            walk.browser
                .see(&format!("{row}[contains(., 'Running')]"))
                .await?;
            walk.until("job long -o yaml", "Resume: it is not").await?;
            from_its_page(walk).await?;
            walk.browser.goto("/jobs/default/long").await?;
            walk.browser
                .click(r#"//main//button[starts-with(@data-deed, '{"Delete":')]"#)
                .await?;
            walk.browser.fill(REASON, "a wrong date").await?;
            walk.browser.click("//*[@id='confirm']").await?;
            let said = "Deleted by orrery-admin (dashboard): a wrong date";
            walk.until("events", said).await?;
            Ok(())
        })
        .await
}

/// A run that ended and one that was deleted before it did, both of Jobs that are gone, after a power cut.
#[tokio::test]
async fn runs_are_known_beyond_their_jobs_and_a_restart() -> Result<()> {
    Scene::of(OBJECTS)
        .breaking()
        .walk(async |walk| {
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
            let written = async || {
                let files = std::fs::read_dir(&folder)?.flatten();
                let text = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
                let text: String = text.collect();
                Ok(["nightly-once", "slow-once"]
                    .iter()
                    .all(|job| text.contains(job)))
            };
            eventually(Browser::APPEARS, written).await?;
            walk.orrery.kill().await?;
            walk.orrery.start_again().await?;
            walk.browser.sign_in(&walk.orrery).await?;
            for (cronjob, job, word) in [
                ("nightly", "nightly-once", "Succeeded"),
                ("slow", "slow-once", "Deleted"),
            ] {
                walk.browser
                    .goto(&format!("/cronjobs/default/{cronjob}"))
                    .await?;
                let run = format!("//main//tr[contains(., '{job}')][contains(., '{word}')]");
                walk.browser.see(&run).await?;
            }
            Ok(())
        })
        .await
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
    Scene::of(OBJECTS).walk(async |walk| {
    walk.browser.goto("/cronjobs").await?;
    walk.browser.ask(REFUSE).await?;
    walk.browser.holds_of(SWITCH, "true", Browser::APPEARS).await?;
    walk.browser.click("//main//button[@role='switch']").await?;
    // it is shown as it will be, before anything is heard
    walk.browser.holds_of(SWITCH, "false", Browser::APPEARS).await?;
    walk.browser
        .holds("return !!window.refuse")
        .await?;
    walk.browser.ask("window.refuse()").await?;
    walk.browser.holds_of(SWITCH, "true", Browser::APPEARS).await?;
    walk.browser
        .see("//*[contains(@class, 'toast')][contains(., 'admission webhook \"calm\" denied the request')]")
        .await?;
    walk.until("cronjob nightly -o jsonpath={.spec.suspend}x", "falsex")
        .await?;
Ok(())
}).await
}

/// The browser's clock goes so many hours wrong; the wall clock in its own zone does not matter.
const SKEW: &str = "{
    const real = Date.now.bind(Date), wrong = %HOURS% * 3600000;
    Date.now = () => real() + wrong; }";

/// By how many hours it is wrong.
const WRONG: &str = "return Math.round((Date.now() - new Date().getTime()) / 3600000)";

/// The age of the Job, and how long it has run: some seconds, both.
const AGE: &str = "
    const said = ['ago', 'for'].map(say => document.querySelector(`main tbody tr [data-say=${say}]`)?.textContent ?? '');
    return said.every(words => /^[0-9]+ (s|m)\\b/.test(words) && !/ (h|d) /.test(words));";

#[tokio::test]
async fn ages_and_countdowns_are_right_under_a_browsers_wrong_clock() -> Result<()> {
    Scene::of(OBJECTS)
        .walk(async |walk| {
            // one upon the other
            for (more, wrong) in [("5", 5), ("-12", -7)] {
                let script = SKEW.replace("%HOURS%", more);
                walk.browser.before_each_page(&script).await?;
                walk.browser.goto("/jobs").await?;
                ensure!(walk.browser.ask(WRONG).await? == json!(wrong));
                walk.browser.holds(AGE).await?;
            }
            Ok(())
        })
        .await
}
