//! What is around every page: search, help, namespaces, theme, language, commands to copy; and two tabs at once. Nothing
//! here goes by words, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Look, Scene};

const OBJECTS: &str = r#"
apiVersion: v1
kind: List
items:
- &cronjob
  apiVersion: batch/v1
  kind: CronJob
  metadata: {name: alpha, namespace: default}
  spec:
    schedule: "0 0 1 1 *"
    jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}}}}
- {<<: *cronjob, metadata: {name: beta, namespace: default}}
- {<<: *cronjob, metadata: {name: gamma, namespace: other}}
- {<<: *cronjob, metadata: {name: delta, namespace: third}}
"#;

const ESCAPE: &str = "\u{e00c}";
const ROWS: &str = "return [...document.querySelectorAll('main tbody tr a.name')].map(name => name.textContent.trim()).sort().join() === arguments[0]";

/// Notes each stream that a page opens.
const NOTE_STREAMS: &str = "
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(address) { super(address); streams.push(this); }
    }";

fn scene() -> Scene {
    let scene = Scene::empty().after("create namespace other");
    scene.after("create namespace third").with(OBJECTS)
}

#[tokio::test]
async fn the_bar_above_a_page_finds_chooses_explains_and_keeps() -> Result<()> {
    let walked = scene().walk(async |walk| {
        let browser = &walk.browser;
        browser.before_each_page(NOTE_STREAMS).await?;
        browser.goto("/cronjobs").await?;
        searched(browser).await?;
        // of all that were opened for what was typed one is left
        browser
            .holds("return streams.length > 1 && streams.filter(each => each.readyState !== EventSource.CLOSED).length === 1")
            .await?;
        helped(browser).await?;
        walked_back(browser).await?;
        chosen(browser).await?;
        copied(browser).await?;
        stepped(browser).await?;
        themed(browser).await?;
        spoken(browser).await
    });
    walked.await
}

/// `/` leads to the search, which filters as one types and is in the address.
async fn searched(browser: &Browser) -> Result<()> {
    browser.press("/").await?;
    browser.see("#search:focus").await?;
    browser.press("bet").await?;
    browser.holds_of(ROWS, "beta", Browser::APPEARS).await?;
    browser.holds("return location.search === '?q=bet'").await?;
    browser.press("\u{e003}\u{e003}\u{e003}").await?;
    browser
        .holds_of(ROWS, "alpha,beta,delta,gamma", Browser::APPEARS)
        .await?;
    browser.press(ESCAPE).await?;
    browser
        .holds("return document.activeElement === document.body")
        .await
}

async fn helped(browser: &Browser) -> Result<()> {
    browser.press("?").await?;
    browser
        .holds("return document.querySelectorAll('dialog[open] dl.keys kbd').length > 12")
        .await?;
    browser.press(ESCAPE).await?;
    browser
        .holds("return !document.querySelector('dialog[open]')")
        .await
}

/// j, j and k are the first row again.
async fn walked_back(browser: &Browser) -> Result<()> {
    for (key, row) in [("j", 0), ("j", 1), ("k", 0)] {
        browser.press(key).await?;
        let here = "return document.activeElement === document.querySelectorAll('main tbody tr a.name')[Number(arguments[0])]";
        browser
            .holds_of(here, &row.to_string(), Browser::APPEARS)
            .await?;
    }
    browser.press(ESCAPE).await
}

/// Two namespaces at once, kept by every link to another list.
async fn chosen(browser: &Browser) -> Result<()> {
    browser.click("details.pick > summary").await?;
    for namespace in ["default", "other"] {
        browser.click(&format!("[data-ns={namespace}]")).await?;
    }
    browser
        .holds_of(ROWS, "alpha,beta,gamma", Browser::APPEARS)
        .await?;
    browser
        .see("nav a[href='/daemonsets?ns=default,other']")
        .await?;
    browser.reload().await?;
    browser
        .holds_of(ROWS, "alpha,beta,gamma", Browser::APPEARS)
        .await
}

/// What is sorted and filtered is a step that the browser's Back takes back, on the page as it is.
async fn stepped(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs?ns=default&sort=name").await?;
    browser
        .click("main tbody tr:nth-child(2) button[role=switch]")
        .await?;
    browser.ask("window.loadedOnce = true").await?;
    let at = "return window.loadedOnce && location.search === arguments[0]";
    let names = "return [...document.querySelectorAll('main tbody tr a.name')].map(name => name.textContent).join() === arguments[0]";
    let (sorted, turned, filtered) = (
        "?ns=default&sort=name",
        "?ns=default&sort=-name",
        "?ns=default&status=suspended&sort=-name",
    );
    browser
        .holds_of(names, "alpha,beta", Browser::APPEARS)
        .await?;
    browser.click("th.c-name a.sort").await?;
    browser
        .holds_of(names, "beta,alpha", Browser::APPEARS)
        .await?;
    browser.holds_of(at, turned, Browser::APPEARS).await?;
    browser.click("nav.chips .s-suspended").await?;
    browser.holds_of(names, "beta", Browser::APPEARS).await?;
    browser.holds_of(at, filtered, Browser::APPEARS).await?;
    // what is typed and ticked then is of this step alone
    browser.fill("#search", "bet").await?;
    browser.click("details.pick > summary").await?;
    browser.click("[data-ns=other]").await?;
    browser.click("details.pick > summary").await?;
    let typed = "?ns=default%2Cother&status=suspended&sort=-name&q=bet";
    browser.holds_of(at, typed, Browser::APPEARS).await?;
    for (search, rows) in [(turned, "beta,alpha"), (sorted, "alpha,beta")] {
        browser.tab.back().await?;
        browser.holds_of(at, search, Browser::APPEARS).await?;
        browser.holds_of(names, rows, Browser::APPEARS).await?;
        browser
            .holds("return document.querySelector('#search').value === '' && document.querySelector('[data-ns=default]').checked && !document.querySelector('[data-ns=other]').checked")
            .await?;
    }
    Ok(())
}

/// As a browser that has no WebAssembly, or has lost its way to it.
const WITHHOLD: &str = "
    WebAssembly.instantiate = WebAssembly.instantiateStreaming = () => Promise.reject(new Error('withheld'))";
const WHOLE: &str = "return !document.querySelector('#first')
    && document.querySelectorAll('main tbody tr').length === 4
    && getComputedStyle(document.querySelector('[data-do=speak] > *')).display !== 'none'";

#[tokio::test]
async fn a_page_whose_module_does_not_come_shows_what_came_and_says_so() -> Result<()> {
    let walked = scene().walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/cronjobs").await?;
        browser.count("main tbody tr", 4).await?;
        browser.gone(".banner").await?;
        browser.before_each_page(WITHHOLD).await?;
        browser.tab.refresh().await?;
        browser.see(".banner.asleep[role=alert]").await?;
        browser.holds(WHOLE).await?;
        let complaints = browser.complaints().await?;
        let is_meant = complaints.iter().all(|said| said.contains("withheld"));
        ensure!(is_meant && !complaints.is_empty(), "{complaints:#?}");
        Ok(())
    });
    walked.await
}

/// The command of a deed is at hand before it is done.
async fn copied(browser: &Browser) -> Result<()> {
    browser
        .ask("navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }")
        .await?;
    browser
        .click(r#"main tbody button[data-deed^='{"Menu":']"#)
        .await?;
    browser.click("dialog[open] [data-do=copy]").await?;
    browser
        .holds("return window.copied === 'kubectl create job alpha-manual --from=cronjob/alpha -n default'")
        .await?;
    browser.press(ESCAPE).await
}

/// Light, dark, and as the system has it; the choice is kept.
async fn themed(browser: &Browser) -> Result<()> {
    let button = "leptos-island[data-component^=ThemeButton] button";
    for theme in ["light", "dark"] {
        browser.click(button).await?;
        browser.see(&format!("html[data-theme={theme}]")).await?;
    }
    browser.reload().await?;
    browser.see("html[data-theme=dark]").await?;
    browser.click(button).await?;
    browser.see("html:not([data-theme])").await?;
    Ok(())
}

async fn spoken(browser: &Browser) -> Result<()> {
    for lang in ["ko", "en"] {
        browser.click("[data-do=speak]").await?;
        browser
            .see(&format!("html[lang={lang}][data-awake] [role=status].live"))
            .await?;
    }
    Ok(())
}

/// Each switches what the other shows, without being loaded again.
#[tokio::test]
async fn a_change_made_in_one_tab_is_on_the_screen_of_the_other() -> Result<()> {
    let walked = scene().seen(Look::KOREAN_DARK).walk(async |walk| {
        let browser = &walk.browser;
        let mut tabs = vec![browser.tab.window().await?];
        tabs.push(browser.tab.new_window(false).await?.handle);
        for tab in &tabs {
            browser.tab.switch_to_window(tab.clone()).await?;
            browser.goto("/cronjobs?q=alpha").await?;
            browser.ask("window.loadedOnce = true").await?;
        }
        for (here, there, on) in [(1, 0, false), (0, 1, true)] {
            browser.tab.switch_to_window(tabs[here].clone()).await?;
            let switch = format!("main tbody button[role=switch][aria-checked={}]", !on);
            browser.click(&switch).await?;
            browser.tab.switch_to_window(tabs[there].clone()).await?;
            browser
                .see(&format!(
                    "main tbody button[role=switch][aria-checked={on}]"
                ))
                .await?;
            let once = browser.ask("return window.loadedOnce").await?;
            ensure!(once == true, "the tab was loaded again");
        }
        Ok(())
    });
    walked.await
}

/// A Job that ends can no longer be suspended: that button goes, and the one that is about to be pressed stays where
/// the focus is.
#[tokio::test]
async fn a_button_stays_itself_while_others_go() -> Result<()> {
    let scene = Scene::of(
        r#"
apiVersion: batch/v1
kind: Job
metadata: {name: long}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, "600"]}]}}}
"#,
    );
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/jobs/default/long").await?;
        let suspend = "main .head button[data-deed*='\"Suspend\"']";
        browser.see(suspend).await?;
        browser
            .ask("window.mine = document.querySelector('main .head .danger'); mine.focus(); window.tab = document.querySelector('main .tabs')")
            .await?;
        let ends = r#"patch job long --type merge -p {"spec":{"activeDeadlineSeconds":1}}"#;
        walk.kubectl.run(ends).await?;
        browser.gone(suspend).await?;
        browser
            .holds("return mine.isConnected && mine === document.activeElement && mine.dataset.deed.includes('Delete') && tab.isConnected")
            .await
    });
    walked.await
}
