//! Pictures of every page with the examples running and an hour behind them: light, dark, narrow, Korean. For looking
//! at, and for the README. Needs kubectl, and the same environment as the walks; see `cargo xtask shots`.

mod history;
mod readme;

use std::time::Duration;

use anyhow::{Context, Result};
use orrery_tests::{Browser, Kubectl, Look, Orrery, give_history, row};

const KOREAN: Look = Look {
    lang: "ko-KR",
    ..Look::ENGLISH
};
const DARK: Look = Look {
    dark: true,
    ..Look::ENGLISH
};
const LOOKS: [(&str, Look); 4] = [
    ("light", Look::ENGLISH),
    ("dark", DARK),
    ("narrow", Look::PHONE),
    ("korean", KOREAN),
];
/// What an empty cluster offers.
const EXAMPLES: &str = ".empty button.prime";
/// Until what is pressed has moved into its place.
const PAINTED: Duration = Duration::from_millis(300);

/// The forms: the page that each is on, and what is pressed there, by selector.
const FORMS: [(&str, &str, &str); 13] = [
    (
        "edit",
        "/cronjobs/default/report-forbid",
        "main [data-deed*='/form/edit/']",
    ),
    (
        "trigger",
        "/cronjobs/default/report-forbid",
        "main .head [data-deed*='/form/trigger/']",
    ),
    (
        "delete",
        "/cronjobs/default/report-forbid",
        r#"main .head [data-deed^='{"Delete"']"#,
    ),
    ("palette", "/cronjobs", "[data-do=palette]"),
    (
        "backfill",
        "/cronjobs/default/report-forbid",
        "main [data-deed*='/form/backfill/']",
    ),
    (
        "retry",
        "/jobs/default/shards",
        "main [data-deed*='/form/retry/']",
    ),
    (
        "undo",
        "/daemonsets/default/log-collector",
        "main [data-deed*='revision=1']",
    ),
    (
        "reason",
        "/cronjobs/default/report-forbid",
        r#"main .head [data-deed^='{"Menu"']"#,
    ),
    (
        "several-backfill",
        "/cronjobs",
        "[data-pick] then #bulk [value=backfill]",
    ),
    (
        "several-undo",
        "/daemonsets",
        "[data-pick] then #bulk [value=undo]",
    ),
    ("ticked-daemonsets", "/daemonsets", "[data-pick]"),
    ("ticked", "/cronjobs", "[data-pick]"),
    (
        "several",
        "/cronjobs",
        "[data-pick] then #bulk [value=suspend]",
    ),
];

/// A Job of which some indexes fail, which the examples have none of.
const SHARDS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: shards}
spec:
  completionMode: Indexed
  completions: 12
  parallelism: 4
  backoffLimitPerIndex: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: busybox, command: [sh, -c, "sleep 1; test $((JOB_COMPLETION_INDEX % 5)) -ne 2"]}
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    readme::picture().await?;
    let mut orrery = Orrery::start().await?;
    let kubectl = Kubectl::find(&orrery.kubeconfig())?;
    let kubectl = kubectl.context("the pictures need kubectl")?;
    let mut browser = Browser::open(Look::ENGLISH).await?;
    browser.sign_in(&orrery).await?;
    browser.goto("/cronjobs").await?;
    browser.see(EXAMPLES).await?;
    browser.shot("empty").await?;
    browser.click(EXAMPLES).await?;
    browser.see(&row("report-allow")).await?;
    give_history(&mut orrery, &kubectl, history::past).await?;
    kubectl.run_with("apply -f -", SHARDS).await?;
    // a second revision
    kubectl
        .run("set env daemonset/log-collector LEVEL=debug")
        .await?;
    for name in ["report-allow", "report-forbid"] {
        kubectl
            .run(&format!("create job {name}-now --from=cronjob/{name}"))
            .await?;
    }
    for job in ["shards", "too-slow"] {
        kubectl
            .run(&format!(
                "wait job/{job} --for=condition=Failed --timeout=90s"
            ))
            .await?;
    }
    // the runs that the restart cut short are not the last
    kubectl
        .run("wait cronjob/report-allow cronjob/report-forbid --for=jsonpath={.status.lastSuccessfulTime} --timeout=240s")
        .await?;
    let paths = paths(&kubectl).await?;
    browser.close().await?;
    for (name, look) in LOOKS {
        let mut browser = Browser::open(look).await?;
        browser.sign_in(&orrery).await?;
        for (page, path) in &paths {
            browser.goto(path).await?;
            println!("{}", browser.shot(&format!("{page}-{name}")).await?);
        }
        for (form, path, press) in FORMS {
            browser.goto(path).await?;
            // some are in a part that is folded up, where only a script can press
            let script = "document.querySelectorAll(arguments[0]).forEach((found, n) => n < 2 && found.click())";
            for selector in press.split(" then ") {
                browser.see(selector).await?;
                browser.tab.execute(script, vec![selector.into()]).await?;
            }
            if !form.starts_with("ticked") {
                browser.see("dialog[open]").await?;
            }
            tokio::time::sleep(PAINTED).await;
            println!("{}", browser.shot(&format!("{form}-{name}")).await?);
        }
        browser.close().await?;
    }
    lost(orrery).await
}

/// A page whose server has gone away.
async fn lost(mut orrery: Orrery) -> Result<()> {
    let mut browsers = Vec::new();
    for (name, look) in LOOKS {
        let mut browser = Browser::open(look).await?;
        browser.sign_in(&orrery).await?;
        browser.goto("/cronjobs").await?;
        browsers.push((name, browser));
    }
    orrery.kill().await?;
    for (name, browser) in browsers {
        browser.see("[role=status].lost").await?;
        println!("{}", browser.shot(&format!("lost-{name}")).await?);
        browser.close().await?;
    }
    Ok(())
}

/// A page of each sort, with names of objects that are there.
async fn paths(kubectl: &Kubectl) -> Result<Vec<(&'static str, String)>> {
    let mut paths: Vec<_> = [
        "overview",
        "cronjobs",
        "jobs",
        "daemonsets",
        "pods",
        "nodes",
        "events",
        "schedule",
    ]
    .map(|page| {
        (
            page,
            if page == "overview" {
                "/".to_owned()
            } else {
                format!("/{page}")
            },
        )
    })
    .into();
    for (page, path) in [
        ("cronjob", "/cronjobs/default/report-forbid"),
        ("job", "/jobs/default/resize-images"),
        ("job-failed", "/jobs/default/too-slow"),
        ("daemonset", "/daemonsets/default/log-collector"),
        ("node", "/nodes/node-1"),
    ] {
        paths.push((page, path.to_owned()));
    }
    let pod = kubectl
        .run("get pods -l app=log-collector -o jsonpath={.items[0].metadata.name}")
        .await?;
    paths.push(("pod", format!("/pods/default/{pod}")));
    let log = "/jobs/default/resize-images/log";
    paths.push(("log", log.to_owned()));
    paths.push(("log-filtered", format!("{log}?level=warn&json=1")));
    Ok(paths)
}
