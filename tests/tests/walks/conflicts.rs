//! Somebody else changed the object just before: each deed tells it in the cluster's words, and the page goes back to
//! what is true. So it does where the cluster takes a deed and something in it puts back what was changed. Nothing here
//! goes by words of the page, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Gate, Kubectl, Look, Orrery};
use serde_json::{Value, json};

use crate::pages::OBJECTS;

const WORDS: &str = "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again";

/// Deeds that are done at once: the page, and its button.
const AT_ONCE: [(&str, &str); 9] = [
    ("/cronjobs/default/nightly", "button[role=switch]"),
    (
        "/cronjobs/default/nightly",
        r#"button[data-deed^='{"Trigger":']"#,
    ),
    ("/jobs/default/shards", r#"button[data-deed^='{"Rerun":']"#),
    ("/jobs/default/waits", r#"button[data-deed^='{"Suspend":']"#),
    (
        "/daemonsets/default/agent",
        r#"button[data-deed^='{"Restart":']"#,
    ),
    (
        "/daemonsets/default/agent",
        r#"button[data-deed^='{"Pause":']"#,
    ),
    ("/nodes/node-1", r#"button[data-deed^='{"Cordon":']"#),
    ("/jobs/default/shards", r#"button[data-deed^='{"Delete":']"#),
    (
        "/daemonsets/default/agent",
        r#"button[data-deed^='{"Delete":']"#,
    ),
];

/// The page, the button that opens the form, what is changed in it, and the button that sends it.
type Form = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static str,
);

const FORMS: [Form; 4] = [
    (
        "/cronjobs/default/nightly",
        "[data-deed*='/form/trigger/']",
        None,
        "run",
    ),
    (
        "/cronjobs/default/nightly",
        "[data-deed*='/form/edit/']",
        Some(("schedule", "5 5 5 5 *")),
        "save",
    ),
    (
        "/jobs/default/shards",
        "[data-deed*='/form/retry/']",
        None,
        "run",
    ),
    (
        "/daemonsets/default/agent",
        "[data-deed*='revision=1']",
        None,
        "run",
    ),
];

/// Deeds on several.
const SEVERAL: [(&str, &str); 10] = [
    ("cronjobs", "trigger"),
    ("cronjobs", "with"),
    ("cronjobs", "suspend"),
    ("cronjobs", "delete"),
    ("jobs", "rerun"),
    ("jobs", "delete"),
    ("daemonsets", "restart"),
    ("daemonsets", "pause"),
    ("daemonsets", "undo"),
    ("nodes", "cordon"),
];

/// A Job that never begins.
const WAITS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: waits, namespace: default}
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {no: where}
      containers:
      - {name: main, image: busybox, command: ["true"]}
"#;

#[tokio::test]
async fn each_deed_that_meets_a_conflict_tells_it_and_goes_back() -> Result<()> {
    let cluster = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&cluster.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run("label node node-1 node-2 disk=ssd").await?;
    kubectl.run_with("apply -f -", OBJECTS).await?;
    kubectl.run_with("apply -f -", WAITS).await?;
    kubectl
        .run("wait job/shards --for=condition=Failed --timeout=60s")
        .await?;
    kubectl.run("set env daemonset/agent LEVEL=debug").await?;
    let gate = Gate::before(&cluster).await?;
    let page = Orrery::attached(gate.kubeconfig.clone()).await?;
    let mut browser = Browser::open(Look::ENGLISH).await?;
    browser.sign_in(&page).await?;
    let kinds = "get cronjobs,jobs,daemonsets,nodes -o jsonpath={.items[*].metadata.annotations}";
    let before = kubectl.run(kinds).await?;
    for path in ["/apis/batch/", "/apis/apps/", "/api/v1/nodes/"] {
        gate.conflict(path, WORDS);
    }
    for (path, button) in AT_ONCE {
        at_once(&browser, path, button).await?;
    }
    for (path, button, typed, send) in FORMS {
        form(&browser, path, button, typed, send).await?;
    }
    for (list, deed) in SEVERAL {
        several(&browser, list, deed).await?;
    }
    rows(&browser).await?;
    nothing_changed(&browser).await?;
    let after = kubectl.run(kinds).await?;
    ensure!(before == after, "nothing was changed: {before} {after}");
    gate.open();
    gate.put_back("/cronjobs/nightly", "/spec/suspend", json!(false));
    put_back(&browser, &kubectl).await?;
    gate.open();
    put_back_later(&browser, &kubectl).await?;
    browser.close().await?;
    page.stop().await?;
    cluster.stop().await
}

/// Waits until an element says the cluster's words.
async fn told(browser: &Browser, place: &str) -> Result<()> {
    let told = "return [...document.querySelectorAll(arguments[0])].some(place => place.textContent.includes('%WORDS%'))";
    let told = told.replace("%WORDS%", WORDS);
    browser.holds_of(&told, place, Browser::APPEARS).await
}

/// Holds the next request back, as a slow cluster would, until it is let go.
const HOLD: &str = "const real = window.fetch;
    window.fetch = (...asked) => new Promise(go => {
        window.release = () => { window.fetch = real; go(real(...asked)); };
    })";
const RELEASE: &str = "window.release()";
/// The page of the object shows that something is under way.
const HEAD_SHOWS: &str = "const head = document.querySelector('main .head[data-pending]');
    return !!head && getComputedStyle(head).cursor === 'progress'";
/// So does its row in a list.
const ROW_SHOWS: &str = "const cell = document.querySelector('tbody tr[data-pending] > td');
    return !!cell && getComputedStyle(cell).backgroundImage.includes('gradient')";
/// What is deleted fades.
const ROW_FADES: &str = "const cell = document.querySelector('tbody tr[data-pending] > td');
    return !!cell && getComputedStyle(cell).opacity === '0.45'";
const NOTHING_SHOWS: &str = "return !document.querySelector('[data-pending]')";

/// From the lists: the row shows the deed while it is on its way, and is as it was once the cluster refuses.
async fn rows(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs").await?;
    browser.ask(HOLD).await?;
    browser
        .click("tbody button[role=switch][aria-checked=true]")
        .await?;
    browser.holds(ROW_SHOWS).await?;
    browser
        .see("tbody button[role=switch][aria-checked=false]")
        .await?;
    browser.ask(RELEASE).await?;
    told(browser, ".toast.bad[role=alert]").await?;
    browser.holds(NOTHING_SHOWS).await?;
    browser
        .see("tbody button[role=switch][aria-checked=true]")
        .await?;

    browser.goto("/jobs").await?;
    browser.ask(HOLD).await?;
    browser
        .click(r#"tbody button[data-deed^='{"Menu":']"#)
        .await?;
    browser.click("dialog[open] .menu .danger").await?;
    browser.click("#confirm").await?;
    browser.holds(ROW_FADES).await?;
    browser.ask(RELEASE).await?;
    told(browser, ".toast.bad[role=alert]").await?;
    browser.holds(NOTHING_SHOWS).await
}

/// What answers that all is well and yet changes nothing: the switch goes back by itself.
async fn nothing_changed(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs/default/nightly").await?;
    let pressed = browser
        .ask(
            "window.fetch = async () => new Response('{\"made\":null,\"count\":0,\"diff\":\"\"}');
             const button = document.querySelector('main .head button[role=switch]');
             button.click();
             return button.getAttribute('aria-checked')",
        )
        .await?;
    ensure!(pressed == "false", "it shows at once: {pressed}");
    browser
        .see("main .head button[role=switch][aria-checked=true]")
        .await?;
    browser.holds(NOTHING_SHOWS).await
}

/// What the cluster takes with another value: the page and the row show the deed, and then what the cluster has.
async fn put_back(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    for (path, place) in [
        ("/cronjobs/default/nightly", "main .head"),
        (
            "/cronjobs",
            "tbody tr:has(a.name[href='/cronjobs/default/nightly'])",
        ),
    ] {
        let switch = |on: bool| format!("{place} button[role=switch][aria-checked={on}]");
        browser.goto(path).await?;
        browser.ask(HOLD).await?;
        browser.click(&switch(true)).await?;
        browser.see(&switch(false)).await?;
        browser.ask(RELEASE).await?;
        browser.see(&switch(true)).await?;
        browser.holds(NOTHING_SHOWS).await?;
    }
    let nightly = kubectl.run("get cronjob nightly -o json").await?;
    let nightly: Value = serde_json::from_str(&nightly)?;
    let reason = &nightly["metadata"]["annotations"]["orrery.dev/change-reason"];
    ensure!(
        reason == "Suspend" && nightly["spec"]["suspend"] == false,
        "the cluster took it and put it back: {nightly}"
    );
    Ok(())
}

/// What somebody else puts back once the page has it.
async fn put_back_later(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/cronjobs/default/nightly").await?;
    browser
        .click("main .head button[role=switch][aria-checked=true]")
        .await?;
    browser
        .see("main .head button[role=switch][aria-checked=false]")
        .await?;
    browser.holds(NOTHING_SHOWS).await?;
    let suspended = "get cronjob nightly -o jsonpath={.spec.suspend}";
    ensure!(kubectl.run(suspended).await? == "true");
    kubectl
        .run(r#"patch cronjob nightly --type=merge -p {"spec":{"suspend":false}}"#)
        .await?;
    browser
        .see("main .head button[role=switch][aria-checked=true]")
        .await?;
    Ok(())
}

async fn at_once(browser: &Browser, path: &str, button: &str) -> Result<()> {
    browser.goto(path).await?;
    let button = format!("main .head {button}");
    let state = "const button = document.querySelector(arguments[0]);
        return [button.getAttribute('aria-checked'), button.hasAttribute('data-pending'), button.hasAttribute('disabled')]";
    let state = async || {
        let found = browser.tab.execute(state, vec![json!(button)]);
        anyhow::Ok(found.await?)
    };
    browser.see(&button).await?;
    let before = state().await?;
    browser.ask(HOLD).await?;
    browser.click(&button).await?;
    if button.contains("Delete") {
        browser.click("#confirm").await?;
    }
    browser.holds(HEAD_SHOWS).await?;
    browser.ask(RELEASE).await?;
    told(browser, ".toast.bad[role=alert]").await?;
    browser.holds(NOTHING_SHOWS).await?;
    let after = state().await?;
    ensure!(before == after, "{path} {button}: {before} {after}");
    Ok(())
}

async fn form(
    browser: &Browser,
    path: &str,
    button: &str,
    typed: Option<(&str, &str)>,
    send: &str,
) -> Result<()> {
    browser.goto(path).await?;
    // a revision's is in a part that is folded up, where only a script can press
    let press = "document.querySelector(arguments[0]).click()";
    let selector = format!("main {button}");
    browser.see(&selector).await?;
    browser.tab.execute(press, vec![json!(selector)]).await?;
    if let Some((field, text)) = typed {
        let field = browser.see(&format!("dialog[open] [name={field}]")).await?;
        field.clear().await?;
        field.send_keys(text).await?;
    }
    browser
        .click(&format!("dialog[open] [value={send}]"))
        .await?;
    told(browser, "dialog[open] .refused[role=alert]").await
}

async fn several(browser: &Browser, list: &str, deed: &str) -> Result<()> {
    browser.goto(&format!("/{list}")).await?;
    browser.click("tbody [data-pick]").await?;
    browser
        .click(&format!("#bulk button[value={deed}]"))
        .await?;
    browser.see("dialog[open] [value=run]").await?;
    browser.ask(HOLD).await?;
    browser.click("dialog[open] [value=run]").await?;
    browser
        .holds(if deed == "delete" {
            ROW_FADES
        } else {
            ROW_SHOWS
        })
        .await?;
    browser.ask(RELEASE).await?;
    told(browser, "dialog[open] .picked li.bad").await?;
    browser.holds(NOTHING_SHOWS).await
}
