//! What a person does to objects in the browser: on several at a time, back to a revision, for slots that passed; over a
//! cluster of its own, and over another Orrery's through its kubeconfig.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Look, Scene, Walk, row};

const OBJECTS: &str = r#"
apiVersion: v1
kind: List
items:
- &cronjob
  apiVersion: batch/v1
  kind: CronJob
  metadata: {name: alpha}
  spec:
    schedule: "0 0 1 1 *"
    jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}}}}
- {<<: *cronjob, metadata: {name: beta}}
- {<<: *cronjob, metadata: {name: gamma}}
- apiVersion: apps/v1
  kind: DaemonSet
  metadata: {name: logs}
  spec:
    selector: {matchLabels: {app: logs}}
    template:
      metadata: {labels: {app: logs}}
      spec: {containers: [{name: main, image: busybox, command: [sleep, "1000"]}]}
"#;

#[tokio::test]
async fn what_is_done_to_objects_over_its_own_cluster() -> Result<()> {
    walk(Scene::of(OBJECTS)).await
}

#[tokio::test]
async fn what_is_done_to_objects_over_another_orrerys_cluster() -> Result<()> {
    walk(Scene::of(OBJECTS).attached()).await
}

async fn walk(scene: Scene) -> Result<()> {
    let walked = scene.with(FAILING).walk(async |walk| {
        rows(walk).await.context("several rows")?;
        revision(walk).await.context("back to a revision")?;
        schedule(walk).await.context("a schedule")?;
        slots(walk).await.context("past slots")?;
        indexes(walk).await.context("failed indexes")?;
        several(walk).await.context("deeds on several")
    });
    walked.await
}

/// Shift ticks the rows between, x the one with the focus; the question names all, each is done, and undone.
async fn rows(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs?sort=name").await?;
    let script = "for (const [name, shiftKey] of [['alpha', false], ['gamma', true]])
        document.querySelector(`[data-pick][value='default/${name}']`).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey}));
        return document.querySelectorAll('[data-pick]:checked').length";
    let ticked = browser.ask(script).await?;
    ensure!(ticked == 3, "shift ticks what is between: {ticked}");
    browser
        .click("//form[@id='bulk']//button[@value='suspend']")
        .await?;
    for name in ["alpha", "beta", "gamma"] {
        let named = format!("//dialog//li[contains(., 'default/{name}')]");
        browser.see(&named).await?;
    }
    browser.click("//dialog//button[@value='run']").await?;
    for name in ["alpha", "beta", "gamma"] {
        browser
            .see(&format!("{}[contains(., 'Suspended')]", row(name)))
            .await?;
    }
    browser
        .click("//*[contains(@class, 'toast')]//button[.='Undo']")
        .await?;
    browser
        .click("//dialog[@open]//button[@value='run']")
        .await?;
    for name in ["alpha", "gamma"] {
        browser
            .gone(&format!("{}[contains(., 'Suspended')]", row(name)))
            .await?;
    }
    browser
        .click("//form[@id='bulk']//button[@data-do='unpick']")
        .await?;
    let keys = "document.activeElement.blur();
        for (const key of ['j', 'x']) document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        return document.querySelectorAll('[data-pick]:checked').length === 1";
    browser.holds(keys).await
}

/// A revision's button shows what going back would change, and goes back.
async fn revision(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    kubectl.run("set env daemonset/logs LEVEL=debug").await?;
    browser.goto("/daemonsets/default/logs").await?;
    let first = "//details[@data-k='revision 1']";
    browser.click(&format!("{first}/summary")).await?;
    browser
        .click(&format!("{first}//button[@data-deed]"))
        .await?;
    browser.see("//dialog//del[contains(., 'LEVEL')]").await?;
    browser.click("//dialog//button[@value='run']").await?;
    browser
        .see("//details[@data-k='revision 3'][.//*[@class='tag']]")
        .await?;
    let env = kubectl
        .run("get daemonset logs -o jsonpath={.spec.template.spec.containers[0].env}")
        .await?;
    ensure!(
        env.trim().is_empty(),
        "the template is the first one's: {env}"
    );
    Ok(())
}

/// Types into the field of a form.
pub async fn fill(browser: &Browser, field: &str, text: &str) -> Result<()> {
    let script = "const field = document.querySelector(`dialog [name='${arguments[0]}']`);
        field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}))";
    let typed = vec![field.into(), text.into()];
    browser.tab.execute(script, typed).await?;
    Ok(())
}

/// The schedule is explained as it is typed, the policies are tried side by side, and what somebody else changed
/// meanwhile is told before it is saved.
async fn schedule(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/schedule").await?;
    browser
        .click("//button[contains(@data-deed, '/form/edit/cronjobs/default/alpha')]")
        .await?;
    browser
        .see("//dialog//*[contains(@class, 'sentence')][contains(., 'of January')]")
        .await?;
    fill(browser, "schedule", "*/20 * * * *").await?;
    browser
        .see("//dialog//*[contains(@class, 'sentence')][contains(., '20 minutes')]")
        .await?;
    browser
        .see("//dialog//table[contains(@class, 'next')]//tr[10]")
        .await?;
    fill(browser, "takes", "50").await?;
    browser
        .see("//dialog//label[contains(., 'Allow')][contains(., 'up to 3 at once')]")
        .await?;
    browser
        .see("//dialog//label[contains(., 'Replace')][contains(., '5 stopped')]")
        .await?;
    browser
        .see("//dialog//label[contains(., 'Forbid')][contains(., ' dropped')]")
        .await?;
    time_sweeps(browser).await?;
    kubectl
        .run("patch cronjob alpha --type=merge -p {\"spec\":{\"concurrencyPolicy\":\"Forbid\"}}")
        .await?;
    browser.click("//dialog//button[@value='save']").await?;
    browser.see("//dialog//*[@role='alert'][contains(., 'Somebody else')][contains(., 'concurrencyPolicy')]").await?;
    browser.click("//dialog//button[@value='check']").await?;
    browser.see("//dialog//ins[contains(., '*/20')]").await?;
    browser.click("//dialog//button[@value='save']").await?;
    browser
        .see("//*[contains(@class, 'toast')][contains(., 'alpha is changed')]")
        .await?;
    let spec = kubectl
        .run("get cronjob alpha -o jsonpath={.spec.schedule},{.spec.concurrencyPolicy}")
        .await?;
    ensure!(spec.trim() == "*/20 * * * *,Forbid", "{spec}");
    Ok(())
}

/// Time sweeps over each of the three pictures, for who does not ask it to stand still.
async fn time_sweeps(browser: &Browser) -> Result<()> {
    const MOVE: &str = "
        const at = [...document.querySelectorAll('dialog .trial .sweep')].map(each => each.getBoundingClientRect().x);
        window.sweptFrom ??= at;
        return at.length === 3 && at.every((x, n) => x !== window.sweptFrom[n])";
    const STAND: &str = "
        const sweeps = [...document.querySelectorAll('dialog .trial .sweep')];
        const left = each => each.getBoundingClientRect().x;
        return sweeps.length === 3 && sweeps.every(each =>
            each.getAnimations().length === 0 && left(each) === left(each.ownerSVGElement))";
    browser.holds(MOVE).await?;
    browser.reduce_motion(true).await?;
    browser.holds(STAND).await?;
    browser.reduce_motion(false).await?;
    browser.ask("delete window.sweptFrom").await?;
    browser.holds(MOVE).await
}

/// Slots from before are chosen, and their Jobs run one after the other.
async fn slots(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    let spec = r#"patch cronjob beta --type=merge -p {"spec":{"schedule":"@hourly","suspend":true,"concurrencyPolicy":"Forbid"}}"#;
    kubectl.run(spec).await?;
    browser.goto("/cronjobs/default/beta").await?;
    browser
        .click("//main//button[contains(@data-deed, '/form/backfill/')]")
        .await?;
    let tick = "const boxes = document.querySelectorAll('dialog [name=slot]');
        if (boxes.length < 3) return false;
        for (const at of [0, 1]) boxes[at].click();
        return true";
    browser.holds(tick).await?;
    browser
        .click("//dialog//button[@value='run'][contains(., '2')]")
        .await?;
    browser
        .see("//*[contains(@class, 'toast')][contains(., 'beta')]")
        .await?;
    browser
        .goto("/jobs?q=beta-backfill&status=complete")
        .await?;
    let done = "return document.querySelectorAll('tbody tr').length === 2";
    browser.holds(done).await
}

const FAILING: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: resize}
spec:
  completionMode: Indexed
  completions: 4
  parallelism: 4
  backoffLimitPerIndex: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: busybox, command: [sh, -c, "test $JOB_COMPLETION_INDEX -ne 2"]}
"#;

/// Only the index that failed runs again, under its own number.
async fn indexes(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/jobs/default/resize").await?;
    browser
        .click("//main//button[contains(@data-deed, '/form/retry/')]")
        .await?;
    browser
        .see("//dialog[contains(., 'the one index that did not succeed: 2')]")
        .await?;
    browser.click("//dialog//button[@value='run']").await?;
    browser
        .click("//*[contains(@class, 'toast')]//a[contains(., 'resize-retry-')]")
        .await?;
    browser
        .see("//main//*[contains(@class, 'status')][contains(., 'Failed')]")
        .await?;
    let pods = kubectl
        .run("get pods -o jsonpath={.items[*].metadata.name}")
        .await?;
    let retried: Vec<_> = pods
        .split_whitespace()
        .filter(|pod| pod.starts_with("resize-retry-"))
        .collect();
    ensure!(
        retried.len() == 1 && retried[0].contains("-2-"),
        "only index 2 runs again: {retried:?}"
    );
    Ok(())
}

/// Rollouts are paused, resumed and rolled back, and failed indexes retried, from the lists.
async fn several(walk: &Walk) -> Result<()> {
    walk.kubectl
        .run("set env daemonset/logs LEVEL=debug")
        .await?;
    let strategy = "daemonset logs -o jsonpath={.spec.updateStrategy.type}";
    for (deed, type_) in [("pause", "OnDelete"), ("unpause", "RollingUpdate")] {
        to_one_of_several(&walk.browser, "daemonsets", "logs", deed).await?;
        walk.until(strategy, type_).await?;
    }
    to_one_of_several(&walk.browser, "daemonsets", "logs", "undo").await?;
    let env = "get daemonset logs -o jsonpath={.spec.template.spec.containers[0].env}";
    let env = walk.kubectl.run(env).await?;
    ensure!(env.is_empty(), "the template is the first one's: {env}");
    to_one_of_several(&walk.browser, "jobs", "resize", "retry").await?;
    walk.until("jobs -o yaml", "Retry indexes 2 of resize: a drill")
        .await
}

/// Ticks a row, asks for a deed, says why, and waits until it is done.
pub async fn to_one_of_several(
    browser: &Browser,
    list: &str,
    name: &str,
    deed: &str,
) -> Result<()> {
    browser.goto(&format!("/{list}")).await?;
    let pick = format!("[data-pick][value='default/{name}']");
    browser.click(&pick).await?;
    let button = format!("#bulk button[value={deed}]");
    browser.click(&button).await?;
    browser
        .fill("dialog[open] [name=reason]", "a drill")
        .await?;
    browser.click("dialog[open] [value=run]").await?;
    browser.see(".toast.ok").await?;
    Ok(())
}

/// Which budget holds a pod is told before and when it is tried; once that is gone, so is the pod.
#[tokio::test]
async fn a_pod_is_evicted_when_its_budget_lets_it_go() -> Result<()> {
    let scene = Scene::empty()
        .after("run held --image=busybox --labels=app=held --command -- sleep 1000")
        .after("create poddisruptionbudget one --selector=app=held --min-available=1");
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        walk.until("pdb one -o jsonpath={.status.currentHealthy}", "1")
            .await?;
        browser.goto("/pods").await?;
        let menu = "//button[contains(@aria-label, 'More actions')]";
        browser.click(&format!("{}{menu}", row("held"))).await?;
        let item = "//dialog[@open]//button[@data-item][starts-with(., 'Evict')]";
        browser.click(item).await?;
        let lost = "//dialog//*[contains(., 'Nobody makes it again')]";
        browser.see(lost).await?;
        let refused =
            "//dialog//*[@role='alert'][contains(., 'The disruption budget one needs 1')]";
        browser.see(refused).await?;
        browser.click("dialog [value=run]").await?;
        browser.see(refused).await?;
        kubectl.run("delete pdb one").await?;
        browser.goto("/pods/default/held").await?;
        browser.click("[data-deed*='/form/evict/']").await?;
        browser
            .fill("dialog[open] [name=reason]", "a bad disk")
            .await?;
        browser.click("dialog [value=run]").await?;
        browser.see(".toast.ok").await?;
        let gone = "wait --for=delete pod/held --timeout=60s";
        kubectl.run(gone).await?;
        walk.until("events -o yaml", "(dashboard): a bad disk")
            .await
    });
    walked.await
}

/// What becomes of each pod is told first; what nobody makes again leaves only by consent.
#[tokio::test]
async fn a_node_is_drained() -> Result<()> {
    let scene = Scene::of(OBJECTS).seen(Look::KOREAN_DARK);
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        let pinned = r#"run by-hand --image=busybox --overrides={"spec":{"nodeName":"node-1"}} --command -- sleep 1000"#;
        kubectl.run(pinned).await?;
        browser.goto("/nodes/node-1").await?;
        browser.click("[data-deed*='/form/drain/']").await?;
        browser
            .see("dialog li.bad a[href='/pods/default/by-hand']")
            .await?;
        browser.gone("dialog [value=run]").await?;
        browser.click("dialog [name=unmanaged]").await?;
        browser.see("dialog [value=run]").await?;
        browser.click("dialog [value=run]").await?;
        browser.see(".toast.ok").await?;
        let gone = "wait --for=delete pod/by-hand --timeout=60s";
        kubectl.run(gone).await?;
        let closed = kubectl
            .run("get node node-1 -o jsonpath={.spec.unschedulable}")
            .await?;
        ensure!(closed == "true", "{closed}");
        Ok(())
    });
    walked.await
}
