use serde_json::{Value, json};

use super::{NotProtobuf, to_json};

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

fn decode(body: &[u8]) -> Value {
    serde_json::from_slice(&to_json(body).expect("a good body")).expect("JSON")
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
fn a_damaged_body_is_an_error_and_no_panic() {
    let good = envelope("v1", "ConfigMap", &field(1, &field(1, b"name")));
    for end in 0..good.len() {
        let _ = to_json(&good[..end]);
    }
    let cut = &good[..good.len() - 1];
    assert_eq!(to_json(cut), Err(NotProtobuf("unexpected EOF")));
    let unknown = envelope("v9", "Nothing", b"");
    assert_eq!(
        to_json(&unknown),
        Err(NotProtobuf("its kind is not known as protobuf"))
    );
}
