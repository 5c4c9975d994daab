//! What a person does with everything there is to say about it: a run that differs in every way, deeds on several, and
//! what becomes of what a deleted object owns.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Scene, Walk};

use super::actions::to_one_of_several;

/// Ends only when it is killed, eight seconds after it is told to.
const STUBBORN: &str = r#"sh, -c, "trap '' TERM; while :; do sleep 1; done""#;

fn job(name: &str, grace: u32, command: &str) -> String {
    format!(
        r#"---
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, namespace: default}}
spec:
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: {grace}
      containers: [{{name: main, image: busybox, command: [{command}]}}]
"#
    )
}

const OBJECTS: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: alpha, namespace: default}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: ["true"]}]}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: done, namespace: default}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox, command: ["true"]}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: waits, namespace: default}
spec: {template: {spec: {restartPolicy: Never, nodeSelector: {no: where}, containers: [{name: main, image: busybox, command: ["true"]}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: logs, namespace: default}
spec:
  selector: {matchLabels: {app: logs}}
  template:
    metadata: {labels: {app: logs}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: pause}]
"#;

#[tokio::test]
async fn deeds_do_what_they_say_in_every_detail() -> Result<()> {
    let mut scene =
        Scene::of(OBJECTS).after("wait job/done --for=condition=Complete --timeout=60s");
    for (name, grace, command) in [
        ("stubborn", 8, STUBBORN),
        ("stubborn-too", 8, STUBBORN),
        ("kept", 1, r#"sleep, "600""#),
        ("kept-too", 1, r#"sleep, "600""#),
    ] {
        let ready = format!("wait pod -l job-name={name} --for=condition=Ready --timeout=60s");
        scene = scene.with(&job(name, grace, command)).after(&ready);
    }
    let walked = scene.walk(async |walk| {
        trigger_with_everything(walk).await?;
        several(walk).await?;
        several_with(walk).await?;
        propagation(walk).await
    });
    walked.await
}

/// Arguments, image, parallelism and deadline: the rehearsal shows each, and the run has it.
async fn trigger_with_everything(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs/default/alpha").await?;
    browser
        .click("main .head button[data-deed*='/form/trigger/']")
        .await?;
    for (field, text) in [
        ("name", "alpha-manual-whole"),
        ("args", "--all"),
        ("image", "debian"),
        ("parallelism", "2"),
        ("deadline", "300"),
    ] {
        browser
            .fill(&format!("dialog [name='{field}']"), text)
            .await?;
    }
    browser.click("dialog [value=check]").await?;
    for differs in [
        "debian",
        "--all",
        "parallelism: 2",
        "activeDeadlineSeconds: 300",
    ] {
        browser
            .see(&format!("//dialog//ins[contains(., '{differs}')]"))
            .await?;
    }
    browser.click("dialog [value=run]").await?;
    browser
        .see(".toast.ok a[href='/jobs/default/alpha-manual-whole']")
        .await?;
    let spec = walk
        .kubectl
        .run("get job alpha-manual-whole -o jsonpath={.spec.parallelism},{.spec.activeDeadlineSeconds},{.spec.template.spec.containers[0].image},{.spec.template.spec.containers[0].args[0]}")
        .await?;
    ensure!(spec.trim() == "2,300,debian,--all", "{spec}");
    Ok(())
}

/// From the lists, and as the cluster then has it.
async fn several(walk: &Walk) -> Result<()> {
    for (list, name, deed, get, says) in [
        ("cronjobs", "alpha", "trigger", "jobs -o yaml", ": a drill"),
        ("jobs", "done", "rerun", "jobs -o name", "done-rerun-"),
        (
            "daemonsets",
            "logs",
            "restart",
            "daemonset logs -o yaml",
            "restartedAt",
        ),
    ] {
        to_one_of_several(&walk.browser, list, name, deed).await?;
        walk.until(get, says).await?;
    }
    let suspended = "job waits -o jsonpath={.spec.suspend}";
    for (deed, says) in [("suspend", "true"), ("resume", "false")] {
        to_one_of_several(&walk.browser, "jobs", "waits", deed).await?;
        walk.until(suspended, says).await?;
    }
    // what is over can be neither suspended nor resumed
    walk.browser.goto("/jobs").await?;
    walk.browser
        .click("[data-pick][value='default/done']")
        .await?;
    let offered = "const seen = deed => getComputedStyle(document.querySelector(`#bulk [value=${deed}]`)).display !== 'none';
        return seen('rerun') && seen('delete') && !seen('suspend') && !seen('resume') && !seen('retry')";
    walk.browser.holds(offered).await?;
    to_one_of_several(&walk.browser, "jobs", "done", "delete").await?;
    let job = walk.kubectl.run("get job done --ignore-not-found -o name");
    let job = job.await?;
    ensure!(job.is_empty(), "it is deleted: {job}");
    Ok(())
}

/// Runs that differ in the same way are rehearsed one by one, and made.
async fn several_with(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs").await?;
    browser.click("[data-pick][value='default/alpha']").await?;
    browser.click("#bulk button[value=with]").await?;
    browser
        .fill("dialog[open] [name=env]", "CUSTOMER=acme")
        .await?;
    browser.click("dialog[open] [value=check]").await?;
    browser.see("//dialog//ins[contains(., 'acme')]").await?;
    browser.click("dialog[open] [value=run]").await?;
    browser.see(".toast.ok").await?;
    walk.until("jobs -o yaml", "value: acme").await
}

/// As chosen in the question: the pods first, or never. Who reads the log meanwhile keeps it, and hears that it is gone.
async fn propagation(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    delete(browser, "kept", "orphan").await?;
    delete_from_list(browser, "kept-too", "orphan").await?;
    for kept in ["kept", "kept-too"] {
        let gone = format!("wait --for=delete job/{kept} --timeout=30s");
        kubectl.run(&gone).await?;
        let pods = format!(
            "get pods -l job-name={kept} -o jsonpath={{.items[*].metadata.name}}/{{.items[*].metadata.ownerReferences}}"
        );
        let pods = kubectl.run(&pods).await?;
        ensure!(
            pods.starts_with(&format!("{kept}-")) && pods.trim().ends_with('/'),
            "its pod stays and is nobody's: {pods}"
        );
    }
    let finalizers = |job: &str| format!("job {job} -o jsonpath={{.metadata.finalizers}}");
    delete_from_list(browser, "stubborn-too", "foreground").await?;
    walk.until(&finalizers("stubborn-too"), "foregroundDeletion")
        .await?;
    delete(browser, "stubborn", "foreground").await?;
    walk.until(&finalizers("stubborn"), "foregroundDeletion")
        .await?;
    browser.goto("/jobs/default/stubborn/log").await?;
    browser.see("main .head + .note.warn[role=status]").await?;
    browser.gone("main .head .acts").await
}

async fn delete_from_list(browser: &Browser, job: &str, cascade: &str) -> Result<()> {
    browser.goto("/jobs").await?;
    let pick = format!("[data-pick][value='default/{job}']");
    browser.click(&pick).await?;
    browser.click("#bulk button[value=delete]").await?;
    choose(browser, cascade).await?;
    browser.click("dialog[open] [value=run]").await?;
    browser.see(".toast.ok").await?;
    Ok(())
}

async fn delete(browser: &Browser, job: &str, cascade: &str) -> Result<()> {
    browser.goto(&format!("/jobs/default/{job}")).await?;
    browser
        .click(r#"main .head button[data-deed^='{"Delete":']"#)
        .await?;
    choose(browser, cascade).await?;
    browser.click("#confirm").await
}

/// What becomes of what it owns; the command says it, too.
async fn choose(browser: &Browser, cascade: &str) -> Result<()> {
    browser
        .click(&format!("dialog[open] [name=cascade][value={cascade}]"))
        .await?;
    let said = format!("//dialog//code[contains(., '--cascade={cascade}')]");
    browser.see(&said).await?;
    Ok(())
}
