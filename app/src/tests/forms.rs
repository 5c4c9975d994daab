//! The forms as the server paints them, over the sample cluster.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::a_sample;
use crate::{Assets, routes};

/// Sends a form; answers what is painted.
pub async fn send(address: &str, body: &str, lang: &str) -> (StatusCode, String) {
    let assets = Assets {
        js: "/pkg/a.js".into(),
        wasm: "/pkg/a.wasm".into(),
        css: "/pkg/a.css".into(),
    };
    let request = Request::post(address)
        .header(header::ACCEPT_LANGUAGE, lang)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()));
    let site = routes(Arc::new(a_sample()), assets);
    let answer = site.oneshot(request.expect("a request")).await;
    let (parts, body) = answer.expect("never fails").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn painted(address: &str, body: &str, lang: &str, says: &[&str]) {
    let (status, html) = send(address, body, lang).await;
    assert_eq!(status, StatusCode::OK, "{html}");
    for words in says {
        assert!(html.contains(words), "{words} in {html}");
    }
}

#[tokio::test]
async fn several_are_named_before_anything_is_done() {
    let picks = "do=trigger&pick=data%2Fbackup&pick=shop%2F%3Cb%3E";
    let says = [
        "<form class=\"sheet\" data-form=\"/form/bulk/cronjobs\"",
        "Trigger: 2 CronJobs?",
        "<b>data/backup</b>",
        "shop/&lt;b&gt;",
        "kubectl create job backup-manual --from=cronjob/backup -n data",
        "value=\"run\"",
    ];
    painted("/form/bulk/cronjobs", picks, "en", &says).await;
    let says = ["지금 실행: CronJob 2개?", "data/backup", "취소"];
    painted("/form/bulk/cronjobs", picks, "ko", &says).await;
    let delete = "do=delete&pick=data%2Fpi";
    let says = [
        "<option value=\"orphan\">",
        "kubectl delete job pi -n data",
        "class=\"btn danger\" value=\"run\"",
    ];
    painted("/form/bulk/jobs", delete, "en", &says).await;
}

#[tokio::test]
async fn all_that_match_the_filter_are_those_of_the_list() {
    let all = "do=suspend&pick=x%2Fy&all=%2Fcronjobs%3Fstatus%3Dfailing";
    let (_, html) = send("/form/bulk/cronjobs", all, "en").await;
    assert!(html.contains("Suspend: 1 CronJobs?"), "{html}");
    assert!(
        html.contains("sync-catalog") && !html.contains("x/y"),
        "{html}"
    );
}

#[tokio::test]
async fn what_became_of_each_is_told_by_name() {
    let run = "do=run&what=trigger&token=t&pick=data%2Fbackup&pick=data%2Fetl";
    let says = ["class=\"toast ok\"", "Trigger: done for 2 CronJobs"];
    painted("/form/bulk/cronjobs", run, "en", &says).await;
    let run = "do=run&what=suspend&token=t&pick=data%2Fbackup";
    let says = [
        "Suspend: done for 0 of 1",
        "<li class=\"bad\"><b>data/backup</b>",
        "does not change",
        "Try those again",
    ];
    painted("/form/bulk/cronjobs", run, "en", &says).await;
    let (status, said) = send("/form/bulk/cronjobs", "do=suspend", "en").await;
    assert!(!status.is_success() && said.contains("pick some"), "{said}");
}

#[tokio::test]
async fn an_undo_shows_what_it_changes_and_the_command() {
    let at = "/form/undo/daemonsets/default/node-exporter?revision=1";
    let says = [
        "Roll node-exporter back to revision 1?",
        "<del>-tag: 2</del>",
        "<ins>+tag: 1</ins>",
        "kubectl rollout undo daemonset node-exporter -n default --to-revision=1",
        "value=\"run\"",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["되돌릴까요?", "<del>-tag: 2</del>"]).await;
    let says = ["class=\"toast ok\"", "goes back to revision 1"];
    painted(at, "do=run", "en", &says).await;
    let same = "/form/undo/daemonsets/default/node-exporter?revision=2";
    let (_, html) = send(same, "", "en").await;
    assert!(
        html.contains("already") && !html.contains("value=\"run\""),
        "{html}"
    );
    let (status, _) = send("/form/undo/jobs/default/pi", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
