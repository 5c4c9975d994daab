//! Pictures of every page with the examples running: light, dark, narrow, Korean. For looking at, and
//! for the README. Needs the same environment as the walks; see `cargo xtask shots`.

use std::time::Duration;

use anyhow::Result;
use orrery_tests::{Browser, Kubectl, Look, Orrery};

const NARROW: Look = Look {
    width: 360,
    ..Look::ENGLISH
};
const KOREAN: Look = Look {
    lang: "ko-KR",
    ..Look::ENGLISH
};
const DARK: Look = Look {
    dark: true,
    ..Look::ENGLISH
};
/// Long enough for a few runs of the minutely examples.
const SETTLE: Duration = Duration::from_secs(200);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let orrery = Orrery::start().await?;
    let browser = Browser::open(Look::ENGLISH).await?;
    sign_in(&orrery, &browser).await?;
    browser
        .tab
        .goto(&format!("{}/cronjobs", orrery.endpoint("page")))
        .await?;
    browser.css("#examples").await?;
    browser.shot("empty").await?;
    browser.click("//button[@id='examples']").await?;
    browser
        .xpath("//tr[.//a[normalize-space(.)='report-allow']]")
        .await?;
    eprintln!("waiting for the examples to have run a few times");
    tokio::time::sleep(SETTLE).await;
    let paths = paths(&orrery).await?;
    browser.close().await?;
    for (name, look) in [
        ("light", Look::ENGLISH),
        ("dark", DARK),
        ("narrow", NARROW),
        ("korean", KOREAN),
    ] {
        let browser = Browser::open(look).await?;
        sign_in(&orrery, &browser).await?;
        for (page, path) in &paths {
            browser
                .tab
                .goto(&format!("{}{path}", orrery.endpoint("page")))
                .await?;
            browser.css("main").await?;
            // The relative times are filled in once the page is alive.
            browser.css("[role=status].live").await?;
            println!("{}", browser.shot(&format!("{page}-{name}")).await?);
        }
        browser.close().await?;
    }
    orrery.stop().await
}

async fn sign_in(orrery: &Orrery, browser: &Browser) -> Result<()> {
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    browser.css("main").await?;
    Ok(())
}

/// A page of each sort, with names of objects that are there.
async fn paths(orrery: &Orrery) -> Result<Vec<(&'static str, String)>> {
    let mut paths: Vec<_> = [
        "overview",
        "cronjobs",
        "jobs",
        "daemonsets",
        "pods",
        "nodes",
        "events",
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
    if let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? {
        let pod = kubectl
            .run("get pods -l app=log-collector -o jsonpath={.items[0].metadata.name}")
            .await?;
        paths.push(("pod", format!("/pods/default/{pod}")));
        paths.push(("log", format!("/pods/default/{pod}/logs")));
    }
    Ok(paths)
}
