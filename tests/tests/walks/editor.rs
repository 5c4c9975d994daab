//! Objects made and edited as YAML: an error is mended at its line, and what somebody else changes meanwhile is taken
//! in rather than written over. Nothing here goes by words, so that it holds in every language.

use anyhow::{Result, ensure};
use fantoccini::elements::Element;
use orrery_tests::{Browser, Look, Scene, Walk};
use serde_json::json;

const TEXT: &str = "dialog[open] .editor textarea";
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const CONTROL_SPACE: &str = "\u{e009} \u{e000}";

/// Its sixth line is wrong.
const WRONG: &str = r#"apiVersion: batch/v1
kind: CronJob
metadata:
  name: typed
spec:
  schedule: "61 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: busybox
            command: ["true"]
"#;

#[tokio::test]
async fn yaml_is_mended_at_its_line_and_lies_over_nobody_elses_change() -> Result<()> {
    let walked = Scene::empty().walk(async |walk| {
        create(walk).await?;
        keys(&walk.browser).await?;
        offers(&walk.browser).await?;
        twice(walk).await?;
        edit(walk).await?;
        files(&walk.browser).await?;
        troubles(&walk.browser).await
    });
    walked.await
}

#[tokio::test]
async fn the_editor_fits_a_phone() -> Result<()> {
    let scene = Scene::empty().seen(Look::KOREAN_PHONE);
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/jobs").await?;
        browser.click(".bar .create button").await?;
        let text = browser.see(TEXT).await?;
        text.send_keys("# a line that is much longer than the window of a telephone is wide\n")
            .await?;
        browser
            .see("//dialog//*[contains(@class, 'paint')]//*[contains(., 'telephone')]")
            .await?;
        let fits =
            "const [page, editor] = [document.documentElement, document.querySelector('.editor')];
            return page.scrollWidth <= innerWidth && editor.scrollWidth > editor.clientWidth
                && editor.getBoundingClientRect().right <= innerWidth";
        browser.holds(fits).await
    });
    walked.await
}

/// What is drawn under the text is the text, line by line.
const DRAWN: &str = "const [text, paint] = ['textarea', '.paint'].map(it => document.querySelector('dialog[open] .editor ' + it));
    return paint.textContent === text.value
        && paint.children.length === text.value.split('\\n').length
        && paint.offsetHeight === text.offsetHeight && paint.offsetWidth <= text.offsetWidth";

async fn create(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs").await?;
    browser.click(".bar .create button").await?;
    let text = browser.see(TEXT).await?;
    type_anew(&text, WRONG).await?;
    browser.holds(DRAWN).await?;
    browser.see("dialog .faults [data-line='6']").await?;
    browser
        .see("//dialog//*[@class='l bad'][contains(., '61 * * * *')]")
        .await?;
    // the wrong one is not made
    browser.click("dialog [value=run]").await?;
    browser.see("dialog .faults [data-line='6']").await?;
    let made = walk.kubectl.run("get cronjobs -o name").await?;
    ensure!(made.is_empty(), "nothing is made: {made}");
    browser.click("dialog .faults [data-line='6']").await?;
    let chosen = "const text = document.activeElement;
        return text.value.slice(text.selectionStart, text.selectionEnd).includes('61 *')";
    browser.holds(chosen).await?;
    browser.press("  schedule: \"0 0 1 1 *\"").await?;
    browser.gone("dialog .faults li").await?;
    browser
        .see("//dialog//*[@class='about']//code[.='spec.schedule']")
        .await?;
    browser.see("dialog .note.ok").await?;
    browser.holds(DRAWN).await?;
    browser.fill("dialog [name=reason]", "a walk").await?;
    browser.click("dialog [value=run]").await?;
    browser
        .see(".toast.ok a[href='/cronjobs/default/typed']")
        .await?;
    browser
        .see("tbody a[href='/cronjobs/default/typed']")
        .await?;
    walk.until("cronjob typed -o yaml", "Create: a walk").await
}

/// As a person does: whatever was there goes.
async fn type_anew(text: &Element, new: &str) -> Result<()> {
    const CONTROL_A: &str = "\u{e009}a\u{e000}";
    text.send_keys(CONTROL_A).await?;
    Ok(text.send_keys(new).await?)
}

/// Tab indents, and nobody is held in the text by it; what is typed is not lost by Esc.
async fn keys(browser: &Browser) -> Result<()> {
    browser.goto("/daemonsets").await?;
    browser.click(".bar .create button").await?;
    let text = browser.see(TEXT).await?;
    type_anew(&text, &format!("a:\n{TAB}b: 1")).await?;
    browser
        .holds("return document.activeElement.value === 'a:\\n  b: 1'")
        .await?;
    browser.see("dialog form[data-unsaved]").await?;
    // the server has seen it, too
    browser.see("dialog #unsaved").await?;
    browser.press(&format!("{ESCAPE}{TAB}")).await?;
    browser
        .holds("return !document.activeElement.matches('textarea') && !!document.activeElement.closest('dialog')")
        .await?;
    browser.press(ESCAPE).await?;
    browser.see("dialog[open] form[data-unsaved]").await?;
    browser.see("dialog #unsaved:not([hidden])").await?;
    browser
        .holds("return document.activeElement.matches('dialog [data-do=close]')")
        .await?;
    browser.click("dialog [data-do=close]").await?;
    browser
        .holds("return !document.querySelector('dialog[open]')")
        .await
}

/// Fields that are not there yet are offered where a name is typed, and are taken or let go of by keyboard.
async fn offers(browser: &Browser) -> Result<()> {
    const OFFERS: &str = "dialog .offers [role=option]";
    let ends = "return document.activeElement.value.endsWith(arguments[0])";
    browser.goto("/jobs").await?;
    browser.click(".bar .create button").await?;
    let text = browser.see(TEXT).await?;
    type_anew(&text, "apiVersion: batch/v1\nkind: Job\nspec:\n  comp").await?;
    browser.count(OFFERS, 2).await?;
    let chosen = "const chosen = document.activeElement.getAttribute('aria-activedescendant');
        return document.getElementById(chosen).textContent.startsWith(arguments[0])";
    browser
        .holds_of(chosen, "completionMode", Browser::APPEARS)
        .await?;
    browser.press(DOWN).await?;
    browser
        .holds_of(chosen, "completions", Browser::APPEARS)
        .await?;
    browser.press(ENTER).await?;
    browser
        .holds_of(ends, "\n  completions: ", Browser::APPEARS)
        .await?;
    browser.gone(OFFERS).await?;
    browser.press("3\n  templ").await?;
    browser.see(OFFERS).await?;
    browser.press(TAB).await?;
    browser
        .holds_of(ends, "\n  template:\n    ", Browser::APPEARS)
        .await?;
    browser.press(CONTROL_SPACE).await?;
    browser.count(OFFERS, 2).await?;
    browser.click("dialog .offers li:last-child").await?;
    browser
        .holds_of(ends, "\n    spec:\n      ", Browser::APPEARS)
        .await?;
    browser.press("dnsP").await?;
    browser.see(OFFERS).await?;
    browser.press(ESCAPE).await?;
    browser.gone(OFFERS).await?;
    browser
        .holds_of(ends, "      dnsP", Browser::APPEARS)
        .await?;
    browser.see("dialog[open] form[data-unsaved]").await?;
    // the browser's own search finds it where it can be typed, and not in its colours
    let found = "const text = document.activeElement, words = 'completions: 3';
        return window.find(words, true, false, true)
            && text.value.slice(text.selectionStart, text.selectionEnd) === words";
    browser.holds(found).await
}

/// The cluster chooses its name, so that it does not refuse a second one.
const GENERATED: &str = "apiVersion: batch/v1
kind: Job
metadata:
  generateName: twice-
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
";

/// What is pressed twice is made once.
async fn twice(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/jobs").await?;
    browser.click(".bar .create button").await?;
    let text = browser.see(TEXT).await?;
    type_anew(&text, GENERATED).await?;
    browser.see("dialog .note.ok").await?;
    let presses = "const run = document.querySelector('dialog [value=run]');
        run.click();
        run.click()";
    browser.ask(presses).await?;
    browser.see(".toast.ok").await?;
    let made = walk.kubectl.run("get jobs -o name").await?;
    let made = made.lines().filter(|name| name.contains("twice-")).count();
    ensure!(made == 1, "{made} are made");
    Ok(())
}

/// Types something else in the place of what the text says.
const REPLACE: &str = "const text = document.querySelector('dialog[open] .editor textarea');
    const [before, after] = arguments[0].split('/'), at = text.value.indexOf(before);
    text.focus();
    text.setSelectionRange(at, at + before.length);
    document.execCommand('insertText', false, after);
    return at > 0";

async fn edit(walk: &Walk) -> Result<()> {
    let (browser, kubectl) = (&walk.browser, &walk.kubectl);
    browser.goto("/cronjobs/default/typed?tab=yaml").await?;
    browser.click("main [data-deed*='/form/yaml/']").await?;
    browser.see(TEXT).await?;
    browser.gone("dialog [value=save]").await?;
    let limit = vec![json!("failedJobsHistoryLimit: 1/failedJobsHistoryLimit: 4")];
    let typed = browser.tab.execute(REPLACE, limit).await?;
    ensure!(typed == json!(true), "the text has the limit: {typed}");
    browser
        .see("//dialog//ins[contains(., 'failedJobsHistoryLimit: 4')]")
        .await?;
    kubectl
        .run(r#"patch cronjob typed -p {"spec":{"suspend":true}}"#)
        .await?;
    browser.click("dialog [value=save]").await?;
    browser
        .see("//dialog//*[@class='both']/section[1]//ins[contains(., 'suspend: true')]")
        .await?;
    browser
        .see("//dialog//*[@class='both']/section[2]//ins[contains(., 'failedJobsHistoryLimit: 4')]")
        .await?;
    browser.gone("dialog [value=save]").await?;
    let spec = "cronjob typed -o jsonpath={.spec.suspend},{.spec.failedJobsHistoryLimit}";
    let now = kubectl.run(&format!("get {spec}")).await?;
    ensure!(now.trim() == "true,1", "nothing is written over it: {now}");
    browser.click("dialog [value=merge]").await?;
    browser.see("dialog [value=save]").await?;
    let both = "const { value } = document.querySelector('dialog[open] .editor textarea');
        return value.includes('suspend: true') && value.includes('failedJobsHistoryLimit: 4')";
    browser.holds(both).await?;
    browser.click("dialog [value=save]").await?;
    browser.see(".toast.ok").await?;
    walk.until(spec, "true,4").await
}

/// Lets files go over the page.
const DROP: &str = "const held = new DataTransfer();
    for (const text of arguments) held.items.add(new File([text], 'some.yaml'));
    const event = type => new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: held });
    const may = !document.body.dispatchEvent(event('dragover'));
    document.body.dispatchEvent(event('drop'));
    return may";

async fn files(browser: &Browser) -> Result<()> {
    browser.goto("/nodes").await?;
    let texts = vec![json!("kind: One\n"), json!("kind: Two")];
    let may = browser.tab.execute(DROP, texts).await?;
    ensure!(may == json!(true), "files may be let go here: {may}");
    browser.see(TEXT).await?;
    let has =
        "return document.querySelector('dialog[open] .editor textarea').value === arguments[0]";
    let first = "kind: One\n---\nkind: Two\n";
    browser.holds_of(has, first, Browser::APPEARS).await?;
    browser.see("dialog .faults [data-line='1']").await?;
    browser.see("dialog .faults [data-line='3']").await?;
    let more = vec![json!("kind: Three\n")];
    browser.tab.execute(DROP, more).await?;
    let all = format!("{first}\n---\nkind: Three\n");
    browser.holds_of(has, &all, Browser::APPEARS).await?;
    let large = vec![json!("#".repeat((1 << 20) + 1))];
    browser.tab.execute(DROP, large).await?;
    browser
        .see("//dialog//*[contains(@class, 'toast bad')][contains(., 'some.yaml')]")
        .await?;
    browser.holds_of(has, &all, Browser::APPEARS).await?;
    // the browser asks on behalf of nobody who has not touched the page
    browser.click("dialog [data-do=close]").await
}

/// What goes wrong while one types is told where it can be read and closed: over the dialog, which the page is under.
async fn troubles(browser: &Browser) -> Result<()> {
    browser.goto("/jobs").await?;
    browser.click(".bar .create button").await?;
    browser.see(TEXT).await?;
    let large = "const text = document.querySelector('dialog[open] .editor textarea');
        text.value = '#'.repeat((2 << 20) + 1);
        text.dispatchEvent(new Event('input', { bubbles: true }))";
    browser.ask(large).await?;
    browser
        .see("//dialog//*[contains(@class, 'toast bad')][contains(., 'MiB')]")
        .await?;
    browser.goto("/jobs").await?;
    browser.click(".bar .create button").await?;
    let text = browser.see(TEXT).await?;
    browser.tab.delete_all_cookies().await?;
    text.send_keys("#").await?;
    browser
        .see("//dialog//*[contains(@class, 'toast bad')][contains(., 'orrery sign-in')]")
        .await?;
    browser.click("dialog[open] .toast.bad .close").await?;
    browser.gone(".toast").await?;
    // which the browser says, too
    let complaints = browser.complaints().await?;
    let is_meant = complaints.iter().all(|said| said.contains("401"));
    ensure!(is_meant, "{complaints:#?}");
    Ok(())
}
