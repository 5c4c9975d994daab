//! Every page as axe-core judges it, in both themes in each of both languages: nothing serious.
//!
//! `tests/vendor/axe.min.js` is axe-core 4.14.1 as npm has it, unchanged, under the MPL 2.0; it is run in
//! the walks only.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Gate, Kubectl, Look, Orrery, Scene};
use serde_json::{Value, json};

use crate::pages::OBJECTS;

const AXE: &str = include_str!("../../vendor/axe.min.js");

/// Runs every rule that axe ships switched on; answers what is serious, with the elements.
const JUDGE: &str = "
    const done = arguments[arguments.length - 1];
    const moving = document.getAnimations().filter(each => each.effect.getTiming().iterations !== Infinity);
    Promise.allSettled(moving.map(each => each.finished)).then(() => axe.run(document, { resultTypes: ['violations'] })).then(
        result => done(result.violations
            .filter(found => found.impact === 'serious' || found.impact === 'critical')
            .flatMap(found => found.nodes.slice(0, 5).map(
                node => `${found.id} (${found.impact}): ${node.html.slice(0, 160)}: ${node.failureSummary}`))),
        error => done([String(error)]));";

/// A picture that says nothing to those who hear the page.
const FAULT: &str =
    "document.querySelector('main').append(Object.assign(new Image(9, 9), { src: '/x.png' }))";

/// Pages that are there without the cluster holding anything of one's own.
const EMPTY: &[&str] = &["/", "/cronjobs", "/jobs?q=nothing", "/schedule", "/nowhere"];

const FULL: &[&str] = &[
    "/",
    "/cronjobs",
    "/cronjobs/default/nightly",
    "/cronjobs/default/nightly?tab=events",
    "/cronjobs/default/nightly?tab=yaml",
    "/jobs",
    "/jobs/default/shards",
    "/jobs/default/shards/log",
    "/daemonsets",
    "/daemonsets/default/agent",
    "/pods",
    "/nodes",
    "/nodes/node-1",
    "/events",
    "/schedule",
    "/pods/default/nobody",
    "/pods/default/desk?tab=terminal",
    "/gallery",
];

/// A dialog: the page, and what is clicked there, one after the other.
const DIALOGS: &[(&str, &str)] = &[
    (
        "/cronjobs/default/nightly",
        "main .head button[data-deed*='/form/trigger/']",
    ),
    (
        "/cronjobs/default/nightly",
        "main .head button[data-deed*='/form/edit/']",
    ),
    (
        "/cronjobs/default/nightly",
        "main .head button[data-deed*='/form/backfill/']",
    ),
    (
        "/jobs/default/shards",
        "main .head button[data-deed*='/form/retry/']",
    ),
    (
        "/jobs/default/shards",
        r#"main .head button[data-deed^='{"Delete":']"#,
    ),
    // a revision's is in a part that is folded up
    (
        "/daemonsets/default/agent",
        "details[data-k='revision 1'] summary then details[data-k='revision 1'] [data-deed]",
    ),
    (
        "/cronjobs/default/nightly?tab=yaml",
        "main [data-deed*='/form/yaml/']",
    ),
    ("/jobs", ".bar .create button"),
    ("/cronjobs/default/nightly", "[data-do=help]"),
    ("/cronjobs/default/nightly", "[data-do=palette]"),
];

#[tokio::test]
async fn axe_finds_nothing_serious_on_any_page_in_english_light_and_dark() -> Result<()> {
    judge_all(Look::ENGLISH).await
}

#[tokio::test]
async fn axe_finds_nothing_serious_on_any_page_in_korean_dark_and_light() -> Result<()> {
    judge_all(Look::KOREAN_DARK).await
}

/// Where words make room for what is left of them.
#[tokio::test]
async fn axe_finds_nothing_serious_on_a_phone() -> Result<()> {
    let scene = Scene::of(OBJECTS).seen(Look::KOREAN_PHONE);
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        let mut found = Vec::new();
        for path in [
            "/",
            "/cronjobs",
            "/cronjobs/default/nightly",
            "/nodes",
            "/events",
            "/schedule",
        ] {
            browser.goto(path).await?;
            found.extend(judge(browser, path).await?);
        }
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    });
    walked.await
}

async fn judge_all(look: Look) -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    let mut browser = Browser::open(look).await?;
    let mut found = Vec::new();
    let sign_in = format!("{}/sign-in", orrery.endpoint("page"));
    browser.tab.goto(&sign_in).await?;
    found.extend(judge(&browser, "/sign-in").await?);
    browser.sign_in(&orrery).await?;
    for path in EMPTY {
        browser.goto(path).await?;
        found.extend(judge(&browser, path).await?);
    }
    kubectl.run("label node node-1 node-2 disk=ssd").await?;
    kubectl.run_with("apply -f -", OBJECTS).await?;
    kubectl
        .run("create job nightly-once --from=cronjob/nightly")
        .await?;
    kubectl
        .run("run desk --image=busybox --command -- sleep 1000")
        .await?;
    kubectl
        .run("wait pod/desk --for=condition=Ready --timeout=60s")
        .await?;
    kubectl
        .run("wait job/shards --for=condition=Failed --timeout=60s")
        .await?;
    for path in FULL {
        browser.goto(path).await?;
        found.extend(judge(&browser, path).await?);
    }
    // axe is there, and speaks up
    browser.ask(FAULT).await?;
    let planted = judge(&browser, "a planted fault").await?;
    ensure!(
        planted.len() == 2,
        "one fault was planted, for both themes: {planted:?}"
    );
    kubectl.run("set env daemonset/agent LEVEL=debug").await?;
    for (path, buttons) in DIALOGS {
        browser.goto(path).await?;
        for button in buttons.split(" then ") {
            browser.click(button).await?;
        }
        browser.see("dialog[open]").await?;
        found.extend(judge(&browser, &format!("{path} {buttons}")).await?);
    }
    found.extend(judge_unread(&browser).await?);
    // several at a time
    for (path, deed) in [
        ("/cronjobs", "suspend"),
        ("/cronjobs", "with"),
        ("/jobs", "delete"),
    ] {
        browser.goto(path).await?;
        browser.click("[data-all]").await?;
        let button = format!("#bulk button[value={deed}]");
        browser.click(&button).await?;
        browser.see("dialog[open] .picked").await?;
        found.extend(judge(&browser, &format!("{path} {button}")).await?);
    }
    // and when nobody answers any more
    browser.goto("/pods").await?;
    orrery.stop().await?;
    browser.see("[role=status].lost").await?;
    found.extend(judge(&browser, "/pods without its server").await?);
    browser.close().await?;
    ensure!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
    Ok(())
}

/// A form that says what of it cannot be understood.
async fn judge_unread(browser: &Browser) -> Result<Vec<String>> {
    browser.goto("/cronjobs/default/nightly").await?;
    browser
        .click("main .head button[data-deed*='/form/trigger/']")
        .await?;
    browser.fill("dialog [name=env]", "no value").await?;
    browser.click("dialog [value=check]").await?;
    browser.see("dialog [aria-invalid=true]").await?;
    judge(browser, "a trigger that cannot be understood").await
}

/// What a viewer sees; buttons say why they cannot be pressed.
const LOOKED_AT: &[&str] = &[
    "/",
    "/cronjobs",
    "/cronjobs/default/nightly",
    "/jobs",
    "/jobs/default/shards",
    "/jobs/default/shards/log",
    "/daemonsets",
    "/daemonsets/default/agent",
    "/pods",
    "/nodes",
    "/nodes/node-1",
    "/events",
    "/schedule",
    // there is nothing
    "/?ns=kube-system",
    "/cronjobs?ns=kube-system",
    "/jobs?ns=kube-system",
    "/daemonsets?q=nothing",
    "/pods?q=nothing",
    "/events?q=nothing",
    "/schedule?ns=kube-system",
    "/jobs/default/shards/log?until=2020-01-01T00:00",
    // there is no such thing
    "/cronjobs/default/nobody",
    "/jobs/default/nobody/log",
    "/daemonsets/default/nobody",
    "/nodes/nobody",
];

#[tokio::test]
async fn axe_finds_nothing_serious_in_what_a_viewer_sees_in_english() -> Result<()> {
    judge_states(Look::ENGLISH).await
}

#[tokio::test]
async fn axe_finds_nothing_serious_in_what_a_viewer_sees_in_korean() -> Result<()> {
    judge_states(Look::KOREAN_DARK).await
}

/// As a viewer, then where the cluster refuses, fails and is away.
async fn judge_states(look: Look) -> Result<()> {
    let cluster = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&cluster.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run("label node node-1 node-2 disk=ssd").await?;
    kubectl.run_with("apply -f -", OBJECTS).await?;
    kubectl
        .run("wait job/shards --for=condition=Failed --timeout=60s")
        .await?;
    let viewer = Orrery::attached(cluster.viewer_kubeconfig().await?).await?;
    let gate = Gate::before(&cluster).await?;
    let forbidden = "daemonsets.apps is forbidden: User \"ada\" cannot list resource \"daemonsets\" in API group \"apps\" at the cluster scope";
    gate.hide("/daemonsets", (403, "Forbidden"), forbidden);
    gate.hide("/pods", (403, "Forbidden"), "pods is forbidden");
    gate.hide(
        "/jobs/shards",
        (500, "InternalError"),
        "etcdserver: request timed out",
    );
    let refused = Orrery::attached(gate.kubeconfig.clone()).await?;
    let mut browser = Browser::open(look).await?;
    browser.sign_in(&viewer).await?;
    let mut found = judge_viewer(&browser).await?;
    browser.sign_in(&refused).await?;
    for path in ["/", "/daemonsets", "/pods", "/jobs", "/jobs/default/shards"] {
        look_at(&refused, &browser, path).await?;
        found.extend(judge(&browser, &format!("{path} where it is refused")).await?);
    }
    browser.goto("/daemonsets").await?;
    ensure!(
        browser.tab.source().await?.contains("ada"),
        "the page says what is forbidden in the cluster's words"
    );
    cluster.stop().await?;
    browser.see(".banner[role=alert] .said").await?;
    found.extend(judge(&browser, "/daemonsets without its cluster").await?);
    for path in ["/", "/cronjobs/default/nightly", "/schedule"] {
        look_at(&refused, &browser, path).await?;
        found.extend(judge(&browser, &format!("{path} without its cluster")).await?);
    }
    refused.stop().await?;
    browser.see("[role=status].lost").await?;
    found.extend(judge(&browser, "/schedule without its server").await?);
    browser.close().await?;
    viewer.stop().await?;
    ensure!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
    Ok(())
}

/// A page that may have nothing to hear of.
async fn look_at(orrery: &Orrery, browser: &Browser, path: &str) -> Result<()> {
    let url = format!("{}{path}", orrery.endpoint("page"));
    browser.tab.goto(&url).await?;
    browser.see("html[data-awake]").await?;
    Ok(())
}

async fn judge_viewer(browser: &Browser) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in LOOKED_AT {
        browser.goto(path).await?;
        found.extend(judge(browser, &format!("{path} as a viewer")).await?);
    }
    browser.goto("/cronjobs").await?;
    // it can be reached, and says why it cannot be pressed
    browser
        .see("tbody button[role=switch][aria-disabled=true][title]:not([data-deed])")
        .await?;
    browser
        .click(r#"tbody button[data-deed^='{"Menu":']"#)
        .await?;
    browser
        .see("dialog[open] button[aria-disabled=true]")
        .await?;
    found.extend(judge(browser, "a viewer's menu").await?);
    browser.goto("/jobs").await?;
    browser.click("[data-all]").await?;
    browser.click("#bulk button[value=delete]").await?;
    browser.see("dialog[open] .picked .bad").await?;
    found.extend(judge(browser, "a viewer's question about several").await?);
    Ok(found)
}

/// As the look has it, and in the other theme.
pub async fn judge(browser: &Browser, page: &str) -> Result<Vec<String>> {
    browser.ask(AXE).await?;
    let mut found = judge_once(browser, page).await?;
    for (theme, name) in [(OTHER, "the other theme"), (BACK, "")] {
        browser.ask(theme).await?;
        if !name.is_empty() {
            found.extend(judge_once(browser, &format!("{page} in {name}")).await?);
        }
    }
    Ok(found)
}

/// Shows a page in the theme that the system does not have, and in its own again.
const OTHER: &str = "document.documentElement.dataset.theme =
    matchMedia('(prefers-color-scheme: dark)').matches ? 'light' : 'dark'";
const BACK: &str = "delete document.documentElement.dataset.theme";

async fn judge_once(browser: &Browser, page: &str) -> Result<Vec<String>> {
    let found: Value = browser.tab.execute_async(JUDGE, vec![json!(page)]).await?;
    let found = found.as_array().context("axe answers with a list")?;
    let said = |each: &Value| format!("{page}: {}", each.as_str().unwrap_or_default());
    Ok(found.iter().map(said).collect())
}
