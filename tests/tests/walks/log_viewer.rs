//! What the log viewer does with the lines: finds, filters, lays out, marks, copies, hands all of them out, and stays
//! light under a hundred thousand. Nothing here goes by words of the page, so that it holds in every language.

use anyhow::{Context, Result, ensure};
use orrery_tests::{Browser, Look, Scene};
use serde_json::json;

const ENTER: &str = "\u{e007}";
/// Shift is let go of again.
const SHIFT_ENTER: &str = "\u{e008}\u{e007}\u{e000}";

/// A hundred thousand lines, of which the last say how severe they are.
const COUNTS: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: counts, namespace: default}
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: busybox
    command:
    - sh
    - -c
    - |
      seq -f "line %.0f of many" 99997
      echo "ERROR it broke"
      printf '\tat this place\n'
      echo '{"level":"warn","rows":[1,2]}'
"#;

const LINES: usize = 100_000;
const PAGE: &str = "/pods/default/counts/log";
const LOADED: &str =
    "return document.querySelectorAll('.lines .line').length === Number(arguments[0])
    && document.querySelector('.lines .nil').textContent !== ''";

#[tokio::test]
async fn a_long_log_is_found_in_filtered_marked_copied_and_downloaded() -> Result<()> {
    let scene = Scene::of(COUNTS)
        .after("wait pod/counts --for=jsonpath={.status.phase}=Succeeded --timeout=60s")
        .seen(Look::KOREAN_DARK);
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        found(browser).await?;
        filtered(browser).await?;
        marked_and_copied(browser).await?;
        downloaded(browser).await?;
        long(browser).await
    });
    walked.await
}

async fn open(browser: &Browser, query: &str, lines: usize) -> Result<()> {
    browser.goto(&format!("{PAGE}{query}")).await?;
    let lines = lines.to_string();
    browser.holds_of(LOADED, &lines, Browser::APPEARS).await
}

async fn search(browser: &Browser, text: &str) -> Result<()> {
    let typed = "const field = document.querySelector('#search-log');
        field.value = arguments[0]; field.dispatchEvent(new Event('input', { bubbles: true }))";
    browser.tab.execute(typed, vec![json!(text)]).await?;
    Ok(())
}

async fn says(browser: &Browser, place: &str) -> Result<()> {
    let script =
        "return document.querySelector('.finder [role=status]').textContent === arguments[0]";
    browser.holds_of(script, place, Browser::APPEARS).await
}

/// By text, whose dots are dots, and by regular expression; each place is painted, the current one in sight.
async fn found(browser: &Browser) -> Result<()> {
    open(browser, "", 1_000).await?;
    search(browser, "LINE 9999. OF").await?;
    says(browser, "0/0").await?;
    search(browser, "line 99990 of").await?;
    says(browser, "1/1").await?;
    browser.click(".finder input[type=checkbox]").await?;
    search(browser, r"^line 9999\d of").await?;
    says(browser, "1/8").await?;
    browser
        .holds("return CSS.highlights.get('found').size === 8")
        .await?;
    browser.click(".finder button:last-of-type").await?;
    says(browser, "2/8").await?;
    browser.holds(
        "const [range] = CSS.highlights.get('current'), seen = document.querySelector('.lines').getBoundingClientRect();
         const { top, bottom } = range.getBoundingClientRect();
         return range.toString() === 'line 99991 of' && top > seen.top && bottom < seen.bottom",
    )
    .await?;
    let field = "document.querySelector('#search-log').focus()";
    browser.ask(field).await?;
    browser.press(ENTER).await?;
    says(browser, "3/8").await?;
    browser.press(SHIFT_ENTER).await?;
    says(browser, "2/8").await?;
    search(browser, "(").await?;
    browser.see("#search-log[aria-invalid=true]").await?;
    search(browser, "").await?;
    says(browser, "").await?;
    browser.holds("return CSS.highlights.get('found').size === 0 && !document.querySelector('#search-log[aria-invalid]')")
        .await
}

/// What opens is below the button, which stays under the pointer.
const STAYS: &str = "
    const summary = document.querySelector('.log-filter summary');
    const at = () => Object.values(summary.getBoundingClientRect().toJSON()).map(Math.round).join();
    const before = at();
    summary.click();
    const form = document.querySelector('.log-filter form').getBoundingClientRect();
    return at() === before && form.height > 0 && form.top >= summary.getBoundingClientRect().bottom";

/// By severity, with what goes on with an error; by time; and JSON over several lines.
async fn filtered(browser: &Browser) -> Result<()> {
    open(browser, "", 1_000).await?;
    let stays = browser.ask(STAYS).await?;
    ensure!(stays == true, "its button moves when it is pressed");
    let level = browser.see(".log-filter [name=level]").await?;
    level.select_by_value("warn").await?;
    browser.click(".log-filter [name=json]").await?;
    browser.click(".log-filter form button").await?;
    browser
        .holds("return location.search.includes('level=warn')")
        .await?;
    browser.holds_of(LOADED, "3", Browser::APPEARS).await?;
    browser
        .holds(
            r#"const [broke, at, json] = document.querySelectorAll('.lines .line');
         return broke.matches('.l-bad') && at.matches('.l-bad') && json.matches('.l-warn')
            && json.textContent.includes('\n  "rows": [\n    1,')
            && document.querySelector('.log-filter').open"#,
        )
        .await?;
    let first = browser.ask("return document.querySelector('.line').dataset.t.slice(0, 19)");
    let first = first.await?;
    let first = first.as_str().context("it has a time")?;
    open(browser, &format!("?since={first}&level=error"), 2).await?;
    browser
        .goto(&format!("{PAGE}?until=2020-01-01T00:00"))
        .await?;
    browser.holds("return !document.querySelector('.line') && document.querySelector('.lines .nil').textContent !== ''")
        .await
}

async fn marked_and_copied(browser: &Browser) -> Result<()> {
    open(browser, "", 1_000).await?;
    browser.ask("navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }")
        .await?;
    // the stream may replace the lines that were painted first, and a marker among them
    browser
        .holds(
            "const press = nth => document.querySelectorAll('.tools button')[nth].click();
         document.querySelector('.lines .marker') || press(2);
         press(3);
         return document.querySelector('.lines .chunk:last-child .line.marker:last-child')
            && window.copied.split('\\n').length === 1002 && window.copied.startsWith('line 99001 of many\\n')",
        )
        .await?;
    let press = "document.querySelectorAll('.tools button')[Number(arguments[0])].click()";
    browser
        .ask("document.querySelectorAll('.tools .toggle input')[1].click()")
        .await?;
    browser.tab.execute(press, vec![json!("3")]).await?;
    browser
        .holds("return /^20..-..-..T..:..:..Z line 99001 of many\\n/.test(window.copied)")
        .await?;
    // lines break, or are as long as they are
    browser.see(".lines.wrap").await?;
    browser
        .ask("document.querySelectorAll('.tools .toggle input')[2].click()")
        .await?;
    browser.see(".lines:not(.wrap)").await?;
    Ok(())
}

/// Every line, with its time.
async fn downloaded(browser: &Browser) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1];
        const link = document.querySelector('.tools a[download]');
        fetch(link.href).then(async answer => {
            const lines = (await answer.text()).split('\\n');
            done([answer.headers.get('content-disposition'), lines.length - 1, lines[0].replace(/^\\S+ /, '')]);
        }, error => done(String(error)))";
    let told = browser.tab.execute_async(script, vec![]).await?;
    let expected = json!([
        "attachment; filename=\"counts.log\"",
        LINES,
        "line 1 of many"
    ]);
    ensure!(told == expected, "{told}");
    Ok(())
}

/// All of it on the page: it is at its end, what nobody sees is not laid out, and the first line can be seen.
async fn long(browser: &Browser) -> Result<()> {
    open(browser, "?tail=100000", LINES).await?;
    browser
        .holds(
            "const lines = document.querySelector('.lines');
         return lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24
            && !document.querySelector('.unseen').checkVisibility()",
        )
        .await?;
    let laid_out = "return [...document.querySelectorAll('.chunk')].filter(
        chunk => chunk.firstElementChild.checkVisibility({ contentVisibilityAuto: true })).length";
    let chunks = browser.ask(laid_out).await?;
    ensure!(chunks.as_u64() < Some(20), "{chunks} chunks are laid out");
    let scroll = "const done = arguments[arguments.length - 1];
        const lines = document.querySelector('.lines'), frames = [];
        let last = performance.now();
        const step = now => {
            frames.push(now - last); last = now;
            lines.scrollTop -= 3000;
            frames.length < 120 ? requestAnimationFrame(step) : done(frames.sort((a, b) => a - b)[114]);
        };
        requestAnimationFrame(step)";
    let frame = browser.tab.execute_async(scroll, vec![]).await?;
    let megabytes = browser.tab_bytes()? >> 20;
    println!("100,000 lines: {megabytes} MB, 95 of 100 frames within {frame} ms");
    search(browser, "line 1 of").await?;
    says(browser, "1/1").await?;
    browser
        .ask("document.querySelector('.lines').scrollTop = 0")
        .await?;
    browser.holds("return document.querySelector('.line').checkVisibility({ contentVisibilityAuto: true })")
        .await
}
