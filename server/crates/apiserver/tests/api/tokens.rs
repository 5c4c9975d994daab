//! Tokens of service accounts (K-35): made, taken, and ended with what they stand for.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

    tokio::time::advance(Duration::from_secs(659)).await;
    assert_eq!(works(&short).await, 200, "clocks may differ by a minute");
    tokio::time::advance(Duration::from_secs(2)).await;
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
    let mut mirror = pod("m");
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    mirror["spec"]["nodeName"] = json!("node-1");
    assert_eq!(cluster.post(PODS, &mirror).await.code, 201);
    let of_mirror = json!({"spec": reference("Pod", "m", "")});
    let refused = cluster.post(&format!("{ACCOUNT}/token"), &of_mirror).await;
    assert_eq!(refused.code, 400, "it runs as nobody: {}", refused.text);
    let another = json!({"metadata": {"uid": "another"}, "spec": {}});
    let refused = cluster.post(&format!("{ACCOUNT}/token"), &another).await;
    assert_eq!(refused.code, 409, "{}", refused.text);
    let told =
        "the UID in the token request (another) does not match the UID of the service account";
    assert!(refused.message().contains(told), "{}", refused.message());
    let named = json!({"metadata": {"name": "other"}, "spec": {}});
    let refused = cluster.post(&format!("{ACCOUNT}/token"), &named).await;
    let told = "TokenRequest.authentication.k8s.io \"default\" is invalid: metadata.name: Invalid value: \"other\": must \
                match the service account name if specified";
    assert_eq!((refused.code, refused.message().as_str()), (422, told));
    assert_eq!(cluster.get(&format!("{ACCOUNT}/token")).await.code, 405);
}

/// What a token says of itself, whoever signed it.
fn claims(token: &str) -> Value {
    let said = token.split('.').nth(1).expect("three parts");
    let said = URL_SAFE_NO_PAD.decode(said).expect("base64");
    serde_json::from_slice(&said).expect("claims")
}

#[tokio::test(start_paused = true)]
async fn k_35_a_pods_token_says_where_it_runs_and_outlasts_its_renewal() {
    let cluster = Cluster::start().await;
    let node = json!({"metadata": {"name": "node-1"}});
    let node = cluster.post("/api/v1/nodes", &node).await.json();
    let mut body = pod("p");
    body["spec"]["nodeName"] = json!("node-1");
    let pod = cluster.post(PODS, &body).await.json();
    let account = cluster.get(ACCOUNT).await.json();
    let bound =
        json!({"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": pod["metadata"]["uid"]});
    let spec = json!({"boundObjectRef": bound, "expirationSeconds": 3607});
    let reply = cluster
        .post(&format!("{ACCOUNT}/token"), &json!({"spec": spec}))
        .await
        .json();
    assert_eq!(
        reply["status"]["expirationTimestamp"],
        "2026-11-23T13:00:07Z"
    );
    let token = reply["status"]["token"].as_str().expect("a token");
    let said = claims(token);
    let issued = said["iat"].as_i64().expect("a time");
    let of = |object: &Value| json!({"name": object["metadata"]["name"], "uid": object["metadata"]["uid"]});
    let want = json!({
        "aud": ["https://kubernetes.default.svc"],
        "exp": issued + 365 * 24 * 3_600,
        "iat": issued,
        "iss": "https://kubernetes.default.svc",
        "jti": said["jti"],
        "kubernetes.io": {
            "namespace": "default",
            "node": of(&node),
            "pod": of(&pod),
            "serviceaccount": of(&account),
            "warnafter": issued + 3_607,
        },
        "nbf": issued,
        "sub": "system:serviceaccount:default:default",
    });
    assert_eq!(said, want);
    // for others it is as long as it was asked for
    let spec = json!({"boundObjectRef": bound, "expirationSeconds": 3607, "audiences": ["vault"]});
    let said = claims(&made(&cluster, spec).await);
    let lasts = said["exp"].as_i64().zip(said["iat"].as_i64());
    assert_eq!(lasts.map(|(end, begin)| end - begin), Some(3_607));
    assert_eq!(said["kubernetes.io"].get("warnafter"), None);

    let works = async || ask(&cluster, token, "GET", PODS, Value::Null).await.0;
    tokio::time::advance(Duration::from_secs(7_200)).await;
    assert_eq!(works().await, 200, "it should have been renewed");
    let me = ask(&cluster, token, "POST", SELF, json!({})).await.1;
    let extra = &me["status"]["userInfo"]["extra"];
    assert_eq!(
        extra["authentication.kubernetes.io/node-name"],
        json!(["node-1"])
    );
    cluster.delete("/api/v1/nodes/node-1", &json!({})).await;
    assert_eq!(works().await, 200, "it only tells of the node");
    let slow = json!({"gracePeriodSeconds": 30});
    cluster.delete(&format!("{PODS}/p"), &slow).await;
    tokio::time::advance(Duration::from_secs(80)).await;
    assert_eq!(works().await, 200, "its pod is on its way out");
    tokio::time::advance(Duration::from_secs(20)).await;
    assert_eq!(works().await, 401, "its pod should be gone for a minute");
}

#[tokio::test(start_paused = true)]
async fn k_35_others_check_tokens_by_the_issuers_keys() {
    let address = "192.0.2.7:6443".parse().expect("a literal address");
    let cluster = Cluster::at(address).await;
    let told = cluster.get("/.well-known/openid-configuration").await;
    assert_eq!(
        told.text,
        r#"{"issuer":"https://kubernetes.default.svc","jwks_uri":"https://192.0.2.7:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}"#
    );
    assert_eq!(told.headers["content-type"], "application/json");
    assert_eq!(told.headers["cache-control"], "public, max-age=3600");
    let keys = cluster.get("/openid/v1/jwks").await;
    assert_eq!(keys.headers["content-type"], "application/jwk-set+json");
    let key = keys.json()["keys"][0].clone();
    let token = made(&cluster, json!({})).await;
    let head = token.split('.').next().expect("a head");
    let head = URL_SAFE_NO_PAD.decode(head).expect("base64");
    let head: Value = serde_json::from_slice(&head).expect("a head");
    assert_eq!(head, json!({"alg": "ES256", "kid": key["kid"]}));

    for path in ["/.well-known/openid-configuration", "/openid/v1/jwks"] {
        let of_account = ask(&cluster, &token, "GET", path, Value::Null).await;
        assert_eq!(of_account.0, 200, "{path}");
        let of_viewer = ask(&cluster, "looking", "GET", path, Value::Null).await;
        assert_eq!(of_viewer.0, 403, "{path}");
        let posted = cluster.post(path, &json!({})).await;
        assert_eq!(posted.code, 405, "{path}");
    }
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
