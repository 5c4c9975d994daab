//! What is many, and what is long: more CronJobs than the schedule draws at once, and names of the most letters that
//! there may be. Nothing here goes by words, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Scene};

/// As many as have lanes on a page of the schedule, and some more.
const CRONJOBS: usize = 130;

/// No name in sight is cut off.
const WHOLE: &str = "
    const names = [...document.querySelectorAll('.lanes .who .name')];
    return names.length > 0 && names.every(name => name.scrollWidth <= name.clientWidth)";

/// How far a page reaches beyond the width of its window when everything on it that opens is open.
const BEYOND: &str = "
    document.querySelectorAll('main details').forEach(each => each.open = true);
    return document.documentElement.scrollWidth - document.documentElement.clientWidth";

fn cronjob(name: &str) -> String {
    format!(
        r#"---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: default}}
spec:
  schedule: "0 0 * * *"
  jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: busybox, command: ["true"]}}]}}}}}}}}
"#
    )
}

/// As people call them: what tells one from the other comes last.
fn nightly(number: usize) -> String {
    format!("nightly-report-for-customers-{number:03}")
}

#[tokio::test]
async fn every_cronjob_has_its_lane_on_a_page_of_the_schedule() -> Result<()> {
    let objects: String = (0..CRONJOBS).map(|n| cronjob(&nightly(n))).collect();
    let walked = Scene::of(&objects).walk(async |walk| {
        let (browser, kubectl) = (&walk.browser, &walk.kubectl);
        browser.goto("/schedule").await?;
        browser.count(".lanes li", 100).await?;
        browser.see(".lanes .axis text.tick[data-at]").await?;
        browser.holds(WHOLE).await?;
        browser.click(".lanes a[rel=next]").await?;
        browser
            .holds("return location.pathname + location.search === '/schedule?page=2'")
            .await?;
        browser.count(".lanes li", CRONJOBS - 100).await?;
        stays_live(browser, kubectl).await?;
        browser.click(".lanes a[rel=prev]").await?;
        browser
            .holds("return location.pathname + location.search === '/schedule'")
            .await?;
        browser.see(&lane(0)).await?;
        Ok(())
    });
    walked.await
}

/// The second page hears of its own lanes.
async fn stays_live(browser: &Browser, kubectl: &Kubectl) -> Result<()> {
    browser.alive().await?;
    let last = nightly(CRONJOBS - 1);
    browser.see(&lane(CRONJOBS - 1)).await?;
    kubectl.run(&format!("delete cronjob {last}")).await?;
    browser.gone(&lane(CRONJOBS - 1)).await?;
    browser.count(".lanes li", CRONJOBS - 101).await
}

fn lane(number: usize) -> String {
    format!(".lanes a[href='/cronjobs/default/{}']", nightly(number))
}

#[tokio::test]
async fn the_longest_names_fit_a_phone() -> Result<()> {
    // a CronJob leaves eleven letters to its Jobs
    let (cron, long, container) = ("c".repeat(52), "n".repeat(63), "m".repeat(63));
    let (one, other) = (cronjob(&cron), cronjob("meets-it"));
    let others = format!(
        r#"---
apiVersion: batch/v1
kind: Job
metadata: {{name: {long}, namespace: default}}
spec:
  template: {{spec: {{restartPolicy: Never, containers: [{{name: {container}, image: busybox, command: ["true"]}}]}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {long}, namespace: default}}
spec:
  selector: {{matchLabels: {{app: long}}}}
  template:
    metadata: {{labels: {{app: long}}}}
    spec: {{containers: [{{name: {container}, image: "no-such:1"}}]}}
"#
    );
    let scene = Scene::of(&format!("{one}{other}{others}")).seen(Look::PHONE);
    let walked = scene.walk(async |walk| {
        for (path, drawn) in [
            ("/".to_owned(), ".attention a[href]"),
            ("/cronjobs".to_owned(), "main tbody tr"),
            (format!("/cronjobs/default/{cron}"), "main .tl"),
            (format!("/cronjobs/default/{cron}?tab=yaml"), "main code"),
            ("/jobs".to_owned(), "main tbody tr"),
            (format!("/jobs/default/{long}"), "main details.as-table"),
            ("/daemonsets".to_owned(), "main tbody tr"),
            (format!("/daemonsets/default/{long}"), "main .reasons li"),
            ("/schedule".to_owned(), "[data-k=crowds] a.link"),
        ] {
            let browser = &walk.browser;
            browser.goto(&path).await?;
            browser.see(drawn).await?;
            let beyond = browser.ask(BEYOND).await?;
            ensure!(beyond == 0, "{path} is {beyond} wider than a phone");
        }
        Ok(())
    });
    walked.await
}

/// More nodes than a row has squares, none of which runs anything.
const NODES: usize = 70;

/// What a cell holds is within it, and a status of one word on one line.
const WITHIN: &str = "
    const cells = [...document.querySelectorAll('.list tbody td:has(.dots), .list tbody td.c-status')];
    return cells.length > 1 && cells.every(cell => cell.scrollWidth <= cell.clientWidth)
        && document.querySelector('.list td.c-status .status').offsetHeight < 30";

/// How many nodes there are, and not how many are drawn.
const COUNTED: &str = "return document.querySelector('.glance').textContent.includes(arguments[0])";

#[tokio::test]
async fn the_squares_of_many_nodes_keep_to_their_column_and_are_all_counted() -> Result<()> {
    let node =
        |n: usize| format!("---\napiVersion: v1\nkind: Node\nmetadata: {{name: bare-{n:02}}}\n");
    let nodes: String = (0..NODES).map(node).collect();
    let daemonset = r#"---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: broken, namespace: default}
spec:
  selector: {matchLabels: {app: broken}}
  template:
    metadata: {labels: {app: broken}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: main, image: "no-such:1"}]
"#;
    // a node of Orrery's own
    let scene = Scene::of(&format!("{nodes}{daemonset}")).after("label node node-1 disk=ssd");
    let walked = scene.walk(async |walk| {
        let browser = &walk.browser;
        browser.goto("/daemonsets?status=unavailable").await?;
        browser.count(".list td.c-cells .dots a", 60).await?;
        browser.holds(WITHIN).await?;
        browser.goto("/").await?;
        // those that Orrery runs itself among them
        let all = (NODES + 3).to_string();
        browser.holds_of(COUNTED, &all, Browser::APPEARS).await
    });
    walked.await
}
