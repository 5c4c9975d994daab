//! What pages tell of runs that were: CronJobs with a past are read as a person would read them, from the overview to
//! the slot that did not run.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use orrery_readmodel::{Entry, Record};
use orrery_tests::{Browser, Known, Scene, Walk, row};
use orrery_view::{Millis, Outcome, Trigger};
use serde_json::{Value, json};

use super::actions::{fill, to_one_of_several};

const SECOND: Millis = 1_000;
const HOUR: Millis = 3_600 * SECOND;
/// The next minute, the deadline of a slot in it, and a busy machine; or the one after it.
const A_SLOT: Duration = Duration::from_secs(150);
/// What starts in one minute, and what never does: more than the overview tells at a glance.
const CROWD: usize = 12;
const NEVER: usize = 16;
/// A run that lasts longer than the walk.
const LASTS: &str = r#"sh, -c, "sleep 600""#;

#[tokio::test]
async fn what_was_and_what_was_not_is_told_on_every_page() -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let scene = Scene::of(&objects(now)).with_history(past);
    let walked = scene.walk(async |walk| {
        hold_the_next_slot(walk).await?;
        list(&walk.browser).await?;
        timeline(&walk.browser).await?;
        for name in ["steady", "slow"] {
            let run = format!("create job {name}-now --from=cronjob/{name}");
            walk.kubectl.run(&run).await?;
        }
        numbers(&walk.browser).await?;
        overview(&walk.browser).await?;
        schedule(&walk.browser).await?;
        runs(walk).await?;
        edit(&walk.browser, &in_two_hours(now)).await?;
        slots(walk).await
    });
    walked.await
}

fn cronjob(name: &str, schedule: &str, more: &str, command: &str) -> String {
    format!(
        r#"---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: default}}
spec:
  schedule: "{schedule}"
{more}  jobTemplate: {{spec: {{template: {template}}}}}
"#,
        template = template(command)
    )
}

fn job(name: &str, meta: &str, command: &str) -> String {
    format!(
        r#"---
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, namespace: default{meta}}}
spec: {{template: {template}}}
"#,
        template = template(command)
    )
}

fn template(command: &str) -> String {
    format!(
        "{{spec: {{restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{{name: main, image: busybox, command: [{command}]}}]}}}}"
    )
}

/// Most of them come due in two hours, so that nothing of that happens during the walk.
fn objects(now: u64) -> String {
    let soon = in_two_hours(now);
    let mut objects = vec![
        cronjob("steady", &soon, "", LASTS),
        cronjob("slow", "*/30 * * * *", "", LASTS),
        cronjob("tardy", &soon, "", "\"true\""),
        cronjob("paused", "0 4 * * *", "  suspend: true\n", "\"true\""),
        cronjob(
            "held",
            "* * * * *",
            "  concurrencyPolicy: Forbid\n  startingDeadlineSeconds: 10\n",
            LASTS,
        ),
        cronjob("taken", "* * * * *", "", "\"true\""),
        cronjob("rests", "* * * * *", "  suspend: true\n", "\"true\""),
    ];
    objects.extend((1..=CROWD).map(|n| cronjob(&format!("crowd-{n}"), &soon, "", "\"true\"")));
    objects
        .extend((1..=NEVER).map(|n| cronjob(&format!("never-{n}"), "0 0 30 2 *", "", "\"true\"")));
    // the names that the next slots of one of them would have
    let slots = (now / 60 + 1)..=(now / 60 + 5);
    objects.extend(slots.map(|slot| job(&format!("taken-{slot}"), "", "\"true\"")));
    objects.concat()
}

/// As a schedule of every day.
fn in_two_hours(now: u64) -> String {
    let soon = now + 2 * 3_600;
    format!("{} {} * * *", soon / 60 % 60, soon / 3_600 % 24)
}

/// One ran in every way there is, one always took an hour, one was late, and one was run by hand again and again.
fn past(of: Known<'_>) -> Vec<Entry> {
    let runs: Vec<_> = match of.name {
        "steady" => (2..=11).map(|back| steady(&of, back)).collect(),
        "tardy" => {
            let usual = run(&of, 2);
            vec![Record {
                start: usual.start + 90 * SECOND,
                end: usual.end + 90 * SECOND,
                ..usual
            }]
        }
        "slow" => (2..=7)
            .map(|back| Record {
                end: of.now - back * HOUR + HOUR,
                ..run(&of, back)
            })
            .collect(),
        // more than a strip shows
        "held" => (1..=22).map(|back| by_hand(&of, back)).collect(),
        _ => Vec::new(),
    };
    runs.into_iter()
        .map(|run| Entry::Run(Box::new(run)))
        .collect()
}

/// So many hours ago, in time and in two seconds.
fn run(of: &Known<'_>, back: Millis) -> Record {
    let slot = of.now - back * HOUR;
    Record {
        uid: format!("{}-{back}", of.uid),
        namespace: "default".into(),
        name: format!("{}-{back}", of.name),
        owner_uid: of.uid.into(),
        owner: of.name.into(),
        slot: Some(slot),
        trigger: Trigger::Schedule,
        start: slot + 400,
        end: slot + 400 + 2 * SECOND,
        outcome: Outcome::Succeeded,
        exit_code: Some(0),
        ..Record::default()
    }
}

pub fn by_hand(of: &Known<'_>, back: Millis) -> Record {
    Record {
        slot: None,
        trigger: Trigger::Manual,
        ..run(of, back)
    }
}

fn steady(of: &Known<'_>, back: Millis) -> Record {
    let usual = run(of, back);
    match back {
        // late
        2 => Record {
            start: usual.start - 400 + 45 * SECOND,
            end: usual.end - 400 + 45 * SECOND,
            ..usual
        },
        3 => Record {
            outcome: Outcome::Failed,
            exit_code: Some(1),
            ..usual
        },
        4 => Record {
            outcome: Outcome::Replaced,
            ..usual
        },
        5 => by_hand(of, back),
        // long
        11 => Record {
            end: usual.start + 60 * SECOND,
            ..usual
        },
        _ => usual,
    }
}

/// A run of the CronJob that Forbid keeps to one at a time, as if its slot had been before.
async fn hold_the_next_slot(walk: &Walk) -> Result<()> {
    let kubectl = &walk.kubectl;
    let get = "get cronjob held -o jsonpath={.metadata.uid},{.metadata.creationTimestamp}";
    let held = kubectl.run(get).await?;
    let (uid, made) = held.trim().split_once(',').unwrap_or_default();
    let meta = format!(
        r#", annotations: {{batch.kubernetes.io/cronjob-scheduled-timestamp: "{made}"}}, ownerReferences: [{{apiVersion: batch/v1, kind: CronJob, name: held, uid: {uid}, controller: true}}]"#
    );
    let first = job("held-first", &meta, LASTS);
    kubectl.run_with("apply -f -", &first).await?;
    let get = "get job held-first -o jsonpath={.metadata.uid}";
    let uid = kubectl.run(get).await?;
    let mut held: Value = serde_json::from_str(&kubectl.run("get cronjob held -o json").await?)?;
    held["status"]["active"] = json!([{
        "apiVersion": "batch/v1", "kind": "Job", "namespace": "default", "name": "held-first", "uid": uid.trim(),
    }]);
    let status = "replace --raw /apis/batch/v1/namespaces/default/cronjobs/held/status -f -";
    kubectl.run_with(status, &held.to_string()).await?;
    Ok(())
}

/// When each runs next, or would, or that it never does; how its last run went; a bar for each run.
async fn list(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs").await?;
    for (name, says) in [
        ("steady", "//b/time[@data-say='until'][contains(., 'in ')]"),
        ("paused", "[contains(., 'would run')]"),
        ("never-1", "[contains(., 'Never')]"),
    ] {
        let next = format!("{}/td[contains(@class, 'c-next')]{says}", row(name));
        browser.see(&next).await?;
    }
    let last = format!(
        "{}/td[contains(@class, 'c-last')][.//*[contains(@class, 'out ok')]][contains(., '2 s')]//time[@data-say='ago']",
        row("steady")
    );
    browser.see(&last).await?;
    let bars = "const row = [...document.querySelectorAll('tbody tr')].find(row => row.querySelector('a.name')?.textContent.trim() === 'steady');
        const bars = [...row.querySelectorAll('.strip a.b')];
        const with_class = name => bars.filter(bar => bar.classList.contains(name)).length;
        const whole = bars.every(bar => bar.title.includes(' · ') && /\\bh\\d+\\b/.test(bar.className) && bar.getAttribute('href').startsWith('/cronjobs/default/steady?range=6h&to='));
        return `${bars.length} bars, ${with_class('ok')} ok, ${with_class('bad')} bad, ${with_class('warn')} warn, ${with_class('man')} man, ${whole}`";
    let bars = browser.ask(bars).await?;
    ensure!(
        bars == "10 bars, 8 ok, 1 bad, 1 warn, 1 man, true",
        "{bars}"
    );
    Ok(())
}

/// Late, failed, replaced, manual and to come: each is drawn apart, and the legend says how. It zooms where it is.
async fn timeline(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs/default/steady?range=1d").await?;
    for mark in [
        "line.lag",
        "rect.m.bar.bad",
        "rect.m.cut.warn",
        "rect.m.bar.ok.man",
        "rect.m.ghost",
    ] {
        browser.see(&format!("svg.tl {mark}")).await?;
    }
    browser
        .see("//*[name()='title'][contains(., '45 s late')]")
        .await?;
    for key in ["cut", "man", "lag", "gap", "miss", "rest", "ghost"] {
        browser
            .see(&format!(".timeline .legend .key.{key}"))
            .await?;
    }
    let zoom = "nav[data-zoom] a[href*='range=7d']";
    browser.ask("scrollTo(0, 150)").await?;
    let press = format!("document.querySelector(\"{zoom}\").click()");
    browser.ask(&press).await?;
    browser.see(&format!("{zoom}[aria-current]")).await?;
    let scrolled = browser.ask("return scrollY").await?;
    ensure!(scrolled == 150, "it stays where it was: {scrolled}");
    Ok(())
}

/// What runs says how much is left by past runs, and what is wrong is all there behind a link.
async fn overview(browser: &Browser) -> Result<()> {
    browser.goto("/").await?;
    let left = format!(
        "{}//time[@data-say='left'][contains(., 'm')]",
        row("slow-now")
    );
    browser.see(&left).await?;
    let longer = format!("{}[contains(., 'longer than usual')]", row("steady-now"));
    browser.see(&longer).await?;
    browser.click("a[href='/?attention=all']").await?;
    let all = format!("return document.querySelectorAll('.attention tbody tr').length >= {NEVER}");
    browser.holds(&all).await
}

/// How often it succeeds, how long it takes, how late it starts, and how long the run that is on has taken.
async fn numbers(browser: &Browser) -> Result<()> {
    browser.goto("/cronjobs/default/steady").await?;
    for said in [
        "88.9%",
        "8 of 9 runs",
        "95th percentile 1 m 0 s",
        "400 ms",
        "95th percentile 45 s",
        "× longer than usual",
    ] {
        let stat = format!("//dl[contains(@class, 'stats')]//dd[contains(., '{said}')]");
        browser.see(&stat).await?;
    }
    // the next five runs are among them
    browser.count(".stats .each > li", 5).await
}

/// What starts at once stands out, and what lasts beyond its next slot is told.
async fn schedule(browser: &Browser) -> Result<()> {
    browser.goto("/schedule").await?;
    browser.see(".load rect.q.peak").await?;
    browser
        .see("[data-k=crowds] a[href='/cronjobs/default/crowd-1']")
        .await?;
    // those of every minute are in the crowd as well, after its first names
    browser.click("[data-k=crowds] details summary").await?;
    browser
        .see("[data-k=crowds] details[open] a[href='/cronjobs/default/taken']")
        .await?;
    browser
        .click("[data-k=overlaps] a[href='/cronjobs/default/slow']")
        .await?;
    browser.see("main .head").await?;
    Ok(())
}

/// A run is read, run again and deleted from the table of its CronJob's page.
async fn runs(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs/default/steady").await?;
    let run = row("steady-now");
    browser
        .see(&format!("{run}//a[@href='/jobs/default/steady-now/log']"))
        .await?;
    let menu = format!("{run}//button[contains(@data-deed, 'Menu')]");
    browser.click(&menu).await?;
    browser.click("//dialog[@open]//button[.='Re-run']").await?;
    browser
        .see(".toast.ok a[href^='/jobs/default/steady-now-']")
        .await?;
    // it may lie over what is clicked next
    browser.click(".toast [data-do=dismiss]").await?;
    browser.click(&menu).await?;
    browser.click("//dialog[@open]//button[.='Delete']").await?;
    browser.click("#confirm").await?;
    browser.gone(&run).await?;
    let job = walk
        .kubectl
        .run("get job steady-now --ignore-not-found -o name");
    let job = job.await?;
    ensure!(job.is_empty(), "it is deleted: {job}");
    Ok(())
}

/// The field under the cursor is explained, and what is odd about a schedule is told before it is saved.
async fn edit(browser: &Browser, soon: &str) -> Result<()> {
    const HOME: &str = "\u{e011}";
    const END: &str = "\u{e010}";
    browser.goto("/cronjobs/default/never-1").await?;
    browser
        .click("main .head button[data-deed*='/form/edit/']")
        .await?;
    browser.click("dialog [name=schedule]").await?;
    for (key, place) in [(END, "last"), (HOME, "first")] {
        browser.press(key).await?;
        browser
            .see(&format!("dialog .cron li:{place}-child.here"))
            .await?;
    }
    for (zone, schedule, warning) in [
        ("", soon, "other CronJobs start in the same minute"),
        ("", "0 0 13 * 5", "it runs when either matches"),
        ("Europe/Berlin", "30 2 * * *", "comes twice"),
    ] {
        fill(browser, "timeZone", zone).await?;
        fill(browser, "schedule", schedule).await?;
        let told = format!("//dialog//*[contains(., '{warning}')]");
        browser.see(&told).await?;
    }
    Ok(())
}

/// A slot that was skipped, one that was missed and one that passed while its CronJob was suspended: each has its shape,
/// and its reason in a sentence. The missed one is filled from the list.
async fn slots(walk: &Walk) -> Result<()> {
    let browser = &walk.browser;
    browser.goto("/cronjobs/default/held").await?;
    // what runs does so however many ran after it
    let runs = "//dl[contains(@class, 'stats')]//dd[contains(., '× longer than usual')]";
    browser.see(runs).await?;
    browser.see_within("svg.tl circle.m.gap", A_SLOT).await?;
    browser
        .see("//p[contains(@class, 'note')][contains(., 'held-')]")
        .await?;
    browser.goto("/cronjobs/default/taken").await?;
    browser.see_within("svg.tl path.m.miss", A_SLOT).await?;
    browser
        .see("//p[contains(@class, 'note')][contains(., 'taken-')]")
        .await?;
    browser.goto("/cronjobs/default/rests").await?;
    browser.see_within("svg.tl path.m.rest", A_SLOT).await?;
    browser
        .see("//main//td[contains(., 'It was suspended.')]")
        .await?;
    browser.goto("/cronjobs").await?;
    let gap = format!(
        "{}//a[contains(@class, 'gap')][contains(@title, 'held-')]",
        row("held")
    );
    browser.see(&gap).await?;
    attention(browser).await?;
    to_one_of_several(browser, "cronjobs", "taken", "backfill").await?;
    walk.until("jobs -o name", "taken-backfill-").await
}

/// What skips, misses or is late for its slots is told on the overview.
async fn attention(browser: &Browser) -> Result<()> {
    browser.goto("/?attention=all").await?;
    for (name, says) in [
        ("held", "It skips its slots"),
        ("taken", "It missed its last slots"),
        ("tardy", "started 1 m 30 s late"),
    ] {
        let told = format!(
            "//section[contains(@class, 'attention')]{}[contains(., '{says}')]",
            row(name)
        );
        browser.see(&told).await?;
    }
    Ok(())
}
