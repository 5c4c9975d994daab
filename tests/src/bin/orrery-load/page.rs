//! A first visit in a real browser: nothing cached, signed in by a fresh link.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use orrery_tests::{Browser, Look, sign_in_link};

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
        paints.push(reading(&browser, PAINT).await?);
        loads.push(reading(&browser, LOAD).await?);
        browser.close().await?;
    }
    tell("first-paint-ms", millis(percentile(&mut paints, 0.5)));
    tell("first-load-ms", millis(percentile(&mut loads, 0.5)));
    Ok(())
}

/// From the click on the link, its redirect included.
const PAINT: &str = "return performance.getEntriesByName('first-contentful-paint')[0].startTime";
const LOAD: &str = "return performance.getEntriesByType('navigation')[0].loadEventEnd";

async fn reading(browser: &Browser, script: &str) -> Result<Duration> {
    let value = browser.ask(script).await?;
    let ms = value.as_f64().context("the browser measures its loads")?;
    Ok(Duration::from_secs_f64(ms / 1000.0))
}
