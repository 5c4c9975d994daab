//! What a person does to objects in the browser: on several at a time, back to a revision, for slots that passed.

use std::time::Duration;

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};

/// Patience with what the cluster does on its own.
const SOON: Duration = Duration::from_secs(30);

const OBJECTS: &str = r#"
apiVersion: v1
kind: List
items:
- &cronjob
  apiVersion: batch/v1
  kind: CronJob
  metadata: {name: alpha}
  spec:
    schedule: "0 0 1 1 *"
    jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}}}}
- {<<: *cronjob, metadata: {name: beta}}
- {<<: *cronjob, metadata: {name: gamma}}
- apiVersion: apps/v1
  kind: DaemonSet
  metadata: {name: logs}
  spec:
    selector: {matchLabels: {app: logs}}
    template:
      metadata: {labels: {app: logs}}
      spec: {containers: [{name: main, image: busybox, command: [sleep, "1000"]}]}
"#;

/// An Orrery with a few objects and a browser that is signed in; none without a kubectl.
async fn open(look: Look) -> Result<Option<(Orrery, Browser, Kubectl)>> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(None);
    };
    kubectl.run_with("apply -f -", OBJECTS).await?;
    let browser = Browser::open(look).await?;
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    browser.css("main").await?;
    Ok(Some((orrery, browser, kubectl)))
}

async fn close(orrery: Orrery, browser: Browser) -> Result<()> {
    let complaints = browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    browser.close().await?;
    orrery.stop().await
}

fn row(name: &str) -> String {
    format!("//tr[.//a[normalize-space(.)='{name}']]")
}

/// Shift ticks the rows between, x the one with the focus; the question names all, each is done, and undone.
#[tokio::test]
async fn several_rows_at_a_time() -> Result<()> {
    let Some((orrery, browser, _)) = open(Look::ENGLISH).await? else {
        return Ok(());
    };
    let page = orrery.endpoint("page");
    browser
        .tab
        .goto(&format!("{page}/cronjobs?sort=name"))
        .await?;
    browser.css("[role=status].live").await?;
    let script = "for (const [name, shiftKey] of [['alpha', false], ['gamma', true]])
        document.querySelector(`[data-pick][value='default/${name}']`).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey}));
        return document.querySelectorAll('[data-pick]:checked').length";
    let ticked = browser.tab.execute(script, vec![]).await?;
    ensure!(ticked == 3, "shift ticks what is between: {ticked}");
    browser
        .click("//form[@id='bulk']//button[@value='suspend']")
        .await?;
    for name in ["alpha", "beta", "gamma"] {
        let named = format!("//dialog//li[contains(., 'default/{name}')]");
        browser.xpath(&named).await?;
    }
    browser.click("//dialog//button[@value='run']").await?;
    for name in ["alpha", "beta", "gamma"] {
        browser
            .xpath(&format!("{}[contains(., 'Suspended')]", row(name)))
            .await?;
    }
    browser
        .click("//*[contains(@class, 'toast')]//button[.='Undo']")
        .await?;
    browser
        .click("//dialog[@open]//button[@value='run']")
        .await?;
    for name in ["alpha", "gamma"] {
        browser
            .gone(&format!("{}[contains(., 'Suspended')]", row(name)))
            .await?;
    }
    browser
        .click("//form[@id='bulk']//button[@data-do='unpick']")
        .await?;
    let keys = "document.activeElement.blur();
        for (const key of ['j', 'x']) document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        return document.querySelectorAll('[data-pick]:checked').length === 1";
    browser.holds(keys, "", SOON).await?;
    close(orrery, browser).await
}

/// A revision's button shows what going back would change, and goes back.
#[tokio::test]
async fn back_to_a_revision() -> Result<()> {
    let Some((orrery, browser, kubectl)) = open(Look::KOREAN_DARK).await? else {
        return Ok(());
    };
    kubectl.run("set env daemonset/logs LEVEL=debug").await?;
    let page = orrery.endpoint("page");
    browser
        .tab
        .goto(&format!("{page}/daemonsets/default/logs"))
        .await?;
    browser.css("[role=status].live").await?;
    let first = "//details[@data-k='revision 1']";
    browser.click(&format!("{first}/summary")).await?;
    browser
        .click(&format!("{first}//button[@data-deed]"))
        .await?;
    browser.xpath("//dialog//del[contains(., 'LEVEL')]").await?;
    browser.click("//dialog//button[@value='run']").await?;
    browser
        .xpath("//details[@data-k='revision 3'][.//*[@class='tag']]")
        .await?;
    let env = kubectl
        .run("get daemonset logs -o jsonpath={.spec.template.spec.containers[0].env}")
        .await?;
    ensure!(
        env.trim().is_empty(),
        "the template is the first one's: {env}"
    );
    close(orrery, browser).await
}

/// Types into the field of a form.
async fn fill(browser: &Browser, field: &str, text: &str) -> Result<()> {
    let script = "const field = document.querySelector(`dialog [name='${arguments[0]}']`);
        field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}))";
    let typed = vec![field.into(), text.into()];
    browser.tab.execute(script, typed).await?;
    Ok(())
}

/// The schedule is explained as it is typed, the policies are tried side by side, and what somebody else changed
/// meanwhile is told before it is saved.
#[tokio::test]
async fn a_schedule_is_edited_with_its_meaning_beside_it() -> Result<()> {
    let Some((orrery, browser, kubectl)) = open(Look::ENGLISH).await? else {
        return Ok(());
    };
    let page = orrery.endpoint("page");
    browser.tab.goto(&format!("{page}/schedule")).await?;
    browser.css("[role=status].live").await?;
    browser
        .click("//button[contains(@data-deed, '/form/edit/cronjobs/default/alpha')]")
        .await?;
    browser
        .xpath("//dialog//*[contains(@class, 'sentence')][contains(., 'of January')]")
        .await?;
    fill(&browser, "schedule", "*/20 * * * *").await?;
    browser
        .xpath("//dialog//*[contains(@class, 'sentence')][contains(., '20 minutes')]")
        .await?;
    browser
        .xpath("//dialog//table[contains(@class, 'next')]//tr[10]")
        .await?;
    fill(&browser, "takes", "50").await?;
    browser
        .xpath("//dialog//label[contains(., 'Allow')][contains(., 'up to 3 at once')]")
        .await?;
    browser
        .xpath("//dialog//label[contains(., 'Replace')][contains(., '5 stopped')]")
        .await?;
    kubectl
        .run("patch cronjob alpha --type=merge -p {\"spec\":{\"concurrencyPolicy\":\"Forbid\"}}")
        .await?;
    browser.click("//dialog//button[@value='save']").await?;
    browser.xpath("//dialog//*[@role='alert'][contains(., 'Somebody else')][contains(., 'concurrencyPolicy')]").await?;
    browser.click("//dialog//button[@value='check']").await?;
    browser.xpath("//dialog//ins[contains(., '*/20')]").await?;
    browser.click("//dialog//button[@value='save']").await?;
    browser
        .xpath("//*[contains(@class, 'toast')][contains(., 'alpha is changed')]")
        .await?;
    let spec = kubectl
        .run("get cronjob alpha -o jsonpath={.spec.schedule},{.spec.concurrencyPolicy}")
        .await?;
    ensure!(spec.trim() == "*/20 * * * *,Forbid", "{spec}");
    close(orrery, browser).await
}

/// Slots from before are chosen, and their Jobs run one after the other.
#[tokio::test]
async fn past_slots_are_filled() -> Result<()> {
    let Some((orrery, browser, kubectl)) = open(Look::KOREAN_DARK).await? else {
        return Ok(());
    };
    let spec = r#"patch cronjob beta --type=merge -p {"spec":{"schedule":"@hourly","suspend":true,"concurrencyPolicy":"Forbid"}}"#;
    kubectl.run(spec).await?;
    let page = orrery.endpoint("page");
    browser
        .tab
        .goto(&format!("{page}/cronjobs/default/beta"))
        .await?;
    browser.css("[role=status].live").await?;
    browser
        .click("//main//button[contains(@data-deed, '/form/backfill/')]")
        .await?;
    let tick = "const boxes = document.querySelectorAll('dialog [name=slot]');
        if (boxes.length < 3) return false;
        for (const at of [0, 1]) boxes[at].click();
        return true";
    browser.holds(tick, "", SOON).await?;
    browser
        .click("//dialog//button[@value='run'][contains(., '2')]")
        .await?;
    browser
        .xpath("//*[contains(@class, 'toast')][contains(., 'beta')]")
        .await?;
    browser
        .tab
        .goto(&format!("{page}/jobs?q=beta-backfill&status=complete"))
        .await?;
    let done = "return document.querySelectorAll('tbody tr').length === 2";
    browser.holds(done, "", SOON).await?;
    close(orrery, browser).await
}

const FAILING: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: resize}
spec:
  completionMode: Indexed
  completions: 4
  parallelism: 4
  backoffLimitPerIndex: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: busybox, command: [sh, -c, "test $JOB_COMPLETION_INDEX -ne 2"]}
"#;

/// Only the index that failed runs again, under its own number.
#[tokio::test]
async fn failed_indexes_are_retried() -> Result<()> {
    let Some((orrery, browser, kubectl)) = open(Look::ENGLISH).await? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", FAILING).await?;
    let page = orrery.endpoint("page");
    browser
        .tab
        .goto(&format!("{page}/jobs/default/resize"))
        .await?;
    browser
        .click("//main//button[contains(@data-deed, '/form/retry/')]")
        .await?;
    browser
        .xpath("//dialog[contains(., 'the 1 indexes that did not succeed: 2')]")
        .await?;
    browser.click("//dialog//button[@value='run']").await?;
    browser
        .click("//*[contains(@class, 'toast')]//a[contains(., 'resize-retry-')]")
        .await?;
    browser
        .xpath("//main//*[contains(@class, 'status')][contains(., 'Failed')]")
        .await?;
    let pods = kubectl
        .run("get pods -o jsonpath={.items[*].metadata.name}")
        .await?;
    let retried: Vec<_> = pods
        .split_whitespace()
        .filter(|pod| pod.starts_with("resize-retry-"))
        .collect();
    ensure!(
        retried.len() == 1 && retried[0].contains("-2-"),
        "only index 2 runs again: {retried:?}"
    );
    close(orrery, browser).await
}
