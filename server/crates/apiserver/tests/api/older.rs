//! Data folders of before objects were stored in Go's order: their fields in the alphabet's, the version before the
//! other metadata. What lies in one is served, watched and changed like all else.

use std::convert::Infallible;

use orrery_store::{Columns, Encoded, Expect, Key, Op, Options, Store};
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, config_map, job};

/// The object's JSON as it was stored then, at that revision.
fn as_before(object: &Value, revision: u64) -> String {
    let take = |from: &mut Value, name: &str| {
        let fields = from.as_object_mut().expect("an object");
        fields.remove(name).expect("it has that field")
    };
    let mut rest = object.clone();
    let (api_version, kind) = (take(&mut rest, "apiVersion"), take(&mut rest, "kind"));
    let mut metadata = take(&mut rest, "metadata");
    take(&mut metadata, "resourceVersion");
    let (metadata, rest) = (metadata.to_string(), rest.to_string());
    format!(
        r#"{{"apiVersion":{api_version},"kind":{kind},"metadata":{{"resourceVersion":"{revision}",{},{}"#,
        &metadata[1..],
        &rest[1..]
    )
}

async fn put(store: &Store, resource: &str, object: &Value) {
    let name = object["metadata"]["name"].as_str().expect("a name");
    let uid = object["metadata"]["uid"].as_str().expect("a uid");
    let text = |text: &str| -> Box<str> { text.into() };
    let columns = Columns {
        uid: text(uid),
        labels: Box::new([(text("team"), text("a"))]),
        fields: Box::new([(text("metadata.namespace"), text("default"))]),
    };
    let object = object.clone();
    let key = Key::new(resource, "default", name);
    let written = store.write(key, Expect::Absent, move |revision, _| {
        let value = as_before(&object, revision).into();
        Ok::<_, Infallible>(Op::Put(Encoded { value, columns }))
    });
    written.await.expect("nothing is there yet");
}

/// A ConfigMap and a Job that today's server made, in a store as it was before.
async fn older() -> Cluster {
    let cluster = Cluster::start().await;
    let store = Store::in_memory(Options::default());
    for (path, resource, mut body) in [
        (CONFIG_MAPS, "configmaps", config_map("c")),
        (JOBS, "batch/jobs", job("c")),
    ] {
        body["metadata"]["labels"] = json!({"team": "a"});
        let made = cluster.post(path, &body).await;
        assert_eq!(made.code, 201, "{}", made.text);
        put(&store, resource, &made.json()).await;
    }
    Cluster::on(store).await
}

fn version(object: &Value) -> String {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.expect("it is stored").to_owned()
}

#[tokio::test(start_paused = true)]
async fn api_01_what_changes_nothing_of_an_older_object_is_no_write() {
    let cluster = older().await;
    for collection in [CONFIG_MAPS, JOBS] {
        let path = format!("{collection}/c");
        let before = cluster.get(&path).await;
        let again = cluster.put(&path, &before.json()).await;
        assert_eq!(again.code, 200, "{}", again.text);
        assert_eq!(version(&again.json()), version(&before.json()), "{path}");
        let patch = json!({"metadata": {"labels": {"team": "a"}}});
        let patched = cluster.patch("merge", &path, &patch).await;
        assert_eq!(version(&patched.json()), version(&before.json()), "{path}");
        assert_eq!(cluster.get(&path).await.text, before.text, "as it was");
    }
}

#[tokio::test(start_paused = true)]
async fn k_10_an_older_object_that_changes_is_in_gos_order_then() {
    let cluster = older().await;
    for collection in [CONFIG_MAPS, JOBS] {
        let path = format!("{collection}/c");
        let before = cluster.get(&path).await.json();
        let patch = json!({"metadata": {"labels": {"team": "b"}}});
        let patched = cluster.patch("strategic-merge", &path, &patch).await;
        assert_eq!(patched.code, 200, "{}", patched.text);
        assert!(patched.text.starts_with(r#"{"kind":"#), "{}", patched.text);
        let metadata = r#""metadata":{"name":"c","namespace":"default","uid":"#;
        assert!(patched.text.contains(metadata), "{}", patched.text);
        let after = patched.json();
        assert_ne!(version(&after), version(&before));
        assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
        assert_eq!(after["spec"], before["spec"]);
        assert_eq!(after["data"], before["data"]);
    }
}

#[tokio::test(start_paused = true)]
async fn k_12_older_objects_are_listed_and_leave_watches_at_the_version_that_took_them_out() {
    let cluster = older().await;
    let path = format!("{CONFIG_MAPS}?labelSelector=team%3Da");
    let list = cluster.get(&path).await.json();
    let items = list["items"].as_array().expect("a list");
    let listed = items.iter().find(|item| item["metadata"]["name"] == "c");
    let stored = cluster.get(&format!("{CONFIG_MAPS}/c")).await.json();
    let listed = listed.expect("its label selects it");
    assert_eq!(listed["metadata"], stored["metadata"]);
    assert_eq!(listed["data"], stored["data"]);

    let from = version(&list);
    let watch = format!("{path}&watch=true&resourceVersion={from}");
    let mut events = cluster.watch(&watch, &[]).await;
    let patch = json!({"metadata": {"labels": null}});
    let patched = cluster
        .patch("merge", &format!("{CONFIG_MAPS}/c"), &patch)
        .await;
    let event = events.next().await.expect("it is selected no more");
    assert_eq!(event["type"], "DELETED");
    let last = &event["object"];
    assert_eq!(last["metadata"]["labels"], json!({"team": "a"}));
    assert_eq!(version(last), version(&patched.json()));
}
