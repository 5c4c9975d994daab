//! A first visit in a real browser: nothing cached, signed in by a fresh link.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use orrery_tests::{Browser, Look, sign_in_link};
use serde_json::{Value, json};

use crate::{millis, percentile, tell};

/// Visits; the middle one counts.
const VISITS: usize = 5;

pub async fn page(folder: &Path) -> Result<()> {
    let (mut paints, mut loads) = (Vec::new(), Vec::new());
    for _ in 0..VISITS {
        let link = sign_in_link(folder).await?;
        let browser = Browser::open(Look::ENGLISH).await?;
        browser.tab.goto(&link).await?;
        browser.see("[role=status].live").await?;
        paints.push(entry(&browser, "paint", "first-contentful-paint").await?);
        let loaded = browser.ask(LOADED).await?;
        loads.push(after(&loaded)?);
        browser.close().await?;
    }
    tell("first-paint-ms", millis(percentile(&mut paints, 0.5)));
    tell("first-load-ms", millis(percentile(&mut loads, 0.5)));
    Ok(())
}

/// From the click on the link, its redirect included.
const LOADED: &str = "return performance.getEntriesByType('navigation')[0].loadEventEnd";

/// When the browser did something for the first time; on a busy machine a page is awake before it is painted.
const ENTRY: &str = "
    const [type, name, done] = arguments;
    new PerformanceObserver((list, own) => {
        const entry = list.getEntriesByName(name)[0];
        if (!entry) return;
        own.disconnect();
        done(entry.startTime);
    }).observe({ type, buffered: true });";

/// When it did so, counted like [`LOADED`].
pub async fn entry(browser: &Browser, kind: &str, name: &str) -> Result<Duration> {
    let wanted = vec![json!(kind), json!(name)];
    after(&browser.tab.execute_async(ENTRY, wanted).await?)
}

fn after(millis: &Value) -> Result<Duration> {
    let millis = millis.as_f64().context("the browser measures its loads")?;
    Ok(Duration::from_secs_f64(millis / 1000.0))
}
