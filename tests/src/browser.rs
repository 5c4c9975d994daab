//! Headless Chromium by WebDriver.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How the page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub lang: &'static str,
    pub dark: bool,
    pub width: u32,
}

impl Look {
    pub const ENGLISH: Self = Self {
        lang: "en-US",
        dark: false,
        width: 1440,
    };
    pub const KOREAN_DARK: Self = Self {
        lang: "ko-KR",
        dark: true,
        width: 1440,
    };
}

/// One tab of a browser of its own.
pub struct Browser {
    pub tab: Client,
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
        let mut driver = Command::new(tool("ORRERY_CHROMEDRIVER")?)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver starts")?;
        let port = driver_port(&mut driver).await?;
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
            driver,
            _profile: profile,
        })
    }

    /// Waits for an element by CSS selector.
    pub async fn css(&self, selector: &str) -> Result<Element> {
        let found = self
            .tab
            .wait()
            .at_most(Self::APPEARS)
            .for_element(Locator::Css(selector))
            .await;
        self.or_shot(found, selector).await
    }

    /// Waits for an element by XPath.
    pub async fn xpath(&self, path: &str) -> Result<Element> {
        self.xpath_within(path, Self::APPEARS).await
    }

    /// Waits for an element by XPath for so long.
    pub async fn xpath_within(&self, path: &str, patience: Duration) -> Result<Element> {
        let found = self
            .tab
            .wait()
            .at_most(patience)
            .for_element(Locator::XPath(path))
            .await;
        self.or_shot(found, path).await
    }

    /// Waits until nothing matches.
    pub async fn gone(&self, path: &str) -> Result<()> {
        let script = "return document.evaluate(arguments[0], document, null, 9, null).singleNodeValue === null";
        self.holds(script, path, Self::APPEARS).await
    }

    /// Waits until a script, given `argument`, answers true.
    pub async fn holds(&self, script: &str, argument: &str, patience: Duration) -> Result<()> {
        let mut looks = tokio::time::interval(Duration::from_millis(100));
        let waiting = async {
            loop {
                looks.tick().await;
                if self.tab.execute(script, vec![json!(argument)]).await? == json!(true) {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(result) => result,
            Err(_) => bail!(
                "never held: {script} ({argument}); {}",
                self.shot("failure").await?
            ),
        }
    }

    /// Clicks what an XPath names, once it is there.
    pub async fn click(&self, path: &str) -> Result<()> {
        Ok(self.xpath(path).await?.click().await?)
    }

    /// Saves a picture under `target/screenshots`; answers where.
    pub async fn shot(&self, name: &str) -> Result<String> {
        let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots");
        std::fs::create_dir_all(target)?;
        let path = format!("{target}/{name}.png");
        std::fs::write(&path, self.tab.screenshot().await?)?;
        Ok(path)
    }

    async fn or_shot(
        &self,
        found: Result<Element, fantoccini::error::CmdError>,
        what: &str,
    ) -> Result<Element> {
        match found {
            Ok(element) => Ok(element),
            Err(error) => {
                let shot = self.shot("failure").await?;
                let url = self.tab.current_url().await?;
                Err(error).with_context(|| format!("waiting for {what} on {url}, see {shot}"))
            }
        }
    }

    /// What the page has complained of since the last call: errors of scripts, refused loads.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let request = Logs;
        let log = self.tab.issue_cmd(request).await?;
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].to_string()).collect())
    }

    pub async fn close(mut self) -> Result<()> {
        self.tab.close().await?;
        Ok(self.driver.kill().await?)
    }
}

/// Chromium's own command for the console's log, which the WebDriver standard lacks.
#[derive(Debug)]
struct Logs;

impl fantoccini::wd::WebDriverCompatibleCommand for Logs {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({"type": "browser"}).to_string()),
        )
    }
}

async fn driver_port(driver: &mut Child) -> Result<u16> {
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
            return Ok(port);
        }
    }
    bail!("chromedriver ended without naming its port")
}

fn capabilities(chromium: &str, look: Look, profile: &TempDir) -> Map<String, Value> {
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
    let options = json!({
        "binary": chromium,
        "args": args,
        "prefs": {"intl.accept_languages": look.lang, "intl.selected_languages": look.lang},
    });
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
