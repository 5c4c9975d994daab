//! `--read-only` in a browser: what would change anything is absent, or disabled with its reason, and refused with words
//! when it is sent all the same; what only looks is there as ever.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Kubectl, Scene};
use serde_json::{Value, json};

use crate::axe::judge;
use crate::pages::{OBJECTS, PAGES};

/// Beside the lists and details: tabs, a log, and what the palette and the shell know of.
const MORE_PAGES: [&str; 4] = [
    "/cronjobs/default/nightly?tab=yaml",
    "/pods/default/desk",
    "/jobs/default/nightly-once/log",
    "/daemonsets?q=nothing",
];

/// Controls that would change something and do not say why they cannot. A menu is as its deeds are, and what would be
/// may be asked.
const OFFERED: &str = "
    const changes = deed => !deed.Go && !deed.Form?.endsWith('?trial=1')
        && !(deed.Menu?.[1].every(each => !changes(each.deed)));
    const deeds = [...document.querySelectorAll('[data-deed]')].filter(each => changes(JSON.parse(each.dataset.deed)));
    const others = ':is([role=switch], [data-pick], [data-all], .create button)';
    const unsaid = [...document.querySelectorAll(others)]
        .filter(each => each.getAttribute('aria-disabled') !== 'true' || !each.title.includes('--read-only'));
    return [...deeds, ...unsaid].map(each => each.outerHTML.slice(0, 200))";

/// Sends what a button would, had the page one; answers what the server says.
const SEND: &str = "
    const [at, type, body, done] = arguments;
    fetch(at, { method: 'POST', headers: { 'content-type': type }, body })
        .then(async answer => done(await answer.text())).catch(error => done(String(error)))";

/// What the one client says that everything of the page goes through.
const REFUSAL: &str = "this page is read-only: Orrery was started with --read-only";

/// What a change would show in.
const EVERYTHING: &str = "get cronjobs,jobs,daemonsets,pods,nodes -A -o jsonpath={range.items[*]}{.kind}/{.metadata.name}={.spec};{end}";

#[tokio::test]
async fn a_read_only_page_looks_and_does_not_touch() -> Result<()> {
    let scene = Scene::of(OBJECTS)
        .read_only()
        .after("label node node-1 node-2 disk=ssd")
        .after("create job nightly-once --from=cronjob/nightly")
        .after("run desk --image=busybox --command -- sleep 1000")
        .after("wait pod/desk --for=condition=Ready --timeout=60s")
        .after("wait job/shards --for=condition=Failed --timeout=60s")
        .after("wait job/nightly-once --for=condition=Complete --timeout=60s")
        .after("rollout status daemonset/agent --timeout=60s");
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        nothing_is_offered(browser).await?;
        the_palette_leads_only(browser).await?;
        logs_are_read_and_terminals_are_not_opened(browser).await?;
        what_would_be_is_shown_and_not_saved(browser).await?;
        what_is_sent_is_refused(browser, kubectl).await
    });
    walked.await
}

async fn nothing_is_offered(browser: &Browser) -> Result<()> {
    let mut found = Vec::new();
    for path in PAGES.into_iter().chain(MORE_PAGES) {
        browser.goto(path).await?;
        let offered = browser.ask(OFFERED).await?;
        ensure!(offered == json!([]), "{path} offers {offered:#}");
        found.extend(judge(browser, path).await?);
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    browser
        .see("//aside//footer[contains(., 'read-only')]")
        .await
        .context("the page says what it is")?;
    browser.goto("/cronjobs").await?;
    browser
        .see("tbody [role=switch][aria-disabled=true][title*='--read-only']")
        .await?;
    // what is not a deed is in the menu still
    browser
        .click(r#"tbody button[data-deed^='{"Menu":']"#)
        .await?;
    browser
        .see("//dialog[@open]//ul[@class='menu']//button[.='Logs']")
        .await?;
    browser.count("dialog[open] .menu button", 1).await
}

async fn the_palette_leads_only(browser: &Browser) -> Result<()> {
    browser.goto("/daemonsets/default/agent").await?;
    browser.click("[data-do=palette]").await?;
    browser
        .see("dialog [role=option][href='/daemonsets/default/agent/log']")
        .await?;
    let offered = browser.ask(OFFERED).await?;
    ensure!(offered == json!([]), "the palette offers {offered:#}");
    Ok(())
}

async fn logs_are_read_and_terminals_are_not_opened(browser: &Browser) -> Result<()> {
    browser.goto("/jobs/default/nightly-once/log").await?;
    browser
        .see("//*[contains(@class, 'lines')][contains(., 'for everybody')]")
        .await?;
    browser.goto("/pods/default/desk?tab=terminal").await?;
    browser
        .see("//main//*[@role='status'][contains(., '--read-only')]")
        .await?;
    browser.count("#terminal, #terminal-run", 0).await?;
    let judged = judge(browser, "a terminal that is not opened").await?;
    ensure!(judged.is_empty(), "{}", judged.join("\n"));
    Ok(())
}

async fn what_would_be_is_shown_and_not_saved(browser: &Browser) -> Result<()> {
    browser.goto("/schedule").await?;
    browser
        .click(".lanes .if button[data-deed*='/form/edit/cronjobs/default/nightly']")
        .await?;
    browser
        .see("//dialog[@open]//*[contains(@class, 'note')][contains(., '--read-only')]")
        .await?;
    browser.count("dialog[open] svg.trial", 3).await?;
    super::actions::fill(browser, "schedule", "*/20 * * * *").await?;
    browser
        .see("//dialog//*[contains(@class, 'sentence')][contains(., '20 minutes')]")
        .await?;
    browser
        .see("//dialog[@open]//*[contains(@class, 'note')][contains(., '--read-only')]")
        .await?;
    browser
        .count(
            "dialog[open] :is(button[value=save], button[value=check])",
            0,
        )
        .await?;
    let judged = judge(browser, "what would be").await?;
    ensure!(judged.is_empty(), "{}", judged.join("\n"));
    Ok(())
}

/// From the page itself, as a script of the reader's might.
async fn what_is_sent_is_refused(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let before = kubectl.run(EVERYTHING).await?;
    ensure!(before.contains("CronJob/nightly="), "{before}");
    for action in deeds() {
        let body = json!({ "action": action, "reason": null }).to_string();
        let said = send(browser, "/api/act", "application/json", &body).await?;
        ensure!(said.contains(REFUSAL), "{action}: {said}");
    }
    for (form, body) in [
        ("trigger/cronjobs/default/nightly", "name=by-hand&do=run"),
        (
            "edit/cronjobs/default/nightly",
            "generation=1&was.schedule=0+3+1+1+*&schedule=0+4+1+1+*&do=save",
        ),
        ("retry/jobs/default/shards", "do=run"),
        ("evict/pods/default/desk", "do=run"),
        ("drain/nodes/node-1", "do=run"),
        ("create/jobs", "do=run"),
    ] {
        let (at, body) = (format!("/form/{form}"), format!("token=t&{body}"));
        let said = send(browser, &at, "application/x-www-form-urlencoded", &body).await?;
        ensure!(said.contains(REFUSAL), "{form}: {said}");
    }
    let after = kubectl.run(EVERYTHING).await?;
    ensure!(before == after, "it was {before}, and is {after}");
    // Chromium notes each answer that is no success; nothing else is complained of
    let complaints = browser.complaints().await?;
    let is_refusal = |said: &&String| said.contains("/api/act") || said.contains("/form/drain/");
    let others: Vec<_> = complaints.iter().filter(|said| !is_refusal(said)).collect();
    ensure!(others.is_empty(), "the console complains: {others:#?}");
    Ok(())
}

fn deeds() -> [Value; 6] {
    let of = |kind: &str, namespace: &str, name: &str| json!({ "kind": kind, "namespace": namespace, "name": name });
    let nightly = of("cronjob", "default", "nightly");
    let job = of("job", "default", "shards");
    let agent = of("daemonset", "default", "agent");
    let node = of("node", "", "node-1");
    [
        json!({ "Trigger": { "cronjob": nightly, "token": "t" } }),
        json!({ "Suspend": { "object": nightly, "suspend": true } }),
        json!({ "Delete": { "object": job, "cascade": "background" } }),
        json!({ "Restart": { "daemonset": agent } }),
        json!({ "Cordon": { "node": node, "cordon": true } }),
        json!({ "LoadExamples": { "namespace": "default" } }),
    ]
}

async fn send(browser: &Browser, at: &str, kind: &str, body: &str) -> Result<String> {
    let sent = vec![json!(at), json!(kind), json!(body)];
    let said = browser.tab.execute_async(SEND, sent).await?;
    Ok(said.as_str().context("a text")?.to_owned())
}
