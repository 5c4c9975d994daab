//! Two identities, and the questions about them (K-35).

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, pod};

const ACCESS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const RULES: &str = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
const OTHERS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const SELF: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const TOKENS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";

/// Asks as the viewer.
async fn viewer(cluster: &Cluster, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer looking");
    let body = match body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    let response = cluster
        .send(request.body(body).expect("a good request"))
        .await;
    let code = response.status().as_u16();
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("bodies do not break")
        .to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn may(verb: &str, group: &str, resource: &str) -> Value {
    json!({"spec": {"resourceAttributes": {"namespace": "default", "verb": verb, "group": group, "resource": resource}}})
}

#[tokio::test(start_paused = true)]
async fn the_viewer_reads_and_changes_nothing() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let none = Value::Null;
    let refused = |what: &str, name: &str, verb: &str, group: &str, scope: &str| {
        let name = match name {
            "" => String::new(),
            name => format!(" {name:?}"),
        };
        let plural = what.split('/').next().expect("a word");
        let dotted = match group {
            "" => plural.to_owned(),
            group => format!("{plural}.{group}"),
        };
        format!(
            "{dotted}{name} is forbidden: User \"viewer\" cannot {verb} resource \"{what}\" in API group \"{group}\" {scope}"
        )
    };
    let here = "in the namespace \"default\"";
    let rows = [
        ("GET", CONFIG_MAPS, &none, 200, String::new()),
        ("GET", &one, &none, 200, String::new()),
        ("GET", "/api/v1/nodes", &none, 200, String::new()),
        ("GET", "/apis", &none, 200, String::new()),
        ("GET", "/openapi/v3", &none, 200, String::new()),
        (
            "POST",
            PODS,
            &pod("p"),
            403,
            refused("pods", "", "create", "", here),
        ),
        (
            "POST",
            JOBS,
            &none,
            403,
            refused("jobs", "", "create", "batch", here),
        ),
        (
            "DELETE",
            &one,
            &none,
            403,
            refused("configmaps", "one", "delete", "", here),
        ),
        (
            "DELETE",
            CONFIG_MAPS,
            &none,
            403,
            refused("configmaps", "", "deletecollection", "", here),
        ),
        (
            "PUT",
            &one,
            &none,
            403,
            refused("configmaps", "one", "update", "", here),
        ),
        (
            "PATCH",
            "/api/v1/nodes/n",
            &none,
            403,
            refused("nodes", "n", "patch", "", "at the cluster scope"),
        ),
        (
            "GET",
            "/api/v1/secrets",
            &none,
            403,
            refused("secrets", "", "list", "", "at the cluster scope"),
        ),
        (
            "GET",
            "/api/v1/secrets?watch=1",
            &none,
            403,
            refused("secrets", "", "watch", "", "at the cluster scope"),
        ),
        (
            "POST",
            &format!("{PODS}/p/eviction"),
            &none,
            403,
            refused("pods/eviction", "p", "create", "", here),
        ),
        (
            "GET",
            "/openid/v1/jwks",
            &none,
            403,
            "forbidden: User \"viewer\" cannot get path \"/openid/v1/jwks\"".to_owned(),
        ),
    ];
    for (method, path, body, code, message) in rows {
        let (told, answer) = viewer(&cluster, method, path, body).await;
        assert_eq!(told, code, "{method} {path}");
        if code == 403 {
            assert_eq!(answer["message"], json!(message), "{method} {path}");
            assert_eq!(answer["reason"], "Forbidden");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn k_35_who_may_what() {
    let cluster = Cluster::start().await;
    let rows = [
        ("get", "", "pods", true),
        ("create", "", "pods", false),
        ("list", "", "secrets", false),
        ("delete", "batch", "jobs", false),
        ("watch", "batch", "cronjobs", true),
        ("*", "*", "*", false),
    ];
    for (verb, group, resource, allowed) in rows {
        let (code, answer) = viewer(&cluster, "POST", ACCESS, &may(verb, group, resource)).await;
        assert_eq!(
            (code, &answer["status"]["allowed"]),
            (201, &json!(allowed)),
            "{verb} {resource}"
        );
        let reply = cluster.post(ACCESS, &may(verb, group, resource)).await;
        assert_eq!(
            reply.json()["status"]["allowed"],
            json!(true),
            "the administrator may"
        );
    }
    let path = json!({"spec": {"nonResourceAttributes": {"path": "/apis/batch", "verb": "get"}}});
    assert_eq!(
        viewer(&cluster, "POST", ACCESS, &path).await.1["status"]["allowed"],
        true
    );
    let reply = cluster.post(ACCESS, &json!({"spec": {}})).await;
    assert_eq!(reply.code, 422);
    assert!(
        reply.message().contains(
            "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        ),
        "{}",
        reply.message()
    );
    let mut other = may("create", "", "pods");
    other["spec"]["user"] = json!("viewer");
    assert_eq!(
        cluster.post(OTHERS, &other).await.json()["status"]["allowed"],
        false
    );
    other["spec"]["groups"] = json!(["system:masters"]);
    assert_eq!(
        cluster.post(OTHERS, &other).await.json()["status"]["allowed"],
        true
    );
    assert_eq!(viewer(&cluster, "POST", OTHERS, &other).await.0, 403);
    assert_eq!(
        cluster.post(OTHERS, &may("get", "", "pods")).await.code,
        422
    );
}

#[tokio::test(start_paused = true)]
async fn k_35_rules_subjects_and_tokens() {
    let cluster = Cluster::start().await;
    let (code, answer) = viewer(
        &cluster,
        "POST",
        RULES,
        &json!({"spec": {"namespace": "default"}}),
    )
    .await;
    let rules = answer["status"]["resourceRules"].as_array().expect("rules");
    assert_eq!(
        (code, &answer["status"]["incomplete"]),
        (201, &json!(false))
    );
    assert!(
        rules
            .iter()
            .any(|rule| rule["apiGroups"] == json!(["batch"])
                && rule["verbs"] == json!(["get", "list", "watch"]))
    );
    assert_eq!(cluster.post(RULES, &json!({"spec": {}})).await.code, 400);
    let (_, answer) = viewer(&cluster, "POST", SELF, &json!({})).await;
    assert_eq!(
        answer["status"]["userInfo"],
        json!({"username": "viewer", "groups": ["system:authenticated"]})
    );
    let known = cluster
        .post(TOKENS, &json!({"spec": {"token": "looking"}}))
        .await
        .json();
    assert_eq!(
        (
            &known["status"]["authenticated"],
            &known["status"]["user"]["username"]
        ),
        (&json!(true), &json!("viewer"))
    );
    let unknown = cluster
        .post(TOKENS, &json!({"spec": {"token": "guess"}}))
        .await
        .json();
    let told = json!({"error": "invalid bearer token", "user": {}});
    assert_eq!(unknown["status"], told, "nobody is a user without a name");
    assert_eq!(cluster.get(SELF).await.code, 405);
}

/// K-05: `kubectl auth can-i create pods`, as 1.33 and later send it.
#[tokio::test(start_paused = true)]
async fn k_05_reviews_are_read_as_protobuf() {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).expect("short test fields");
        [&[number << 3 | 2, length], bytes].concat()
    }
    let cluster = Cluster::start().await;
    let attributes = [field(1, b"default"), field(2, b"create"), field(5, b"pods")].concat();
    let raw = [
        field(1, &field(8, b"")),
        field(2, &field(1, &attributes)),
        field(3, &[8, 0]),
    ]
    .concat();
    let meta = [
        field(1, b"authorization.k8s.io/v1"),
        field(2, b"SelfSubjectAccessReview"),
    ]
    .concat();
    let body = [b"k8s\0".to_vec(), field(1, &meta), field(2, &raw)].concat();
    let media = "application/vnd.kubernetes.protobuf";
    let reply = cluster
        .ask(
            "POST",
            ACCESS,
            &[("content-type", media), ("accept", "application/json")],
            body,
        )
        .await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let answer = reply.json();
    assert_eq!(
        answer["spec"]["resourceAttributes"],
        json!({"namespace": "default", "verb": "create", "resource": "pods"})
    );
    assert_eq!(answer["status"]["allowed"], true);
}

/// K-03: what is asked, and never stored, has a version and a kind as well.
#[tokio::test(start_paused = true)]
async fn k_03_questions_of_another_kind_are_refused() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token".to_owned();
    let unknown = |kind: &str, version: &str| {
        format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        )
    };
    let rows = [
        (
            token.clone(),
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "Foo"}),
            format!(
                "Foo in version \"v1\" cannot be handled as a TokenRequest: {}",
                unknown("Foo", "authentication.k8s.io/v1")
            ),
        ),
        (
            token,
            json!({"apiVersion": "authentication.k8s.io/v1beta1"}),
            format!(
                "TokenRequest in version \"v1beta1\" cannot be handled as a TokenRequest: {}",
                unknown("TokenRequest", "authentication.k8s.io/v1beta1")
            ),
        ),
        (
            format!("{PODS}/p/binding"),
            json!({"apiVersion": "v1", "kind": "Pod"}),
            "Pod in version \"v1\" cannot be handled as a Binding: converting (v1.Pod) to (core.Binding): unknown conversion".to_owned(),
        ),
        (
            format!("{PODS}/p/eviction"),
            json!({"apiVersion": "policy/v1", "kind": "Foo"}),
            format!(
                "Foo in version \"v1\" cannot be handled as a Eviction: {}",
                unknown("Foo", "policy/v1")
            ),
        ),
        (
            TOKENS.to_owned(),
            json!({"apiVersion": "authentication.k8s.io/v1beta1", "kind": "TokenReview"}),
            "the API version in the data (authentication.k8s.io/v1beta1) does not match the expected API version (authentication.k8s.io/v1)".to_owned(),
        ),
        (
            SELF.to_owned(),
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}),
            "TokenReview in version \"v1\" cannot be handled as a SelfSubjectReview: converting (v1.TokenReview) to (authentication.SelfSubjectReview): unknown conversion".to_owned(),
        ),
    ];
    for (path, body, why) in rows {
        let refused = cluster.post(&path, &body).await;
        assert_eq!((refused.code, refused.message()), (400, why));
    }
}

/// K-08: options and unknown fields of questions are looked at as those of objects are.
#[tokio::test(start_paused = true)]
async fn k_08_questions_have_options_as_well() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let eviction = format!("{PODS}/p/eviction");
    let rows = [
        (token, "TokenRequest", "default"),
        (SELF, "SelfSubjectReview", "x"),
        (eviction.as_str(), "Eviction", "p"),
    ];
    for (path, kind, name) in rows {
        let body = json!({"metadata": {"name": name}, "foo": 1});
        let wrong = cluster
            .post(&format!("{path}?fieldValidation=Foo"), &body)
            .await;
        assert_eq!(wrong.code, 422, "{path}: {}", wrong.text);
        let strict = cluster
            .post(&format!("{path}?fieldValidation=Strict"), &body)
            .await;
        assert_eq!(
            strict.message(),
            format!(
                "{kind} in version \"v1\" cannot be handled as a {kind}: strict decoding error: unknown field \"foo\""
            )
        );
        let warned = cluster.post(path, &body).await;
        assert_eq!(warned.code, 201, "{path}: {}", warned.text);
        let warning = warned.headers["warning"].to_str().expect("ASCII");
        assert_eq!(warning, "299 - \"unknown field \\\"foo\\\"\"");
    }
}
