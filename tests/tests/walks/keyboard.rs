//! Everything by keyboard: the command palette, digits for namespaces, walking and ticking rows. Nothing here goes by
//! words, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Scene};

use super::pages::OBJECTS;

const CONTROL_K: &str = "\u{e009}k";
/// Lets go of the keys that are held.
const RELEASE: &str = "\u{e000}";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
/// Where the palette is typed in, once keys go there.
const FIELD: &str = "dialog[open] [role=combobox]:focus";

#[tokio::test]
async fn everything_is_reached_by_keyboard() -> Result<()> {
    let scene = Scene::of(OBJECTS).after("create namespace other");
    let walked = scene.seen(Look::KOREAN_DARK).walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        palette(browser, kubectl).await?;
        search(browser).await?;
        namespaces(browser).await?;
        rows(browser).await?;
        cells(browser).await?;
        folded(browser).await
    });
    walked.await
}

/// A verb and a name run an action; a name goes to its page, where its own actions are offered first; Esc closes.
async fn palette(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.goto("/cronjobs").await?;
    // no wait: what is typed is the palette's from the first key on, and Enter means it, whether its choices have come
    // or not
    browser
        .press(&format!("{CONTROL_K}{RELEASE}trigger nightly{ENTER}"))
        .await?;
    browser
        .see(".toast a[href^='/jobs/default/nightly-manual-'][href$='/log']")
        .await?;
    browser
        .holds("return !document.querySelector('dialog[open]')")
        .await?;
    let jobs = kubectl.run("get jobs -o name").await?;
    ensure!(jobs.matches("nightly-manual-").count() == 1, "{jobs}");

    browser.press(CONTROL_K).await?;
    browser.see(FIELD).await?;
    browser.press("agent").await?;
    browser
        .see("dialog a[role=option][aria-selected=true][href='/daemonsets/default/agent']")
        .await?;
    browser.press(DOWN).await?;
    browser.holds("const chosen = document.querySelector('[role=option][aria-selected=true]');
         return chosen.id === 'choice-1' && document.activeElement.getAttribute('aria-activedescendant') === chosen.id",
    )
    .await?;
    browser.press(ESCAPE).await?;
    browser
        .holds("return !document.querySelector('dialog[open]')")
        .await?;

    // by the button in the bar, for those who do not know the keys
    browser.click("[data-do=palette]").await?;
    browser.see(FIELD).await?;
    browser.press(&format!("agent{ENTER}")).await?;
    browser.holds("return location.pathname === '/daemonsets/default/agent' && 'awake' in document.documentElement.dataset",
    )
    .await?;
    browser.press(CONTROL_K).await?;
    browser
        .see("dialog [aria-selected=true][href='/daemonsets/default/agent/log']")
        .await?;
    browser
        .see(r#"dialog [role=option][data-deed^='{"Restart":']"#)
        .await?;
    // what deletes asks first
    browser.press(&format!("delete{ENTER}")).await?;
    browser.see("dialog #confirm").await?;
    browser.press(ESCAPE).await
}

/// Where there is no list to filter, what is searched for is looked for everywhere.
async fn search(browser: &Browser) -> Result<()> {
    browser.goto("/").await?;
    browser.press("/").await?;
    browser.see("#search:focus").await?;
    browser.press(&format!("agent{ENTER}")).await?;
    browser
        .see("dialog a[role=option][aria-selected=true][href='/daemonsets/default/agent']")
        .await?;
    browser.press(ESCAPE).await
}

/// A digit chooses one namespace, for the list and in its address, and 0 all of them.
async fn namespaces(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs").await?;
    browser.see("main tbody tr").await?;
    let digit = "return 1 + [...document.querySelectorAll('[data-ns]')].findIndex(box => box.dataset.ns === 'other')";
    let digit = browser.ask(digit).await?;
    browser.press(&digit.to_string()).await?;
    browser
        .holds(
            "return location.search === '?ns=other' && !document.querySelector('main tbody tr')
            && document.querySelector('[data-ns=other]').checked",
        )
        .await?;
    browser.press("0").await?;
    browser
        .holds(
            "return location.search === '' && !!document.querySelector('main tbody tr')
            && !document.querySelector('[data-ns]:checked')",
        )
        .await
}

/// The lists whose rows can be ticked, and the first part of their objects' addresses.
const LISTS: [&str; 5] = ["/cronjobs", "/jobs", "/daemonsets", "/pods", "/nodes"];

async fn rows(browser: &Browser) -> Result<()> {
    for list in LISTS {
        rows_of(browser, list).await?;
    }
    // nothing is ticked in these
    for page in ["/events", "/schedule"] {
        browser.goto(page).await?;
        browser.see("main tbody tr, main .lanes li").await?;
        browser.press("j").await?;
        browser
            .holds("return !!document.activeElement.closest('main tbody tr, main .lanes li')")
            .await?;
    }
    Ok(())
}

/// Arrows go from cell to cell of a matrix, and no further than its end.
async fn cells(browser: &Browser) -> Result<()> {
    const LEFT: &str = "\u{e012}";
    const RIGHT: &str = "\u{e014}";
    browser.goto("/jobs/default/shards").await?;
    browser.see(".matrix a").await?;
    browser
        .ask("document.querySelector('.matrix a').focus()")
        .await?;
    for (key, place) in [(RIGHT, 1), (RIGHT, 2), (LEFT, 1), (LEFT, 0), (LEFT, 0)] {
        browser.press(key).await?;
        let there = "return document.activeElement === document.querySelectorAll('.matrix a')[arguments[0]]";
        browser
            .holds_of(there, &place.to_string(), Browser::APPEARS)
            .await?;
    }
    Ok(())
}

/// What is folded up takes no focus, and is walked past to the last row that is seen.
async fn folded(browser: &Browser) -> Result<()> {
    browser.goto("/jobs/default/shards").await?;
    browser.see("main details.as-table tbody a").await?;
    for _ in 0..40 {
        browser.press("j").await?;
    }
    browser
        .holds(
            "const seen = row => !row.closest('details:not([open])') && row.querySelector('a[href]');
             const rows = [...document.querySelectorAll('main tbody tr')].filter(seen);
             return rows.at(-1).contains(document.activeElement)",
        )
        .await
}

/// j walks to a row, x ticks it, Esc unticks it and lets go of it, Enter opens it.
async fn rows_of(browser: &Browser, list: &str) -> Result<()> {
    browser.goto(list).await?;
    browser.see("main tbody tr").await?;
    browser.press("j").await?;
    browser
        .holds("return document.activeElement.matches('tr a.name')")
        .await?;
    browser.press("x").await?;
    browser
        .holds("return !!document.querySelector('tr [data-pick]:checked')")
        .await?;
    browser.press(ESCAPE).await?;
    browser.holds("return !document.querySelector('[data-pick]:checked') && document.activeElement === document.body",
    )
    .await?;
    browser.press("j").await?;
    browser.press(ENTER).await?;
    let there = "return location.pathname.startsWith(arguments[0])";
    let object = format!("{list}/");
    browser.holds_of(there, &object, Browser::APPEARS).await
}
