//! What each page shows that no other dashboard does, and what is done on it: over a cluster of its own, and over
//! another Orrery's through its kubeconfig. Nothing here goes by words, so that it holds in every language.

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use orrery_tests::{Browser, Kubectl, Look, Orrery};

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

const PAGES: [&str; 11] = [
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

/// What moved that nobody touched, as Chromium notes it: by how much, and which elements from where to where.
const SHIFTS: &str = "
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: 'layout-shift', buffered: true });
    const place = rect => `${rect.x},${rect.y} ${rect.width}x${rect.height}`;
    return observer.takeRecords().filter(shift => !shift.hadRecentInput).map(shift => `${shift.value}: ` +
        shift.sources.map(({ node, previousRect, currentRect }) =>
            `${(node?.outerHTML ?? node?.textContent ?? '?').slice(0, 160)} ${place(previousRect)} -> ${place(currentRect)}`).join('; '))";

/// How far a page reaches beyond the width of its window.
const BEYOND: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

#[tokio::test]
async fn each_page_over_its_own_cluster() -> Result<()> {
    let orrery = Orrery::start().await?;
    walk(&orrery, Look::ENGLISH).await?;
    orrery.stop().await
}

#[tokio::test]
async fn each_page_over_another_orrerys_cluster() -> Result<()> {
    let cluster = Orrery::start().await?;
    let page = cluster.attach().await?;
    walk(&page, Look::KOREAN_DARK).await?;
    page.stop().await?;
    cluster.stop().await
}

async fn walk(orrery: &Orrery, look: Look) -> Result<()> {
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run("label node node-1 node-2 disk=ssd").await?;
    kubectl.run_with("apply -f -", OBJECTS).await?;
    let browser = Browser::open(look).await?;
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    let walk = Walk {
        orrery,
        kubectl,
        browser,
    };
    walk.overview().await?;
    walk.cronjob().await?;
    walk.trigger_with().await?;
    walk.stillness().await?;
    walk.job().await?;
    walk.daemonset().await?;
    walk.schedule().await?;
    let complaints = walk.browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    walk.browser.close().await
}

/// On a phone no page is wider than it.
#[tokio::test]
async fn each_page_is_as_narrow_as_a_phone() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", OBJECTS).await?;
    for look in [Look::PHONE, Look::KOREAN_PHONE] {
        let browser = Browser::open(look).await?;
        browser.tab.goto(&orrery.sign_in_link().await?).await?;
        for path in PAGES {
            let url = format!("{}{path}", orrery.endpoint("page"));
            browser.tab.goto(&url).await?;
            browser.css("html[data-awake]").await?;
            let width = browser.tab.execute("return innerWidth", vec![]).await?;
            ensure!(width == 360, "the window is {width} wide");
            let beyond = browser.tab.execute(BEYOND, vec![]).await?;
            ensure!(beyond == 0, "{path} is {beyond} wider than a phone");
        }
        browser.close().await?;
    }
    orrery.stop().await
}

struct Walk<'a> {
    orrery: &'a Orrery,
    kubectl: Kubectl,
    browser: Browser,
}

impl Walk<'_> {
    async fn open(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.orrery.endpoint("page"));
        self.browser.tab.goto(&url).await?;
        // Clicks before the page is alive would be lost.
        self.browser.css("html[data-awake]").await?;
        Ok(())
    }

    async fn click(&self, selector: &str) -> Result<()> {
        Ok(self.browser.css(selector).await?.click().await?)
    }

    /// Waits until so many elements match.
    async fn counts(&self, selector: &str, count: usize) -> Result<()> {
        let script = format!("return document.querySelectorAll(arguments[0]).length === {count}");
        self.browser
            .holds(&script, selector, Browser::APPEARS)
            .await
    }

    /// What needs attention is a sentence with the way to it.
    async fn overview(&self) -> Result<()> {
        self.open("/").await?;
        self.browser
            .css(".attention a[href='/jobs/default/shards']")
            .await?;
        self.browser
            .css(".glance a[href='/daemonsets/default/agent']")
            .await?;
        Ok(())
    }

    /// The timeline shows the run that a click makes; it zooms by pointer and by keyboard; the switch suspends.
    async fn cronjob(&self) -> Result<()> {
        self.open("/cronjobs/default/nightly").await?;
        // hands that double-click everything mean one run
        let twice =
            "const button = document.querySelector(arguments[0]); button.click(); button.click()";
        let trigger = r#"main .head button[data-deed^='{"Trigger":']"#;
        self.browser.css(trigger).await?;
        self.browser
            .tab
            .execute(twice, vec![trigger.into()])
            .await?;
        self.counts(
            "svg.tl a[href^='/jobs/default/nightly-manual-'] rect.ok.man",
            1,
        )
        .await?;
        let jobs = self.kubectl.run("get jobs -o name").await?;
        ensure!(jobs.matches("nightly-manual-").count() == 1, "{jobs}");
        self.browser
            .css("details.as-table a[href^='/jobs/default/nightly-manual-']")
            .await?;
        self.click("nav[data-zoom] a[href*='range=1h']").await?;
        self.browser
            .css("nav[data-zoom] a[href*='range=1h'][aria-current]")
            .await?;
        self.browser.css("body").await?.send_keys("-").await?;
        self.browser
            .css("nav[data-zoom] a[href*='range=6h'][aria-current]")
            .await?;
        self.browser
            .css("svg.tl a[href^='/jobs/default/nightly-manual-'] rect.ok.man")
            .await?;

        self.click("main .head button[role=switch][aria-checked=true]")
            .await?;
        self.browser
            .css("main .head button[role=switch][aria-checked=false]")
            .await?;
        let suspended = "wait cronjob/nightly --for=jsonpath={.spec.suspend}=true --timeout=20s";
        self.kubectl.run(suspended).await?;
        Ok(())
    }

    /// The form shows what a run would do differently before it is made, and makes that run.
    async fn trigger_with(&self) -> Result<()> {
        self.open("/cronjobs/default/nightly").await?;
        self.click("main .head button[data-deed*='/form/trigger/']")
            .await?;
        for (field, text) in [
            ("name", "nightly-manual-again"),
            ("reason", "an invoice was lost"),
            ("env", "CUSTOMER=acme"),
        ] {
            let field = format!("dialog [name='{field}']");
            self.browser.css(&field).await?.send_keys(text).await?;
        }
        self.click("dialog [value=check]").await?;
        self.browser
            .xpath("//dialog//*[contains(@class, 'diff')][contains(., 'acme')]")
            .await?;
        let get = "get job nightly-manual-again --ignore-not-found -o name";
        ensure!(
            self.kubectl.run(get).await?.is_empty(),
            "a rehearsal makes nothing"
        );
        self.click("dialog [value=run]").await?;
        self.browser
            .css("svg.tl a[href='/jobs/default/nightly-manual-again'] rect.ok.man")
            .await?;
        let log = self.kubectl.run("logs job/nightly-manual-again").await?;
        ensure!(log == "for acme\n", "{log}");
        let job = self.kubectl.run("get job nightly-manual-again -o json");
        ensure!(
            job.await?.contains("an invoice was lost"),
            "the reason stays on the object"
        );
        Ok(())
    }

    /// A cell per index and a bar per pod; a cell leads to its pod; a re-run is a Job of its own; a deleted one goes.
    async fn job(&self) -> Result<()> {
        self.open("/jobs/default/shards").await?;
        self.counts(".matrix a.ix.ok", 5).await?;
        self.counts(".matrix a.ix.bad", 1).await?;
        self.counts("svg.shape rect.pod", 6).await?;
        self.click(".matrix a.ix.bad").await?;
        self.browser.css("main .head").await?;
        let here = self.browser.tab.current_url().await?;
        ensure!(
            here.path().starts_with("/pods/default/shards-2-"),
            "the cell of index 2 leads to {here}"
        );

        self.open("/jobs/default/shards").await?;
        self.click(r#"main .head button[data-deed^='{"Rerun":']"#)
            .await?;
        self.open("/jobs?q=shards").await?;
        self.counts("tbody tr", 2).await?;

        self.open("/jobs/default/shards").await?;
        self.click(r#"main .head button[data-deed^='{"Delete":']"#)
            .await?;
        self.click("#confirm").await?;
        self.open("/pods?q=shards").await?;
        self.counts("tbody a[href^='/pods/default/shards-2-']", 0)
            .await
    }

    /// A cell per node, with the reason of an excluded one; it follows the node's labels, and the revisions the template.
    async fn daemonset(&self) -> Result<()> {
        self.open("/daemonsets/default/agent").await?;
        self.counts(".matrix a.ix.ok", 2).await?;
        self.browser
            .css(".matrix a.ix.open[aria-label*='disk=ssd']")
            .await?;
        self.kubectl.run("label node node-3 disk=ssd").await?;
        self.counts(".matrix a.ix.ok", 3).await?;
        self.kubectl
            .run("set env daemonset/agent LEVEL=debug")
            .await?;
        self.counts("details.rev", 2).await?;
        let diff = Locator::Css("details.rev .diff");
        let diff = self.browser.tab.find(diff).await?.html(false).await?;
        ensure!(
            diff.contains("LEVEL"),
            "a revision says what it changed: {diff}"
        );
        self.counts(".matrix a.ix.ok", 3).await
    }

    /// What the first HTML shows stays where it is while a page wakes. What moves because the cluster changed just then
    /// does so once; what moves by waking does so each time.
    async fn stillness(&self) -> Result<()> {
        for finished in [
            "job/shards --for=condition=Failed",
            "job/nightly-manual-again --for=condition=Complete",
        ] {
            let wait = format!("wait {finished} --timeout=20s");
            self.kubectl.run(&wait).await?;
        }
        self.kubectl.run("rollout status daemonset/agent").await?;
        for path in PAGES {
            let mut moved = self.moved(path).await?;
            for _ in 0..2 {
                if !moved.is_empty() {
                    moved = self.moved(path).await?;
                }
            }
            ensure!(moved.is_empty(), "{path} moves as it wakes: {moved:#?}");
        }
        Ok(())
    }

    async fn moved(&self, path: &str) -> Result<Vec<String>> {
        self.open(path).await?;
        self.browser.css("[role=status].live").await?;
        let moved = self.browser.tab.execute(SHIFTS, vec![]).await?;
        Ok(serde_json::from_value(moved)?)
    }

    /// Every CronJob has its lane on one axis, with its runs and the way to it.
    async fn schedule(&self) -> Result<()> {
        self.open("/schedule").await?;
        self.browser
            .css(".lanes a[href='/cronjobs/default/nightly']")
            .await
            .context("a lane leads to its CronJob")?;
        self.browser.css(".lanes svg.tl rect.m.ok").await?;
        self.browser.css(".load svg.tl [data-now]").await?;
        Ok(())
    }
}
