//! Tokens of service accounts (K-35): made, taken, and ended with what they stand for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, pod};

const ACCOUNT: &str = "/api/v1/namespaces/default/serviceaccounts/default";
const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const SELF: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// Makes a token as `kubectl create token` does.
async fn made(cluster: &Cluster, spec: Value) -> String {
    let body =
        json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": spec});
    let reply = cluster.post(&format!("{ACCOUNT}/token"), &body).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let token = reply.json()["status"]["token"].as_str().map(str::to_owned);
    token.expect("a token")
}

/// Asks with that token.
async fn ask(
    cluster: &Cluster,
    token: &str,
    method: &str,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"));
    let body = match body {
        Value::Null => axum::body::Body::empty(),
        body => axum::body::Body::from(body.to_string()),
    };
    let response = cluster
        .send(request.body(body).expect("a good request"))
        .await;
    let code = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    let bytes = bytes.expect("bodies do not break");
    (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test(start_paused = true)]
async fn k_35_a_token_signs_its_account_in_which_may_look() {
    let cluster = Cluster::start().await;
    let request = json!({"spec": {"expirationSeconds": 7200}});
    let reply = cluster
        .post(&format!("{ACCOUNT}/token"), &request)
        .await
        .json();
    assert_eq!(reply["kind"], "TokenRequest");
    assert_eq!(
        reply["status"]["expirationTimestamp"],
        "2026-11-23T14:00:00Z"
    );
    assert_eq!(
        reply["spec"]["audiences"],
        json!(["https://kubernetes.default.svc"])
    );
    let token = reply["status"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let uid = cluster.get(ACCOUNT).await.json()["metadata"]["uid"].clone();

    let (code, me) = ask(&cluster, &token, "POST", SELF, json!({})).await;
    let user = &me["status"]["userInfo"];
    assert_eq!(code, 201, "{me}");
    assert_eq!(user["username"], "system:serviceaccount:default:default");
    assert_eq!(user["uid"], uid);
    let groups = [
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
    ];
    assert_eq!(user["groups"], json!(groups));
    let credential = &user["extra"]["authentication.kubernetes.io/credential-id"][0];
    assert!(
        credential.as_str().is_some_and(|id| id.starts_with("JTI=")),
        "{user}"
    );

    assert_eq!(ask(&cluster, &token, "GET", PODS, Value::Null).await.0, 200);
    let (code, refused) = ask(&cluster, &token, "POST", CONFIG_MAPS, config_map("c")).await;
    assert_eq!(code, 403);
    let said = refused["message"].as_str().expect("a message");
    assert!(
        said.contains("User \"system:serviceaccount:default:default\" cannot create"),
        "{said}"
    );
    let secrets = "/api/v1/namespaces/default/secrets";
    assert_eq!(
        ask(&cluster, &token, "GET", secrets, Value::Null).await.0,
        403
    );
    assert_eq!(ask(&cluster, &token, "POST", JOBS, json!({})).await.0, 403);
    let another = format!("{ACCOUNT}/token");
    assert_eq!(
        ask(&cluster, &token, "POST", &another, json!({})).await.0,
        403,
        "it makes no other"
    );
}

#[tokio::test(start_paused = true)]
async fn k_35_a_token_ends_with_its_time_its_account_and_what_it_is_bound_to() {
    let cluster = Cluster::start().await;
    let short = made(&cluster, json!({"expirationSeconds": 600})).await;
    let long = made(&cluster, json!({"expirationSeconds": 90_000})).await;
    cluster.post(PODS, &pod("p")).await;
    let bound = json!({"kind": "Pod", "apiVersion": "v1", "name": "p"});
    let of_pod = made(
        &cluster,
        json!({"boundObjectRef": bound, "expirationSeconds": 90_000}),
    )
    .await;
    let works = async |token: &str| ask(&cluster, token, "GET", PODS, Value::Null).await.0;
    assert_eq!((works(&short).await, works(&of_pod).await), (200, 200));
    let me = ask(&cluster, &of_pod, "POST", SELF, json!({})).await.1;
    let extra = &me["status"]["userInfo"]["extra"];
    assert_eq!(extra["authentication.kubernetes.io/pod-name"], json!(["p"]));

    tokio::time::advance(Duration::from_secs(601)).await;
    assert_eq!(
        (works(&short).await, works(&long).await),
        (401, 200),
        "its time is over"
    );
    cluster.delete(&format!("{PODS}/p"), &json!({})).await;
    assert_eq!(
        (works(&of_pod).await, works(&long).await),
        (401, 200),
        "its pod is gone"
    );
    cluster.delete(ACCOUNT, &json!({})).await;
    let again = json!({"metadata": {"name": "default"}});
    cluster
        .post("/api/v1/namespaces/default/serviceaccounts", &again)
        .await;
    assert_eq!(
        works(&long).await,
        401,
        "an account of the same name is another"
    );

    let forged = format!("{}x", made(&cluster, json!({})).await);
    assert_eq!(works(&forged).await, 401);
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.";
    assert_eq!(works(unsigned).await, 401);
}

#[tokio::test(start_paused = true)]
async fn k_35_what_cannot_be_a_token_is_refused() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let other = "/api/v1/namespaces/default/serviceaccounts";
    cluster
        .post(other, &json!({"metadata": {"name": "other"}}))
        .await;
    let reference = |kind: &str, name: &str, uid: &str| json!({"boundObjectRef": {"kind": kind, "apiVersion": "v1", "name": name, "uid": uid}});
    let rows = [
        (
            "default",
            json!({"expirationSeconds": 60}),
            422,
            "may not specify a duration less than 10 minutes",
        ),
        (
            "default",
            json!({"expirationSeconds": 1_i64 << 33}),
            422,
            "may not specify a duration larger than 2^32 seconds",
        ),
        ("none", json!({}), 404, "serviceaccounts \"none\" not found"),
        (
            "default",
            reference("Pod", "none", ""),
            404,
            "pods \"none\" not found",
        ),
        (
            "default",
            json!({"boundObjectRef": {"kind": "Pod", "apiVersion": "a/b/c", "name": "none"}}),
            404,
            "pods \"none\" not found",
        ),
        (
            "default",
            reference("Job", "p", ""),
            400,
            "cannot bind token to object of type",
        ),
        (
            "default",
            reference("Pod", "p", "another"),
            409,
            "does not match the UID in record",
        ),
        (
            "other",
            reference("Pod", "p", ""),
            400,
            "cannot bind token for serviceaccount \"other\" to pod running with different",
        ),
    ];
    for (account, spec, code, words) in rows {
        let reply = cluster
            .post(&format!("{other}/{account}/token"), &json!({"spec": spec}))
            .await;
        assert_eq!(reply.code, code, "{spec}: {}", reply.text);
        assert!(reply.message().contains(words), "{}", reply.message());
    }
    let named = json!({"metadata": {"name": "other"}, "spec": {}});
    assert_eq!(
        cluster.post(&format!("{ACCOUNT}/token"), &named).await.code,
        400
    );
    assert_eq!(cluster.get(&format!("{ACCOUNT}/token")).await.code, 405);
}

#[tokio::test(start_paused = true)]
async fn k_35_a_review_knows_whose_token_it_is_and_for_whom() {
    let cluster = Cluster::start().await;
    let token = made(&cluster, json!({"audiences": ["vault", "ci"]})).await;
    let review = async |audiences: Value| {
        let body = json!({"spec": {"token": token, "audiences": audiences}});
        cluster.post(REVIEWS, &body).await.json()["status"].clone()
    };
    let theirs = review(json!(["ci", "other"])).await;
    assert_eq!(
        (&theirs["authenticated"], &theirs["audiences"]),
        (&json!(true), &json!(["ci"]))
    );
    assert_eq!(
        theirs["user"]["username"],
        "system:serviceaccount:default:default"
    );
    let others = review(json!(["other"])).await;
    assert_eq!(
        (&others["authenticated"], &others["user"]["username"]),
        (&Value::Null, &Value::Null)
    );
    let ours = ask(&cluster, &token, "GET", PODS, Value::Null).await;
    assert_eq!(ours.0, 401, "it is not for this server");
}

#[tokio::test(start_paused = true)]
async fn k_35_local_reviews_stay_in_their_namespace() {
    let cluster = Cluster::start().await;
    let path = "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews";
    let asked = |verb: &str, namespace: &str| {
        json!({
            "metadata": {"namespace": "default"},
            "spec": {
                "user": "viewer",
                "resourceAttributes": {"verb": verb, "resource": "pods", "namespace": namespace},
            },
        })
    };
    for (verb, allowed) in [("list", true), ("create", false)] {
        let reply = cluster.post(path, &asked(verb, "default")).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        assert_eq!(reply.json()["status"]["allowed"], allowed, "{verb}");
    }
    let elsewhere = cluster.post(path, &asked("list", "kube-system")).await;
    assert_eq!(elsewhere.code, 422);
    assert!(
        elsewhere
            .message()
            .contains("must match metadata.namespace"),
        "{}",
        elsewhere.message()
    );
    let whole = "/apis/authorization.k8s.io/v1/localsubjectaccessreviews";
    assert_eq!(
        cluster.post(whole, &asked("list", "default")).await.code,
        404
    );
}
