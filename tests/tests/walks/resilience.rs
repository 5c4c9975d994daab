//! What a tab shows after everything under it has broken once: right again, by itself, without a reload.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Cable, Kubectl, Look, Orrery};

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

struct Tab {
    browser: Browser,
    kubectl: Kubectl,
}

impl Tab {
    /// The cluster's only CronJob is now another one.
    async fn becomes(&self, old: &str, new: &str) -> Result<()> {
        self.kubectl
            .run(&format!("delete cronjob {old} --ignore-not-found"))
            .await?;
        self.kubectl.run_with("apply -f -", &cronjob(new)).await?;
        Ok(())
    }

    /// The tab shows just this CronJob, says that it is live, and was never loaded again.
    async fn shows(&self, name: &str) -> Result<()> {
        let script = "return document.querySelector('[role=status].live') !== null
            && Array.from(document.querySelectorAll('main tbody tr[data-k] a[href^=\"/cronjobs/\"]'), a => a.textContent.trim())
                .join() === arguments[0]";
        let shown = self.browser.holds(script, name, Browser::APPEARS * 2).await;
        shown.with_context(|| format!("{name} is shown"))?;
        let same = self.browser.tab.execute("return window.loadedOnce", vec![]);
        ensure!(same.await? == true, "the page was loaded again");
        Ok(())
    }

    async fn is_lost(&self) -> Result<()> {
        self.browser.css("[role=status]:not(.live)").await?;
        Ok(())
    }

    /// The version that a watch of CronJobs would go on from.
    async fn version(&self) -> Result<String> {
        let list = "get --raw /apis/batch/v1/cronjobs?limit=1";
        let list: serde_json::Value = serde_json::from_str(&self.kubectl.run(list).await?)?;
        let version = list["metadata"]["resourceVersion"].as_str();
        Ok(version.context("a list has a version")?.to_owned())
    }

    /// Writes until the changes since `before` are forgotten; then asks for them, as the page will.
    async fn flood(&self, before: &str) -> Result<()> {
        let filler = "x".repeat(FLOOD_BYTES);
        let objects = (0..FLOOD).map(|n| {
            format!(
                r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"flood-{n}"}},"data":{{"x":"{filler}"}}}}"#
            )
        });
        let objects: Vec<String> = objects.collect();
        self.kubectl
            .run_with("create -f -", &objects.join("\n"))
            .await?;
        let watch = format!(
            "get --raw /apis/batch/v1/cronjobs?watch=1&resourceVersion={before}&timeoutSeconds=5"
        );
        let told = match self.kubectl.run(&watch).await {
            Ok(told) => told,
            Err(error) => error.to_string(),
        };
        ensure!(
            told.contains("Expired") || told.contains("too old"),
            "the history reaches back: {told}"
        );
        Ok(())
    }
}

#[tokio::test]
async fn a_page_whose_stream_server_and_history_break_is_right_again_by_itself() -> Result<()> {
    let mut cluster = Orrery::start().await?;
    let mut page = cluster.attach().await?;
    let Some(kubectl) = Kubectl::find(&cluster.kubeconfig())? else {
        return Ok(());
    };
    let tab = Tab {
        browser: Browser::open(Look::ENGLISH).await?,
        kubectl,
    };
    tab.browser.tab.goto(&page.sign_in_link().await?).await?;
    let cable = Cable::to(page.endpoint("page")).await?;
    let list = format!("http://{}/cronjobs", cable.address);
    tab.browser.tab.goto(&list).await?;
    tab.browser.css("html[data-awake]").await?;
    tab.browser
        .tab
        .execute("window.loadedOnce = true", vec![])
        .await?;
    tab.becomes("none", "first").await?;
    tab.shows("first").await?;

    // the stream is cut
    cable.pull();
    tab.is_lost().await?;
    tab.becomes("first", "second").await?;
    cable.plug_in();
    tab.shows("second").await?;

    // the page's server dies and is started again
    page.kill().await?;
    tab.is_lost().await?;
    tab.becomes("second", "third").await?;
    page.start_again().await?;
    tab.shows("third").await?;

    // the cluster dies, and more happens than its history holds before the page asks again
    page.signal("STOP").await?;
    cluster.kill().await?;
    cluster.start_again().await?;
    let before = tab.version().await?;
    tab.becomes("third", "fourth").await?;
    tab.flood(&before).await?;
    page.signal("CONT").await?;
    tab.shows("fourth").await?;
    tab.becomes("fourth", "fifth").await?;
    tab.shows("fifth").await?;

    tab.browser.close().await?;
    page.stop().await?;
    cluster.stop().await
}
