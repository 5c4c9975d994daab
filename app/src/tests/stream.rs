//! What an open page is sent of a change, counted.

use orrery_view::{Body, Delta, Kind, LastDay, ListQuery, Page, Row, Topic};

use super::sample::Sample;
use crate::backend::Backend;
use crate::lang::Lang;
use crate::live::Patch;
use crate::page::{Asked, Painter};
use crate::props::Theme;
use crate::{lists, paint};

/// An open list of a hundred pods of 10,000, painted once; the whole of it in bytes.
async fn open() -> (Painter, Page, usize) {
    let sample = super::a_sample();
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), "/pods".into())],
    };
    let mut painter = Painter::open(&sample, &asked).await.expect("a page");
    let shell = sample.shell().await.expect("a shell");
    painter.hear(0, Body::Shell(Box::new(shell)));
    let page = crowd(&sample).await;
    painter.hear(1, Body::Page(page.clone()));
    let Some(Patch::Page {
        whole: Some(whole),
        pieces,
        ..
    }) = painter.paint()
    else {
        panic!("the first time the whole page is sent");
    };
    assert!(pieces.len() > 100);
    (painter, page, whole.len() + bytes(&pieces))
}

async fn crowd(sample: &Sample) -> Page {
    let some = sample.page(ListQuery::of(Kind::Pod)).await.expect("pods");
    let rows = (0..100).map(|n| {
        let mut row = some.rows[0].clone();
        if let Row::Pod(pod) = &mut row {
            (pod.head.uid, pod.head.name) = (format!("u{n}"), format!("idle-{n:05}"));
        }
        row
    });
    Page {
        rows: rows.collect(),
        total: 10_000,
        statuses: vec![("running".into(), 10_000)],
        ..some
    }
}

fn renamed(row: &Row, status: &str) -> Row {
    let mut row = row.clone();
    if let Row::Pod(pod) = &mut row {
        pod.status = status.into();
    }
    row
}

fn delta(page: &Page, upserts: Vec<Row>) -> Delta {
    Delta {
        total: page.total,
        statuses: page.statuses.clone(),
        upserts,
        now: page.now,
        ..Delta::default()
    }
}

fn bytes(pieces: &[String]) -> usize {
    pieces.iter().map(String::len).sum()
}

fn painted(painter: &mut Painter) -> (Option<String>, Vec<String>) {
    match painter.paint() {
        Some(Patch::Page { whole, pieces, .. }) => (whole, pieces),
        Some(other) => panic!("a list is no log: {other:?}"),
        None => (None, Vec::new()),
    }
}

#[tokio::test]
async fn a_change_of_a_row_costs_a_cell_whatever_the_list() {
    let (mut painter, page, all) = open().await;
    // two changes before the socket takes more are one
    for status in ["Tick1", "Tick2"] {
        painter.hear(
            1,
            Body::Delta(delta(&page, vec![renamed(&page.rows[7], status)])),
        );
    }
    let (whole, pieces) = painted(&mut painter);
    assert_eq!((whole, pieces.len()), (None, 1));
    assert!(
        pieces[0].contains("Tick2") && !pieces[0].contains("idle-00007"),
        "{}",
        pieces[0]
    );
    assert!(
        bytes(&pieces) < 500 && bytes(&pieces) * 200 < all,
        "{} bytes of {all} for a word",
        bytes(&pieces)
    );
    // the same again is nothing
    painter.hear(
        1,
        Body::Delta(delta(&page, vec![renamed(&page.rows[7], "Tick2")])),
    );
    assert_eq!(painter.paint(), None);
}

/// The rows of the first page that a stream sends to a browser whose HTML has `drawn`.
async fn rows_after(at: &str, drawn: &str) -> usize {
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), at.into()), ("drawn".into(), drawn.into())],
    };
    let opened = Painter::open(&super::a_sample(), &asked).await;
    let (whole, pieces) = painted(&mut opened.expect("a page"));
    assert!(whole.is_some(), "{at}: what is around them comes");
    let rows = pieces.iter().filter(|piece| piece.starts_with("<tr"));
    rows.count()
}

#[tokio::test]
async fn rows_that_the_first_html_has_do_not_come_again() {
    for at in [
        "/cronjobs",
        "/jobs",
        "/daemonsets",
        "/pods",
        "/nodes",
        "/events",
    ] {
        let (_, html) = super::pages::get(super::pages::site(false), at, &[]).await;
        let drawn = html.split("data-drawn=\"").nth(1).expect("a list tells");
        let drawn = drawn.split('"').next().expect("which rows it has");
        assert_eq!(rows_after(at, drawn).await, 0, "{at}");
        // eight letters of each
        let all = drawn.len() / 8;
        assert!(all > 0, "{at}");
        assert_eq!(
            rows_after(at, "").await,
            all,
            "{at}: of nothing that is there"
        );
        assert_eq!(rows_after(at, &drawn[8..]).await, 1, "{at}: but the first");
    }
}

/// One for each cell, and one for each thing that is told apart in it.
#[test]
fn a_row_of_a_long_list_has_few_elements() {
    let mut pod = super::a_sample().pods().remove(0);
    pod.containers.truncate(1);
    pod.message.clear();
    (pod.node, pod.ip, pod.addresses) = ("node-2".into(), "127.1.0.7".into(), Vec::new());
    let columns = lists::columns(Kind::Pod, Lang::En);
    let cells = lists::cells(&Row::Pod(pod), Lang::En);
    let html = paint::row(&cells, &columns, Lang::En);
    let elements = html.matches('<').count() - html.matches("</").count();
    assert!(elements <= columns.len() + 12, "{elements} in {html}");
}

#[tokio::test]
async fn a_pod_that_comes_costs_its_row_and_the_counts() {
    let (mut painter, mut page, all) = open().await;
    let mut new = renamed(&page.rows[0], "Pending");
    if let Row::Pod(pod) = &mut new {
        pod.head.uid = "new".into();
    }
    page.rows.insert(50, new.clone());
    page.rows.truncate(100);
    let uids = page.rows.iter().map(|row| row.head().uid.clone());
    let delta = Delta {
        total: 10_001,
        statuses: vec![("running".into(), 10_000), ("waiting".into(), 1)],
        order: Some(uids.collect()),
        ..delta(&page, vec![new])
    };
    painter.hear(1, Body::Delta(delta));
    let (whole, pieces) = painted(&mut painter);
    let rows = pieces.iter().filter(|piece| piece.starts_with("<tr"));
    assert_eq!(rows.count(), 1, "no row that is there is sent again");
    let sent = bytes(&pieces) + whole.map_or(0, |whole| whole.len());
    assert!(sent * 10 < all, "{sent} bytes of {all} for a pod more");
    assert_eq!(painter.paint(), None);
}

#[tokio::test]
async fn a_window_that_moves_costs_the_rows_that_come_into_it() {
    let (mut painter, page, all) = open().await;
    let sample = super::a_sample();
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), "/pods?from=25".into())],
    };
    let mut rows = page.rows[25..].to_vec();
    rows.extend(page.rows[..25].iter().map(|row| {
        let mut row = row.clone();
        if let Row::Pod(pod) = &mut row {
            pod.head.uid.insert_str(0, "next-");
        }
        row
    }));
    painter.turn_to(Painter::open(&sample, &asked).await.expect("a page"));
    painter.hear(1, Body::Page(Page { rows, ..page }));
    let (whole, pieces) = painted(&mut painter);
    let whole = whole.expect("the browser hears that its window has come");
    let rows = pieces.iter().filter(|piece| piece.starts_with("<tr"));
    assert_eq!(rows.count(), 25, "no row that stays is sent again");
    let sent = bytes(&pieces) + whole.len();
    assert!(sent * 2 < all, "{sent} bytes of {all} for a quarter");
}

#[tokio::test]
async fn a_list_that_is_heard_of_as_it_was_opened_costs_nothing() {
    let sample = super::a_sample();
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), "/pods".into())],
    };
    let mut painter = Painter::open(&sample, &asked).await.expect("a page");
    let (whole, _) = painted(&mut painter);
    assert!(whole.is_some(), "what is opened is sent");
    let mut shell = sample.shell().await.expect("a shell");
    shell.now += 1_000;
    painter.hear(0, Body::Shell(Box::new(shell)));
    let mut page = sample.page(ListQuery::of(Kind::Pod)).await.expect("pods");
    painter.hear(1, Body::Page(page.clone()));
    assert_eq!(painter.paint(), None);
    page.rows[1] = renamed(&page.rows[1], "Tick1");
    page.now += 1_000;
    painter.hear(1, Body::Page(page.clone()));
    let (whole, pieces) = painted(&mut painter);
    assert_eq!((whole, pieces.len()), (None, 1), "the row that changed");
    page.synced = false;
    page.rows.clear();
    painter.hear(1, Body::Page(page));
    let (whole, _) = painted(&mut painter);
    assert!(whole.is_some(), "other rows are another page");
}

#[tokio::test]
async fn of_a_window_that_one_turns_to_rows_that_are_there_are_not_painted() {
    let sample = super::a_sample();
    let open = async |at: &str| {
        let asked = Asked {
            lang: Lang::En,
            theme: Theme::System,
            pairs: vec![("at".into(), at.into())],
        };
        Painter::open(&sample, &asked).await.expect("a page")
    };
    let mut painter = open("/pods").await;
    painter.paint();
    let page = sample.page(ListQuery::of(Kind::Pod)).await.expect("pods");
    let rows = |pieces: &[String]| {
        let rows = pieces.iter().filter(|piece| piece.starts_with("<tr"));
        rows.count()
    };
    painter.turn_to(open("/pods?from=0").await);
    let (whole, pieces) = painted(&mut painter);
    assert!(
        whole.is_some(),
        "the browser hears that its window has come"
    );
    assert_eq!(rows(&pieces), 0, "{pieces:?}");
    // the browser has it otherwise, and another is changed and not painted yet
    let change = |n: usize| Body::Delta(delta(&page, vec![renamed(&page.rows[n], "Tick1")]));
    painter.hear(1, change(0));
    assert_eq!(painted(&mut painter).1.len(), 1);
    painter.hear(1, change(1));
    painter.turn_to(open("/pods").await);
    let (_, pieces) = painted(&mut painter);
    assert_eq!(
        rows(&pieces),
        1,
        "only the row that the browser has otherwise: {pieces:?}"
    );
    // another kind's rows are all new
    painter.turn_to(open("/jobs").await);
    let jobs = sample.page(ListQuery::of(Kind::Job)).await.expect("Jobs");
    assert_eq!(rows(&painted(&mut painter).1), jobs.rows.len());
}

#[tokio::test]
async fn counts_alone_cost_no_row() {
    let (mut painter, page, _) = open().await;
    let mut shell = super::a_sample().shell().await.expect("a shell");
    shell.counts.pods += 1;
    painter.hear(0, Body::Shell(Box::new(shell)));
    painter.hear(
        1,
        Body::Delta(Delta {
            total: 10_001,
            ..delta(&page, Vec::new())
        }),
    );
    let (_, pieces) = painted(&mut painter);
    let tags: Vec<_> = pieces
        .iter()
        .map(|piece| piece.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(tags, ["<p", "<nav"], "the foot and the kinds");
}

#[tokio::test]
async fn an_open_overview_hears_of_the_day_of_its_namespaces() {
    let asked = Asked {
        lang: Lang::En,
        theme: Theme::System,
        pairs: vec![("at".into(), "/?ns=shop".into())],
    };
    let mut painter = Painter::open(&super::a_sample(), &asked)
        .await
        .expect("a page");
    let topics = painter.topics().to_vec();
    let place = topics
        .iter()
        .position(|topic| *topic == Topic::LastDay(vec!["shop".into()]));
    let place = place.expect("it listens") as u16;
    painter.paint();
    let day = LastDay {
        succeeded: 3,
        failed: 1,
        ..LastDay::default()
    };
    painter.hear(place, Body::LastDay(Box::new(day)));
    let Some(Patch::Page {
        whole: Some(html), ..
    }) = painter.paint()
    else {
        panic!("the page changes")
    };
    assert!(
        html.contains("75%") && html.contains("1 of 4 failed"),
        "{html}"
    );
}
