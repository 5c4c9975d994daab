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
    let says = [
        "CronJob 2개에 ‘지금 실행’ 작업을 할까요?",
        "data/backup",
        "취소",
    ];
    painted("/form/bulk/cronjobs", picks, "ko", &says).await;
    let delete = "do=delete&pick=data%2Fpi";
    let says = [
        "name=\"cascade\" value=\"orphan\"",
        "kubectl delete job pi -n data",
        "class=\"btn danger\" value=\"run\"",
    ];
    painted("/form/bulk/jobs", delete, "en", &says).await;
}

#[tokio::test]
async fn all_that_match_the_filter_are_those_of_the_list() {
    let all = "do=suspend&pick=x%2Fy&all=%2Fcronjobs%3Fstatus%3Dfailing";
    let (_, html) = send("/form/bulk/cronjobs", all, "en").await;
    assert!(html.contains("Suspend: 1 CronJob?"), "{html}");
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

/// Each deed that the lists offer, with what its question says of the objects it can be done to.
#[tokio::test]
async fn each_deed_on_several_asks_and_is_done() {
    let patch = |kind: &str, spec: &str| {
        format!(
            "kubectl patch {kind} pi-parallel -n data -p &#39;{{&quot;spec&quot;:{{{spec}}}}}&#39;"
        )
    };
    let strategy = |type_: &str| {
        patch(
            "daemonset",
            &format!("&quot;updateStrategy&quot;:{{&quot;type&quot;:&quot;{type_}&quot;}}"),
        )
    };
    let suspend = |kind, on| patch(kind, &format!("&quot;suspend&quot;:{on}"));
    for (kind, deed, says) in [
        (
            "cronjobs",
            "backfill",
            vec![
                "past slots to fill: 2".into(),
                "for slot in 2026-11-24T00:00:00Z 2026-11-24T01:00:00Z; do".into(),
                "<option value=\"86400000\" selected>".into(),
            ],
        ),
        (
            "cronjobs",
            "with",
            vec![
                "<textarea name=\"env\"".into(),
                "value=\"check\"".into(),
                "kubectl create job pi-parallel-manual --from=cronjob/pi-parallel".into(),
            ],
        ),
        ("cronjobs", "suspend", vec![suspend("cronjob", true)]),
        ("cronjobs", "resume", vec![suspend("cronjob", false)]),
        (
            "cronjobs",
            "delete",
            vec![
                "name=\"cascade\" value=\"foreground\"".into(),
                "kubectl delete cronjob pi-parallel".into(),
            ],
        ),
        ("jobs", "rerun", vec!["kubectl get job pi-parallel".into()]),
        (
            "jobs",
            "retry",
            vec!["indexes 1,3-5".into(), "--subresource=status".into()],
        ),
        ("jobs", "suspend", vec![suspend("job", true)]),
        ("jobs", "resume", vec![suspend("job", false)]),
        (
            "daemonsets",
            "restart",
            vec!["kubectl rollout restart daemonset pi-parallel".into()],
        ),
        ("daemonsets", "pause", vec![strategy("OnDelete")]),
        ("daemonsets", "unpause", vec![strategy("RollingUpdate")]),
        ("nodes", "cordon", vec!["kubectl cordon".into()]),
        (
            "pods",
            "delete",
            vec!["kubectl delete pod pi-parallel".into()],
        ),
    ] {
        let at = format!("/form/bulk/{kind}");
        let pick = format!("do={deed}&pick=data%2Fpi-parallel");
        let (status, html) = send(&at, &pick, "en").await;
        assert_eq!(status, StatusCode::OK, "{html}");
        for words in says
            .iter()
            .map(String::as_str)
            .chain(["name=\"reason\"", "value=\"run\""])
        {
            assert!(html.contains(words), "{deed} of {kind}: {words} in {html}");
        }
        let (_, korean) = send(&at, &pick, "ko").await;
        assert!(
            korean.contains("사유") && !korean.contains("bulk."),
            "{korean}"
        );
    }
    let (_, html) = send(
        "/form/bulk/cronjobs",
        "do=backfill&pick=data%2Fetl&period=21600000",
        "en",
    )
    .await;
    assert!(
        html.contains("<option value=\"21600000\" selected>"),
        "{html}"
    );
    let run = "do=run&what=retry&token=t&pick=data%2Fpi-parallel";
    painted(
        "/form/bulk/jobs",
        run,
        "en",
        &[
            "class=\"toast ok\"",
            "Retry failed indexes: done for 1 Job<",
        ],
    )
    .await;
    // one slot of two is refused, which is told with how many were made
    let run = "do=run&what=backfill&token=t&pick=data%2Fetl&period=21600000&reason=lost";
    let says = [
        "1 of 2 are made. exceeded quota: jobs",
        "name=\"period\" value=\"21600000\"",
        "name=\"reason\" value=\"lost\"",
    ];
    painted("/form/bulk/cronjobs", run, "en", &says).await;
    let run = "do=run&what=pause&token=t&pick=default%2Flog-collector";
    let undo = "what=unpause&amp;pick=default%2Flog-collector";
    painted(
        "/form/bulk/daemonsets",
        run,
        "en",
        &["class=\"toast ok\"", undo],
    )
    .await;
}

#[tokio::test]
async fn several_runs_that_differ_are_rehearsed_and_made() {
    let at = "/form/bulk/cronjobs";
    let typed = "what=with&token=t&pick=data%2Fbackup&pick=data%2Fetl&image=debian&reason=a+drill";
    let says = [
        "value=\"debian\"",
        "image=&quot;debian&quot;",
        "orrery.dev/change-reason",
        "<b>data/backup</b>",
        "<ins>+  parallelism: 2</ins>",
    ];
    painted(at, &format!("{typed}&do=check"), "en", &says).await;
    let says = [
        "class=\"toast ok\"",
        "Trigger with changes: done for 2 CronJobs",
    ];
    painted(at, &format!("{typed}&do=run"), "en", &says).await;
    let says = [
        "line 1 is “B”, not KEY=value.",
        "name=\"pick\" value=\"data/etl\"",
    ];
    painted(at, &format!("{typed}&env=B&do=run"), "en", &says).await;
}

/// The revision is settled when it is asked: done twice, it would go forth again.
#[tokio::test]
async fn several_go_back_to_the_revision_that_was_told() {
    let ask = "do=undo&pick=default%2Flog-collector";
    let to = "name=\"to default/log-collector\" value=\"2\"";
    let says = [
        "back to revision 2",
        "kubectl rollout undo daemonset log-collector -n default --to-revision=2",
        to,
    ];
    painted("/form/bulk/daemonsets", ask, "en", &says).await;
    let run = "do=run&what=undo&token=t&pick=default%2Flog-collector&to+default%2Flog-collector=2";
    painted(
        "/form/bulk/daemonsets",
        run,
        "en",
        &["class=\"toast ok\"", "Roll back: done for 1 DaemonSet<"],
    )
    .await;
    let none = "do=undo&pick=default%2Fnobody";
    let says = [
        "<li class=\"bad\"><b>default/nobody</b>",
        "no revision before this one",
    ];
    painted("/form/bulk/daemonsets", none, "en", &says).await;
    let run = "do=run&what=undo&token=t&pick=default%2Flog-collector";
    painted(
        "/form/bulk/daemonsets",
        run,
        "en",
        &["Roll back: done for 0 of 1"],
    )
    .await;
}

#[tokio::test]
async fn a_drain_tells_each_pods_fate_and_asks_before_anything_is_lost() {
    let at = "/form/drain/nodes/node-1";
    let says = [
        "Drain node-1?",
        "data/pi-1</a><span class=\"sub\">is evicted",
        "stays: its DaemonSet",
        "Nobody makes it again",
        "The disruption budget one",
        "name=\"unmanaged\"",
    ];
    painted(at, "", "en", &says).await;
    let (_, html) = send(at, "", "en").await;
    assert!(
        !html.contains("value=\"run\""),
        "nothing is agreed to: {html}"
    );
    let agreed = "unmanaged=1";
    let command = "kubectl drain node-1 --ignore-daemonsets --force<";
    painted(at, agreed, "en", &[command, "value=\"run\"", " checked"]).await;
    painted(at, agreed, "ko", &["비울까요?", "축출"]).await;
    let run = "do=run&unmanaged=1&reason=disk";
    let left = [
        "Not every pod has left node-1",
        "let them go: 1.",
        "The disruption budget one",
    ];
    painted(at, run, "en", &left).await;
    let says = [
        "class=\"toast ok\"",
        "node-2 takes no new pods. Evicted pods: 3.",
    ];
    painted("/form/drain/nodes/node-2", run, "en", &says).await;
    let asked = ["Not every pod has left node-2", "Nobody makes it again"];
    painted("/form/drain/nodes/node-2", "do=run", "en", &asked).await;
    let (status, _) = send("/form/drain/jobs/data/pi", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_eviction_tells_what_comes_after_and_which_budget_holds_it() {
    let at = |pod: &str| format!("/form/evict/pods/data/{pod}");
    let says = [
        "Evict pi-1?",
        "Its Job pi makes another",
        "/api/v1/namespaces/data/pods/pi-1/eviction -f -",
        "name=\"reason\"",
        "class=\"btn danger\" value=\"run\">Evict<",
    ];
    painted(&at("pi-1"), "", "en", &says).await;
    painted(&at("pi-1"), "", "ko", &["축출할까요?", "(Job pi)"]).await;
    let daemon = "Its DaemonSet pi makes another on the same node";
    painted(&at("logs-x"), "", "en", &[daemon]).await;
    let says = ["note bad\">Nobody makes it again", "emptyDir"];
    painted(&at("by-hand"), "", "en", &says).await;
    let says = ["class=\"toast ok\"", "by-hand is evicted"];
    painted(&at("by-hand"), "do=run", "en", &says).await;
    let held = [
        "Its ReplicaSet pi makes another in its place",
        "role=\"alert\">The disruption budget one needs",
        "value=\"run\">Try again",
    ];
    painted(&at("held"), "", "en", &held).await;
    painted(&at("held"), "do=run&reason=disk", "en", &held).await;
    painted(&at("static"), "", "en", &["a static pod of its node"]).await;
    let (_, html) = send(&at("static"), "", "en").await;
    assert!(!html.contains("value=\"run\""), "{html}");
    let (status, _) = send("/form/evict/jobs/data/pi", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
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

const EDIT: &str = "/form/edit/cronjobs/data/backup-postgres";

#[tokio::test]
async fn a_trial_is_the_form_under_a_title_of_its_own_and_stays_one() {
    let (_, html) = send(&format!("{EDIT}?trial=1"), "", "en").await;
    for says in [
        "What if backup-postgres ran otherwise?",
        "data-form=\"/form/edit/cronjobs/data/backup-postgres?trial=1\"",
    ] {
        assert!(html.contains(says), "{says} in {html}");
    }
    assert!(!html.contains("Edit backup-postgres"), "{html}");
}

#[tokio::test]
async fn who_may_not_save_may_try_and_is_told() {
    let trial = "/form/edit/cronjobs/locked/backup-postgres?trial=1";
    let typed = "schedule=0+3+*+*+*&timeZone=&concurrencyPolicy=Forbid&cursor=2&takes=30&generation=3\
        &was.schedule=0+2+*+*+*&was.timeZone=Asia%2FSeoul&was.startingDeadlineSeconds=600";
    for (lang, why) in [
        ("en", "You may not patch cronjobs in the namespace locked"),
        ("ko", "locked"),
    ] {
        let (_, html) = send(trial, typed, lang).await;
        for says in [
            why,
            "no rule allows it",
            "kubectl patch cronjob",
            "class=\"trial\"",
        ] {
            assert!(html.contains(says), "{says} in {html}");
        }
        for deed in ["value=\"save\"", "value=\"check\"", "name=\"reason\""] {
            assert!(!html.contains(deed), "{deed} in {html}");
        }
    }
}

#[tokio::test]
async fn an_edit_is_explained_as_it_is_typed() {
    let says = [
        "Edit backup-postgres",
        "name=\"schedule\" class=\"mono\" value=\"0 2 * * *\"",
        "Every day at 02:00",
        "value=\"Asia/Seoul\"",
        "name=\"was.startingDeadlineSeconds\" value=\"600\"",
        "37 other CronJobs start in the same minute",
        "Tue, Nov 24 2026, 00:25 KST",
        "data-say=\"date\"",
        "<svg class=\"trial\"",
        "Drawn as it usually is: 1 h 30 m",
    ];
    painted(EDIT, "", "en", &says).await;
    // what is as it was is not to be saved
    let (_, html) = send(EDIT, "", "en").await;
    assert!(
        !html.contains("value=\"save\"") && !html.contains("--type=merge"),
        "{html}"
    );
    let says = ["매일 02:00", "다음 실행", "2026년 11월 24일 (화)"];
    painted(EDIT, "", "ko", &says).await;
    let typed = "schedule=0+3+*+*+*&timeZone=&concurrencyPolicy=Forbid&cursor=2&takes=30&generation=3\
        &was.schedule=0+2+*+*+*&was.timeZone=Asia%2FSeoul&was.startingDeadlineSeconds=600&do=";
    let says = [
        "<li class=\"here\"><code>3</code><b>hour</b>",
        "Hour: 0–23",
        "value=\"Forbid\" checked",
        "&quot;schedule&quot;:&quot;0 3 * * *&quot;",
        "&quot;timeZone&quot;:null",
        "&quot;startingDeadlineSeconds&quot;:null",
        "name=\"takes\" value=\"30\"",
    ];
    painted(EDIT, typed, "en", &says).await;
    let wrong = "schedule=nonsense&startingDeadlineSeconds=x&do=save";
    let says = [
        "expected exactly 5 fields",
        "startingDeadlineSeconds: &quot;x&quot;",
    ];
    painted(EDIT, wrong, "en", &says).await;
}

#[tokio::test]
async fn an_edit_is_rehearsed_saved_and_told_of_others() {
    let typed =
        "schedule=0+3+*+*+*&timeZone=Asia%2FSeoul&was.schedule=0+2+*+*+*&was.timeZone=Asia%2FSeoul";
    let says = ["<del>-  schedule: 0 2 * * *</del>", "value=\"save\""];
    painted(EDIT, &format!("{typed}&generation=3&do=check"), "en", &says).await;
    let says = [
        "class=\"toast ok\"",
        "backup-postgres is changed",
        "kubectl patch cronjob backup-postgres -n data --type=merge",
        "schedule=0+2+*+*+*",
    ];
    painted(EDIT, &format!("{typed}&generation=3&do=save"), "en", &says).await;
    let says = [
        "Somebody else changed it",
        "<th scope=\"row\"><code>timeZone</code></th><td>Asia/Seoul</td><td>—</td>",
        "name=\"generation\" value=\"3\"",
        "value=\"0 3 * * *\"",
    ];
    painted(EDIT, &format!("{typed}&generation=2&do=save"), "en", &says).await;
}

#[tokio::test]
async fn an_edit_that_changes_nothing_says_so_and_is_not_told_as_saved() {
    let typed = "schedule=0+2+*+*+*&timeZone=Asia%2FSeoul&was.schedule=0+2+*+*+*&was.timeZone=Asia%2FSeoul&generation=3&do=save";
    for (lang, words) in [("en", "so nothing was saved"), ("ko", "저장하지 않았어요")] {
        let (_, html) = send(EDIT, typed, lang).await;
        assert!(
            html.starts_with("<form") && html.contains(words) && !html.contains("toast"),
            "{html}"
        );
    }
}

#[tokio::test]
async fn a_young_cronjob_says_what_there_is_to_fill() {
    let young = "/form/backfill/cronjobs/data/young";
    let says = [
        "It was made on Tue, Nov 24 2026, 12:00 KST: slots before that never came due.",
        "value=\"1795485600000\"> <b>",
    ];
    painted(young, "", "en", &says).await;
    painted(young, "", "ko", &["(화), 12:00 KST에 만들어졌고"]).await;
    let (_, html) = send(young, "", "en").await;
    assert!(
        !html.contains(" checked"),
        "nothing is ticked by itself: {html}"
    );
    let ticked = "period=86400000&shown=86400000&slot=1795485600000";
    painted(young, ticked, "en", &["Run 1"]).await;
    let yearly = "/form/backfill/cronjobs/data/yearly";
    painted(yearly, "", "en", &["The schedule has no slot in this time"]).await;
    painted(yearly, "", "ko", &["이 기간에는 일정이 없어요"]).await;
    let several = "do=backfill&pick=data%2Fyoung&pick=data%2Fyearly&pick=data%2Fetl";
    let says = [
        "<li class=\"bad\"><b>data/young</b><span class=\"sub\">Nothing of this time counts as missed. Of 3 slots",
        "made on Tue, Nov 24 2026, 12:00 KST",
        "<li class=\"bad\"><b>data/yearly</b><span class=\"sub\">The schedule has no slot",
        "<b>data/etl</b><span class=\"sub\">past slots to fill: 2",
    ];
    painted("/form/bulk/cronjobs", several, "en", &says).await;
    // the other periods can be chosen even where nothing can be done
    let alone = "do=backfill&pick=data%2Fyoung";
    let says = ["<select name=\"period\">", "이 기간에 놓친 일정이 없어요"];
    painted("/form/bulk/cronjobs", alone, "ko", &says).await;
}

#[tokio::test]
async fn a_backfill_lists_the_slots_that_did_not_succeed() {
    let at = "/form/backfill/cronjobs/data/etl";
    let says = [
        "Backfill etl",
        "21 slots of this time succeeded",
        "name=\"slot\" value=\"1795478400000\" checked> <b>Tue, Nov 24 2026, 09:00 KST</b>",
        "value=\"1795485600000\"> <b>",
        "No record",
        "Under Forbid no two runs go on at once",
        "for slot in 2026-11-24T00:00:00Z 2026-11-24T01:00:00Z; do",
        "kubectl wait -n data",
        "Run 2",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["지난 일정 채우기", "기록 없음", "2개 실행"]).await;
    let typed = "period=21600000&shown=21600000&slot=1795485600000&token=abcd";
    let says = [
        "<option value=\"21600000\" selected>the last 6 hours<",
        "value=\"1795485600000\" checked",
        "Run 1",
    ];
    painted(at, typed, "en", &says).await;
    let run = format!("{typed}&slot=1795478400000&do=run");
    let says = [
        "1 of 2 are made.",
        "etl-backfill-29924640-abcd",
        "<li class=\"bad\">",
        "exceeded quota: jobs",
    ];
    painted(at, &run, "en", &says).await;
    let says = [
        "class=\"toast ok\"",
        "each waits for the one before it",
        "/jobs?q=etl-backfill",
    ];
    painted(at, &format!("{typed}&do=run"), "en", &says).await;
}

#[tokio::test]
async fn a_retry_says_which_indexes_and_how() {
    let at = "/form/retry/jobs/data/pi-parallel";
    let says = [
        "Retry the failed indexes of pi-parallel?",
        "the 4 indexes that did not succeed: 1,3-5",
        "--subresource=status",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["인덱스 4개", "1,3-5"]).await;
    let says = ["class=\"toast ok\"", "pi-parallel-retry-t"];
    painted(at, "token=t&do=run", "en", &says).await;
}

#[tokio::test]
async fn a_run_that_differs_is_told_and_rehearsed() {
    let at = "/form/trigger/cronjobs/data/backup";
    let says = [
        "Trigger backup with…",
        "placeholder=\"backup-manual-…\"",
        "maxlength=\"63\"",
        "kubectl create job backup-manual --from=cronjob/backup -n data",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["backup", "<textarea name=\"env\""]).await;
    let typed = "token=t&name=once&args=it%27s%0A--all&parallelism=2";
    let says = [
        "<input name=\"name\" value=\"once\"",
        ">\nit&#39;s\n--all</textarea>",
        "kubectl create job once",
        ".spec.parallelism=2",
    ];
    painted(at, typed, "en", &says).await;
    let says = ["<ins>+  parallelism: 2</ins>"];
    painted(at, &format!("{typed}&do=check"), "en", &says).await;
    let says = ["class=\"toast ok\"", "/jobs/data/backup-manual-t/log"];
    painted(at, &format!("{typed}&do=run"), "en", &says).await;
    let wrong = "token=t&env=B&do=run";
    let says = [
        "aria-invalid=\"true\" aria-describedby=\"unread\">\nB</textarea></label><p class=\"refused\" id=\"unread\" role=\"alert\">line 1 is “B”, not KEY=value.",
    ];
    painted(at, wrong, "en", &says).await;
    let (_, html) = send(at, wrong, "en").await;
    assert!(!html.contains("kubectl"), "no command does it: {html}");
}

#[tokio::test]
async fn a_node_is_added_by_a_name_that_travels_with_the_form() {
    let says = [
        "Add a node?",
        "node-4 answers on 127.0.1.4",
        "name=\"name\" value=\"node-4\"",
        "name=\"reason\"",
        "value=\"run\"",
    ];
    painted("/form/add/nodes", "", "en", &says).await;
    painted("/form/add/nodes", "", "ko", &["노드를 추가할까요?"]).await;
    let says = ["class=\"toast ok\"", "href=\"/nodes/node-4\""];
    painted("/form/add/nodes", "do=run&name=node-4", "en", &says).await;
    let (status, _) = send("/form/add/jobs", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_lost_with_a_node_is_told_before_it_goes_and_coming_back_asks_nothing() {
    let pods = "<ul class=\"picked\"";
    let at = "/form/fail/nodes/node-1";
    let says = [
        "Cut the power of node-1?",
        pods,
        "50 seconds after",
        "class=\"btn danger\" value=\"run\"",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["전원을 끌까요?"]).await;
    let says = ["The power of node-1 was cut.", "/form/recover/nodes/node-1"];
    painted(at, "do=run", "en", &says).await;
    let says = ["class=\"toast ok\"", "node-3 has power again"];
    painted("/form/recover/nodes/node-3", "", "en", &says).await;
    let at = "/form/remove/nodes/node-1";
    let says = ["Remove node-1?", pods, "kubectl delete node node-1"];
    painted(at, "", "en", &says).await;
    let says = ["node-1 was removed.", "kubectl delete node node-1"];
    painted(at, "do=run", "en", &says).await;
    let (status, _) = send("/form/fail/nodes/none", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn labels_and_taints_are_rows_that_are_rehearsed_before_they_are_saved() {
    let at = "/form/marks/nodes/node-1";
    let says = [
        "Labels and taints of node-1",
        "name=\"was.label\" value=\"kubernetes.io/hostname=node-1\"",
        "name=\"was.taint\" value=\"gpu=yes:NoSchedule\"",
        "<option selected>NoSchedule</option>",
    ];
    painted(at, "", "en", &says).await;
    painted(at, "", "ko", &["레이블과 테인트"]).await;
    let (_, html) = send(at, "", "en").await;
    assert!(!html.contains("value=\"save\""), "as it was: {html}");
    let rows = html.matches("class=\"pair\"").count();
    assert_eq!(rows, 4, "one of each, and an empty one of each: {html}");
    let ways = ["<label>", "<label class=\"room\">"].map(|way| html.matches(way).count());
    assert_eq!(ways, [2, 2], "what is there can go: {html}");
    let filled = "opened=1&label.key=disk&label.value=ssd&taint.key=gpu&taint.value=&taint.effect=NoExecute&label.key=&label.value=";
    let says = [
        "kubectl label node node-1 disk=ssd --overwrite &amp;&amp; kubectl taint node node-1 gpu:NoExecute --overwrite",
        "evicted",
        "value=\"check\"",
        "value=\"save\"",
    ];
    painted(at, filled, "en", &says).await;
    let check = format!("do=check&{filled}");
    painted(at, &check, "en", &["<ins>+  disk: ssd</ins>"]).await;
    let save = format!("do=save&{filled}");
    let says = ["class=\"toast ok\"", "kubectl label node node-1 disk=ssd"];
    painted(at, &save, "en", &says).await;
    let bad = "do=check&opened=1&label.key=no+spaces&label.value=x";
    painted(at, bad, "en", &["role=\"alert\"", "Invalid value"]).await;
    let twice = "opened=1&label.key=a&label.value=1&label.key=a&label.value=2";
    painted(at, twice, "en", &["Two rows have the key a"]).await;
}
