//! Headless Chromium by WebDriver.

mod memory;
mod start;

use std::time::Duration;

use anyhow::{Context, Error, Result};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use crate::{Orrery, eventually};
use memory::{processes_under, proportional_bytes};
use start::{capabilities, start_driver};

/// How the page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub lang: &'static str,
    pub dark: bool,
    pub width: u32,
    /// Pixels of a screen to one of the page, on each side.
    pub scale: u32,
}

impl Look {
    pub const ENGLISH: Self = Self {
        lang: "en-US",
        dark: false,
        width: 1440,
        scale: 1,
    };
    pub const KOREAN_DARK: Self = Self {
        lang: "ko-KR",
        dark: true,
        width: 1440,
        scale: 1,
    };
    pub const PHONE: Self = Self {
        width: 360,
        ..Self::ENGLISH
    };
    pub const KOREAN_PHONE: Self = Self {
        width: 360,
        ..Self::KOREAN_DARK
    };
}

/// One tab of a browser of its own. What is looked for is named by a CSS selector or, when it begins with a slash, by
/// an XPath.
pub struct Browser {
    pub tab: Client,
    /// Of the page that is signed in to; empty before.
    page: String,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// How long something may take to appear: longer than a busy machine needs, shorter than patience.
    pub const APPEARS: Duration = Duration::from_secs(30);

    pub async fn open(look: Look) -> Result<Self> {
        let tool = |name| {
            std::env::var(name)
                .with_context(|| format!("{name} is not set: run `cargo xtask test`"))
        };
        let (driver, port) = start_driver(&tool("ORRERY_CHROMEDRIVER")?).await?;
        let profile = tempfile::Builder::new()
            .prefix("orrery-browser")
            .tempdir()?;
        let capabilities = capabilities(&tool("ORRERY_CHROMIUM")?, look, &profile);
        let address = format!("http://127.0.0.1:{port}");
        let tab = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await?;
        Ok(Self {
            tab,
            page: String::new(),
            driver,
            _profile: profile,
        })
    }

    /// By a fresh link; from then on [`Browser::goto`] means this page.
    pub async fn sign_in(&mut self, orrery: &Orrery) -> Result<()> {
        self.sign_in_by(&orrery.sign_in_link().await?).await
    }

    /// As [`Browser::sign_in`], by a link.
    pub async fn sign_in_by(&mut self, link: &str) -> Result<()> {
        self.tab.goto(link).await?;
        self.see("main").await?;
        self.page = self.tab.current_url().await?.origin().ascii_serialization();
        Ok(())
    }

    /// Opens the page there, alive.
    pub async fn goto(&self, path: &str) -> Result<()> {
        self.tab.goto(&format!("{}{path}", self.page)).await?;
        self.alive().await
    }

    pub async fn reload(&self) -> Result<()> {
        self.tab.refresh().await?;
        self.alive().await
    }

    /// Waits until every part of the page is at work (before, clicks would be lost) and it hears of changes.
    pub async fn alive(&self) -> Result<()> {
        self.see("html[data-awake] [role=status].live").await?;
        Ok(())
    }

    /// Waits for an element.
    pub async fn see(&self, what: &str) -> Result<Element> {
        self.see_within(what, Self::APPEARS).await
    }

    /// Waits for an element for so long.
    pub async fn see_within(&self, what: &str, patience: Duration) -> Result<Element> {
        let waiting = self.tab.wait().at_most(patience);
        match waiting.for_element(locator(what)).await {
            Ok(element) => Ok(element),
            Err(error) => Err(self.failure(error.into(), what).await?),
        }
    }

    /// Clicks it, once it is there.
    pub async fn click(&self, what: &str) -> Result<()> {
        Ok(self.see(what).await?.click().await?)
    }

    /// Types into it, once it is there.
    pub async fn fill(&self, what: &str, text: &str) -> Result<()> {
        Ok(self.see(what).await?.send_keys(text).await?)
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self.tab.active_element().await?.send_keys(keys).await?)
    }

    /// Types where the focus is, key by key: where nothing is seen that takes them, too.
    pub async fn type_out(&self, text: &str) -> Result<()> {
        let key = |letter| match letter {
            '\n' => char::from(Key::Enter),
            letter => letter,
        };
        let keyboard = KeyActions::new("keyboard".to_owned());
        let strokes = text.chars().map(key).fold(keyboard, |strokes, value| {
            let strokes = strokes.then(KeyAction::Down { value });
            strokes.then(KeyAction::Up { value })
        });
        Ok(self.tab.perform_actions(strokes).await?)
    }

    /// Waits until nothing matches any more.
    pub async fn gone(&self, what: &str) -> Result<()> {
        self.count(what, 0).await
    }

    /// Waits until so many match.
    pub async fn count(&self, what: &str, wanted: usize) -> Result<()> {
        let said = format!("{what} {wanted} times");
        let found = async || {
            let found = self.tab.find_all(locator(what)).await?;
            Ok(found.len() == wanted)
        };
        self.patiently(&said, Self::APPEARS, found).await
    }

    /// What a script answers.
    pub async fn ask(&self, script: &str) -> Result<Value> {
        Ok(self.tab.execute(script, vec![]).await?)
    }

    /// Waits until a script answers true.
    pub async fn holds(&self, script: &str) -> Result<()> {
        self.holds_of(script, "", Self::APPEARS).await
    }

    /// Waits until a script, given `argument`, answers true.
    pub async fn holds_of(&self, script: &str, argument: &str, patience: Duration) -> Result<()> {
        let said = format!("{script} ({argument})");
        let found = async || {
            let answer = self.tab.execute(script, vec![json!(argument)]).await?;
            Ok(answer == json!(true))
        };
        self.patiently(&said, patience, found).await
    }

    async fn patiently(
        &self,
        what: &str,
        patience: Duration,
        mut holds: impl AsyncFnMut() -> Result<bool>,
    ) -> Result<()> {
        // a page that is just being left answers nothing; the next one will
        let mut unanswered = None;
        let held = eventually(patience, async || match holds().await {
            Ok(held) => Ok(held),
            Err(error) => {
                unanswered = Some(error);
                Ok(false)
            }
        });
        match held.await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.failure(unanswered.unwrap_or(error), what).await?),
        }
    }

    /// The error with where it was met and a picture of it.
    async fn failure(&self, error: Error, what: &str) -> Result<Error> {
        let shot = self.shot("failure").await?;
        let url = self.tab.current_url().await?;
        Ok(error.context(format!("waiting for {what} on {url}, see {shot}")))
    }

    /// Runs a script in each page from now on, before any of its own.
    pub async fn before_each_page(&self, script: &str) -> Result<()> {
        let params = json!({ "source": script });
        self.ask_chromium("Page.addScriptToEvaluateOnNewDocument", params)
            .await
    }

    /// The reader asks for less motion, or has no wish.
    pub async fn reduce_motion(&self, reduce: bool) -> Result<()> {
        let value = if reduce { "reduce" } else { "no-preference" };
        let asked = json!({ "name": "prefers-reduced-motion", "value": value });
        let params = json!({ "features": [asked] });
        self.ask_chromium("Emulation.setEmulatedMedia", params)
            .await
    }

    /// Turns the wheel over the middle of the window, as a hand does, until the page has moved by so much.
    pub async fn turn_wheel(&self, pixels: u32, pixels_per_second: u32) -> Result<()> {
        let params = json!({
            "x": 400, "y": 400, "yDistance": -i64::from(pixels), "speed": pixels_per_second,
            "gestureSourceType": "mouse",
        });
        self.ask_chromium("Input.synthesizeScrollGesture", params)
            .await
    }

    /// By the browser's own protocol, what WebDriver has no command for.
    async fn ask_chromium(&self, command: &str, params: Value) -> Result<()> {
        let command = Driver {
            path: "goog/cdp/execute",
            body: json!({ "cmd": command, "params": params }),
        };
        self.tab.issue_cmd(command).await?;
        Ok(())
    }

    /// Saves a picture under `target/screenshots`; answers where.
    pub async fn shot(&self, name: &str) -> Result<String> {
        let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots");
        std::fs::create_dir_all(target)?;
        let path = format!("{target}/{name}.png");
        std::fs::write(&path, self.tab.screenshot().await?)?;
        Ok(path)
    }

    /// What the page has complained of since the last call: errors of scripts, refused loads.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let request = Driver {
            path: "se/log",
            body: json!({"type": "browser"}),
        };
        let log = self.tab.issue_cmd(request).await?;
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].to_string()).collect())
    }

    /// Memory of the process that draws the tab, shared pages by their share.
    pub fn tab_bytes(&self) -> Result<u64> {
        let driver = self.driver.id().context("it runs")?;
        let tabs = processes_under(driver)?.into_iter().filter(|process| {
            let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("--type=renderer")
        });
        // Chromium keeps a spare one, which has drawn nothing
        let largest = tabs.filter_map(|process| proportional_bytes(process).ok());
        largest.max().context("a renderer runs")
    }

    pub async fn close(mut self) -> Result<()> {
        self.tab.close().await?;
        Ok(self.driver.kill().await?)
    }
}

fn locator(what: &str) -> Locator<'_> {
    match what.starts_with('/') {
        true => Locator::XPath(what),
        false => Locator::Css(what),
    }
}

/// A command of the driver's own, which the WebDriver standard lacks.
#[derive(Debug)]
struct Driver {
    path: &'static str,
    body: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Driver {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
