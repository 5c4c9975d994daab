use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::Pod;
use orrery_view::Row;
use serde_json::json;

use super::*;

fn readmodel() -> ReadModel {
    let silent = tower::service_fn(|_: http::Request<kube::client::Body>| {
        std::future::pending::<Result<http::Response<kube::client::Body>, std::io::Error>>()
    });
    over(Client::new(silent, "default"))
}

fn over(client: Client) -> ReadModel {
    let noon = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    let info = ClusterInfo {
        name: "test".to_owned(),
        embedded: true,
        version: String::new(),
        namespaces: Vec::new(),
    };
    let (readmodel, _feeds) = ReadModel::new(client, Clock::simulated(1, noon), info);
    readmodel
}

fn pod(number: usize, reason: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": format!("idle-{number:04}"), "namespace": "default", "uid": format!("u{number}")},
        "spec": {"containers": [{"name": "main"}]},
        "status": {"reason": reason},
    }))
    .expect("a pod")
}

fn put(readmodel: &ReadModel, number: usize, reason: &str) {
    let pod = pod(number, reason);
    readmodel
        .shared
        .change(|model, now| model.put_pod(&pod, now));
}

fn put_cronjob(readmodel: &ReadModel, name: &str) {
    let cronjob: CronJob = serde_json::from_value(json!({
        "metadata": {"name": name, "namespace": "default", "uid": name},
        "spec": {
            "schedule": "0 3 * * *",
            "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}},
        },
    }))
    .expect("a CronJob");
    readmodel
        .shared
        .change(|model, now| model.put_cronjob(&cronjob, now));
}

/// It is to be on screen within a tenth of a second, of which the way to the browser and its paint have half.
#[tokio::test(start_paused = true)]
async fn a_change_leaves_for_every_page_within_a_twentieth_of_a_second() {
    for topic in [
        Topic::List(ListQuery::of(Kind::CronJob)),
        Topic::Shell,
        Topic::Load(LoadQuery::default()),
    ] {
        let readmodel = readmodel();
        let clock = readmodel.shared.clock().clone();
        put_cronjob(&readmodel, "first");
        let mut stream = Box::pin(readmodel.subscribe(topic.clone()));
        assert!(stream.next().await.is_some(), "what there is: {topic:?}");
        clock.sleep(Duration::from_secs(60)).await;
        let before = clock.now();
        put_cronjob(&readmodel, "second");
        assert!(stream.next().await.is_some(), "what came: {topic:?}");
        let took = clock.now().as_millisecond() - before.as_millisecond();
        assert!(took <= 50, "{topic:?} took {took} ms");
    }
}

/// To count the slots of all is dear, so that a storm is told every two seconds; who changes one CronJob does not wait.
#[tokio::test(start_paused = true)]
async fn a_change_of_the_schedules_is_told_at_once_and_a_storm_seldom() {
    let readmodel = readmodel();
    let clock = readmodel.shared.clock().clone();
    let query = LoadQuery::default();
    let mut stream = Box::pin(readmodel.subscribe(Topic::Load(query)));
    let Some(Body::Load(_)) = stream.next().await else {
        panic!("what there is comes first");
    };
    clock.sleep(Duration::from_secs(60)).await;
    for (name, least, most) in [("one", 0, 100), ("two", 1_900, 2_100)] {
        let before = clock.now();
        put_cronjob(&readmodel, name);
        let Some(Body::Load(load)) = stream.next().await else {
            panic!("a change is told");
        };
        assert!(load.lanes.iter().any(|lane| lane.row.head.name == name));
        let took = clock.now().as_millisecond() - before.as_millisecond();
        assert!((least..=most).contains(&took), "{name} took {took} ms");
    }
}

/// Nothing is kept for a reader who does not read: when it does, it gets the last state of each row, once.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_told_the_newest_and_nothing_in_between() {
    let readmodel = readmodel();
    (0..300).for_each(|number| put(&readmodel, number, "Ready"));
    let query = ListQuery::of(Kind::Pod);
    let mut stream = Box::pin(readmodel.subscribe(Topic::List(query)));
    let Some(Body::Page(mut shown)) = stream.next().await else {
        panic!("the window comes first");
    };
    // fewer changes than are remembered, and then so many that they are not
    for (rounds, last) in [(20, "Round19"), (60, "Round59")] {
        for round in 0..rounds {
            let reason = format!("Round{round}");
            (0..300).for_each(|number| put(&readmodel, number, &reason));
        }
        let Some(Body::Delta(delta)) = stream.next().await else {
            panic!("changes are one delta");
        };
        assert_eq!(delta.upserts.len(), 100, "each row of the window once");
        shown.apply(delta);
        let told = shown
            .rows
            .iter()
            .all(|row| matches!(row, Row::Pod(pod) if pod.status == last));
        assert!(told, "the last state of each");
        let more = tokio::time::timeout(Duration::from_secs(60), stream.next()).await;
        assert!(more.is_err(), "and nothing else was waiting");
    }
}

/// Each page of a busy cluster would ask its API dozens of times a second.
#[tokio::test(start_paused = true)]
async fn an_object_is_fetched_again_only_when_something_was_heard_of_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let cluster = tower::service_fn(move |_: http::Request<kube::client::Body>| {
        counted.fetch_add(1, Ordering::Relaxed);
        let text = serde_json::to_vec(&pod(1, "Ready")).expect("plain data");
        let answer = http::Response::new(kube::client::Body::from(text));
        std::future::ready(Ok::<_, std::io::Error>(answer))
    });
    let readmodel = over(Client::new(cluster, "default"));
    let object = ObjectRef {
        kind: Kind::Pod,
        namespace: "default".to_owned(),
        name: "idle-0001".to_owned(),
    };
    let mut stream = Box::pin(readmodel.subscribe(Topic::Detail(object)));
    let mut said = async || {
        let body = tokio::time::timeout(Duration::from_secs(60), stream.next()).await;
        (body.is_ok(), asked.load(Ordering::Relaxed))
    };
    assert_eq!(said().await, (true, 1), "what there is");
    put(&readmodel, 1, "Ready");
    assert_eq!(said().await, (false, 2), "it was heard of");
    (2..300).for_each(|number| put(&readmodel, number, "Ready"));
    assert_eq!(said().await, (false, 2), "others were");
    put(&readmodel, 1, "Again");
    assert_eq!(said().await, (false, 3), "it was heard of again");
}
