//! Which object a write means, and which version of it.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, config_map};

const NAMELESS: &str =
    "the name of the object (one based on URL) was undeterminable: name must be provided";
const APPLY: &str = "application/apply-patch+yaml";

/// K-03: the URL says which object is meant, and the object has to say so, too.
#[tokio::test(start_paused = true)]
async fn k_03_an_object_without_a_name_is_nobodys() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    let applied = format!("{one}?fieldManager=m");
    let plain = json!({"apiVersion": "v1", "kind": "ConfigMap"});
    let create = [("content-type", APPLY)];
    let reply = cluster.ask("PATCH", &applied, &create, plain.to_string());
    let reply = reply.await;
    assert_eq!((reply.code, reply.message().as_str()), (400, NAMELESS));
    assert_eq!(cluster.get(&one).await.code, 404, "nothing was created");

    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let rows: [(&str, &str, &str, Value); 6] = [
        ("PUT", &one, "application/json", json!({"data": {}})),
        (
            "PATCH",
            &one,
            "application/merge-patch+json",
            json!({"metadata": {"name": null}}),
        ),
        (
            "PATCH",
            &one,
            "application/merge-patch+json",
            json!({"metadata": null}),
        ),
        (
            "PATCH",
            &one,
            "application/strategic-merge-patch+json",
            json!({"$patch": "delete"}),
        ),
        (
            "PATCH",
            &one,
            "application/json-patch+json",
            json!([{"op": "remove", "path": "/metadata/name"}]),
        ),
        (
            "PUT",
            "/api/v1/namespaces/one/finalize",
            "application/json",
            json!({}),
        ),
    ];
    for (method, path, media, body) in rows {
        let headers = [("content-type", media)];
        let reply = cluster.ask(method, path, &headers, body.to_string()).await;
        assert_eq!(
            (reply.code, reply.message().as_str()),
            (400, NAMELESS),
            "{method} {body}"
        );
    }
    let update = cluster.ask("PATCH", &applied, &create, plain.to_string());
    let update = update.await;
    assert_eq!(update.code, 200, "what is there has its name already");
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let token = cluster.post(token, &json!({})).await;
    assert_eq!(token.json()["metadata"]["name"], "default");
}

/// API-01: who names no version means the one that there is, where the kind lets them.
#[tokio::test(start_paused = true)]
async fn api_01_a_patch_may_take_the_version_out() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for (at, version) in [json!(null), json!(""), json!("0")].into_iter().enumerate() {
        let patch =
            json!({"metadata": {"resourceVersion": version}, "data": {"at": at.to_string()}});
        let reply = cluster.patch("merge", &one, &patch).await;
        assert_eq!(reply.code, 200, "{patch}: {}", reply.text);
        assert_eq!(reply.json()["data"]["at"], at.to_string());
    }
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let lease = json!({"metadata": {"name": "x"}});
    cluster.post(leases, &lease).await;
    let patch = json!({"metadata": {"resourceVersion": null}});
    let lease = format!("{leases}/x");
    let refused = cluster.patch("merge", &lease, &patch).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            422,
            "leases.coordination.k8s.io \"x\" is invalid: metadata.resourceVersion: Invalid value: 0: must be \
             specified for an update"
        )
    );
}

/// K-41: upstream's storage says what it thinks of a version that is no number, and no more.
#[tokio::test(start_paused = true)]
async fn k_41_a_version_that_is_no_number_is_told_in_gos_words() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let mut object = config_map("one");
    object["metadata"]["resourceVersion"] = json!("abc");
    let told = "strconv.ParseUint: parsing \"abc\": invalid syntax";
    for reply in [
        cluster.put(&one, &object).await,
        cluster.patch("merge", &one, &object).await,
    ] {
        let status = reply.json();
        assert_eq!((reply.code, reply.message().as_str()), (500, told));
        assert_eq!(status.get("reason"), None, "{status}");
    }
}
