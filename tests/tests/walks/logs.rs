//! The one log viewer: all pods of a Job and a DaemonSet interleaved, pods that come later, and a CronJob's runs switched
//! in place; over a cluster of its own, and over another Orrery's. Nothing here goes by words of the page, so that it
//! holds in every language.

use anyhow::Result;
use orrery_tests::{Browser, Kubectl, Look, Scene};

/// A Job whose two pods speak in turns; one of them fails once and is retried; a CronJob; a DaemonSet.
const SPEAKERS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: turns, namespace: default}
spec:
  completions: 2
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  podFailurePolicy:
    rules:
    - {action: Count, onExitCodes: {operator: In, values: [9]}}
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
        command:
        - sh
        - -c
        - |
          echo "begins $JOB_COMPLETION_INDEX"
          sleep 1
          echo "goes on $JOB_COMPLETION_INDEX"
          sleep 1
          test $JOB_COMPLETION_INDEX = 0 || exit 9
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: says, namespace: default}
spec:
  schedule: "0 3 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: busybox, command: [sh, -c, "echo I am $HOSTNAME"]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: hums, namespace: default}
spec:
  selector: {matchLabels: {app: hums}}
  template:
    metadata: {labels: {app: hums}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: main, image: busybox, command: [sh, -c, "while true; do echo hum; sleep 1; done"]}
"#;

#[tokio::test]
async fn logs_of_several_pods_are_one() -> Result<()> {
    read(Scene::of(SPEAKERS)).await
}

#[tokio::test]
async fn logs_of_another_orrerys_pods_are_one() -> Result<()> {
    let scene = Scene::of(SPEAKERS).attached();
    read(scene.seen(Look::KOREAN_DARK)).await
}

async fn read(scene: Scene) -> Result<()> {
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        job(browser, kubectl).await?;
        daemonset(browser, kubectl).await?;
        cronjob(browser, kubectl).await
    });
    walked.await
}

/// Both pods and the retry of one, which began after the page was opened; in the order of time, each with its pod.
async fn job(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/jobs/default/turns/log").await?;
    browser
        .holds(
            "const lines = [...document.querySelectorAll('.lines .line')];
             const pods = new Set(lines.map(line => line.querySelector('a.pod').title));
             const times = lines.map(line => line.dataset.t);
             return lines.length === 6 && pods.size === 3
                && times.every((time, n) => n === 0 || times[n - 1] <= time)",
        )
        .await?;
    kubectl
        .run("wait job/turns --for=condition=Failed --timeout=30s")
        .await?;
    // the same when it is read from its end, and it says that this is the end
    browser.goto("/jobs/default/turns/log").await?;
    browser
        .holds(
            "return document.querySelectorAll('.lines .line').length === 6
                && document.querySelector('.lines .nil').textContent !== ''",
        )
        .await?;
    browser
        .see("nav.tabs a[href='/jobs/default/turns/log'][aria-current]")
        .await?;
    Ok(())
}

/// Each node's pod speaks; the button is on the page.
async fn daemonset(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let link = "a.btn[href='/daemonsets/default/hums/log']";
    browser.goto("/daemonsets/default/hums").await?;
    browser.click(&format!("main .head {link}")).await?;
    let speaking =
        "return new Set([...document.querySelectorAll('.lines a.pod')].map(pod => pod.title)).size";
    browser.holds(&format!("{speaking} === 3")).await?;
    // a pod that takes the place of another joins
    kubectl.run("delete pod -l app=hums --wait=false").await?;
    browser.holds(&format!("{speaking} === 6")).await
}

/// The latest run; another one in place; and what is kept of one that is gone.
async fn cronjob(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    for name in ["says-one", "says-two"] {
        let create = format!("create job {name} --from=cronjob/says");
        kubectl.run(&create).await?;
        let wait = format!("wait job/{name} --for=condition=Complete --timeout=30s");
        kubectl.run(&wait).await?;
    }
    browser.goto("/cronjobs/default/says").await?;
    browser
        .click("nav.tabs a[href='/cronjobs/default/says/log']")
        .await?;
    let says = |name: &str| {
        format!(
            "const lines = document.querySelectorAll('.lines .line');
             return lines.length === 1 && lines[0].textContent.includes('I am {name}-')
                && !!document.querySelector('nav.runs [aria-current][href$=\"run={name}\"]')"
        )
    };
    browser.holds(&says("says-two")).await?;
    browser.alive().await?;
    browser.ask("window.here = true").await?;
    browser.click("nav.runs a[href$='run=says-one']").await?;
    browser.holds(&says("says-one")).await?;
    browser
        .holds("return window.here === true && location.search === '?run=says-one'")
        .await?;
    // its Job is deleted: the last lines are in the ledger
    kubectl.run("delete job says-one").await?;
    browser
        .click("nav.runs a[href$='run=says-one']:not([data-swap])")
        .await?;
    browser.holds("return !window.here && document.querySelector('.lines').textContent.includes('I am says-one-')")
        .await?;
    browser.see("main .note[role=status]").await?;
    Ok(())
}

/// One pod that speaks on, and one that has spoken; of lines that break in a narrow window.
const TALKERS: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: speaks, namespace: default}
  spec:
    terminationGracePeriodSeconds: 1
    containers:
    - name: main
      image: busybox
      command: [sh, -c, "i=0; while true; do i=$((i+1)); echo line $i of a log whose lines are long enough to break; sleep 0.05; done"]
- apiVersion: v1
  kind: Pod
  metadata: {name: spoke, namespace: default}
  spec:
    restartPolicy: Never
    containers:
    - {name: main, image: busybox, command: [sh, -c, "for i in $(seq 200); do echo line $i of a log that has ended; done"]}
"#;

/// The end is in sight, and there is nothing to follow.
const AT_END: &str = "
    const lines = document.querySelector('.lines');
    return lines.scrollHeight > lines.clientHeight
        && lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24
        && !document.querySelector('.unseen').checkVisibility()";

/// Scrolls up, and notes when the page has heard of it.
const UP: &str = "
    const lines = document.querySelector('.lines');
    lines.addEventListener('scroll', () => window.scrolled = true, { once: true });
    lines.scrollTop = 0";

#[tokio::test]
async fn a_log_is_followed_through_other_sizes_until_it_ends() -> Result<()> {
    let scene = Scene::of(TALKERS)
        .after("wait pod/spoke --for=jsonpath={.status.phase}=Succeeded --timeout=30s");
    let walked = scene.walk(async |walk| {
        resized(&walk.browser).await?;
        ended(&walk.browser).await
    });
    walked.await
}

async fn resized(browser: &Browser) -> Result<()> {
    browser.goto("/pods/default/speaks/log").await?;
    browser.holds(AT_END).await?;
    for width in [700, 1300, 600] {
        browser.tab.set_window_size(width, 700).await?;
        browser
            .holds(&format!("return innerWidth === {width}"))
            .await?;
        browser.holds(AT_END).await?;
    }
    browser.ask(UP).await?;
    let follow = "return window.scrolled && document.querySelector('.unseen').checkVisibility()";
    browser.holds(follow).await?;
    // it says how many have come
    browser
        .holds("return /[1-9]/.test(document.querySelector('.unseen').textContent)")
        .await?;
    browser.click(".unseen").await?;
    browser.holds(AT_END).await
}

async fn ended(browser: &Browser) -> Result<()> {
    browser.goto("/pods/default/spoke/log").await?;
    browser
        .holds("return document.querySelector('.lines .nil').textContent !== ''")
        .await?;
    browser.holds(AT_END).await?;
    browser.ask(UP).await?;
    browser.holds("return window.scrolled === true").await?;
    browser
        .holds("return !document.querySelector('.unseen').checkVisibility()")
        .await?;
    Ok(())
}
