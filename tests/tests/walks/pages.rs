//! What each page shows that no other dashboard does, and what is done on it: over a cluster of its own, and over
//! another Orrery's through its kubeconfig. Nothing here goes by words, so that it holds in every language.

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use orrery_readmodel::Entry;
use orrery_tests::{Browser, Known, Kubectl, Look, Scene};

use super::history::by_hand;

/// A CronJob in another zone that runs by hand only during a walk, a Job of which one index fails, and a DaemonSet
/// for two nodes of three.
pub const OBJECTS: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: default}
spec:
  schedule: "0 3 1 1 *"
  timeZone: Asia/Seoul
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: busybox
            command: [sh, -c, "echo for $CUSTOMER"]
            env: [{name: CUSTOMER, value: everybody}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: shards, namespace: default}
spec:
  completions: 6
  parallelism: 6
  completionMode: Indexed
  backoffLimitPerIndex: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: main, image: busybox, command: [sh, -c, "test $JOB_COMPLETION_INDEX != 2"]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: default}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: {disk: ssd}
      containers:
      - {name: main, image: pause}
"#;

pub const PAGES: [&str; 11] = [
    "/",
    "/cronjobs",
    "/cronjobs/default/nightly",
    "/jobs",
    "/jobs/default/shards",
    "/daemonsets",
    "/daemonsets/default/agent",
    "/pods",
    "/nodes",
    "/events",
    "/schedule",
];

/// What moved that nobody touched, as Chromium notes it: by how much, and which elements from where to where. It looks at
/// what the page does as it wakes when it next draws, so that a frame of that is waited for.
const SHIFTS: &str = "
    const done = arguments[arguments.length - 1];
    const place = rect => `${rect.x},${rect.y} ${rect.width}x${rect.height}`;
    const tell = () => {
        const observer = new PerformanceObserver(() => {});
        observer.observe({ type: 'layout-shift', buffered: true });
        done(observer.takeRecords().filter(shift => !shift.hadRecentInput).map(shift => `${shift.value}: ` +
            shift.sources.map(({ node, previousRect, currentRect }) =>
                `${(node?.outerHTML ?? node?.textContent ?? '?').slice(0, 160)} ${place(previousRect)} -> ${place(currentRect)}`).join('; ')));
    };
    requestAnimationFrame(() => requestAnimationFrame(tell));";

/// A sign in the bar that takes room once it is there.
const MOVE: &str = "document.querySelector('.bar h1').style.paddingLeft = '90px'";

/// How far a page reaches beyond the width of its window.
const BEYOND: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

#[tokio::test]
async fn each_page_over_its_own_cluster() -> Result<()> {
    walk(Scene::empty()).await
}

#[tokio::test]
async fn each_page_over_another_orrerys_cluster() -> Result<()> {
    walk(Scene::empty().attached().seen(Look::KOREAN_DARK)).await
}

async fn walk(scene: Scene) -> Result<()> {
    let scene = scene
        .after("label node node-1 node-2 disk=ssd")
        .with(OBJECTS);
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        overview(browser).await?;
        cronjob(browser, kubectl).await?;
        trigger_with(browser, kubectl).await?;
        stillness(browser, kubectl).await?;
        job(browser).await?;
        daemonset(browser, kubectl).await?;
        events(browser).await?;
        schedule(browser).await
    });
    walked.await
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone() -> Result<()> {
    let scene = Scene::of(OBJECTS).with_history(busy).seen(Look::PHONE);
    scene.walk(async |walk| narrow(&walk.browser).await).await
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone_in_korean_and_dark() -> Result<()> {
    let scene = Scene::of(OBJECTS)
        .with_history(busy)
        .seen(Look::KOREAN_PHONE);
    scene.walk(async |walk| narrow(&walk.browser).await).await
}

#[tokio::test]
async fn no_page_over_another_orrerys_cluster_is_wider_than_a_phone() -> Result<()> {
    let scene = Scene::of(OBJECTS).attached().seen(Look::PHONE);
    scene.walk(async |walk| narrow(&walk.browser).await).await
}

/// Twenty runs by hand, the widest that a strip has.
fn busy(of: Known<'_>) -> Vec<Entry> {
    let runs = (1..=20).map(|back| by_hand(&of, back));
    runs.map(|run| Entry::Run(Box::new(run))).collect()
}

async fn narrow(browser: &Browser) -> Result<()> {
    for path in PAGES.into_iter().chain(["/jobs/default/shards/log"]) {
        browser.goto(path).await?;
        let width = browser.ask("return innerWidth").await?;
        ensure!(width == 360, "the window is {width} wide");
        let beyond = browser.ask(BEYOND).await?;
        ensure!(beyond == 0, "{path} is {beyond} wider than a phone");
    }
    Ok(())
}

/// What needs attention is a sentence with the way to it.
async fn overview(browser: &Browser) -> Result<()> {
    browser.goto("/").await?;
    browser
        .see(".attention a[href='/jobs/default/shards']")
        .await?;
    browser
        .see(".glance a[href='/daemonsets/default/agent']")
        .await?;
    Ok(())
}

/// The timeline shows the run that a click makes; it zooms by pointer and by keyboard; the switch suspends.
async fn cronjob(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/cronjobs/default/nightly").await?;
    // hands that double-click everything mean one run
    let twice =
        "const button = document.querySelector(arguments[0]); button.click(); button.click()";
    let trigger = r#"main .head button[data-deed^='{"Trigger":']"#;
    browser.see(trigger).await?;
    browser.tab.execute(twice, vec![trigger.into()]).await?;
    browser
        .count(
            "svg.tl a[href^='/jobs/default/nightly-manual-'] rect.ok.man",
            1,
        )
        .await?;
    let jobs = kubectl.run("get jobs -o name").await?;
    ensure!(jobs.matches("nightly-manual-").count() == 1, "{jobs}");
    browser
        .see("details.as-table a[href^='/jobs/default/nightly-manual-']")
        .await?;
    browser.click("nav[data-zoom] a[href*='range=1h']").await?;
    browser
        .see("nav[data-zoom] a[href*='range=1h'][aria-current]")
        .await?;
    browser.fill("body", "-").await?;
    browser
        .see("nav[data-zoom] a[href*='range=6h'][aria-current]")
        .await?;
    browser
        .see("svg.tl a[href^='/jobs/default/nightly-manual-'] rect.ok.man")
        .await?;

    browser
        .click("main .head button[role=switch][aria-checked=true]")
        .await?;
    browser
        .see("main .head button[role=switch][aria-checked=false]")
        .await?;
    let suspended = "wait cronjob/nightly --for=jsonpath={.spec.suspend}=true --timeout=20s";
    kubectl.run(suspended).await?;
    Ok(())
}

/// The form shows what a run would do differently before it is made, and makes that run.
async fn trigger_with(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/cronjobs/default/nightly").await?;
    browser
        .click("main .head button[data-deed*='/form/trigger/']")
        .await?;
    for (field, text) in [
        ("name", "nightly-manual-again"),
        ("reason", "an invoice was lost"),
        ("env", "CUSTOMER=acme"),
    ] {
        let field = format!("dialog [name='{field}']");
        browser.fill(&field, text).await?;
    }
    browser.click("dialog [value=check]").await?;
    browser
        .see("//dialog//*[contains(@class, 'diff')][contains(., 'acme')]")
        .await?;
    let get = "get job nightly-manual-again --ignore-not-found -o name";
    ensure!(
        kubectl.run(get).await?.is_empty(),
        "a rehearsal makes nothing"
    );
    browser.click("dialog [value=run]").await?;
    browser
        .see("svg.tl a[href='/jobs/default/nightly-manual-again'] rect.ok.man")
        .await?;
    let log = kubectl.run("logs job/nightly-manual-again").await?;
    ensure!(log == "for acme\n", "{log}");
    let job = kubectl.run("get job nightly-manual-again -o json");
    ensure!(
        job.await?.contains("an invoice was lost"),
        "the reason stays on the object"
    );
    Ok(())
}

/// A cell per index and a bar per pod; a cell leads to its pod; a re-run is a Job of its own; a deleted one goes.
async fn job(browser: &Browser) -> Result<()> {
    browser.goto("/jobs/default/shards").await?;
    browser.count(".matrix a.ix.ok", 5).await?;
    browser.count(".matrix a.ix.bad", 1).await?;
    browser.count("svg.shape rect.pod", 6).await?;
    browser.click(".matrix a.ix.bad").await?;
    browser.see("main .head").await?;
    let here = browser.tab.current_url().await?;
    ensure!(
        here.path().starts_with("/pods/default/shards-2-"),
        "the cell of index 2 leads to {here}"
    );

    browser.goto("/jobs/default/shards").await?;
    browser
        .click(r#"main .head button[data-deed^='{"Rerun":']"#)
        .await?;
    browser.goto("/jobs?q=shards").await?;
    browser.count("tbody tr", 2).await?;

    browser.goto("/jobs/default/shards").await?;
    browser
        .click(r#"main .head button[data-deed^='{"Delete":']"#)
        .await?;
    browser.click("#confirm").await?;
    browser.goto("/pods?q=shards").await?;
    browser
        .count("tbody a[href^='/pods/default/shards-2-']", 0)
        .await
}

/// A cell per node, with the reason of an excluded one; it follows the node's labels, and the revisions the template.
async fn daemonset(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/daemonsets/default/agent").await?;
    browser.count(".matrix a.ix.ok", 2).await?;
    browser
        .see(".matrix a.ix.open[aria-label*='disk=ssd']")
        .await?;
    kubectl.run("label node node-3 disk=ssd").await?;
    browser.count(".matrix a.ix.ok", 3).await?;
    kubectl.run("set env daemonset/agent LEVEL=debug").await?;
    browser.count("details.rev", 2).await?;
    let diff = Locator::Css("details.rev .diff");
    let diff = browser.tab.find(diff).await?.html(false).await?;
    ensure!(
        diff.contains("LEVEL"),
        "a revision says what it changed: {diff}"
    );
    browser.count(".matrix a.ix.ok", 3).await
}

/// What the first HTML shows stays where it is while a page wakes. What moves because the cluster changed just then
/// does so once; what moves by waking does so each time.
async fn stillness(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    for finished in [
        "job/shards --for=condition=Failed",
        "job/nightly-manual-again --for=condition=Complete",
    ] {
        let wait = format!("wait {finished} --timeout=20s");
        kubectl.run(&wait).await?;
    }
    kubectl.run("rollout status daemonset/agent").await?;
    for path in PAGES {
        let mut moved = shifts(browser, path).await?;
        for _ in 0..2 {
            if !moved.is_empty() {
                moved = shifts(browser, path).await?;
            }
        }
        ensure!(moved.is_empty(), "{path} moves as it wakes: {moved:#?}");
    }
    // it is noted where something does
    browser.ask(MOVE).await?;
    let moved = moved(browser).await?;
    ensure!(!moved.is_empty(), "nothing moves that was moved");
    Ok(())
}

async fn shifts(browser: &Browser, path: &str) -> Result<Vec<String>> {
    browser.goto(path).await?;
    moved(browser).await
}

async fn moved(browser: &Browser) -> Result<Vec<String>> {
    let moved = browser.tab.execute_async(SHIFTS, Vec::new()).await?;
    Ok(serde_json::from_value(moved)?)
}

/// A bar leads to the Events that were seen last in its time, and back; a kind to those that are about it.
async fn events(browser: &Browser) -> Result<()> {
    browser.goto("/events").await?;
    browser.click(".pulse svg a").await?;
    browser.see(".pulse .within a.chip").await?;
    browser
        .holds("return new URLSearchParams(location.search).has('seen') && !!document.querySelector('main tbody tr')")
        .await?;
    browser.click(".pulse .within a.chip").await?;
    browser.gone(".pulse .within").await?;
    browser.click(".pulse nav a[href*='kind%3Ajob']").await?;
    browser.see(".pulse nav a[aria-current]").await?;
    browser
        .holds("const links = [...document.querySelectorAll('main tbody td.c-owner a')];
            return links.length > 0 && links.every(link => link.getAttribute('href').startsWith('/jobs/'))")
        .await
}

/// Every CronJob has its lane on one axis, with its runs and the way to it.
async fn schedule(browser: &Browser) -> Result<()> {
    browser.goto("/schedule").await?;
    browser
        .see(".lanes a[href='/cronjobs/default/nightly']")
        .await
        .context("a lane leads to its CronJob")?;
    browser
        .see(".lanes svg.tl a[href] rect.m.ok")
        .await
        .context("a mark leads to its run")?;
    browser.click(".in-words summary").await?;
    browser.see(".in-words details[open] li a[href]").await?;
    browser.see(".load svg.tl [data-now]").await?;
    Ok(())
}
