//! A list of more rows than a page holds: scrolled through as one, while it changes.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Kubectl, Scene, row};
use serde_json::json;

const PODS: usize = 1_200;

/// Pods that no node takes: nothing runs, every row is there.
const CROWD: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: crowd, namespace: default}
spec:
  completions: 1200
  parallelism: 1200
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {such: none}
      containers: [{name: main, image: busybox, command: ["true"]}]
"#;

/// The name of the row in the middle of the window, once rows are there.
const MIDDLE: &str = "
    const at = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    const name = at && at.closest('main tbody tr') && at.closest('tr').querySelector('a.name');
    return name ? name.textContent.trim() : '';";

/// Brings a part (0 to 1) of the list to the middle of the window.
const SCROLL: &str = "
    const list = document.querySelector('.list').getBoundingClientRect();
    scrollTo(0, scrollY + list.top + list.height * arguments[0] - innerHeight / 2);";

/// A hand that turns the wheel fast, and for how many pixels.
const WHEEL: u32 = 4_000;
const WHEELED: u32 = 20_000;
/// One that turns it while reading.
const SLOWLY: u32 = 1_000;
/// As high as a row is in `style/list.css`.
const ROW: u32 = 57;

/// Scrolls to and fro with each frame until it is let go of; the window stays where it is.
const TURN: &str = "
    window.turning = true;
    let way = 1;
    const step = () => {
        if (!window.turning) return;
        scrollBy(0, way = -way);
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);";
const LET_GO: &str = "window.turning = false;";

/// From now on counts rows that are new to the page or put elsewhere while it is scrolled.
const MADE: &str = "
    window.made = 0;
    const moving = () => document.documentElement.hasAttribute('data-moving');
    const rows = nodes => [...nodes].filter(node => node.nodeName === 'TR').length;
    new MutationObserver(all => moving() && all.forEach(each => window.made += rows(each.addedNodes)))
        .observe(document.querySelector('main tbody'), { childList: true });";

/// The name of each row and its number.
const NUMBERS: &str = "
    return [...document.querySelectorAll('main tbody tr')].map(row =>
        [row.querySelector('a.name').textContent.trim(), row.getAttribute('aria-rowindex')]);";

/// Focuses the name in one of the last rows, and answers it: where this is in the middle of the window the page needs rows
/// below, and the row is one of those that it then has.
const FOCUS: &str = "
    window.mine = document.querySelectorAll('main tbody a.name')[86];
    window.mine.focus({ preventScroll: true });
    return window.mine.textContent;";
/// That row is out of sight and stays what it is: the window has followed to where one is, and no other is on its way.
const FAR_BELOW: &str = "
    const from = document.querySelector('.list').dataset.from;
    if (window.from !== from) [window.from, window.since] = [from, performance.now()];
    const row = document.querySelectorAll('main tbody a.name')[86];
    return performance.now() > window.since + 1500 && row.getBoundingClientRect().top > innerHeight";
const BELOW: &str = "return Math.round(window.mine.getBoundingClientRect().top - innerHeight / 2)";
const FOCUSED: &str = "
    return window.mine.isConnected && document.activeElement === window.mine
        && window.mine.textContent === arguments[0]";

#[tokio::test]
async fn a_long_list_scrolls_through_all_its_rows_and_stays_live() -> Result<()> {
    let made = format!("wait job/crowd --for=jsonpath={{.status.active}}={PODS} --timeout=120s");
    let scene = Scene::of(CROWD).after(&made);
    let walked = scene.walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        browser.goto("/pods").await?;
        browser.see(".list[data-total='1200']").await?;
        whole(browser).await?;
        scrolled(browser, kubectl).await?;
        wheeled(browser, kubectl).await?;
        focused(browser).await?;
        held(browser, kubectl).await?;
        live(browser, kubectl).await?;
        returned(browser).await?;
        shared(browser).await
    });
    walked.await
}

/// What the first frame left for later is there.
async fn whole(browser: &Browser) -> Result<()> {
    let rest = "const row = document.querySelector('main tbody tr:nth-child(60)');
        return getComputedStyle(row).contentVisibility === 'visible' && !document.querySelector('#first')";
    browser.holds(rest).await
}

/// Far down, up again, to the middle.
async fn scrolled(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let names = names(kubectl).await?;
    for part in [0.75, 0.2, 0.5] {
        let shown = middle(browser, part).await?;
        let row = place(&names, &shown)?;
        let off = row.abs_diff((part * PODS as f64) as usize);
        ensure!(off < 60, "row {row} is shown at {part} of {PODS}");
    }
    numbered(browser, &names).await?;
    let rows = "return document.querySelectorAll('main tbody tr').length";
    let rows = browser.ask(rows).await?;
    ensure!(rows == 100, "the page holds {rows} rows");
    Ok(())
}

/// The page's rows are a part of the list: each says which, to those who hear it, the heading being the first of all.
async fn numbered(browser: &Browser, names: &[String]) -> Result<()> {
    let said = browser.ask(NUMBERS).await?;
    let said = said.as_array().context("the rows")?;
    ensure!(!said.is_empty(), "no row is there");
    for row in said {
        let name = row[0].as_str().context("a name")?;
        let want = (place(names, name)? + 2).to_string();
        ensure!(row[1] == want.as_str(), "{name} is row {want}: {row}");
    }
    let count = "return document.querySelector('main table').getAttribute('aria-rowcount')";
    let count = browser.ask(count).await?;
    ensure!(count == (PODS + 1).to_string().as_str(), "{count} rows");
    Ok(())
}

async fn names(kubectl: &Kubectl) -> Result<Vec<String>> {
    let names = "get pods -o jsonpath={.items[*].metadata.name}";
    let names = kubectl.run(names).await?;
    let mut names: Vec<_> = names.split_whitespace().map(String::from).collect();
    names.sort_unstable();
    Ok(names)
}

fn place(names: &[String], name: &str) -> Result<usize> {
    let place = names.iter().position(|known| known == name);
    place.with_context(|| format!("no pod is called {name}"))
}

/// Where a hand stops that has turned the wheel there are the rows of there, most of them rewritten rather than made.
async fn wheeled(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let names = names(kubectl).await?;
    let before = place(&names, &middle(browser, 0.1).await?)?;
    browser.ask(MADE).await?;
    browser.turn_wheel(WHEELED, WHEEL).await?;
    let after = place(&names, &in_the_middle(browser).await?)?;
    let passed = after.saturating_sub(before);
    let off = passed.abs_diff((WHEELED / ROW) as usize);
    ensure!(
        off < 60,
        "{passed} rows have passed in {WHEELED} pixels of {ROW} each"
    );
    numbered(browser, &names).await?;
    let made = browser.ask("return window.made").await?;
    let made = made.as_u64().context("a count")?;
    ensure!(
        made < 60,
        "{made} rows were made of the {passed} that passed"
    );
    Ok(())
}

/// A row that has the focus is the same while others pass.
async fn focused(browser: &Browser) -> Result<()> {
    middle(browser, 0.5).await?;
    browser.gone("html[data-moving]").await?;
    browser.holds(FAR_BELOW).await?;
    let name = browser.ask(FOCUS).await?;
    let name = name.as_str().context("a name")?;
    let below = browser.ask(BELOW).await?.as_u64().context("pixels")?;
    let from = "return document.querySelector('.list').dataset.from";
    let before = browser.ask(from).await?;
    let before = before.as_str().context("a row")?;
    browser.turn_wheel(u32::try_from(below)?, SLOWLY).await?;
    let moved = format!("{from} !== arguments[0]");
    browser.holds_of(&moved, before, Browser::APPEARS).await?;
    browser.holds_of(FOCUSED, name, Browser::APPEARS).await
}

/// What changes while one scrolls is seen though one scrolls on, and all of it once one rests: the cells of a row that
/// changed one after the other, each as it was last.
async fn held(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let shown = middle(browser, 0.5).await?;
    let line = row(&shown);
    let says = async |status: &str| {
        let words = format!("patch pod {shown} --subresource=status --type=merge -p");
        kubectl
            .run(&format!("{words} {{\"status\":{status}}}"))
            .await
    };
    browser.ask(TURN).await?;
    browser.see("html[data-moving]").await?;
    says(r#"{"reason":"Passing"}"#).await?;
    browser
        .see(&format!("{line}[contains(., 'Passing')]"))
        .await?;
    browser.see("html[data-moving]").await?;
    let container = r#"{"name":"main","image":"busybox","imageID":"","ready":false,"restartCount":7,"state":{"running":{}}}"#;
    says(r#"{"reason":"Between"}"#).await?;
    says(&format!("{{\"containerStatuses\":[{container}]}}")).await?;
    says(r#"{"reason":"Rested"}"#).await?;
    browser.ask(LET_GO).await?;
    browser.gone("html[data-moving]").await?;
    let rested = format!("{line}[contains(., 'Rested') and td[normalize-space(.)='7']]");
    browser.see(&rested).await?;
    Ok(())
}

/// What is seen far down is live.
async fn live(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    let shown = middle(browser, 0.5).await?;
    let delete = format!("delete pod {shown} --wait=false");
    kubectl.run(&delete).await?;
    browser.gone(&row(&shown)).await
}

/// The address names the place, once one rests there.
async fn shared(browser: &Browser) -> Result<()> {
    browser
        .holds("return location.search.includes('from=')")
        .await?;
    browser.gone("html[data-moving]").await?;
    let shared = browser.tab.current_url().await?;
    browser.goto("/nodes").await?;
    browser.tab.goto(shared.as_str()).await?;
    browser.alive().await?;
    browser.holds(&there()).await
}

/// Who loads a list again, or comes back to it, is at the row where they were, and stays there.
async fn returned(browser: &Browser) -> Result<()> {
    let shown = middle(browser, 0.5).await?;
    browser
        .holds("return location.search.includes('from=')")
        .await?;
    browser.gone("html[data-moving]").await?;
    let address = browser.tab.current_url().await?;
    browser.tab.refresh().await?;
    is_back(browser, &shown, address.as_str()).await?;
    browser.goto("/nodes").await?;
    browser.tab.back().await?;
    is_back(browser, &shown, address.as_str()).await
}

async fn is_back(browser: &Browser, shown: &str, address: &str) -> Result<()> {
    browser.alive().await?;
    browser.gone("html[data-moving]").await?;
    let there = in_the_middle(browser).await?;
    ensure!(there == shown, "one was at {shown} and is at {there}");
    let now = browser.tab.current_url().await?;
    ensure!(now.as_str() == address, "{address} has become {now}");
    Ok(())
}

/// Scrolls there and answers what is in the middle, once rows have come.
async fn middle(browser: &Browser, part: f64) -> Result<String> {
    browser.tab.execute(SCROLL, vec![json!(part)]).await?;
    in_the_middle(browser).await
}

/// The same where one is.
async fn in_the_middle(browser: &Browser) -> Result<String> {
    browser.holds(&there()).await?;
    let shown = browser.ask(MIDDLE).await?;
    Ok(shown.as_str().unwrap_or_default().to_owned())
}

/// A row is in the middle.
fn there() -> String {
    format!("return (() => {{ {MIDDLE} }})() !== ''")
}
