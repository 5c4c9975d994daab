//! The README's picture, `docs/cronjobs.png`: the ten CronJobs of a shop, with their past.

use anyhow::{Context, Result};
use orrery_readmodel::{Entry, Record};
use orrery_tests::{Browser, Known, Kubectl, Look, Orrery, give_history, row};
use orrery_view::{Millis, Outcome, Trigger};
use serde_json::{Value, json};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cronjobs.png");
/// As sharp as a page is on a good screen.
const LOOK: Look = Look {
    scale: 2,
    ..Look::ENGLISH
};
const NAMESPACES: [&str; 3] = ["billing", "platform", "shop"];
/// It rests in the picture.
const SUSPENDED: &str = "rotate-certificates";
/// Its runs fail; the picture is taken when one has.
const FAILING: &str = "sync-inventory";

/// A CronJob, and how it fared.
struct Kept {
    namespace: &'static str,
    name: &'static str,
    schedule: &'static str,
    zone: Option<&'static str>,
    /// From slot to slot.
    every: Millis,
    /// A slot, as time since 1970.
    slot: Millis,
    /// A run takes about so long.
    lasts: Millis,
    /// The runs that failed, the latest being the first.
    failed: &'static [usize],
    replaced: &'static [usize],
}

/// A certificate's month is four weeks here, a summer in Berlin as its winter: nobody sees that in the picture.
#[rustfmt::skip]
const KEPT: [Kept; 10] = [
    Kept { namespace: "shop", name: "backup-database", schedule: "30 2 * * *", zone: Some("Europe/Berlin"), every: DAY, slot: 90 * MINUTE, lasts: 600 * SECOND, failed: &[16], replaced: &[] },
    Kept { namespace: "billing", name: "charge-subscriptions", schedule: "0 */6 * * *", zone: None, every: 6 * HOUR, slot: 0, lasts: 90 * SECOND, failed: &[], replaced: &[] },
    Kept { namespace: "shop", name: "clean-uploads", schedule: "15 * * * *", zone: None, every: HOUR, slot: 15 * MINUTE, lasts: 24 * SECOND, failed: &[17, 18], replaced: &[] },
    Kept { namespace: "shop", name: "export-orders", schedule: "*/2 * * * *", zone: None, every: 2 * MINUTE, slot: 0, lasts: 80 * SECOND, failed: &[], replaced: &[] },
    Kept { namespace: "shop", name: "refresh-search-index", schedule: "* * * * *", zone: None, every: MINUTE, slot: 0, lasts: 40 * SECOND, failed: &[3], replaced: &[] },
    Kept { namespace: "platform", name: SUSPENDED, schedule: "0 4 1 * *", zone: None, every: 28 * DAY, slot: 4 * HOUR, lasts: 6 * SECOND, failed: &[], replaced: &[] },
    Kept { namespace: "billing", name: "send-invoices", schedule: "0 9 * * 1", zone: Some("Asia/Seoul"), every: 7 * DAY, slot: 4 * DAY, lasts: 180 * SECOND, failed: &[], replaced: &[] },
    Kept { namespace: "shop", name: FAILING, schedule: "*/2 * * * *", zone: None, every: 2 * MINUTE, slot: 0, lasts: 14 * SECOND, failed: &[1, 2, 4, 5, 6, 7, 11, 17, 18], replaced: &[] },
    Kept { namespace: "platform", name: "usage-report", schedule: "0 * * * *", zone: Some("America/New_York"), every: HOUR, slot: 0, lasts: 15 * SECOND, failed: &[8], replaced: &[] },
    Kept { namespace: "shop", name: "warm-cache", schedule: "* * * * *", zone: None, every: MINUTE, slot: 0, lasts: 55 * SECOND, failed: &[3], replaced: &[1, 2, 6, 12, 16] },
];

/// Takes it, at a cluster of its own.
pub async fn picture() -> Result<()> {
    let mut orrery = Orrery::start().await?;
    let kubectl = Kubectl::find(&orrery.kubeconfig())?;
    let kubectl = kubectl.context("the picture needs kubectl")?;
    kubectl.run_with("apply -f -", &scene().to_string()).await?;
    // none runs meanwhile: the restart would cut it short
    give_history(&mut orrery, &kubectl, past).await?;
    for kept in KEPT.iter().filter(|kept| kept.name != SUSPENDED) {
        let Kept {
            namespace, name, ..
        } = kept;
        let resume = r#"-p {"spec":{"suspend":false}}"#;
        kubectl
            .run(&format!("patch cronjob {name} -n {namespace} {resume}"))
            .await?;
    }
    for wait in [
        "rollout status daemonset/log-shipper -n platform --timeout=90s".to_owned(),
        format!(
            "wait cronjob/{FAILING} -n shop --for=jsonpath={{.status.lastScheduleTime}} --timeout=240s"
        ),
        format!("wait job -l of={FAILING} -n shop --for=condition=Failed --timeout=90s"),
    ] {
        kubectl.run(&wait).await?;
    }
    let mut browser = Browser::open(LOOK).await?;
    browser.sign_in(&orrery).await?;
    browser.goto("/cronjobs").await?;
    for (name, status) in [
        (FAILING, "Failing"),
        ("export-orders", "Running"),
        ("warm-cache", "Running"),
    ] {
        browser
            .see(&format!("{}[contains(., '{status}')]", row(name)))
            .await?;
    }
    // the window ends a little above the page's empty end
    browser
        .ask("document.documentElement.style.scrollbarWidth = 'none'")
        .await?;
    std::fs::write(PICTURE, browser.tab.screenshot().await?)?;
    println!("{PICTURE}");
    browser.close().await
}

fn scene() -> Value {
    let namespace =
        |name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let namespaces = NAMESPACES.map(namespace).into_iter();
    let items: Vec<_> = namespaces
        .chain(KEPT.iter().map(cronjob))
        .chain([shipper()])
        .collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn cronjob(kept: &Kept) -> Value {
    let seconds = kept.lasts / SECOND;
    let command = match kept.name {
        FAILING => format!("sleep {seconds}; exit 1"),
        _ => format!("sleep {seconds}"),
    };
    let policy = if kept.replaced.is_empty() {
        "Forbid"
    } else {
        "Replace"
    };
    let mut cronjob = json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"namespace": kept.namespace, "name": kept.name},
        "spec": {
            "schedule": kept.schedule,
            "suspend": true,
            "concurrencyPolicy": policy,
            "jobTemplate": {
                "metadata": {"labels": {"of": kept.name}},
                "spec": {"backoffLimit": 0, "template": {"spec": pod(&command, "Never")}},
            },
        },
    });
    if let Some(zone) = kept.zone {
        cronjob["spec"]["timeZone"] = json!(zone);
    }
    cronjob
}

fn shipper() -> Value {
    let labels = json!({"app": "log-shipper"});
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"namespace": "platform", "name": "log-shipper"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod("exec sleep 1000000", "Always")},
        },
    })
}

fn pod(command: &str, restart: &str) -> Value {
    let container = json!({"name": "main", "image": "busybox", "command": ["sh", "-c", command]});
    json!({"restartPolicy": restart, "containers": [container]})
}

/// More than a strip shows, as far back as a ledger goes.
fn past(of: Known<'_>) -> Vec<Entry> {
    const RUNS: usize = 25;
    const DAYS: Millis = 88;
    let kept = KEPT.iter().find(|kept| kept.name == of.name);
    let Some(kept) = kept else { return Vec::new() };
    let latest = of.now - (of.now - kept.slot).rem_euclid(kept.every);
    let slots = (0..).map(|back| latest - back * kept.every);
    let slots = slots.take_while(|slot| *slot > of.now - DAYS * DAY);
    let ended = slots.filter(|slot| slot + 2 * kept.lasts < of.now);
    let runs = ended.take(RUNS).zip(1..);
    runs.map(|(slot, nth)| Entry::Run(Box::new(run(&of, kept, slot, nth))))
        .collect()
}

fn run(of: &Known<'_>, kept: &Kept, slot: Millis, nth: usize) -> Record {
    let minute = slot / MINUTE;
    let outcome = if kept.failed.contains(&nth) {
        Outcome::Failed
    } else if kept.replaced.contains(&nth) {
        Outcome::Replaced
    } else {
        Outcome::Succeeded
    };
    // from four to six fifths, by no rule that one sees
    let varied = kept.lasts * (8 + (slot / kept.every * 7 + nth as Millis * 3).rem_euclid(5)) / 10;
    let lasted = match outcome {
        Outcome::Failed => varied / 3,
        _ => varied,
    };
    Record {
        uid: format!("{}-{minute}", of.uid),
        namespace: of.namespace.into(),
        name: format!("{}-{minute}", of.name),
        owner_uid: of.uid.into(),
        owner: of.name.into(),
        slot: Some(slot),
        trigger: Trigger::Schedule,
        start: slot + 400,
        end: slot + 400 + lasted,
        outcome,
        node: format!("node-{}", minute % 3 + 1),
        exit_code: Some((outcome == Outcome::Failed).into()),
        ..Record::default()
    }
}
