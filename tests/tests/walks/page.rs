//! What a new user does in the browser, in English and light, in Korean and dark.

use std::time::Duration;

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};
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
    let orrery = Orrery::start().await?;
    let browser = Browser::open(phrases.look).await?;
    sign_in(&orrery, &browser).await?;
    load_examples(&orrery, &browser, &phrases).await?;
    trigger_and_read(&orrery, &browser, &phrases).await?;
    suspend_and_resume(&orrery, &browser, &phrases).await?;
    delete_a_job(&orrery, &browser, &phrases).await?;
    let complaints = browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    browser.close().await?;
    orrery.stop().await
}

/// Without the link nothing is shown; with it, once.
async fn sign_in(orrery: &Orrery, browser: &Browser) -> Result<()> {
    let link = orrery.sign_in_link().await?;
    browser.tab.goto(&link).await?;
    browser.css("nav a[href^='/cronjobs']").await?;
    let here = browser.tab.current_url().await?;
    ensure!(
        here.query().is_none_or(|query| !query.contains("code")),
        "no credential stays in {here}"
    );
    Ok(())
}

async fn load_examples(orrery: &Orrery, browser: &Browser, phrases: &Phrases) -> Result<()> {
    browser
        .tab
        .goto(&format!("{}/cronjobs", orrery.endpoint("page")))
        .await?;
    browser
        .xpath(&format!(
            "//*[@role='status'][contains(., '{}')]",
            phrases.live
        ))
        .await?;
    browser
        .click(&format!("//button[contains(., '{}')]", phrases.examples))
        .await?;
    for name in ["report-allow", "report-forbid", "report-replace"] {
        browser.xpath(&row(name)).await?;
    }
    Ok(())
}

/// Trigger makes a Job named manual, whose pod appears and completes without a reload; its log is read.
async fn trigger_and_read(orrery: &Orrery, browser: &Browser, phrases: &Phrases) -> Result<()> {
    let kubectl = Kubectl::find(&orrery.kubeconfig())?;
    let Some(kubectl) = kubectl else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", HELLO).await?;
    browser.xpath(&row("hello")).await?;
    browser
        .click(&format!(
            "{}//button[contains(., '{}')]",
            row("hello"),
            phrases.trigger
        ))
        .await?;
    browser
        .tab
        .goto(&format!("{}/jobs?q=hello-manual", orrery.endpoint("page")))
        .await?;
    let job = "//tr[.//a[starts-with(normalize-space(.), 'hello-manual-')]]";
    browser
        .xpath(&format!("{job}[contains(., '{}')]", phrases.complete))
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
        .xpath("//*[contains(@class, 'lines')][contains(., 'hello from')]")
        .await?;
    Ok(())
}

/// A suspended CronJob lets its next slot pass; a resumed one runs again.
async fn suspend_and_resume(orrery: &Orrery, browser: &Browser, phrases: &Phrases) -> Result<()> {
    browser
        .tab
        .goto(&format!("{}/cronjobs", orrery.endpoint("page")))
        .await?;
    let switch = format!("{}//button[@role='switch']", row("report-allow"));
    browser.click(&switch).await?;
    browser
        .xpath(&format!(
            "{}[contains(., '{}')]",
            row("report-allow"),
            phrases.suspended
        ))
        .await?;
    let runs = format!("{}/jobs?q=report-allow", orrery.endpoint("page"));
    let before = count_rows(browser, &runs).await?;
    // The others' next run shows that the slot has passed.
    let replaced = newest_slot(browser, orrery, "report-replace").await?;
    browser
        .tab
        .goto(&format!(
            "{}/jobs?q=report-replace",
            orrery.endpoint("page")
        ))
        .await?;
    let next =
        format!("//tr[.//a[contains(., 'report-replace-')][not(contains(., '{replaced}'))]]");
    browser.xpath_within(&next, NEXT_SLOT).await?;
    let after = count_rows(browser, &runs).await?;
    ensure!(
        after <= before,
        "suspended, and yet it ran: {before} Jobs, then {after}"
    );
    browser
        .tab
        .goto(&format!("{}/cronjobs", orrery.endpoint("page")))
        .await?;
    browser.click(&switch).await?;
    browser.tab.goto(&runs).await?;
    let script = "return document.querySelectorAll('tbody tr').length > Number(arguments[0])";
    browser.holds(script, &after.to_string(), NEXT_SLOT).await
}

/// Deleting a Job deletes its pods, on the page too.
async fn delete_a_job(orrery: &Orrery, browser: &Browser, phrases: &Phrases) -> Result<()> {
    let page = orrery.endpoint("page");
    browser
        .tab
        .goto(&format!("{page}/pods?q=resize-images"))
        .await?;
    let pod = "//tr[.//a[starts-with(normalize-space(.), 'resize-images-')]]";
    browser.xpath(pod).await?;
    browser
        .tab
        .goto(&format!("{page}/jobs/default/resize-images"))
        .await?;
    browser
        .click(&format!(
            "//main//button[normalize-space(.)='{}']",
            phrases.delete
        ))
        .await?;
    browser.css("#confirm").await?.click().await?;
    browser
        .tab
        .goto(&format!("{page}/pods?q=resize-images"))
        .await?;
    browser.gone(pod).await
}

/// The row of the object called `name`.
fn row(name: &str) -> String {
    format!("//tr[.//a[normalize-space(.)='{name}']]")
}

async fn count_rows(browser: &Browser, url: &str) -> Result<u64> {
    browser.tab.goto(url).await?;
    browser.css("main").await?;
    let count = "return document.querySelectorAll('tbody tr').length";
    let count = browser.tab.execute(count, vec![]).await?;
    Ok(count.as_u64().unwrap_or_default())
}

/// The number that ends the name of the CronJob's newest Job; empty when there is none yet.
async fn newest_slot(browser: &Browser, orrery: &Orrery, cronjob: &str) -> Result<String> {
    browser
        .tab
        .goto(&format!("{}/jobs?q={cronjob}", orrery.endpoint("page")))
        .await?;
    browser.css("main").await?;
    let script = "return Array.from(document.querySelectorAll('tbody tr a'), a => a.textContent.trim())
        .filter(name => name.startsWith(arguments[0])).map(name => name.split('-').pop()).sort().pop() || 'none'";
    let newest = browser.tab.execute(script, vec![cronjob.into()]).await?;
    Ok(newest.as_str().unwrap_or("none").to_owned())
}
