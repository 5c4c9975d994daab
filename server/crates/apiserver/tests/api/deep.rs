//! Bodies and patches of more levels than a stack bears: K-03, K-20.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, config_map};

/// Go reads 10,000 levels. What no kind has is passed by at any depth, and what is read is told by its field where it is
/// too deep.
#[tokio::test(start_paused = true)]
async fn k_03_what_is_nested_too_deeply_is_told_by_its_field() {
    let cluster = Cluster::start().await;
    let revisions = "/apis/apps/v1/namespaces/default/controllerrevisions";
    let nested = |levels| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let named = |name: &str, field: &str, levels| {
        let value = nested(levels);
        format!(r#"{{"metadata":{{"name":"{name}"}},"revision":1,"{field}":{value}}}"#)
    };
    let unknown = cluster
        .ask("POST", CONFIG_MAPS, &[], named("c", "x", 5_000))
        .await;
    assert_eq!(unknown.code, 201, "{}", unknown.text);
    let mut warned = unknown.headers.get_all("warning").iter();
    let of_field = |text: &str| text.contains(r#"unknown field \"x\""#);
    assert!(warned.any(|value| value.to_str().is_ok_and(of_field)));
    let limit = "is nested more than 127 levels deep, which is the limit here";
    let rows = [
        ("fits", 100, 201, None),
        (
            "deep",
            101,
            422,
            Some("ControllerRevision.apps \"deep\" is invalid: data: Forbidden: must not be nested more than 100 levels deep".to_owned()),
        ),
        (
            "deepest",
            5_000,
            400,
            Some(format!(
                "ControllerRevision in version \"v1\" cannot be handled as a ControllerRevision: json: field \"data.a.a\" \
                 {limit}"
            )),
        ),
    ];
    for (name, levels, code, message) in rows {
        let reply = cluster
            .ask("POST", revisions, &[], named(name, "data", levels))
            .await;
        assert_eq!(reply.code, code, "{name}: {}", reply.message());
        assert_eq!(message.unwrap_or_default(), reply.message(), "{name}");
    }
    let list = cluster.get(revisions).await.json();
    assert_eq!(list["items"][0]["metadata"]["name"], "fits");
    let deep = nested(5_000);
    let patches = [
        (
            "merge",
            deep.clone(),
            format!("error decoding patch: json: field \"a.a.a\" {limit}"),
        ),
        (
            "strategic-merge",
            deep.clone(),
            format!("json: field \"a.a.a\" {limit}"),
        ),
        (
            "json",
            format!(r#"[{{"op":"add","path":"/data","value":{deep}}}]"#),
            format!("error decoding patch: json: field \"value.a.a\" {limit}"),
        ),
    ];
    for (kind, patch, message) in patches {
        let media_type = format!("application/{kind}-patch+json");
        let headers = [("content-type", media_type.as_str())];
        let path = format!("{CONFIG_MAPS}/c");
        let reply = cluster.ask("PATCH", &path, &headers, patch).await;
        assert_eq!((reply.code, reply.message()), (400, message), "{kind}");
    }
}

/// Each copy of a value into itself is twice as deep, and a stack has an end.
#[tokio::test(start_paused = true)]
async fn k_20_a_patch_digs_no_deeper_than_can_be_read() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let mut levels = 100;
    let mut patch = vec![json!({"op": "add", "path": "/x", "value": {}})];
    patch.extend(
        (0..levels).map(
            |at| json!({"op": "add", "path": format!("/x{}", "/a".repeat(at + 1)), "value": {}}),
        ),
    );
    while levels < 100_000 {
        let within = format!("/x{}", "/a".repeat(levels));
        patch.push(json!({"op": "copy", "from": "/x", "path": within}));
        levels *= 2;
    }
    let reply = cluster
        .patch("json", &format!("{CONFIG_MAPS}/c"), &Value::Array(patch))
        .await;
    let why = "what the patch makes is nested more than 127 levels deep, which is the limit here";
    assert_eq!((reply.code, reply.message().as_str()), (400, why));
}
