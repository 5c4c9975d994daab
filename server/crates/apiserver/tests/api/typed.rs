//! Protobuf as typed clients send it: what a body is stands in its envelope, or nowhere (K-05).

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, PODS, config_map, pod};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
/// The metadata of something without a name, as Go's encoder has it.
const NAMELESS: &[u8] = b"\x0a\x00\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x38\x00\x42\x00";

/// A text, bytes or a message of less than 128 bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("a short field");
    assert!(length < 0x80, "its length has one byte");
    [&[number << 3 | 2, length], bytes].concat()
}

fn envelope((version, kind): (&str, &str), raw: &[u8]) -> Vec<u8> {
    let types = [field(1, version.as_bytes()), field(2, kind.as_bytes())].concat();
    let parts = [
        field(1, &types),
        field(2, raw),
        field(3, b""),
        field(4, b""),
    ];
    [b"k8s\0".to_vec(), parts.concat()].concat()
}

/// The metadata of what has that name.
fn named(name: &str) -> Vec<u8> {
    [&field(1, name.as_bytes())[..], &NAMELESS[2..]].concat()
}

async fn send(cluster: &Cluster, method: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer secret")
        .header("content-type", PROTOBUF)
        .header("accept", "application/json")
        .body(Body::from(body))
        .expect("a good request");
    let (parts, body) = cluster.send(request).await.into_parts();
    let bytes = body.collect().await.expect("it ends").to_bytes();
    let told = serde_json::from_slice(&bytes).expect("JSON");
    (parts.status.as_u16(), told)
}

/// As typed clients send it, and as one that leaves it to the server what it is.
fn both<'a>(version: &'a str, kind: &'a str) -> [(&'a str, &'a str); 2] {
    [(version, kind), ("", "")]
}

#[tokio::test(start_paused = true)]
async fn k_05_options_of_a_deletion_come_as_protobuf() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let path = format!("{CONFIG_MAPS}/c");
    let dry = [field(4, b"Background"), field(5, b"All")].concat();
    let types = both("v1", "DeleteOptions");
    let of_group = ("meta.k8s.io/v1", "DeleteOptions");
    for types in types.into_iter().chain([of_group]) {
        let (code, told) = send(&cluster, "DELETE", &path, envelope(types, &dry)).await;
        assert_eq!(code, 200, "{types:?}: {told}");
        assert_eq!(cluster.get(&path).await.code, 200, "{types:?} ran dry");
    }
    let other = field(2, &field(1, b"another"));
    let (code, told) = send(&cluster, "DELETE", &path, envelope(types[0], &other)).await;
    assert_eq!(code, 409, "{told}");
    let foreign = envelope(("v1", "ConfigMap"), b"");
    let (code, told) = send(&cluster, "DELETE", &path, foreign).await;
    assert_eq!(
        (code, &told["message"]),
        (
            500,
            &json!(
                "no kind \"ConfigMap\" is registered for version \"v1\" in scheme \"pkg/apis/meta/internalversion/scheme/register.go:27\""
            )
        )
    );
    // no grace, and nothing else
    let (code, told) = send(&cluster, "DELETE", &path, envelope(types[0], b"\x08\x00")).await;
    assert_eq!(code, 200, "{told}");
    assert_eq!(cluster.get(&path).await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn k_05_bindings_and_evictions_come_as_protobuf() {
    let cluster = Cluster::start().await;
    let target = [
        field(1, b"Node"),
        field(2, b""),
        field(3, b"node-1"),
        field(4, b""),
        field(5, b""),
        field(6, b""),
        field(7, b""),
    ]
    .concat();
    let older = ("policy/v1beta1", "Eviction");
    let evictions = both("policy/v1", "Eviction").into_iter().chain([older]);
    let bindings = both("v1", "Binding").into_iter().cycle();
    for (at, (eviction, binding)) in evictions.zip(bindings).enumerate() {
        let name = format!("p{at}");
        cluster.post(PODS, &pod(&name)).await;
        let path = format!("{PODS}/{name}");
        let body = [field(1, &named(&name)), field(2, &target)].concat();
        let bind = format!("{path}/binding");
        let (code, told) = send(&cluster, "POST", &bind, envelope(binding, &body)).await;
        assert_eq!(code, 201, "{binding:?}: {told}");
        let bound = cluster.get(&path).await.json();
        assert_eq!(bound["spec"]["nodeName"], "node-1", "{binding:?}");
        let at_once = field(2, b"\x08\x00");
        let body = [field(1, &named(&name)), at_once].concat();
        let evict = format!("{path}/eviction");
        let (code, told) = send(&cluster, "POST", &evict, envelope(eviction, &body)).await;
        assert_eq!(code, 201, "{eviction:?}: {told}");
        assert_eq!(cluster.get(&path).await.code, 404, "{eviction:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_05_questions_come_as_protobuf() {
    let cluster = Cluster::start().await;
    let attributes = [
        field(1, b"default"),
        field(2, b"get"),
        field(3, b""),
        field(4, b""),
        field(5, b"pods"),
        field(6, b""),
        field(7, b""),
    ]
    .concat();
    let spec = field(2, &field(1, &attributes));
    let asked = [
        field(1, NAMELESS),
        spec,
        field(3, b"\x08\x00\x12\x00\x1a\x00\x20\x00"),
    ]
    .concat();
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    for types in both("authorization.k8s.io/v1", "SelfSubjectAccessReview") {
        let (code, told) = send(&cluster, "POST", path, envelope(types, &asked)).await;
        assert_eq!(
            (code, &told["status"]["allowed"]),
            (201, &json!(true)),
            "{told}"
        );
    }
    // an hour, and a status of which nothing is known yet
    let spec = field(2, b"\x20\x90\x1c");
    let asked = [field(1, NAMELESS), spec, field(3, b"\x0a\x00\x12\x00")].concat();
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    for types in both("authentication.k8s.io/v1", "TokenRequest") {
        let (code, told) = send(&cluster, "POST", path, envelope(types, &asked)).await;
        assert_eq!(
            (code, &told["spec"]["expirationSeconds"]),
            (201, &json!(3600)),
            "{told}"
        );
        assert!(told["status"]["token"].is_string(), "{told}");
    }
}

/// Damage is told of the kind that belongs there, where nothing is said of another.
#[tokio::test(start_paused = true)]
async fn k_05_what_is_no_question_is_refused_by_its_kind() {
    let cluster = Cluster::start().await;
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let rows = [
        (
            envelope(("", ""), b"\x08\x01"),
            "SelfSubjectAccessReview in version \"v1\" cannot be handled as a SelfSubjectAccessReview: \
             proto: wrong wireType = 0 for field ObjectMeta",
        ),
        (
            b"k8s\0".to_vec(),
            "the object provided is unrecognized (must be of type SelfSubjectAccessReview): empty body (6b387300)",
        ),
    ];
    for (body, message) in rows {
        let (code, told) = send(&cluster, "POST", path, body).await;
        assert_eq!((code, &told["message"]), (400, &json!(message)));
    }
}
