//! The machines under the nodes: what a DaemonSet does when one comes, dies, comes back and goes.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Orrery, Scene, Walk, eventually, row};

/// A sleep that no other process on this machine sleeps, by a shell whose command line says on which node.
const AGENT: &str = r#"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: default}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: busybox
        command: [sh, -c, "sleep 86399.25; : $(SLEEPS_ON)"]
        env: [{name: SLEEPS_ON, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
"#;

#[tokio::test]
async fn a_node_comes_dies_comes_back_and_goes() -> Result<()> {
    let scene = Scene::of(AGENT).after("rollout status ds/agent --timeout=60s");
    let walked = scene.walk(async |walk| {
        comes(walk).await?;
        dies(walk).await?;
        comes_back(walk).await?;
        goes(walk).await
    });
    walked.await
}

async fn comes(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/nodes").await?;
    browser.click("main [data-deed*='/form/add/nodes']").await?;
    browser.click("dialog [value=run]").await?;
    browser.see(".toast.ok a[href='/nodes/node-4']").await?;
    browser.see(&row("node-4")).await?;
    let address = "node node-4 -o jsonpath={.status.addresses[0].address}";
    walk.until(address, "127.0.1.4").await?;
    runs(walk).await
}

/// Its process has ended when the page says so, and nobody else's; the cluster finds out in its own time.
async fn dies(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/nodes/node-4").await?;
    browser
        .click("main .head [data-deed*='/form/fail/']")
        .await?;
    browser
        .see("dialog li a[href^='/pods/default/agent-']")
        .await?;
    browser.click("dialog [value=run]").await?;
    browser.see(".toast.ok").await?;
    ensure!(agents_on("node-4")? == 0, "its process is killed at once");
    ensure!(agents_on("node-1")? == 1, "and no other node's");
    browser
        .see("main .head [data-deed*='/form/recover/']")
        .await?;
    kubectl
        .run("wait --for=condition=Ready=Unknown node/node-4 --timeout=90s")
        .await?;
    let taints = "node node-4 -o jsonpath={.spec.taints[*].key}";
    walk.until(taints, "node.kubernetes.io/unreachable").await?;
    let there = kubectl.run(&format!("get {PODS} -o name")).await?;
    ensure!(there.contains("agent-"), "a DaemonSet's pod stays: {there}");
    Ok(())
}

async fn comes_back(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser
        .click("main .head [data-deed*='/form/recover/']")
        .await?;
    browser.see("main .head [data-deed*='/form/fail/']").await?;
    walk.kubectl
        .run("wait --for=condition=Ready node/node-4 --timeout=60s")
        .await?;
    runs(walk).await
}

async fn goes(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/nodes/node-4").await?;
    browser
        .click("main .head [data-deed*='/form/remove/']")
        .await?;
    browser
        .see("//dialog//code[contains(., 'kubectl delete node node-4')]")
        .await?;
    browser.click("dialog [value=run]").await?;
    browser.see(".toast.ok").await?;
    ensure!(agents_on("node-4")? == 0, "its process goes with it");
    kubectl
        .run("wait --for=delete node/node-4 --timeout=30s")
        .await?;
    browser.goto("/nodes").await?;
    browser.see(&row("node-1")).await?;
    browser.gone(&row("node-4")).await
}

/// A label is filled in, rehearsed and saved; the row that follows it comes by itself.
#[tokio::test]
async fn a_node_is_labelled() -> Result<()> {
    let scene = Scene::empty().after("wait --for=create node/node-1 --timeout=20s");
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/nodes/node-1").await?;
        browser
            .click("main .head [data-deed*='/form/marks/']")
            .await?;
        browser
            .fill(
                "dialog fieldset:first-of-type .pair:last-child [name='label.key']",
                "disk",
            )
            .await?;
        let value = "//dialog//input[@name='label.key'][@value='disk']/following-sibling::input[1]";
        browser.fill(value, "ssd").await?;
        browser
            .see("//dialog//code[contains(., 'kubectl label node node-1 disk=ssd')]")
            .await?;
        browser.click("dialog [value=check]").await?;
        browser
            .see("//dialog//ins[contains(., 'disk: ssd')]")
            .await?;
        browser.click("dialog [value=save]").await?;
        browser.see(".toast.ok").await?;
        let label = "node node-1 -o jsonpath={.metadata.labels.disk}";
        walk.until(label, "ssd").await
    });
    walked.await
}

const PODS: &str = "pods -l app=agent --field-selector spec.nodeName=node-4";

/// The DaemonSet's pod is on the new node, and so is its process.
async fn runs(walk: &Walk) -> Result<()> {
    let phases = format!("{PODS} -o jsonpath={{.items[*].status.phase}}");
    walk.until(&phases, "Running").await?;
    let there = async || Ok(agents_on("node-4")? == 1);
    eventually(Browser::APPEARS, there).await
}

/// Shells of the DaemonSet's pod on a node.
fn agents_on(node: &str) -> Result<usize> {
    let says = format!("sleep 86399.25; : {node}\0");
    let processes = std::fs::read_dir("/proc")?.flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    Ok(lines.filter(|line| line.ends_with(says.as_bytes())).count())
}

/// The data folder knows the nodes: one that was made has an agent after a power cut, one without power has none.
#[tokio::test]
async fn nodes_outlive_orrery() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    let made = r#"
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: node-7}}
- {apiVersion: v1, kind: Node, metadata: {name: node-8, annotations: {orrery.dev/machine: "off"}}}
"#;
    kubectl.run_with("create -f -", made).await?;
    let orrery = orrery.kill_and_restart().await?;
    kubectl
        .run("wait --for=create node/node-1 --timeout=20s")
        .await?;
    kubectl
        .run("wait --for=condition=Ready node/node-1 node/node-7 --timeout=60s")
        .await?;
    let version = "get node node-8 -o jsonpath={.status.nodeInfo.kubeletVersion}";
    let version = kubectl.run(version).await?;
    ensure!(version.is_empty(), "no agent has reported: {version}");
    orrery.stop().await
}
