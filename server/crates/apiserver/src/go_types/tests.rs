use std::collections::BTreeSet;

use super::*;
use crate::registry::Registry;
use crate::shapes;

fn placed(kind: &str, fields: &str) -> String {
    let json = format!(r#"{{"apiVersion":"v1","kind":"{kind}",{fields}}}"#);
    String::from_utf8(ordered(json.as_bytes())).expect("it was text")
}

#[test]
fn k_10_fields_stand_where_go_has_them() {
    let rows = [
        (
            "metadata",
            "ConfigMap",
            r#""data":{"b":"2","a":"1"},"metadata":{"creationTimestamp":"t","labels":{"b":"","a":""},"managedFields":[{"apiVersion":"v1","manager":"m","operation":"Update"}],"name":"c","namespace":"d","resourceVersion":"7","uid":"u"}"#,
            r#""metadata":{"name":"c","namespace":"d","uid":"u","resourceVersion":"7","creationTimestamp":"t","labels":{"b":"","a":""},"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1"}]},"data":{"b":"2","a":"1"}"#,
        ),
        (
            "what an embedded struct has, and what texts hold",
            "Pod",
            r#""metadata":{},"spec":{"containers":[{"args":["},\"b\":{"],"image":"i","livenessProbe":{"exec":{"command":["\\"]},"periodSeconds":1},"name":"a\"b"}],"nodeName":"n","volumes":[{"emptyDir":{},"name":"v"}]}"#,
            r#""metadata":{},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"a\"b","image":"i","args":["},\"b\":{"],"livenessProbe":{"exec":{"command":["\\"]},"periodSeconds":1}}],"nodeName":"n"}"#,
        ),
        (
            "what is not known goes last",
            "Pod",
            r#""added":[{"z":1,"a":2}],"spec":{"added":{},"nodeName":"n"},"metadata":{}"#,
            r#""metadata":{},"spec":{"nodeName":"n","added":{}},"added":[{"z":1,"a":2}]"#,
        ),
        (
            "a Status",
            "Status",
            r#""code":404,"details":{"causes":[{"field":"f","message":"m","reason":"r"}],"kind":"pods","name":"n"},"message":"m","metadata":{},"reason":"NotFound","status":"Failure""#,
            r#""metadata":{},"status":"Failure","message":"m","reason":"NotFound","details":{"name":"n","kind":"pods","causes":[{"reason":"r","message":"m","field":"f"}]},"code":404"#,
        ),
        (
            "the items of a list",
            "PodList",
            r#""items":[{"spec":{},"metadata":{}},{"metadata":{"uid":"u","name":"n"}}],"metadata":{}"#,
            r#""metadata":{},"items":[{"metadata":{},"spec":{}},{"metadata":{"name":"n","uid":"u"}}]"#,
        ),
    ];
    for (why, kind, fields, want) in rows {
        let want = format!(r#"{{"kind":"{kind}","apiVersion":"v1",{want}}}"#);
        assert_eq!(placed(kind, fields), want, "{why}");
    }
}

#[test]
fn k_10_what_is_no_known_object_stays() {
    let rows: [&[u8]; 6] = [
        b"",
        b"null",
        b"{}",
        b"[1]",
        b"{\"kind\":\"Pod",
        b"{\"b\":1,\"a\":2}",
    ];
    for json in rows {
        assert_eq!(ordered(json), json);
    }
    let pod = of_kind("v1", "Pod").expect("a Pod is known");
    for broken in [
        "{\"spec\":[}",
        "{\"metadata\":{\"name\":\"",
        "{\"spec\":{]}",
    ] {
        // whatever comes of it, it comes
        let _ = ordered_as(broken.as_bytes(), pod);
    }
}

/// Notes the fields that a schema has and the struct has not, and looks at each schema once.
fn note_unknown(
    shape: &shapes::Shape,
    message: &Message,
    seen: &mut BTreeSet<String>,
    unknown: &mut BTreeSet<String>,
) {
    if !seen.insert(shape.schema().to_owned()) {
        return;
    }
    for (name, below) in shape.fields() {
        let below: &shapes::Shape = match below {
            shapes::Shape::List { item, .. } | shapes::Shape::Map { item, .. } => item,
            one => one,
        };
        match message.place(name.as_bytes()).map(|(_, field)| field.type_) {
            Some(Type::Message(id)) => note_unknown(below, id.get(), seen, unknown),
            Some(_) => {}
            None if matches!(name, "kind" | "apiVersion") => {}
            None => _ = unknown.insert(format!("{}.{name}", message.name)),
        }
    }
}

/// Those that are missing are of features that are off: nobody writes them here.
#[test]
fn k_10_each_field_of_a_served_kind_is_known() {
    let (mut seen, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for resource in Registry::new().iter() {
        let message = resource.go_type.get();
        note_unknown(&resource.shape, message, &mut seen, &mut unknown);
    }
    assert!(seen.len() > 80, "{}", seen.len());
    let off = [
        "PodSpec.schedulingGroup",
        "PodStatus.nodeAllocatableResourceClaimStatuses",
    ];
    assert_eq!(unknown, BTreeSet::from(off.map(str::to_owned)));
}

#[test]
fn k_10_each_kind_is_known() {
    for resource in Registry::new().iter() {
        let known = of_kind(&resource.api_version(), resource.info.kind);
        let message = known.expect("each kind has a struct").get();
        assert!(message.is_protobuf(), "{}", resource.info.kind);
        let list = format!("{}List", resource.info.kind);
        assert!(of_kind(&resource.api_version(), &list).is_some(), "{list}");
    }
    for (kind, is_protobuf) in [("APIResourceList", true), ("Table", false)] {
        let message = of_kind("v1", kind).expect("it has an order").get();
        assert_eq!(message.is_protobuf(), is_protobuf, "{kind}");
    }
    assert!(of_kind("example.com/v1", "Thing").is_none());
}
