//! Everything by keyboard: the command palette, digits for namespaces, walking and ticking rows. Nothing here goes by
//! words, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};

use super::pages::OBJECTS;

const CONTROL_K: &str = "\u{e009}k";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
/// Typed text that is English in a Korean page too.
const FIELD: &str = "dialog [role=combobox]";

#[tokio::test]
async fn everything_is_reached_by_keyboard() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", OBJECTS).await?;
    kubectl.run("create namespace other").await?;
    let browser = Browser::open(Look::KOREAN_DARK).await?;
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    let page = orrery.endpoint("page");
    browser.tab.goto(&format!("{page}/cronjobs")).await?;
    browser.css("html[data-awake]").await?;

    palette(&browser, &kubectl).await?;
    browser.tab.goto(&format!("{page}/cronjobs")).await?;
    browser.css("html[data-awake]").await?;
    namespaces(&browser).await?;
    rows(&browser).await?;
    let complaints = browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    browser.close().await?;
    orrery.stop().await
}

async fn press(browser: &Browser, keys: &str) -> Result<()> {
    Ok(browser.tab.active_element().await?.send_keys(keys).await?)
}

async fn holds(browser: &Browser, script: &str) -> Result<()> {
    browser.holds(script, "", Browser::APPEARS).await
}

/// A verb and a name run an action; a name goes to its page, where its own actions are offered first; Esc closes.
async fn palette(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    press(browser, CONTROL_K).await?;
    browser.css(FIELD).await?;
    // no wait: Enter means what is typed, whether its choices have come or not
    press(browser, &format!("trigger nightly{ENTER}")).await?;
    browser
        .css(".toast a[href^='/jobs/default/nightly-manual-'][href$='/log']")
        .await?;
    holds(browser, "return !document.querySelector('dialog[open]')").await?;
    let jobs = kubectl.run("get jobs -o name").await?;
    ensure!(jobs.matches("nightly-manual-").count() == 1, "{jobs}");

    press(browser, CONTROL_K).await?;
    browser.css(FIELD).await?;
    press(browser, "agent").await?;
    browser
        .css("dialog a[role=option][aria-selected=true][href='/daemonsets/default/agent']")
        .await?;
    press(browser, DOWN).await?;
    holds(
        browser,
        "const chosen = document.querySelector('[role=option][aria-selected=true]');
         return chosen.id === 'choice-1' && document.activeElement.getAttribute('aria-activedescendant') === chosen.id",
    )
    .await?;
    press(browser, ESCAPE).await?;
    holds(browser, "return !document.querySelector('dialog[open]')").await?;

    // by the button in the bar, for those who do not know the keys
    browser.css("[data-do=palette]").await?.click().await?;
    browser.css(FIELD).await?;
    press(browser, &format!("agent{ENTER}")).await?;
    holds(
        browser,
        "return location.pathname === '/daemonsets/default/agent' && 'awake' in document.documentElement.dataset",
    )
    .await?;
    press(browser, CONTROL_K).await?;
    browser
        .css("dialog [aria-selected=true][href='/daemonsets/default/agent/log']")
        .await?;
    browser
        .css(r#"dialog [role=option][data-deed^='{"Restart":']"#)
        .await?;
    // what deletes asks first
    press(browser, &format!("delete{ENTER}")).await?;
    browser.css("dialog #confirm").await?;
    press(browser, ESCAPE).await
}

/// A digit chooses one namespace, for the list and in its address, and 0 all of them.
async fn namespaces(browser: &Browser) -> Result<()> {
    browser.css("main tbody tr").await?;
    let digit = "return 1 + [...document.querySelectorAll('[data-ns]')].findIndex(box => box.dataset.ns === 'other')";
    let digit = browser.tab.execute(digit, vec![]).await?;
    press(browser, &digit.to_string()).await?;
    holds(
        browser,
        "return location.search === '?ns=other' && !document.querySelector('main tbody tr')
            && document.querySelector('[data-ns=other]').checked",
    )
    .await?;
    press(browser, "0").await?;
    holds(
        browser,
        "return location.search === '' && !!document.querySelector('main tbody tr')
            && !document.querySelector('[data-ns]:checked')",
    )
    .await
}

/// j walks to a row, x ticks it, Esc unticks it and lets go of it, Enter opens it.
async fn rows(browser: &Browser) -> Result<()> {
    press(browser, "j").await?;
    holds(
        browser,
        "return document.activeElement.matches('tr a.name')",
    )
    .await?;
    press(browser, "x").await?;
    holds(
        browser,
        "return !!document.querySelector('tr [data-pick]:checked')",
    )
    .await?;
    press(browser, ESCAPE).await?;
    holds(
        browser,
        "return !document.querySelector('[data-pick]:checked') && document.activeElement === document.body",
    )
    .await?;
    press(browser, "j").await?;
    press(browser, ENTER).await?;
    holds(
        browser,
        "return location.pathname === '/cronjobs/default/nightly'",
    )
    .await
}
