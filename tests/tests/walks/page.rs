//! What a new user does in the browser, in English and light, in Korean and dark.

use std::time::Duration;

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Look, Scene, Walk, row};
use tokio::sync::Mutex;

/// Examples hold host ports of 127.0.1.N, which the machine has once: walks that load them take turns.
static HOST_PORTS: Mutex<()> = Mutex::const_new(());

/// A slot and what follows from it: a minute, and the time to see it.
const NEXT_SLOT: Duration = Duration::from_secs(75);

/// The phrases that the walk clicks.
struct Phrases {
    look: Look,
    examples: &'static str,
    trigger: &'static str,
    complete: &'static str,
    suspended: &'static str,
    live: &'static str,
    delete: &'static str,
    logs: &'static str,
}

const ENGLISH: Phrases = Phrases {
    look: Look::ENGLISH,
    examples: "Load the examples",
    trigger: "Trigger",
    complete: "Complete",
    suspended: "Suspended",
    live: "Live",
    delete: "Delete",
    logs: "Logs",
};

const KOREAN: Phrases = Phrases {
    look: Look::KOREAN_DARK,
    examples: "예제 불러오기",
    trigger: "지금 실행",
    complete: "완료",
    suspended: "일시 중지",
    live: "실시간",
    delete: "삭제",
    logs: "로그",
};

/// Runs in a moment, and by itself only at new year.
const HELLO: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: hello, namespace: default}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: hello, image: busybox, command: [sh, -c, "echo hello from $HOSTNAME"]}
"#;

#[tokio::test]
async fn in_english() -> Result<()> {
    walk(ENGLISH).await
}

#[tokio::test]
async fn in_korean_and_dark() -> Result<()> {
    walk(KOREAN).await
}

async fn walk(phrases: Phrases) -> Result<()> {
    let _turn = HOST_PORTS.lock().await;
    let scene = Scene::empty().seen(phrases.look);
    let walked = scene.walk(async |walk| {
        signed_in(&walk.browser).await?;
        load_examples(walk, &phrases).await?;
        trigger_and_read(walk, &phrases).await?;
        suspend_and_resume(&walk.browser, &phrases).await?;
        delete_a_job(&walk.browser, &phrases).await
    });
    walked.await
}

/// The link's code is used up and nowhere to be seen.
async fn signed_in(browser: &Browser) -> Result<()> {
    browser.see("nav a[href^='/cronjobs']").await?;
    let here = browser.tab.current_url().await?;
    ensure!(
        here.query().is_none_or(|query| !query.contains("code")),
        "no credential stays in {here}"
    );
    Ok(())
}

/// What the report says is equal makes the same objects: it finds them made.
async fn load_examples(walk: &Walk, phrases: &Phrases) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/cronjobs").await?;
    let live = format!("//*[@role='status'][contains(., '{}')]", phrases.live);
    browser.see(&live).await?;
    browser
        .click(&format!("//button[contains(., '{}')]", phrases.examples))
        .await?;
    for name in ["report-allow", "report-forbid", "report-replace"] {
        browser.see(&row(name)).await?;
    }
    let said = browser.see(".toast .command code").await?.text().await?;
    let words = said.strip_prefix("kubectl ").unwrap_or_default();
    let complaint = kubectl.refused(words, "").await?;
    ensure!(
        complaint.matches("already exists").count() == 6,
        "{said}: {complaint}"
    );
    Ok(())
}

/// Trigger makes a Job named manual, whose pod appears and completes without a reload; its log is read.
async fn trigger_and_read(walk: &Walk, phrases: &Phrases) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    kubectl.run_with("apply -f -", HELLO).await?;
    browser.see(&row("hello")).await?;
    browser
        .click(&format!(
            "{}//button[contains(., '{}')]",
            row("hello"),
            phrases.trigger
        ))
        .await?;
    let made = ".toast a[href^='/jobs/default/hello-manual-']";
    browser.see(made).await?;
    browser.goto("/jobs?q=hello-manual").await?;
    let job = "//tr[.//a[starts-with(normalize-space(.), 'hello-manual-')]]";
    browser
        .see(&format!("{job}[contains(., '{}')]", phrases.complete))
        .await?;
    browser
        .click(&format!(
            "{job}//a[starts-with(normalize-space(.), 'hello-manual-')]"
        ))
        .await?;
    browser
        .click(&format!("//main//a[normalize-space(.)='{}']", phrases.logs))
        .await?;
    browser
        .see("//*[contains(@class, 'lines')][contains(., 'hello from')]")
        .await?;
    Ok(())
}

/// A suspended CronJob lets its next slot pass; a resumed one runs again.
async fn suspend_and_resume(browser: &Browser, phrases: &Phrases) -> Result<()> {
    browser.goto("/cronjobs").await?;
    let switch = format!("{}//button[@role='switch']", row("report-allow"));
    browser.click(&switch).await?;
    browser
        .see(&format!(
            "{}[contains(., '{}')]",
            row("report-allow"),
            phrases.suspended
        ))
        .await?;
    let runs = "/jobs?q=report-allow";
    let before = count_rows(browser, runs).await?;
    // The others' next run shows that the slot has passed.
    let replaced = newest_slot(browser, "report-replace").await?;
    browser.goto("/jobs?q=report-replace").await?;
    let next =
        format!("//tr[.//a[contains(., 'report-replace-')][not(contains(., '{replaced}'))]]");
    browser.see_within(&next, NEXT_SLOT).await?;
    let after = count_rows(browser, runs).await?;
    ensure!(
        after <= before,
        "suspended, and yet it ran: {before} Jobs, then {after}"
    );
    browser.goto("/cronjobs").await?;
    browser.click(&switch).await?;
    browser.goto(runs).await?;
    let script = "return document.querySelectorAll('tbody tr').length > Number(arguments[0])";
    browser
        .holds_of(script, &after.to_string(), NEXT_SLOT)
        .await
}

/// Deleting a Job deletes its pods, on the page too.
async fn delete_a_job(browser: &Browser, phrases: &Phrases) -> Result<()> {
    browser.goto("/pods?q=resize-images").await?;
    let pod = "//tr[.//a[starts-with(normalize-space(.), 'resize-images-')]]";
    browser.see(pod).await?;
    browser.goto("/jobs/default/resize-images").await?;
    browser
        .click(&format!(
            "//main//button[normalize-space(.)='{}']",
            phrases.delete
        ))
        .await?;
    browser.click("#confirm").await?;
    browser.see(".toast").await?;
    browser.goto("/pods?q=resize-images").await?;
    browser.gone(pod).await
}

async fn count_rows(browser: &Browser, path: &str) -> Result<u64> {
    browser.goto(path).await?;
    let count = "return document.querySelectorAll('tbody tr').length";
    let count = browser.ask(count).await?;
    Ok(count.as_u64().unwrap_or_default())
}

/// The number that ends the name of the CronJob's newest Job; empty when there is none yet.
async fn newest_slot(browser: &Browser, cronjob: &str) -> Result<String> {
    browser.goto(&format!("/jobs?q={cronjob}")).await?;
    let script = "return Array.from(document.querySelectorAll('tbody tr a'), a => a.textContent.trim())
        .filter(name => name.startsWith(arguments[0])).map(name => name.split('-').pop()).sort().pop() || 'none'";
    let newest = browser.tab.execute(script, vec![cronjob.into()]).await?;
    Ok(newest.as_str().unwrap_or("none").to_owned())
}
