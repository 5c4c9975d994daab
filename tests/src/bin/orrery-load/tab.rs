//! One tab on a list of 10,000 pods of which 1,000 change a second: how soon it is there, how soon a change is
//! seen, how it scrolls, what it takes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Look, sign_in_link};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::api::Api;
use crate::page::entry;
use crate::{millis, objects, percentile, tell, writes};

const PODS: usize = 10_000;
const CHANGES_PER_SECOND: u32 = 1_000;
const WRITERS: u32 = 8;
/// Changes of the pod on screen that are timed, one each quarter of a second.
const TIMED: usize = 60;
const PAUSE: Duration = Duration::from_millis(250);
const VISITS: usize = 3;

/// Times every change of what the first row says, by the clock that the writer reads too.
const WATCH: &str = "
    window.seen = {};
    const look = () => {
        const word = document.querySelector('main tbody tr').textContent.match(/Tick[0-9]+x/);
        if (word && !(word[0] in window.seen)) window.seen[word[0]] = Date.now();
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });";

/// From now on counts frames, notes the longest in milliseconds, and those in which rows were seen where the page was.
const COUNT: &str = "
    const tally = window.tally = { began: performance.now(), from: scrollY, frames: 0, longest: 0, covered: 0 };
    let last = tally.began;
    const step = now => {
        if (tally !== window.tally) return;
        tally.frames += 1;
        tally.longest = Math.max(tally.longest, now - last);
        last = now;
        const rows = document.querySelector('main tbody').getBoundingClientRect();
        if (rows.top < innerHeight / 2 && rows.bottom > innerHeight / 2) tally.covered += 1;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);";

/// Ends the count: frames per second, the longest, the part with rows, pixels that the page has moved per second.
const COUNTED: &str = "
    const { began, from, frames, longest, covered } = window.tally;
    const seconds = (performance.now() - began) / 1000;
    window.tally = null;
    return [frames / seconds, longest, covered / frames, Math.abs(scrollY - from) / seconds];";

/// Drags the bar from the top to the bottom in some seconds.
const DRAG: &str = "
    const done = arguments[arguments.length - 1], seconds = 3, began = performance.now();
    const step = now => {
        const part = (now - began) / 1000 / seconds;
        scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * part);
        part < 1 ? requestAnimationFrame(step) : done(null);
    };
    requestAnimationFrame(step);";

/// A hand that turns the wheel fast: about five windows a second.
const WHEEL: u32 = 4_000;
const WHEELED: u32 = 6 * WHEEL;
/// As long as the wheel turns, nobody touches the page.
const STILL: Duration = Duration::from_secs(6);

pub async fn tab(api: &Api, folder: &Path) -> Result<()> {
    writes::fill_pods(api, PODS).await?;
    let visitor = open(folder).await?;
    first_visits(&visitor).await?;
    wheel(&visitor, "quiet").await?;
    visitor.close().await?;
    // a tab holds documents that were left, too, until it cleans up
    let browser = open(folder).await?;
    browser.goto("/pods").await?;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let api = api.clone();
        writers.spawn(async move { change(&api, writer).await });
    }
    changes(api, &browser).await?;
    browser.tab.execute(COUNT, vec![]).await?;
    tokio::time::sleep(STILL).await;
    frames(&browser, "still").await?;
    memory(&browser, "still")?;
    wheel(&browser, "wheel").await?;
    browser.tab.execute(COUNT, vec![]).await?;
    browser.tab.execute_async(DRAG, vec![]).await?;
    frames(&browser, "drag").await?;
    memory(&browser, "drag")?;
    ensure!(writers.try_join_next().is_none(), "a writer gave up");
    browser.close().await
}

async fn open(folder: &Path) -> Result<Browser> {
    let mut browser = Browser::open(Look::ENGLISH).await?;
    browser.sign_in_by(&sign_in_link(folder).await?).await?;
    Ok(browser)
}

fn memory(browser: &Browser, after: &str) -> Result<()> {
    let bytes = browser.tab_bytes()?;
    tell(&format!("{after}-tab-mb"), bytes as f64 / 1e6);
    Ok(())
}

/// Turns the wheel and counts frames meanwhile.
async fn wheel(browser: &Browser, how: &str) -> Result<()> {
    browser.tab.execute(COUNT, vec![]).await?;
    browser.turn_wheel(WHEELED, WHEEL).await?;
    frames(browser, how).await
}

async fn frames(browser: &Browser, how: &str) -> Result<()> {
    let counted = browser.tab.execute(COUNTED, vec![]).await?;
    let figure = |n: usize| counted[n].as_f64().context("four figures");
    tell(&format!("{how}-frames-per-second"), figure(0)?);
    tell(&format!("{how}-longest-frame-ms"), figure(1)?);
    tell(&format!("{how}-covered-percent"), figure(2)? * 100.0);
    // less than the hand's, where the page cannot follow it
    tell(&format!("{how}-pixels-per-second"), figure(3)?);
    Ok(())
}

async fn first_visits(browser: &Browser) -> Result<()> {
    let (mut paints, mut awake) = (Vec::new(), Vec::new());
    for _ in 0..VISITS {
        browser.goto("/pods").await?;
        browser.see("html[data-awake]").await?;
        paints.push(entry(browser, "paint", "first-contentful-paint").await?);
        awake.push(entry(browser, "mark", "awake").await?);
    }
    tell("pods-paint-ms", millis(percentile(&mut paints, 0.5)));
    tell("pods-awake-ms", millis(percentile(&mut awake, 0.5)));
    Ok(())
}

/// Changes pods as a kubelet does, evenly, until dropped.
async fn change(api: &Api, writer: u32) -> Result<()> {
    let mut connection = api.connect().await?;
    let mut beat = interval(Duration::from_secs(1) * WRITERS / CHANGES_PER_SECOND);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for round in 0.. {
        for number in (writer as usize..PODS).step_by(WRITERS as usize).skip(1) {
            beat.tick().await;
            let word = format!("Round{round}");
            connection
                .ask("PATCH", &status_of(number), &reason(&word))
                .await?;
        }
    }
    Ok(())
}

fn status_of(number: usize) -> String {
    format!(
        "/api/v1/namespaces/default/pods/{}/status",
        objects::pod_name(number)
    )
}

/// What the list says in its status column.
fn reason(word: &str) -> String {
    json!({"status": {"reason": word}}).to_string()
}

/// From before the request to the text in the document.
async fn changes(api: &Api, browser: &Browser) -> Result<()> {
    browser.ask(WATCH).await?;
    let mut connection = api.connect().await?;
    let mut written = Vec::new();
    for n in 0..TIMED {
        let now = browser_clock()?;
        let word = format!("Tick{n}x");
        connection
            .ask("PATCH", &status_of(0), &reason(&word))
            .await?;
        written.push((word, now));
        tokio::time::sleep(PAUSE).await;
    }
    tokio::time::sleep(PAUSE * 8).await;
    let seen = browser.tab.execute("return window.seen", vec![]).await?;
    let (mut times, mut newest) = (Vec::new(), None);
    for (word, now) in written.into_iter().rev() {
        // a state that a newer one has overtaken on its way is on screen with that
        newest = seen[&word].as_f64().or(newest);
        let at = newest.context("the last change is seen")?;
        times.push(Duration::from_secs_f64((at - now).max(0.0) / 1000.0));
    }
    tell("change-p50-ms", millis(percentile(&mut times, 0.5)));
    tell("change-p99-ms", millis(percentile(&mut times, 0.99)));
    Ok(())
}

/// `Date.now()`, of this machine.
fn browser_clock() -> Result<f64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(now.as_secs_f64() * 1000.0)
}
