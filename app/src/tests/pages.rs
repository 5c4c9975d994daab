//! Pages painted from a sample cluster, without a browser.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::sample::{NOW, Sample};
use crate::{Assets, routes};

pub(super) fn site(empty: bool) -> axum::Router {
    let assets = Assets {
        js: "/pkg/a.js".into(),
        wasm: "/pkg/a.wasm".into(),
        css: "/pkg/a.css".into(),
    };
    routes(Arc::new(Sample { empty, now: NOW }), assets)
}

pub(super) async fn get(
    site: axum::Router,
    path: &str,
    headers: &[(&str, &str)],
) -> (Response<()>, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = site.oneshot(request).await.expect("never fails");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (
        Response::from_parts(parts, ()),
        String::from_utf8(bytes.to_vec()).expect("text"),
    )
}

/// The first HTML without the data that it carries for the browser.
fn painted(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find("data-props=\"") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 12..];
        rest = &rest[rest.find('"').expect("attributes end")..];
    }
    out + rest
}

struct Case {
    path: &'static str,
    status: StatusCode,
    says: &'static [&'static str],
}

#[tokio::test]
async fn each_page_paints_with_its_data() {
    use StatusCode as S;
    let cases = [
        Case {
            path: "/gallery",
            status: S::OK,
            says: &[
                "Progress, failed",
                "data-do=\"delete\"",
                "Waiting for the cluster",
                "The cluster cannot be reached",
            ],
        },
        Case {
            path: "/",
            status: S::OK,
            says: &[
                "Needs attention",
                "sync-catalog",
                "CronJobs · Failing <b>1</b>",
                r#"href="/cronjobs?status=failing""#,
                "Its last 5 runs failed.",
                "The last day",
                "97.5%",
                "27 of 288 failed",
                "Kubelet stopped posting node status.",
                "Running now",
                r#"href="/jobs?status=running""#,
                "pi-parallel",
                "In the next hour",
                "warm-cache",
                "node-2: Cordoned, 7 pods",
                "1/2",
            ],
        },
        Case {
            path: "/?ns=shop",
            status: S::OK,
            says: &[
                "90.6%",
                "27 of 288 failed",
                r#"href="/jobs?ns=shop&amp;sort=last">288</a>"#,
                r#"href="/jobs?ns=shop&amp;status=failed&amp;sort=last""#,
                r#"href="/jobs?ns=shop&amp;status=running""#,
                r#"href="/cronjobs?ns=shop&amp;sort=next""#,
                r#"href="/daemonsets?ns=shop""#,
            ],
        },
        Case {
            path: "/cronjobs",
            status: S::OK,
            says: &[
                "backup-postgres",
                "0 2 * * *",
                "Every day at 02:00 · Asia/Seoul",
                ">11-23 14:28 UTC</time>",
                "role=\"switch\"",
                "aria-checked=\"false\"",
                "Trigger",
                ">would run</span>",
                "Failing",
                "<tbody ",
                "7 CronJobs",
                "href=\"/jobs/finance/nightly-report-294019\"",
                "1,204",
            ],
        },
        Case {
            path: "/schedule",
            status: S::OK,
            says: &[
                "Starts in the busiest minute of each 15",
                "37 in the same minute at most, of 7 CronJobs",
                "class=\"q peak\"",
                "37 starts",
                "href=\"/cronjobs/data/backup-postgres\"",
                "and 30 more",
                "data-say=\"hour\"",
                "class=\"axis\"",
                r#"class="tick day""#,
                r##"<g id="hours"><line x1=""##,
                r##"<svg class="tl" width="100%" height="26" aria-hidden="true"><use href="#hours"/>"##,
                "class=\"m band\"",
                "href=\"/schedule\"",
                "Runs that last beyond the next slot",
                "A run may take 1 h 30 m, the next comes after 1 h 10 m: under Forbid",
                "/form/edit/cronjobs/data/backup-postgres",
            ],
        },
        Case {
            path: "/cronjobs?status=failing",
            status: S::OK,
            says: &["sync-catalog", "<span>1 CronJob</span>"],
        },
        Case {
            path: "/cronjobs?q=nothing",
            status: S::OK,
            says: &["No CronJobs match", "Clear the filters"],
        },
        Case {
            path: "/jobs",
            status: S::OK,
            says: &[
                "7/12",
                "max=\"12\"",
                "BackoffLimitExceeded",
                "href=\"/cronjobs/finance/nightly-report\">CronJob nightly-report</a>",
                // the first press of it brings the newest
                r#"href="/jobs?sort=age""#,
                r#"class="sort">Age<"#,
                "11 s",
                "data-say=\"for\"",
            ],
        },
        Case {
            path: "/daemonsets",
            status: S::OK,
            says: &[
                "log-collector",
                "node-3: Excluded (nodeSelector disk=ssd)",
                "Desired",
                "Current",
                "Up to date",
                "Misscheduled",
                "Node selector · Update",
                "RollingUpdate",
            ],
        },
        Case {
            path: "/pods",
            status: S::OK,
            says: &[
                "CrashLoopBackOff",
                "http://127.0.1.1:18080",
                "main: Failed (Error, exit code 1)",
            ],
        },
        Case {
            path: "/nodes",
            status: S::OK,
            says: &[
                "Cordoned",
                "Uncordon",
                "NodeStatusUnknown",
                "Not ready",
                "/form/add/nodes",
                "/form/recover/nodes/node-3",
            ],
        },
        Case {
            path: "/events",
            status: S::OK,
            says: &[
                "JobAlreadyActive",
                "Forbid lets one run at a time",
                r#"href="/events?ns=data&amp;q=reason%3AJobAlreadyActive""#,
                r#"class="card part pulse""#,
                r#"href="/events?q=kind%3Apod""#,
                "normal: 0, warnings: 1",
                "Warning",
                r#"href="/events?sort=-age""#,
                r#"class="sort">Last seen<span aria-hidden="true"> ↑</span>"#,
            ],
        },
        Case {
            path: "/events?q=kind:pod+x&seen=1-2",
            status: S::OK,
            says: &[
                r#"href="/events?q=x&amp;seen=1-2" data-step="" aria-current="true" class="chip">Pod"#,
                r#"<p class="within">"#,
                r#"href="/events?q=kind%3Apod+x" data-step="">All of the time"#,
            ],
        },
        Case {
            path: "/cronjobs?due=60000-120000",
            status: S::OK,
            says: &[
                "Those that start in this time",
                r#"<p class="within">"#,
                r#"href="/cronjobs" data-step="">All of the time"#,
            ],
        },
        Case {
            path: "/cronjobs/data/etl-orders",
            status: S::OK,
            says: &[
                r#"<dt>Next five runs</dt><dd><span class="cell"><ol class="each"><li><b class="tabular">"#,
                "Runs whose Jobs are gone",
                "ada: after the fix",
                "BackoffLimitExceeded · exit code 3 · node-2",
                "connection refused",
                "Slots that did not run",
                "The run before was still active",
                "Forbid",
                "date; echo Hello",
            ],
        },
        Case {
            path: "/cronjobs/data/etl-orders?range=6h",
            status: S::OK,
            says: &[
                "Timeline",
                "Times in UTC",
                "data-from=\"1795422240000\"",
                "data-now=\"\"",
                "href=\"/cronjobs/data/etl-orders?range=30d\"",
                "aria-current=\"true\"",
                "class=\"m open run\"",
                "class=\"m bar ok man\"",
                "class=\"m gap warn\"",
                "class=\"m ghost off\"",
                "Timeline as a table",
                "Skipped · Nov 23 14:20 UTC · The run before was still active",
            ],
        },
        Case {
            path: "/cronjobs/finance/nightly-report",
            status: S::OK,
            says: &[
                "Success",
                "100%",
                "19 of 19 runs",
                "95th percentile",
                "Start latency",
                "Now running",
                "data-say=\"times\"",
            ],
        },
        Case {
            path: "/cronjobs/data/backup-postgres",
            status: S::OK,
            says: &["Times in Asia/Seoul"],
        },
        Case {
            path: "/cronjobs/data/etl-orders?tab=yaml",
            status: S::OK,
            says: &[
                "<span class=\"y-key\">apiVersion</span>: batch/v1\n",
                "kubectl get cronjob etl-orders -n data -o yaml",
                "data-deed='{\"Form\":\"/form/yaml/cronjobs/data/etl-orders\"}'",
                "data-deed='{\"Form\":\"/form/create/cronjobs?ns=default\"}'",
            ],
        },
        Case {
            path: "/cronjobs/data/etl-orders?tab=events",
            status: S::OK,
            says: &["JobAlreadyActive"],
        },
        Case {
            path: "/jobs/data/pi-parallel",
            status: S::OK,
            says: &[
                r#"<h1><a href="/jobs">Jobs</a></h1>"#,
                "<dt>activeDeadlineSeconds</dt>",
                "15 m",
                "<dt>completionMode</dt><dd>",
                "<code>Indexed</code>",
                r#"<dt>podFailurePolicy</dt><dd><span class="cell"><code>FailJob: exit code in 42</code></span></dd><dd><span class="cell"><code>Ignore: DisruptionTarget</code>"#,
                "Completed indexes",
                "0-6",
                "Deadline",
                "Completion matrix",
                r#"title="6: Failed""#,
                r#"href="/pods/data/pi-parallel-8-x7k2p" aria-label="8: Running""#,
                "job-completion-index%3D11",
                "Parallelism over time",
                "Waited 10 s before the retry (backoff)",
                "the pod is no longer there",
                "The same as a table",
            ],
        },
        Case {
            path: "/daemonsets/default/log-collector",
            status: S::OK,
            says: &[
                "127.0.1.1:18080",
                "maxUnavailable",
                "Restart",
                "Node coverage",
                r#"title="node-3: Excluded (nodeSelector disk=ssd)""#,
                "Revision history",
                "spec.containers[main].image</code><del>− logs:1.4</del><ins>+ logs:1.5</ins>",
            ],
        },
        Case {
            path: "/pods/shop/sync-catalog-29402325-p9d4z",
            status: S::OK,
            says: &[
                "Exit code",
                "POD_IP=127.1.0.7",
                "logs → /var/log",
                "previous=1",
            ],
        },
        Case {
            path: "/pods/shop/sync-catalog-29402325-p9d4z/log",
            status: S::OK,
            says: &[
                "batch 3: connection reset",
                "a-red",
                r#"<div class="chunk"><div class="line l-warn" data-t="2026-11-23T"#,
                r#"<div class="line l-bad" data-t="#,
                r#"<details class="log-filter"><summary"#,
                r#"<input type="datetime-local""#,
                "From (UTC)",
                r#"href="/pods/shop/sync-catalog-29402325-p9d4z/log.txt?container=" download"#,
                r#"{&quot;level&quot;:&quot;error&quot;"#,
            ],
        },
        Case {
            path: "/pods/shop/sync-catalog-29402325-p9d4z/log?level=error&json=1&tail=10000&previous=1",
            status: S::OK,
            says: &[
                r#"<details open class="log-filter">"#,
                r#"<option value="error" selected>Errors</option>"#,
                r#"<option value="10000" selected>the last 10,000</option>"#,
                r#"<input type="hidden" name="previous" value="1">"#,
                "{\n  <span class=\"a-blue\">&quot;level&quot;</span>: <span class=\"a-green\">",
                "container=main&amp;tail=10000&amp;level=error&amp;json=1\"",
                "log.txt?container=&amp;previous=1",
            ],
        },
        Case {
            path: "/jobs/data/pi-parallel/log",
            status: S::OK,
            says: &[
                "batch 1",
                r#"<a class="pod p0" href="/pods/data/pi-parallel-x7k2p/log" title="pi-parallel-x7k2p">x7k2p</a>"#,
                r#"<a class="pod p1""#,
                r#"href="/jobs/data/pi-parallel/log" aria-current="page">Logs</a>"#,
            ],
        },
        Case {
            path: "/jobs?status=failed&labels=app%20in%20(",
            status: S::OK,
            says: &[
                r#"name="labels""#,
                r#"value="app in (""#,
                r#"<input type="hidden" name="status" value="failed">"#,
                r#"class="refused">This label selector cannot be read: found"#,
            ],
        },
        Case {
            path: "/daemonsets/data/log-collector/log",
            status: S::OK,
            says: &[r#"class="pod p1""#, ">Logs</a>"],
        },
        Case {
            path: "/cronjobs/finance/nightly-report/log",
            status: S::OK,
            says: &[
                r#"class="chips runs""#,
                r#"aria-current="true" data-swap="""#,
                r#"class="pod p0""#,
            ],
        },
        Case {
            path: "/nodes/node-2",
            status: S::OK,
            says: &["1500m", "orrery-process", "MemoryPressure"],
        },
        Case {
            path: "/cronjobs/data/none",
            status: S::NOT_FOUND,
            says: &["There is no CronJob none"],
        },
        Case {
            path: "/nonsense",
            status: S::NOT_FOUND,
            says: &["There is no such page"],
        },
        Case {
            path: "/events/a/b",
            status: S::NOT_FOUND,
            says: &["There is no such page"],
        },
    ];
    for Case { path, status, says } in cases {
        let (response, html) = get(site(false), path, &[]).await;
        assert_eq!(response.status(), status, "{path}");
        let html = painted(&html).replace("<!>", "").replace("&#x2F;", "/");
        for words in says {
            assert!(html.contains(words), "{path} says {words}:\n{html}");
        }
        assert!(!html.contains(" style=\""), "{path} has no inline style");
        assert!(
            !html.contains(" onclick=\""),
            "{path} has no inline handler"
        );
    }
}

const POD: &str = "sync-catalog-29402325-p9d4z";

#[tokio::test]
async fn a_pods_log_offers_the_run_before_where_there_was_one() {
    for (at, offers) in [
        ("/pods/shop/sync-catalog-29402325-p9d4z/log", true),
        ("/pods/data/pi-parallel-3-tt8fc/log", false),
        // whoever reads it can leave it
        ("/pods/data/pi-parallel-3-tt8fc/log?previous=1", true),
    ] {
        let (response, html) = get(site(false), at, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{at}");
        assert_eq!(html.contains("Previous container run"), offers, "{at}");
    }
}

#[tokio::test]
async fn a_pods_terminal_is_a_tab_that_alone_loads_the_emulator() {
    let at = format!("/pods/shop/{POD}?tab=terminal");
    let loaded = r#"<script type="module" src="/terminal.js"></script>"#;
    let (response, html) = get(site(false), &at, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let html = html.replace("<!>", "").replace("&#x2F;", "/");
    for words in [
        loaded,
        r#"href="/vendor/xterm/xterm.css""#,
        r#"id="terminal""#,
        "pod=sync-catalog-29402325-p9d4z&amp;container=main\"",
        "kubectl exec -it sync-catalog-29402325-p9d4z -n shop -c main -- sh -c &#39;TERM=",
        r#"?tab=terminal" aria-current="page">Terminal</a>"#,
        r#"?tab=terminal&amp;container=main" aria-current="true">main</a>"#,
        r#"data-opening="Connecting…""#,
        // nothing moves when the emulator says so
        r#"role="status" data-keep>Connecting…</p>"#,
        "leaves the terminal",
    ] {
        assert!(html.contains(words), "{words} in {html}");
    }
    let (_, korean) = get(site(false), &at, &[("accept-language", "ko")]).await;
    assert!(korean.contains("터미널을 벗어나요"), "{korean}");
    for other in [
        format!("/pods/shop/{POD}"),
        format!("/pods/shop/{POD}?tab=yaml"),
        "/jobs/data/pi-parallel?tab=terminal".into(),
    ] {
        let (_, html) = get(site(false), &other, &[]).await;
        assert!(
            !html.contains("xterm") && !html.contains("/terminal.js"),
            "{other}"
        );
        let offered = html.contains("?tab=terminal");
        assert_eq!(offered, other.starts_with("/pods"), "{other}");
    }
    let (response, _) = get(site(false), "/pods/shop/none?tab=terminal", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_pod_that_has_ended_says_so_in_the_place_of_its_terminal() {
    let page = "/pods/data/pi-parallel-3-tt8fc";
    let why = "This pod has ended";
    for at in [page.to_owned(), format!("{page}?tab=terminal")] {
        let (_, html) = get(site(false), &at, &[]).await;
        let mut links = html.split("<a ");
        let tab = links.find(|link| link.contains(">Terminal</a>"));
        let tab = tab.expect("the tab stays");
        assert!(tab.contains("aria-disabled=\"true\"") && tab.contains(why));
        assert!(!tab.contains("href"), "{tab}");
        assert!(
            !html.contains("/terminal.js") && !html.contains("id=\"terminal\""),
            "{html}"
        );
    }
    let at = format!("{page}?tab=terminal");
    let (_, html) = get(site(false), &at, &[("accept-language", "ko")]).await;
    assert!(html.contains("이미 끝난 파드라서"), "{html}");
}

#[tokio::test]
async fn a_terminal_that_is_not_allowed_says_which_permission_is_missing() {
    let (_, html) = get(site(false), &format!("/pods/locked/{POD}"), &[]).await;
    let html = html.replace("&#x2F;", "/");
    let tab = html
        .split("<a ")
        .find(|link| link.contains(">Terminal</a>"))
        .expect("the tab stays");
    let why = "no rule allows it";
    for words in [
        "aria-disabled=\"true\"",
        "create",
        "pods/exec",
        "locked",
        why,
    ] {
        assert!(tab.contains(words), "{words} in {tab}");
    }
    assert!(!tab.contains("href"), "{tab}");
    let at = format!("/pods/locked/{POD}?tab=terminal");
    let (_, html) = get(site(false), &at, &[]).await;
    assert!(
        html.contains(why) && !html.contains("/terminal.js"),
        "{html}"
    );
    assert!(!html.contains("id=\"terminal\""), "{html}");
}

#[tokio::test]
async fn an_empty_cluster_offers_the_examples() {
    for path in ["/", "/cronjobs", "/jobs", "/daemonsets", "/schedule"] {
        let (_, html) = get(site(true), path, &[]).await;
        assert!(html.contains("Load the examples"), "{path}");
    }
}

#[tokio::test]
async fn the_way_to_each_page_is_on_the_left_in_this_order() {
    let (_, html) = get(site(false), "/jobs?ns=data", &[]).await;
    let html = html.replace("&#x2F;", "/");
    let nav = html
        .split("<nav data-k=\"kinds\"")
        .nth(1)
        .expect("the kinds");
    let nav = nav.split("</nav>").next().unwrap_or_default();
    let links: Vec<_> = nav.split("href=\"").skip(1).collect();
    let links: Vec<_> = links
        .iter()
        .filter_map(|link| link.split('"').next())
        .collect();
    let pages = [
        "",
        "cronjobs",
        "jobs",
        "daemonsets",
        "pods",
        "nodes",
        "events",
        "schedule",
    ];
    assert_eq!(links, pages.map(|page| format!("/{page}?ns=data")));
    assert_eq!(nav.matches("aria-current=\"page\"").count(), 1);
}

#[tokio::test]
async fn the_palette_is_on_every_page_before_it_is_opened() {
    for (lang, words) in [("en", "object or action"), ("ko", "객체, 작업")] {
        let (_, html) = get(site(false), "/schedule", &[("accept-language", lang)]).await;
        let blank = html
            .split("<template id=\"palette\">")
            .nth(1)
            .expect("it is there");
        let blank = blank.split("</template>").next().unwrap_or_default();
        for words in [
            words,
            "data-form=\"/form/palette?at=\"",
            "role=\"combobox\"",
            "autofocus",
        ] {
            assert!(blank.contains(words), "{words} in {blank}");
        }
        assert!(
            !blank.contains("data-asked"),
            "nothing was asked yet: {blank}"
        );
    }
}

#[tokio::test]
async fn reader_chooses_language_and_theme() {
    let (_, html) = get(
        site(false),
        "/cronjobs",
        &[("accept-language", "ko-KR,ko;q=0.9")],
    )
    .await;
    assert!(
        html.contains("<html lang=\"ko\">"),
        "the browser's language"
    );
    for words in [
        "다음 실행",
        "매일 02:00 · Asia/Seoul",
        "지금 실행",
        "일시 중지",
    ] {
        assert!(painted(&html).contains(words), "{words}");
    }
    let cookies = [("accept-language", "ko"), ("cookie", "lang=en; theme=dark")];
    let (_, html) = get(site(false), "/cronjobs", &cookies).await;
    assert!(
        html.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "the cookie wins"
    );
}

#[tokio::test]
async fn scripts_run_by_the_nonce_of_the_policy() {
    let (response, html) = get(site(false), "/cronjobs", &[]).await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("text");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    assert!(html.contains(&format!("nonce=\"{nonce}\"")));
    assert_eq!(html.matches("<script").count(), 1);
    let (again, _) = get(site(false), "/cronjobs", &[]).await;
    assert_ne!(
        again.headers()[header::CONTENT_SECURITY_POLICY],
        policy,
        "a nonce is used once"
    );
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
}

/// Nothing stays hidden, and the page says what it cannot do.
#[tokio::test]
async fn a_page_without_scripts_says_so() {
    for (language, says) in [("en", "its buttons do nothing"), ("ko", "버튼은 동작하지")] {
        let (_, html) = get(site(false), "/pods", &[("accept-language", language)]).await;
        let (_, rest) = html.split_once("<noscript>").expect("words for it");
        let (words, _) = rest.split_once("</noscript>").expect("an end");
        assert!(words.contains(says), "{words}");
        let (_, first) = html.split_once("<style id=\"first\"").expect("its rules");
        let (_, rules) = first.split_once('>').expect("a tag");
        assert!(
            rules.starts_with("@media(scripting:enabled){"),
            "{rules:.200}"
        );
    }
}

/// Rows that are seen are painted before those below them, and all before the page wakes.
#[tokio::test]
async fn what_is_seen_comes_first() {
    let (response, html) = get(site(false), "/pods", &[]).await;
    let place = |what: &str| {
        html.find(what)
            .unwrap_or_else(|| panic!("{what} is missing"))
    };
    let later = place("<style id=\"first\" nonce=\"");
    assert!(
        place("<link rel=\"stylesheet\"") < later,
        "it has the last word"
    );
    assert!(later < place("<tbody"), "before there are rows");
    assert!(
        place("<link rel=\"expect\" href=\"#bar\" blocking=\"render\">") < place("id=\"bar\""),
        "the bar is painted once all of it is there"
    );
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    let nonce = html[later..].split('"').nth(3).expect("a nonce");
    assert!(
        policy
            .expect("text")
            .contains(&format!("style-src 'self' 'nonce-{nonce}'"))
    );
    let (seen, wakes) = (place("await seen"), place("mod.hydrate()"));
    assert!(
        seen < wakes && wakes < place("\"#first\""),
        "the boot script"
    );
}

/// A page has a part of a long list; the browser numbers its rows.
#[tokio::test]
async fn a_list_says_how_many_rows_it_has_in_all() {
    let (_, html) = get(site(false), "/pods", &[]).await;
    let told = |name: &str| -> u32 {
        let rest = html.split(&format!("{name}=\"")).nth(1);
        let said = rest.and_then(|rest| rest.split('"').next());
        said.and_then(|said| said.parse().ok()).expect(name)
    };
    assert_eq!(
        told("aria-rowcount"),
        told("data-total") + 1,
        "its heading is one, too"
    );
    assert!(html.contains("<thead><tr aria-rowindex=\"1\">"));
}

#[tokio::test]
async fn what_is_typed_is_never_markup() {
    let (_, html) = get(
        site(false),
        "/cronjobs?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        &[],
    )
    .await;
    assert_eq!(html.matches("<script").count(), 1, "only the boot script");
    let (_, html) = get(site(false), "/pods/%3Cscript%3E/x", &[]).await;
    assert_eq!(html.matches("<script").count(), 1, "only the boot script");
}

#[tokio::test]
async fn deeds_answer_by_their_function() {
    let act = async |json: &str| {
        let request = Request::post("/api/act").header(header::CONTENT_TYPE, "application/json");
        let response = site(false)
            .oneshot(
                request
                    .body(Body::from(json.to_owned()))
                    .expect("a request"),
            )
            .await;
        let (parts, body) = response.expect("never fails").into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (parts.status, String::from_utf8_lossy(&bytes).into_owned())
    };
    let cronjob = r#"{"kind":"cronjob","namespace":"data","name":"etl"}"#;
    let (status, text) = act(&format!(
        r#"{{"action":{{"Trigger":{{"cronjob":{cronjob},"token":"t1"}}}}}}"#
    ))
    .await;
    assert_eq!(
        (status, text.contains("etl-manual-t1")),
        (StatusCode::OK, true),
        "{text}"
    );
    let (status, text) = act(&format!(
        r#"{{"action":{{"Suspend":{{"object":{cronjob},"suspend":true}}}}}}"#
    ))
    .await;
    assert!(
        !status.is_success() && text.contains("does not change"),
        "{status} {text}"
    );
    let (status, _) = act("nonsense").await;
    assert!(!status.is_success());
}
