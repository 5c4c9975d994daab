//! A shell in a running container, in the browser; over a cluster of its own, and over another Orrery's.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Look, Scene, Walk, eventually};

const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: desk}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: main, image: busybox, command: [sleep, "100000"]}
  - {name: side, image: busybox, command: [sleep, "100000"], env: [{name: SIDE, value: beside}]}
"#;

const READY: &str = "wait --for=condition=Ready pod/desk --timeout=60s";
const OPEN: &str = "#terminal[data-state=open]";

#[tokio::test]
async fn a_shell_over_its_own_cluster() -> Result<()> {
    walk(Scene::of(POD), "86123.25").await
}

#[tokio::test]
async fn a_shell_over_another_orrerys_cluster() -> Result<()> {
    walk(Scene::of(POD).attached(), "86123.75").await
}

#[tokio::test]
async fn a_shell_on_a_phone_in_korean_and_dark() -> Result<()> {
    let scene = Scene::of(POD).after(READY).seen(Look::KOREAN_PHONE);
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/pods/default/desk?tab=terminal").await?;
        browser.see(OPEN).await?;
        browser.type_out("echo $((6*7))\n").await?;
        browser.holds(&shows("42")).await?;
        fits(browser).await?;
        browser.type_out("exit\n").await?;
        browser
            .see("//*[@id='terminal-said'][contains(., '명령이 끝났어요')]")
            .await?;
        Ok(())
    });
    walked.await
}

#[tokio::test]
async fn a_shell_on_a_phone_in_english() -> Result<()> {
    let scene = Scene::of(POD).after(READY).seen(Look::PHONE);
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/pods/default/desk?tab=terminal").await?;
        browser.see(OPEN).await?;
        fits(browser).await
    });
    walked.await
}

/// Nothing is wider than the window, and what is over the terminal leaves room for it.
async fn fits(browser: &Browser) -> Result<()> {
    let beyond =
        "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
    let beyond = browser.ask(beyond).await?;
    ensure!(beyond == 0, "the page is {beyond} wider than a phone");
    let head = "return Math.round(document.getElementById('terminal').getBoundingClientRect().top + scrollY)";
    let head = browser.ask(head).await?;
    // of the 640 that a small phone has
    let has_room = head.as_i64().is_some_and(|head| head < 480);
    ensure!(has_room, "{head} pixels are over the terminal");
    Ok(())
}

/// `secs`: as long as no other process of the machine's sleeps.
async fn walk(scene: Scene, secs: &str) -> Result<()> {
    let walked = scene.after(READY).walk(async |walk| {
        shell(&walk.browser).await.context("a shell")?;
        beside(&walk.browser).await.context("the other container")?;
        away(&walk.browser, secs)
            .await
            .context("nothing is left behind")?;
        gone(walk).await.context("the pod ends")
    });
    walked.await
}

/// Whether a line of the terminal says just that.
fn shows(line: &str) -> String {
    format!(
        "return [...document.querySelectorAll('.xterm-rows > div')].some(row => row.textContent.trim() === '{line}')"
    )
}

/// What is typed is answered, the terminal is as large as it is drawn, the keyboard gets out of it, and its end is told.
async fn shell(browser: &Browser) -> Result<()> {
    browser.goto("/pods/default/desk").await?;
    let emulator =
        "return performance.getEntriesByType('resource').some(it => it.name.includes('xterm'))";
    let loaded = browser.ask(emulator).await?;
    ensure!(loaded == false, "the emulator is loaded by its tab alone");
    browser.click("nav.tabs a[href$='?tab=terminal']").await?;
    browser
        .see("nav.tabs a[aria-current][href$='?tab=terminal']")
        .await?;
    browser.alive().await?;
    browser.see(OPEN).await?;
    browser.type_out("echo $((6*7))\n").await?;
    browser.holds(&shows("42")).await?;
    // a colour that is no class of the emulator's, which the page's policy would refuse as an attribute
    let coloured = "printf '\\033[38;2;200;0;0mof its own\\033[0m\\n'\n";
    browser.type_out(coloured).await?;
    browser.holds(&shows("of its own")).await?;
    resized(browser).await?;
    without_keys(browser).await?;
    let leave = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', code: 'Enter', keyCode: 13, ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true}));
        return document.activeElement.name === 'command'";
    browser.holds(leave).await?;
    browser.click("#terminal").await?;
    browser.type_out("exit 3\n").await?;
    let said = "//*[@id='terminal-said'][contains(., 'exit code 3')]";
    browser.see(said).await?;
    browser.click("#terminal-run button").await?;
    browser.see(OPEN).await?;
    Ok(())
}

/// Text that no key was pressed for is typed, too, and the shell knows that it is UTF-8.
async fn without_keys(browser: &Browser) -> Result<()> {
    let inserted = "document.activeElement.dispatchEvent(new InputEvent('input', {data: 'echo 한글🎉', inputType: 'insertText', bubbles: true, composed: true}))";
    browser.ask(inserted).await?;
    browser.type_out("\n").await?;
    browser.holds(&shows("한글🎉")).await
}

async fn resized(browser: &Browser) -> Result<()> {
    const ROWS: &str = "document.querySelectorAll('.xterm-rows > div').length";
    let before = browser.ask(&format!("return {ROWS}")).await?;
    browser.tab.set_window_size(1000, 600).await?;
    browser
        .holds(&format!("return {ROWS} !== {before}"))
        .await?;
    browser.type_out("stty size\n").await?;
    let fits = format!(
        "return [...document.querySelectorAll('.xterm-rows > div')].some(row => row.textContent.startsWith(`${{{ROWS}}} `))"
    );
    browser.holds(&fits).await
}

async fn beside(browser: &Browser) -> Result<()> {
    browser.click("//section//a[.='side']").await?;
    browser.see("//section//a[@aria-current][.='side']").await?;
    browser.alive().await?;
    browser.see(OPEN).await?;
    browser.type_out("echo $SIDE\n").await?;
    browser.holds(&shows("beside")).await?;
    browser.fill("#terminal-run input", "printenv SIDE").await?;
    browser.click("#terminal-run button").await?;
    let said = "//*[@id='terminal-said'][.='The command has ended.']";
    browser.see(said).await?;
    browser.holds(&shows("beside")).await?;
    let input = browser.see("#terminal-run input").await?;
    input.clear().await?;
    browser.fill("#terminal-run input", "no-such-thing").await?;
    browser.click("#terminal-run button").await?;
    let said = "//*[@id='terminal-said'][contains(., 'no such shell or program')]";
    browser.see(said).await?;
    Ok(())
}

fn sleeps(secs: &str) -> Result<bool> {
    let wanted = format!("sleep\0{secs}");
    let mut processes = std::fs::read_dir("/proc")?.flatten();
    Ok(processes.any(|process| {
        let line = std::fs::read(process.path().join("cmdline"));
        line.is_ok_and(|line| line.starts_with(wanted.as_bytes()))
    }))
}

/// Leaving the page ends what ran there.
async fn away(browser: &Browser, secs: &str) -> Result<()> {
    browser.goto("/pods/default/desk?tab=terminal").await?;
    browser.see(OPEN).await?;
    browser.type_out(&format!("exec sleep {secs}\n")).await?;
    let runs = eventually(Browser::APPEARS, async || sleeps(secs));
    runs.await.context("it runs")?;
    browser.goto("/pods").await?;
    let ends = eventually(Browser::APPEARS, async || Ok(!sleeps(secs)?));
    ends.await.context("it ends")
}

async fn gone(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/pods/default/desk?tab=terminal").await?;
    browser.see(OPEN).await?;
    browser.type_out("echo $((6*7))\n").await?;
    browser.holds(&shows("42")).await?;
    walk.kubectl.run("delete pod desk --wait=false").await?;
    let said = "//*[@id='terminal-said'][contains(., 'The container has ended')]";
    browser.see(said).await?;
    // what was written stays to be read
    browser.holds(&shows("42")).await
}
