mod by_kubectl;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::encode::from_json;
use super::{NotProtobuf, to_json_of};
use crate::go_types::{EMBEDDED, Message, Shape, Type, of_kind};
use crate::registry::Registry;

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("short test fields");
    [&[number << 3 | 2, length], bytes].concat()
}

fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &meta), field(2, raw)].concat()
}

/// A body of which nobody says what it is meant to be.
fn to_json(body: &[u8]) -> Result<Vec<u8>, NotProtobuf> {
    to_json_of("", "", body)
}

fn decode(body: &[u8]) -> Value {
    serde_json::from_slice(&to_json(body).expect("a good body")).expect("JSON")
}

fn encode(object: &Value) -> Vec<u8> {
    let encoded = from_json(object.to_string().as_bytes()).expect("a known kind");
    assert!(encoded.is_complete, "{object}");
    encoded.bytes
}

/// K-05: the body of `kubectl create job`, shortened.
#[test]
fn a_job_becomes_the_json_that_the_client_meant() {
    let metadata = [field(1, b"pi"), field(3, b""), field(8, b"")].concat();
    let container = [
        field(1, b"c"),
        field(2, b"perl"),
        field(3, b"true"),
        vec![0x90, 0x01, 0],
    ]
    .concat();
    let pod_spec = [field(2, &container), field(3, b"Never")].concat();
    let template = field(2, &pod_spec);
    let spec = [number(7, 0), field(6, &template)].concat();
    let raw = [field(1, &metadata), field(2, &spec)].concat();
    let wanted = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "pi"},
        "spec": {"backoffLimit": 0, "template": {"spec": {
            "containers": [{"name": "c", "image": "perl", "command": ["true"]}],
            "restartPolicy": "Never",
        }}},
    });
    assert_eq!(decode(&envelope("batch/v1", "Job", &raw)), wanted);
}

#[test]
fn maps_bytes_and_inlined_messages_are_read() {
    let entry = [field(1, b"k"), field(2, b"\x01\x02")].concat();
    let secret = decode(&envelope("v1", "Secret", &field(2, &entry)));
    assert_eq!(secret["data"], json!({"k": "AQI="}));
}

#[test]
fn k_05_a_message_that_is_said_twice_adds_up() {
    let first = [field(3, b"Never"), field(6, b"Default")].concat();
    let second = [field(3, b"Always"), field(10, b"n")].concat();
    let pod = decode(&envelope(
        "v1",
        "Pod",
        &[field(2, &first), field(2, &second)].concat(),
    ));
    let whole = json!({"restartPolicy": "Always", "dnsPolicy": "Default", "nodeName": "n"});
    assert_eq!(pod["spec"], whole);
}

/// A pointer to nothing said is not the same as no pointer.
#[test]
fn k_05_zeros_count_where_go_has_pointers() {
    let container = [field(1, b"c"), field(2, b"")].concat();
    let spec = [field(2, &container), number(4, 0), number(11, 0)].concat();
    let pod = decode(&envelope("v1", "Pod", &field(2, &spec)));
    let found = &pod["spec"];
    assert_eq!(found["terminationGracePeriodSeconds"], 0);
    assert_eq!(found.get("hostNetwork"), None);
    assert_eq!(found["containers"], json!([{"name": "c"}]));
}

#[test]
fn a_damaged_body_is_an_error_and_no_panic() {
    let good = envelope("v1", "ConfigMap", &field(1, &field(1, b"name")));
    for end in 0..good.len() {
        let _ = to_json(&good[..end]);
    }
    let cut = &good[..good.len() - 1];
    let untyped = NotProtobuf {
        why: "unexpected EOF".to_owned(),
        types: None,
    };
    assert_eq!(to_json(cut), Err(untyped));
    // of another kind no more is read than that it is one
    let unknown = envelope("v9", "Nothing", b"\xff");
    assert_eq!(
        decode(&unknown),
        json!({"apiVersion": "v9", "kind": "Nothing"})
    );
}

/// Who sends a body to a kind's collection need not say what it is.
#[test]
fn k_05_a_body_without_types_is_of_the_kind_that_is_meant() {
    let body = envelope("", "", &field(1, &field(1, b"c")));
    let json = to_json_of("v1", "ConfigMap", &body).expect("a good body");
    let found: Value = serde_json::from_slice(&json).expect("JSON");
    let wanted = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}});
    assert_eq!(found, wanted);
    let refused = to_json(&body).expect_err("nobody means anything");
    assert_eq!(
        refused.why,
        "Object 'Kind' is missing in 'runtime.TypeMeta{APIVersion:\"\", Kind:\"\"}'"
    );
}

#[test]
fn k_05_what_is_wrong_is_said_as_go_says_it() {
    let rows: [(&str, &[u8], &str); 9] = [
        ("too short", b"\x0a\x05ab", "unexpected EOF"),
        (
            "too long a number",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "proto: integer overflow",
        ),
        (
            "a length below zero",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            "proto: negative length found during unmarshaling",
        ),
        (
            "a number for an object",
            b"\x08\x01",
            "proto: wrong wireType = 0 for field ObjectMeta",
        ),
        (
            "a text for a flag",
            b"\x12\x02\x5a\x00",
            "proto: wrong wireType = 2 for field HostNetwork",
        ),
        (
            "a number for a policy",
            b"\x12\x02\x30\x00",
            "proto: wrong wireType = 0 for field DNSPolicy",
        ),
        (
            "no number",
            b"\x12\x01\x02",
            "proto: PodSpec: illegal tag 0 (wire type 2)",
        ),
        (
            "the end of what never began",
            b"\x0c",
            "proto: Pod: wiretype end group for non-group",
        ),
        ("no wire type", b"\xfe\x01\x00", "proto: illegal wireType 6"),
    ];
    for (what, raw, why) in rows {
        let told = NotProtobuf {
            why: why.to_owned(),
            types: Some(("v1".to_owned(), "Pod".to_owned())),
        };
        assert_eq!(to_json(&envelope("v1", "Pod", raw)), Err(told), "{what}");
    }
    // a group that is not known is passed, and numbers may be packed
    let raw = [
        vec![0xf3, 0x06, 0x08, 1, 0xf4, 0x06],
        field(2, &field(14, &field(4, &[1, 2]))),
    ]
    .concat();
    let pod = decode(&envelope("v1", "Pod", &raw));
    assert_eq!(
        pod["spec"]["securityContext"]["supplementalGroups"],
        json!([1, 2])
    );
}

/// What upstream keeps in etcd for the same ConfigMap.
#[test]
fn k_05_a_config_map_is_written_as_go_writes_it() {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
        "data": {"b": "2", "a": "1"},
    });
    let bytes = b"k8s\0\
        \x0a\x0f\x0a\x02v1\x12\x09ConfigMap\
        \x12\x23\
        \x0a\x11\x0a\x01c\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x38\x00\x42\x00\
        \x12\x06\x0a\x01a\x12\x011\
        \x12\x06\x0a\x01b\x12\x012\
        \x1a\x00\x22\x00";
    assert_eq!(encode(&object), bytes);
}

/// Of each type the bytes that Go writes, as they stand in the message around.
#[test]
fn k_05_each_type_is_written_as_go_writes_it() {
    let rows: [(&str, &str, Value, &[u8]); 9] = [
        (
            "a port that is a number",
            "Service",
            json!({"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}),
            b"\x18\x50\x22\x07\x08\x00\x10\x90\x3f\x1a\x00\x28\x00",
        ),
        (
            "a port that has a name",
            "Service",
            json!({"spec": {"ports": [{"port": 80, "targetPort": "web"}]}}),
            b"\x22\x09\x08\x01\x10\x00\x1a\x03web\x28\x00",
        ),
        (
            "a time has whole seconds",
            "ConfigMap",
            json!({"metadata": {"creationTimestamp": "2026-11-23T12:00:00Z"}}),
            b"\x42\x08\x08\xc0\xd5\x90\xd8\x06\x10\x00",
        ),
        (
            "an event's has microseconds",
            "Event",
            json!({"eventTime": "2026-11-23T12:00:00.000250Z"}),
            b"\x52\x0a\x08\xc0\xd5\x90\xd8\x06\x10\x90\xa1\x0f",
        ),
        (
            "an amount is a text",
            "Pod",
            json!({"spec": {"overhead": {"cpu": "10m"}}}),
            b"\x82\x02\x0c\x0a\x03cpu\x12\x05\x0a\x0310m",
        ),
        (
            "a number below zero has ten bytes",
            "Pod",
            json!({"spec": {"priority": -1}}),
            b"\xc8\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        (
            "bytes are no base64",
            "Secret",
            json!({"data": {"k": "AQI=", "e": ""}}),
            b"\x12\x05\x0a\x01e\x12\x00\x12\x07\x0a\x01k\x12\x02\x01\x02",
        ),
        (
            "what a volume is made of stands in a message of its own",
            "Pod",
            json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}),
            b"\x0a\x09\x0a\x01v\x12\x04\x12\x02\x0a\x00",
        ),
        (
            "owned fields are JSON",
            "ConfigMap",
            json!({"metadata": {"managedFields": [{"fieldsV1": {"f:data": {}}}]}}),
            b"\x3a\x0f\x0a\x0d{\"f:data\":{}}",
        ),
    ];
    for (why, kind, mut object, part) in rows {
        object["apiVersion"] = json!("v1");
        object["kind"] = json!(kind);
        let bytes = encode(&object);
        let found = bytes.windows(part.len()).any(|window| window == part);
        assert!(found, "{why}: {bytes:02x?}");
    }
}

#[test]
fn k_05_lists_and_statuses_have_a_message_too() {
    let list = json!({
        "apiVersion": "v1", "kind": "ConfigMapList",
        "metadata": {"resourceVersion": "7", "remainingItemCount": 2},
        "items": [{"metadata": {"name": "c"}}],
    });
    let bytes = encode(&list);
    let metadata = b"\x0a\x09\x0a\x00\x12\x017\x1a\x00\x20\x02";
    assert!(
        bytes
            .windows(metadata.len())
            .any(|window| window == metadata)
    );
    assert_eq!(decode(&bytes), list);
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "code": 404,
        "details": {"name": "n", "causes": [{"reason": "r", "field": "f"}]},
    });
    assert_eq!(decode(&encode(&status)), status);
    let other = json!({"apiVersion": "meta.k8s.io/v1", "kind": "Table", "rows": []});
    assert!(from_json(other.to_string().as_bytes()).is_none());
    let more = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"added": 1}});
    let encoded = from_json(more.to_string().as_bytes()).expect("a Pod");
    assert!(!encoded.is_complete);
    for item in [&more, &json!("no object")] {
        let list = json!({"apiVersion": "v1", "kind": "PodList", "items": [item]});
        let encoded = from_json(list.to_string().as_bytes()).expect("a list");
        assert!(!encoded.is_complete, "{item}");
    }
}

/// K-37: what `kubectl top` asks for.
#[test]
fn k_05_metrics_have_messages_too() {
    let usage = json!({"cpu": "250m", "memory": "3Mi"});
    let said = |kind: &str| {
        json!({
            "apiVersion": "metrics.k8s.io/v1beta1", "kind": kind,
            "metadata": {"name": "n"}, "timestamp": "2026-11-23T12:00:01Z", "window": "1.005s",
        })
    };
    let mut pod = said("PodMetrics");
    pod["containers"] = json!([{"name": "c", "usage": usage}]);
    let mut node = said("NodeMetrics");
    node["usage"] = usage;
    let mut item = node.clone();
    for types in ["kind", "apiVersion"] {
        item.as_object_mut().expect("an object").remove(types);
    }
    let list = json!({
        "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetricsList", "metadata": {}, "items": [item],
    });
    let cpu = b"\x0a\x03cpu\x12\x06\x0a\x04250m";
    // the third field: a message of a number, which is of nanoseconds
    let window = b"\x1a\x06\x08\xc0\xaa\x9c\xdf\x03";
    for object in [&pod, &node, &list] {
        let bytes = encode(object);
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(cpu) && has(window), "{object}: {bytes:02x?}");
        let mut back = decode(&bytes);
        let mut said = object.clone();
        said_only(&mut back);
        said_only(&mut said);
        assert_eq!(back, said);
    }
}

/// An object in which every field is said that `said` says yes to.
fn sample(message: &Message, said: &mut dyn FnMut() -> bool) -> Map<String, Value> {
    let mut object = Map::new();
    for field in &message.fields {
        if field.name == EMBEDDED {
            if let Type::Message(inner) = field.type_ {
                object.extend(sample(inner.get(), said));
            }
            continue;
        }
        if !said() {
            continue;
        }
        let mut one = || match field.type_ {
            Type::String => json!(format!("a {} \u{AC00}", field.name)),
            Type::Bytes => json!("AQI="),
            Type::Bool => json!(true),
            Type::Int => json!(300 + field.number),
            Type::Time => json!("2026-11-23T12:00:00Z"),
            Type::MicroTime => json!("2026-11-23T12:00:00.000250Z"),
            Type::Duration => json!("1m0.5s"),
            Type::Quantity => json!("10m"),
            Type::IntOrString if said() => json!("50%"),
            Type::IntOrString => json!(8080),
            Type::Raw => json!({"b": [1, "<", null, {}], "a": 1.5}),
            Type::Strings => json!(["x", ""]),
            Type::Message(inner) => Value::Object(sample(inner.get(), said)),
        };
        let value = match field.shape {
            Shape::One => one(),
            Shape::Repeated => json!([one(), one()]),
            Shape::Map => json!({"b": one(), "a": one()}),
        };
        object.insert(field.name.to_owned(), value);
    }
    object
}

/// Without what Go writes though nobody said it.
fn said_only(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(said_only);
            let zeros = [json!({}), json!(0), json!("0")];
            fields.retain(|_, value| !zeros.contains(value));
        }
        Value::Array(items) => items.iter_mut().for_each(said_only),
        _ => {}
    }
}

fn round(said: &mut dyn FnMut() -> bool) {
    for resource in Registry::new().iter() {
        let (api_version, kind) = (resource.api_version(), resource.info.kind);
        let message = of_kind(&api_version, kind).expect("a known kind").get();
        let mut object = Value::Object(sample(message, said));
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(kind);
        let mut back = decode(&encode(&object));
        said_only(&mut object);
        said_only(&mut back);
        assert_eq!(back, object, "{kind}");
    }
}

/// Each field of each kind there and back again.
#[test]
fn k_05_every_field_comes_back() {
    round(&mut || true);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn k_05_whatever_is_said_comes_back(said in prop::collection::vec(any::<bool>(), 61)) {
        let mut answers = said.iter().copied().cycle();
        round(&mut || answers.next().unwrap_or_default());
    }
}
