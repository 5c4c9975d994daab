//! What keeps pods from where they should be, and what became of Jobs: each cause is told where it is looked for.

use std::time::Duration;

use anyhow::Result;
use orrery_tests::{Browser, Scene, row};

/// A wait before a restart, during which a page tells what ended a container, and the time to get there.
const A_BACKOFF: Duration = Duration::from_secs(60);
/// One port of the nodes' addresses; no other walk holds it.
const PORT: u16 = 18931;

/// Nobody listens there.
const SICK: &str = ", livenessProbe: {tcpSocket: {port: 1}, periodSeconds: 1, failureThreshold: 1}";

/// Nobody listens there either.
const DEAF: &str = ", readinessProbe: {tcpSocket: {port: 1}, periodSeconds: 1}";

fn daemonset(name: &str, more: &str, container: &str) -> String {
    format!(
        r#"---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}, namespace: default}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 1
{more}      containers: [{{name: main, image: pause{container}}}]
"#
    )
}

/// A node is tainted and another one has a label, so that each of these stays away from one for a reason of its own.
fn objects() -> String {
    let port = format!(", ports: [{{containerPort: {PORT}, hostPort: {PORT}}}]");
    let near = "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}\n";
    let flaky = r#"---
apiVersion: batch/v1
kind: Job
metadata: {name: flaky, namespace: default}
spec:
  backoffLimit: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: [sh, -c, "exit 3"]}]
"#;
    [
        flaky.to_owned(),
        daemonset("first", "", &port),
        daemonset("near", near, ""),
        daemonset("greedy", "", r#", resources: {requests: {cpu: "1000"}}"#),
        daemonset("old", "", ""),
        daemonset("stuck", "", ""),
        daemonset("sick", near, SICK),
        daemonset("deaf", near, DEAF),
    ]
    .concat()
}

#[tokio::test]
async fn each_cause_is_told_where_it_is_looked_for() -> Result<()> {
    let scene = Scene::empty()
        .after("taint node node-2 gpu=true:NoSchedule")
        .after("label node node-1 disk=ssd")
        .with(&objects())
        .after("rollout status daemonset/first --timeout=60s")
        .after("rollout status daemonset/old --timeout=60s")
        .after("rollout status daemonset/stuck --timeout=60s");
    let port = format!(", ports: [{{containerPort: {PORT}, hostPort: {PORT}}}]");
    // after the one whose ports it wants
    let scene = scene.with(&daemonset("second", "", &port));
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        let paused = r#"patch daemonset old -p {"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}"#;
        kubectl.run(paused).await?;
        kubectl.run("set env daemonset/old LEVEL=debug").await?;
        kubectl
            .run("set image daemonset/stuck main=nowhere.example/none:1")
            .await?;
        cells(browser).await?;
        rollouts(browser).await?;
        backoff(browser).await?;
        probe(browser).await?;
        readiness(browser).await
    });
    walked.await
}

/// Excluded by a taint and by affinity, waiting for a port and for room, and of an old revision: by class, letter and
/// reason.
async fn cells(browser: &Browser) -> Result<()> {
    let second = format!("hostPort {PORT}");
    for (daemonset, class, letter, why) in [
        ("first", "open", "×", "taint gpu=true:NoSchedule"),
        ("near", "open", "×", "nodeAffinity disk"),
        ("second", "warn", "P", second.as_str()),
        ("greedy", "warn", "P", "cpu"),
        ("old", "run", "O", "node-1"),
    ] {
        browser
            .goto(&format!("/daemonsets/default/{daemonset}"))
            .await?;
        let cell = format!(
            "//table[contains(@class, 'matrix')]//a[contains(@class, 'ix {class}')][.='{letter}'][contains(@title, '{why}')]"
        );
        browser.see(&cell).await?;
    }
    // the list says it too
    browser.goto("/daemonsets").await?;
    let strip = format!("{}//a[contains(@title, 'taint gpu')]", row("first"));
    browser.see(&strip).await?;
    let paused = format!("{}[contains(., 'Paused')]", row("old"));
    browser.see(&paused).await?;
    Ok(())
}

/// How far a rollout has come, what it waits for, and the way there from the overview.
async fn rollouts(browser: &Browser) -> Result<()> {
    browser.goto("/").await?;
    let waits = format!("{}[contains(., 'rollout waits')]", row("stuck"));
    browser.see(&waits).await?;
    browser
        .click(".attention a[href='/daemonsets/default/stuck']")
        .await?;
    browser.see("main .rollout progress").await?;
    browser
        .see("//main//td[contains(., 'nowhere.example/none:1')]")
        .await?;
    browser.goto("/daemonsets/default/old").await?;
    browser
        .see("//main//p[@class='aside'][contains(., 'OnDelete')]")
        .await?;
    Ok(())
}

/// The wait before a retry is drawn, and what decided in the end is told first.
async fn backoff(browser: &Browser) -> Result<()> {
    browser.goto("/jobs/default/flaky").await?;
    browser.see("svg.shape line.backoff").await?;
    browser
        .see("//main//p[contains(@class, 'note bad')][contains(., 'BackoffLimitExceeded')]")
        .await?;
    browser.count("svg.shape rect.pod.bad", 2).await
}

/// What is killed because a probe failed says so, and not only how it ended.
async fn probe(browser: &Browser) -> Result<()> {
    browser.goto("/daemonsets/default/sick").await?;
    let told = "//main//td[contains(., 'its liveness probe failed')][contains(., 'Liveness probe failed: ')]";
    browser.see_within(told, A_BACKOFF).await?;
    Ok(())
}

/// What runs and is not ready says which probe keeps it, at its node, on the overview, and with what the probe said.
async fn readiness(browser: &Browser) -> Result<()> {
    browser.goto("/daemonsets/default/deaf").await?;
    let by = "its readiness probe does not succeed";
    browser
        .see(&format!(
            "//main//ul[@class='reasons']/li[contains(., '{by}')]"
        ))
        .await?;
    browser
        .see(&format!(
            "//main//td[contains(., '{by}')][contains(., 'Readiness probe failed: ')]"
        ))
        .await?;
    browser.goto("/").await?;
    let told = "//*[contains(@class, 'attention')]//tr[.//a[@href='/daemonsets/default/deaf']]";
    browser.see(&format!("{told}[contains(., '{by}')]")).await?;
    Ok(())
}
