//! Requests that nobody means well by: each gets a clear answer.

use futures::StreamExt;

use super::*;

/// Of somebody who has signed in, from our own page.
fn ours(cookie: &str) -> [(&str, &str); 4] {
    [
        ("host", HERE),
        ("origin", "http://127.0.0.1:8080"),
        ("accept", "text/html"),
        ("cookie", cookie),
    ]
}

async fn text(answer: Response) -> String {
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await;
    String::from_utf8(body.expect("it ends").to_vec()).expect("text")
}

#[tokio::test(start_paused = true)]
async fn every_page_takes_any_query() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let long = format!("q={}", "a+".repeat(30_000));
    let queries = [
        "%",
        "q",
        "q=%FF%00&q=",
        "ns=,,%ED%95%9C,..,%2F",
        "page=-1",
        "page=4294967295",
        "from=4294967295&page=x",
        "from=99999999999999999999",
        "sort=-",
        "sort=%00&status=%F0%9F%98%80&owner=",
        "labels=in+(((",
        "labels=%3D%3D%3D,!",
        "tab=nonsense&range=99999999h&to=-99999999999999999999",
        "range=-1h&to=9223372036854775807",
        "container=%0A&previous=2&run=..%2F",
        long.as_str(),
    ];
    for path in [
        "/",
        "/schedule",
        "/cronjobs",
        "/jobs",
        "/daemonsets",
        "/pods",
        "/nodes",
        "/events",
    ] {
        for query in queries {
            let asked = format!("{path}?{query}");
            let answer = house.ask(&Method::GET, &asked, &ours(&cookie)).await;
            assert_eq!(answer.status(), StatusCode::OK, "{asked}");
            assert!(text(answer).await.contains("<main"), "{asked}");
        }
    }
    for path in ["/jobs/default/x", "/nodes/x", "/pods/default/x/log"] {
        for query in queries {
            let asked = format!("{path}?{query}");
            let answer = house.ask(&Method::GET, &asked, &ours(&cookie)).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{asked}");
            assert!(text(answer).await.contains("<main"), "{asked}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_nowhere_is_a_page_that_says_so_and_leads_to_no_other_site() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let nowhere = [
        "/nowhere",
        "/jobs/default",
        "/jobs/default/",
        "/jobs/default/x/yaml",
        "/jobs/default/x/log/more",
        "/nodes/default/x",
        "/events/default/x",
        "/nodes/%FF",
        "/nodes/a%2Fb",
        "/jobs/default/a%20b",
        "/jobs/default/x%3FdryRun=All",
        "/jobs/default/..%2F..",
        "/jobs/%2E%2E/x",
        "/jobs/a%0Ab/x/logs",
        "/%2Fevil.example/default/x/logs",
        "//evil.example/x",
        "/secrets/default/x",
        "/api/act",
        "/api/nothing",
    ];
    for path in nowhere {
        let answer = house.ask(&Method::GET, path, &ours(&cookie)).await;
        let status = answer.status();
        if path == "/api/act" {
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(answer.headers()["allow"], "POST", "{path}");
            continue;
        }
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.headers().get(LOCATION).is_none(), "{path}");
        assert!(text(answer).await.contains("<main"), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_is_handed_out_only_of_what_can_exist() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    for path in [
        "/pods/default/a%0Ab/log.txt",
        "/pods/a%0Ab/x/log.txt",
        "/pods/default/x%3FdryRun=All/log.txt",
        "/pods/default/..%2F../log.txt",
        "/jobs/default/%22/log.txt",
        "/nodes/default/x/log.txt",
        "/secrets/default/x/log.txt",
    ] {
        let answer = house.ask(&Method::GET, path, &ours(&cookie)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(text(answer).await, "", "{path}: the cluster was asked");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_begins_with_its_page_whatever_a_browser_remembers() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    for at in [
        "/",
        "",
        "nonsense",
        "//evil.example",
        "/jobs?from=4294967295",
        "/jobs/default/gone",
        "/jobs/default/a b",
        "/events/default/x",
        "/nodes/%FF",
        "/pods/default/gone/log",
    ] {
        let at: String = http_encoded(at);
        let mut headers = ours(&cookie).to_vec();
        headers.push(("last-event-id", "18446744073709551616"));
        let answer = house
            .ask(&Method::GET, &format!("/live?at={at}"), &headers)
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{at}");
        let mut body = answer.into_body().into_data_stream();
        let first = body.next().await.expect("it goes on").expect("it is read");
        assert!(first.starts_with(b"data: {\"Page\":"), "{at}: {first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tab_that_is_open_is_told_of_another_window_and_no_other_is() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let turn = async |tab: &str| {
        let path = format!("/live?at=%2Fpods%3Ffrom%3D3&tab={tab}");
        let answer = house.ask(&Method::POST, &path, &ours(&cookie)).await;
        answer.status()
    };
    assert_eq!(turn("a").await, StatusCode::NOT_FOUND);
    let open = async |tab: &str| {
        let path = format!("/live?at=%2Fpods&tab={tab}");
        let answer = house.ask(&Method::GET, &path, &ours(&cookie)).await;
        let mut body = answer.into_body().into_data_stream();
        body.next().await.expect("the page").expect("it is read");
        body
    };
    let mut first = open("a").await;
    assert_eq!(turn("b").await, StatusCode::NOT_FOUND);
    assert_eq!(turn("a").await, StatusCode::NO_CONTENT);
    let moved = first.next().await.expect("it goes on").expect("it is read");
    assert!(moved.starts_with(b"data: {\"Page\":"), "{moved:?}");
    // of two that have one name the newer one is meant, and its place is its own
    let mut second = open("a").await;
    drop(first);
    assert_eq!(turn("a").await, StatusCode::NO_CONTENT);
    let moved = second.next().await;
    moved.expect("it goes on").expect("it is read");
    drop(second);
    assert_eq!(turn("a").await, StatusCode::NOT_FOUND);
}

/// As a browser puts it into a query.
fn http_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_deed_that_cannot_be_is_refused_and_nothing_is_asked_of_the_cluster() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let on = |deed: &str, field: &str, kind: &str, name: &str, more: &str| {
        format!(
            r#"{{"action":{{"{deed}":{{"{field}":{{"kind":"{kind}","namespace":"default","name":"{name}"}}{more}}}}},"reason":null}}"#
        )
    };
    let background = r#","cascade":"background""#;
    let bodies = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        r#"{"action":{"Explode":{}}}"#.to_owned(),
        on("Delete", "object", "secret", "x", background),
        on("Delete", "object", "event", "x", background),
        on("Delete", "object", "job", "", background),
        on("Delete", "object", "job", "x?dryRun=All", background),
        on("Delete", "object", "job", "../../nodes/node-1", background),
        on("Delete", "object", "job", "a b", background),
        on("Suspend", "object", "pod", "x", r#","suspend":true"#),
        on("Cordon", "node", "cronjob", "x", r#","cordon":true"#),
        on("Restart", "daemonset", "job", "x", ""),
        on("Trigger", "cronjob", "job", "x", r#","token":"t""#),
        on("Rerun", "job", "cronjob", "x", r#","token":"t""#),
        r#"{"action":{"LoadExamples":{"namespace":"a b"}}}"#.to_owned(),
    ];
    for body in bodies {
        let mut headers = ours(&cookie).to_vec();
        headers.push(("content-type", "application/json"));
        let answer = house
            .send(&Method::POST, "/api/act", &headers, body.clone())
            .await;
        let said = text(answer).await;
        assert!(said.starts_with(r#"{"Refused":"#), "{body}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_takes_any_fields() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let rows = [
        ("/form/palette", "", StatusCode::OK),
        (
            "/form/palette",
            "q=%FF%00&do=x&at=%2F%2Fevil",
            StatusCode::OK,
        ),
        ("/form/bulk/jobs", "", StatusCode::FORBIDDEN),
        (
            "/form/bulk/jobs",
            "do=delete&pick=&pick=%2F&pick=a+b%2Fc",
            StatusCode::OK,
        ),
        (
            "/form/bulk/jobs",
            "do=run&what=delete&pick=default%2Fa+b",
            StatusCode::OK,
        ),
        (
            "/form/bulk/jobs",
            "do=delete&all=%2Fjobs%3Fns%3D%00",
            StatusCode::FORBIDDEN,
        ),
        (
            "/form/bulk/secrets",
            "do=delete&pick=default%2Fx",
            StatusCode::NOT_FOUND,
        ),
        (
            "/form/edit/cronjobs/default/gone",
            "",
            StatusCode::NOT_FOUND,
        ),
        (
            "/form/edit/cronjobs/default/a%20b",
            "",
            StatusCode::NOT_FOUND,
        ),
        (
            "/form/edit/cronjobs/default/%FF",
            "",
            StatusCode::BAD_REQUEST,
        ),
        ("/form/edit/jobs/default/x", "", StatusCode::NOT_FOUND),
        ("/form/nothing/jobs/default/x", "", StatusCode::NOT_FOUND),
        ("/form/nothing/jobs", "", StatusCode::NOT_FOUND),
        ("/form/add/jobs", "", StatusCode::NOT_FOUND),
    ];
    for (path, fields, status) in rows {
        let answer = house
            .send(&Method::POST, path, &ours(&cookie), fields.to_owned())
            .await;
        assert_eq!(answer.status(), status, "{path} {fields}");
    }
    let large = "a".repeat(crate::page::MOST_BODY_BYTES + 1);
    let answer = house
        .send(&Method::POST, "/form/palette", &ours(&cookie), large)
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn only_the_whole_cookie_is_a_session() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let (name, secret) = cookie.split_once('=').expect("a pair");
    let rows = [
        (cookie.clone(), true, "as it was set"),
        (
            format!("lang=ko; {cookie}; theme=dark"),
            true,
            "among others",
        ),
        (
            format!("{name}=x; {cookie}"),
            true,
            "beside one of another path",
        ),
        (format!("{name}={}", &secret[1..]), false, "cut"),
        (format!("{cookie}x"), false, "longer"),
        (format!("{name}="), false, "empty"),
        (format!("orrery-1={secret}"), false, "another port's"),
        (
            format!("{name}={}", crate::secret::digest(secret)),
            false,
            "what is kept of it",
        ),
        (format!("{name}=\"{secret}\""), false, "quoted"),
        (secret.to_owned(), false, "without its name"),
    ];
    for (cookie, known, why) in rows {
        let answer = house.ask(&Method::GET, "/jobs", &ours(&cookie)).await;
        let status = match known {
            true => StatusCode::OK,
            false => StatusCode::UNAUTHORIZED,
        };
        assert_eq!(answer.status(), status, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_whose_cookies_are_nonsense_reads_the_page_all_the_same() {
    let house = House::new().await;
    let session = house.cookie().await;
    for odd in [
        "lang=xx; theme=<script>",
        "lang; theme==;;;=",
        "lang=\"ko\"",
    ] {
        let cookie = format!("{odd}; {session}");
        let answer = house.ask(&Method::GET, "/jobs", &ours(&cookie)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{odd}");
        let page = text(answer).await;
        assert!(
            page.contains(r#"<html lang="en""#) && !page.contains("<script>"),
            "{odd}"
        );
    }
}
