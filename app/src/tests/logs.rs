//! What the live stream paints of a log.

use orrery_view::{Body, LogLine, LogPod};

use super::a_sample;
use crate::lang::Lang;
use crate::live::Patch;
use crate::page::{Asked, Painter};
use crate::props::Theme;

async fn painter(at: &str) -> Painter {
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), at.into())],
    };
    Painter::open(&a_sample(), &asked).await.expect("a page")
}

#[tokio::test]
async fn a_log_of_more_pods_than_are_read_says_so() {
    let mut painter = painter("/jobs/data/pi-parallel/log").await;
    painter.hear(1, Body::LogPods { read: 32, of: 57 });
    let Some(Patch::Page {
        whole: Some(html), ..
    }) = painter.paint()
    else {
        panic!("the page changes")
    };
    let words = "The logs of 32 of its 57 pods are here";
    assert!(html.contains(words), "{html}");
    painter.hear(1, Body::LogPods { read: 3, of: 3 });
    let Some(Patch::Page {
        whole: Some(html), ..
    }) = painter.paint()
    else {
        panic!("the page changes")
    };
    assert!(!html.contains("its 3 pods"), "{html}");
}

#[tokio::test]
async fn the_log_of_what_was_deleted_meanwhile_stays_and_says_so() {
    let mut painter = painter("/jobs/data/pi-parallel/log").await;
    let place = painter.topics().len() as u16 - 1;
    painter.hear(place, Body::Detail(None));
    let Some(Patch::Page {
        whole: Some(html), ..
    }) = painter.paint()
    else {
        panic!("the page changes")
    };
    let gone = "It has been deleted. This is the last that was known of it.";
    assert!(html.contains(gone), "{html}");
    let main = html.split("<main").nth(1).expect("a page has one");
    assert!(!main.contains("data-deed"), "nothing is done with it");
}

#[tokio::test]
async fn the_first_lines_of_a_stream_replace_and_name_their_pod() {
    let mut painter = painter("/jobs/data/pi-parallel/log").await;
    let line = LogLine {
        at: None,
        text: "<b>".into(),
        level: None,
        pod: Some(LogPod {
            name: "pi-parallel-0-x".into(),
            place: 9,
        }),
    };
    let Some(Patch::Log { first, lines }) = painter.hear(1, Body::Log(vec![line])) else {
        panic!("lines are lines")
    };
    assert!(first);
    let pod = r#"<a class="pod p1" href="/pods/data/pi-parallel-0-x/log" title="pi-parallel-0-x">0-x</a> "#;
    assert!(
        lines[0].contains(pod) && lines[0].contains("&lt;b&gt;"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_log_whose_pods_are_gone_says_that_it_is_gone() {
    for (of, words) in [(0, "The log is gone"), (2, "the container has stopped")] {
        let mut painter = painter("/jobs/data/pi-parallel/log").await;
        painter.hear(1, Body::LogPods { read: of, of });
        let Some(Patch::LogEnd(said)) = painter.hear(1, Body::LogEnd(None)) else {
            panic!("an end is an end")
        };
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_filter_that_leaves_no_line_says_so_when_the_log_ends() {
    for (query, lines, words) in [
        ("?level=error", 0, "No line is left by the filter"),
        ("?level=error", 1, "the container has stopped"),
        ("", 0, "the container has stopped"),
    ] {
        let mut painter = painter(&format!("/jobs/data/pi-parallel/log{query}")).await;
        let line = LogLine {
            at: None,
            text: "ERROR".into(),
            level: None,
            pod: None,
        };
        painter.hear(1, Body::Log(vec![line; lines]));
        let Some(Patch::LogEnd(said)) = painter.hear(1, Body::LogEnd(None)) else {
            panic!("an end is an end")
        };
        assert!(said.contains(words), "{query} {lines}: {said}");
    }
}
