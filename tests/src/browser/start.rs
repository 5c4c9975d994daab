//! Starts the driver, and says which browser it is to open.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Look;

/// Chromium makes no window narrower; it can pretend, though.
const LEAST_WINDOW: u32 = 500;

/// A driver takes any port that IPv4 has free, and gives up where IPv6 has not the same one free, too: then another
/// is tried.
pub async fn start_driver(chromedriver: &str) -> Result<(Child, u16)> {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let mut driver = Command::new(chromedriver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver starts")?;
        if let Some(port) = driver_port(&mut driver).await? {
            return Ok((driver, port));
        }
    }
    bail!("chromedriver ended {TRIES} times without naming its port")
}

/// `None`: it ended before it had one.
async fn driver_port(driver: &mut Child) -> Result<Option<u16>> {
    let stdout = driver.stdout.take().context("its output is piped")?;
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        let port = line
            .rsplit_once("on port ")
            .map(|(_, port)| port.trim_end_matches('.'));
        if let Some(Ok(port)) = port.map(str::parse::<u16>)
            && port != 0
        {
            // Keep its pipe open and read, or the driver stops when it fills.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(Some(port));
        }
    }
    Ok(None)
}

/// The look, and what a machine without a screen needs.
pub fn capabilities(chromium: &str, look: Look, profile: &TempDir) -> Map<String, Value> {
    let mut args = vec![
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--no-first-run".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
        format!("--lang={}", look.lang),
        format!("--accept-lang={}", look.lang),
        format!("--window-size={},900", look.width),
    ];
    if look.dark {
        args.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let mut options = json!({
        "binary": chromium,
        "args": args,
        "prefs": {"intl.accept_languages": look.lang, "intl.selected_languages": look.lang},
    });
    if look.width < LEAST_WINDOW || look.scale > 1 {
        let screen = json!({
            "width": look.width, "height": 900, "pixelRatio": look.scale, "mobile": false, "touch": false,
        });
        options["mobileEmulation"] = json!({ "deviceMetrics": screen });
    }
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
    });
    match capabilities {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
