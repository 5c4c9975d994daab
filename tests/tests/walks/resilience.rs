//! What a tab shows after everything under it has broken once: right again, by itself, without a reload.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Cable, Kubectl, Scene};

/// Runs at new year only.
fn cronjob(name: &str) -> String {
    format!(
        r#"
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: default}}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: main, image: busybox, command: ["true"]}}]
"#
    )
}

/// More bytes than a watch may be behind, which is 32 MiB: forty-two objects of 0.9 MB.
const FLOOD: usize = 42;
const FLOOD_BYTES: usize = 900_000;

/// The cluster's only CronJob is now another one.
async fn becomes(kubectl: &Kubectl, old: &str, new: &str) -> Result<()> {
    kubectl
        .run(&format!("delete cronjob {old} --ignore-not-found"))
        .await?;
    kubectl.run_with("apply -f -", &cronjob(new)).await?;
    Ok(())
}

/// The tab shows just this CronJob, says that it is live, and was never loaded again.
async fn shows(browser: &Browser, name: &str) -> Result<()> {
    let script = "return document.querySelector('[role=status].live') !== null
        && Array.from(document.querySelectorAll('main tbody tr[data-k] a[href^=\"/cronjobs/\"]'), a => a.textContent.trim())
            .join() === arguments[0]";
    let shown = browser.holds_of(script, name, Browser::APPEARS * 2).await;
    shown.with_context(|| format!("{name} is shown"))?;
    let same = browser.ask("return window.loadedOnce").await?;
    ensure!(same == true, "the page was loaded again");
    Ok(())
}

/// It says so, and greys the last that it knows.
async fn is_lost(browser: &Browser) -> Result<()> {
    browser.see("[role=status].lost").await?;
    browser.see(".banner[role=alert]").await?;
    browser
        .holds("return getComputedStyle(document.querySelector('main')).filter.startsWith('grayscale')")
        .await
}

/// The version that a watch of CronJobs would go on from.
async fn version(kubectl: &Kubectl) -> Result<String> {
    let list = "get --raw /apis/batch/v1/cronjobs?limit=1";
    let list: serde_json::Value = serde_json::from_str(&kubectl.run(list).await?)?;
    let version = list["metadata"]["resourceVersion"].as_str();
    Ok(version.context("a list has a version")?.to_owned())
}

/// Writes until the changes since `before` are forgotten; then asks for them, as the page will.
async fn flood(kubectl: &Kubectl, before: &str) -> Result<()> {
    let filler = "x".repeat(FLOOD_BYTES);
    let objects = (0..FLOOD).map(|n| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"flood-{n}"}},"data":{{"x":"{filler}"}}}}"#
        )
    });
    let objects: Vec<String> = objects.collect();
    kubectl.run_with("create -f -", &objects.join("\n")).await?;
    let watch = format!(
        "get --raw /apis/batch/v1/cronjobs?watch=1&resourceVersion={before}&timeoutSeconds=5"
    );
    let told = match kubectl.run(&watch).await {
        Ok(told) => told,
        Err(error) => error.to_string(),
    };
    ensure!(
        told.contains("Expired") || told.contains("too old"),
        "the history reaches back: {told}"
    );
    Ok(())
}

#[tokio::test]
async fn a_page_whose_stream_server_and_history_break_is_right_again_by_itself() -> Result<()> {
    let scene = Scene::empty().attached().breaking();
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        let (page, cluster) = (&mut walk.orrery, &mut walk.cluster);
        let cable = Cable::to(page.endpoint("page")).await?;
        let list = format!("http://{}/cronjobs", cable.address);
        browser.tab.goto(&list).await?;
        browser.alive().await?;
        browser.ask("window.loadedOnce = true").await?;
        becomes(kubectl, "none", "first").await?;
        shows(browser, "first").await?;

        // the stream is cut
        cable.pull();
        is_lost(browser).await?;
        // what is known stays, wherever one wants to go meanwhile
        browser.click("a.go[href='/jobs']").await?;
        browser.click(".banner button").await?;
        becomes(kubectl, "first", "second").await?;
        cable.plug_in();
        shows(browser, "second").await?;

        // the page's server dies and is started again
        page.kill().await?;
        is_lost(browser).await?;
        becomes(kubectl, "second", "third").await?;
        page.start_again().await?;
        shows(browser, "third").await?;

        // the cluster dies, and more happens than its history holds before the page asks again
        page.signal("STOP").await?;
        let cluster = cluster.as_mut().context("a page that is attached")?;
        cluster.kill().await?;
        cluster.start_again().await?;
        let before = version(kubectl).await?;
        becomes(kubectl, "third", "fourth").await?;
        flood(kubectl, &before).await?;
        page.signal("CONT").await?;
        shows(browser, "fourth").await?;
        becomes(kubectl, "fourth", "fifth").await?;
        shows(browser, "fifth").await
    });
    walked.await
}
