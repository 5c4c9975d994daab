//! Decoders, patches and apply under anything that a client can send: they answer, they never panic.

mod inputs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use orrery_apis::quantity::Quantity;
use orrery_apis::selector::{FieldSelector, Selector};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Message;

use self::inputs::{any_message, any_object, any_value, text};
use crate::apply::{self, Manager, Operation, Sent};
use crate::auth::Identity;
use crate::body;
use crate::delete_options;
use crate::go_numbers;
use crate::go_types;
use crate::hollow;
use crate::impersonate;
use crate::list_options::{ListOptions, WatchOptions};
use crate::mismatch;
use crate::negotiate::{self, MediaRange};
use crate::nulls;
use crate::params::{self, CREATE, FieldValidation, Params, WriteParams};
use crate::patch::{json_patch, read_json_patch, strategic_merge};
use crate::protobuf;
use crate::proxy::Proxied;
use crate::registry::Registry;
use crate::shapes::Shape;
use crate::streams::channel::Protocol;
use crate::streams::spdy::Decoder;
use crate::target::Target;
use crate::tokens::Signer;
use crate::yaml::{self, SaidTwice};

/// A minute in all on two cores; `PROPTEST_CASES=1000000 cargo test -p orrery-apiserver
/// fuzz` runs as long as one likes.
pub fn cases() -> ProptestConfig {
    let given = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: given.and_then(|n| n.parse().ok()).unwrap_or(20_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// For what takes longer than most, or has fewer ways to go.
fn a_quarter(config: ProptestConfig) -> ProptestConfig {
    ProptestConfig {
        cases: config.cases / 4,
        ..config
    }
}

fn pod() -> Shape {
    Shape::Struct("io.k8s.api.core.v1.Pod".to_owned())
}

fn me(name: &str, operation: Operation) -> Manager {
    Manager {
        name: name.to_owned(),
        operation,
        api_version: "v1".to_owned(),
        subresource: String::new(),
        time: Some(crate::meta::seconds(Timestamp::UNIX_EPOCH)),
        owns: Default::default(),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = yaml::to_json(&bytes);
        let _ = SaidTwice::find(&bytes);
        let _ = protobuf::to_json_of("", "", &bytes);
        let _ = protobuf::to_json_of("v1", "Pod", &[b"k8s\0", bytes.as_slice()].concat());
        let pod = go_types::of_kind("v1", "Pod").expect("a Pod is known");
        let text = [br#"{"spec":"#, bytes.as_slice()].concat();
        prop_assert!(!go_types::ordered_as(&text, pod).is_empty());
        for resource in Registry::new().iter() {
            let _ = resource.decode(&bytes, FieldValidation::Strict);
        }
    }

    #[test]
    fn any_json_is_decoded_defaulted_and_validated_or_refused(value in any_value()) {
        let text = Bytes::from(value.to_string());
        for resource in Registry::new().iter() {
            if let Ok(mut decoded) = resource.decode(&text, FieldValidation::Warn) {
                decoded.object.default_fields();
                decoded.object.prepare_create(Timestamp::UNIX_EPOCH);
                let _ = decoded.object.validate_create();
                let _ = decoded.object.warnings(None);
                let _ = decoded.object.print(Timestamp::UNIX_EPOCH);
            }
        }
    }

    #[test]
    fn any_patch_applies_or_is_refused(object in any_object(), patch in any_value()) {
        let mut merged = object.clone();
        json_patch::merge(&mut merged, &patch);
        let mut strategic = object.clone();
        let _ = strategic_merge(&mut strategic, patch.clone(), &pod());
        let text = patch.to_string();
        if let Ok(operations) = read_json_patch(text.as_bytes(), FieldValidation::Warn) {
            let mut patched = object;
            let _ = json_patch(&mut patched, &operations);
        }
    }

    /// What is no kind of its own: options of a DELETE, and whatever stands in a bearer's place.
    #[test]
    fn options_and_tokens_are_read_or_refused(
        value in any_value(),
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        token in "[A-Za-z0-9_.-]{0,60}",
    ) {
        let mut headers = HeaderMap::new();
        for body in [Bytes::from(value.to_string()), Bytes::from(bytes)] {
            for media_type in ["application/json", "application/yaml", protobuf::MEDIA_TYPE] {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
                let _ = delete_options::read(&headers, &Params::default(), body.clone());
            }
        }
        prop_assert!(Signer::default().read(&token).is_none(), "nobody guesses a signature");
    }

    /// What comes over an upgraded connection, in pieces, and what asks for one.
    #[test]
    fn streams_are_read_or_given_up(
        kind in 1_u16..10,
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0_usize..200,
        text in ".{0,40}",
    ) {
        let [length, kind] = [bytes.len() as u16, kind].map(u16::to_be_bytes);
        let framed = [&[0x80, 3], &kind[..], &[0, 0], &length[..], &bytes].concat();
        for sent in [&bytes, &framed] {
            let mut decoder = Decoder::new();
            let (first, rest) = sent.split_at(cut.min(sent.len()));
            for piece in [first, rest] {
                decoder.push(piece);
                while let Ok(Some(_)) = decoder.next() {}
            }
        }
        let offered = [text.clone(), "v5.channel.k8s.io".to_owned()];
        let protocol = Protocol::choose(&offered).expect("one of them is known");
        let base64 = Protocol::choose(&["base64.channel.k8s.io".to_owned()]).expect("it is known");
        for protocol in [protocol, base64] {
            let _ = protocol.read(&Message::binary(bytes.clone()));
            let _ = protocol.read(&Message::text(text.clone()));
        }
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            for name in [header::ACCEPT, header::SEC_WEBSOCKET_PROTOCOL, header::CONTENT_TYPE] {
                headers.insert(name, value.clone());
            }
        }
        let _ = negotiate::accepted(&headers).iter().map(MediaRange::takes_json).count();
        let _ = body::media_type(&headers);
    }

    /// Every text of a query or a field: selectors, tokens, versions, amounts, times.
    #[test]
    fn any_text_is_read_or_refused(
        loose in ".{0,40}",
        close in "[a-z0-9=!,()/. -]{0,30}",
        number in "[0-9+.eEKMGTPinumk-]{0,16}",
        time in "[0-9TZ:+. -]{0,30}",
    ) {
        for text in [&loose, &close, &number, &time] {
            let _ = text.parse::<Selector>();
            let _ = text.parse::<FieldSelector>();
            let _ = Quantity::of(&ApiQuantity(text.clone()));
            let _ = text.parse::<Timestamp>();
            for key in ["continue", "limit", "resourceVersion", "timeoutSeconds", "dryRun"] {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair(key, text)
                    .append_pair("resourceVersionMatch", &close)
                    .finish();
                let params = Params::parse(Some(&query));
                let _ = (ListOptions::check(&params), ListOptions::read(&params));
                let _ = (WatchOptions::check(&params), WatchOptions::read(&params));
                let _ = WriteParams::read(&params, CREATE);
            }
        }
    }

    /// K-17: cutting what is empty leaves JSON, and nothing more to cut.
    #[test]
    fn what_is_empty_is_cut_once(object in any_object()) {
        let once = hollow::cut(object.to_string().into_bytes(), &pod());
        prop_assert!(serde_json::from_slice::<Value>(&once).is_ok());
        let rest: Value = serde_json::from_slice(&once).expect("just read");
        for mismatch in mismatch::all(&rest, &pod()) {
            prop_assert!(!mismatch.as_json().is_empty());
            prop_assert!(!mismatch.as_typed().is_empty());
            prop_assert!(!mismatch.as_unstructured().is_empty());
        }
    }

    /// K-18: what one applied is there, owned, and applying it again changes nothing.
    #[test]
    fn an_apply_is_idempotent(first in any_object(), mut second in any_object()) {
        nulls::forget(&mut second);
        // not assumed: a long run would use up what may be left out
        if apply::check(&second, &pod()).is_err() {
            return Ok(());
        }
        let made = apply::updated(&json!({}), &first, &pod(), Vec::new(), me("u", Operation::Update));
        let once = apply::applied(&first, &second, &pod(), made, me("a", Operation::Apply), true)
            .expect("a forced apply has no conflicts");
        let again = apply::applied(
            &once.object, &second, &pod(), once.managers.clone(), me("a", Operation::Apply), false,
        );
        let again = again.expect("what is there already conflicts with nobody");
        prop_assert_eq!(&again.object, &once.object);
        // nobody owns an empty list, so there may be nothing to write
        let written = apply::write(again.managers);
        prop_assert_eq!(&written, &apply::write(once.managers));
        if let Some(written) = written {
            prop_assert_eq!(apply::write(apply::read(&written).expect("readable")), Some(written));
        }
    }
}

proptest! {
    #![proptest_config(a_quarter(cases()))]

    /// K-05: of whatever is a message, JSON is made that is read or refused as a client's own, and answered as protobuf.
    #[test]
    fn any_message_is_read_as_each_kind_or_refused(message in any_message()) {
        let length = message.len().min(127);
        let body = [b"k8s\0\x12", &[length as u8][..], &message[..length]].concat();
        for resource in Registry::new().iter() {
            let kind = resource.info.kind;
            let Ok(json) = protobuf::to_json_of(&resource.api_version(), kind, &body) else {
                continue;
            };
            let _ = resource.decode(&json, FieldValidation::Strict);
            let _ = protobuf::from_json(&json);
        }
    }

    /// What is answered as YAML is the same document to whoever sends it back.
    #[test]
    fn yaml_is_read_as_it_is_written(
        texts in prop::collection::vec((text(), text()), 0..3),
        mut value in any_value(),
    ) {
        let mut fields: Map<_, _> = texts
            .into_iter()
            .filter(|(key, _)| key != "<<")
            .map(|(key, text)| (key, Value::from(text)))
            .collect();
        go_numbers::write_whole(&mut value);
        fields.insert("spec".to_owned(), value);
        let document = Value::from(fields);
        let written = yaml::from_json(&document);
        let read = yaml::to_json(written.as_bytes());
        let read = read.map(|json| serde_json::from_slice::<Value>(&json).ok());
        prop_assert_eq!(read, Ok(Some(document)), "{}", written);
    }

    /// What each request is routed by, and whom it is taken for.
    #[test]
    fn paths_and_headers_are_read_or_refused(
        rest in prop::collection::vec("[a%2F.:~é-]{0,5}|pods|namespaces|status|proxy", 0..6),
        query in "[abc%=&;+0-9]{0,40}",
        user in ".{0,20}",
    ) {
        let registry = Registry::new();
        let segments: Vec<&str> = rest.iter().map(String::as_str).collect();
        if let Ok(target) = Target::read(&registry, "", "v1", &segments) {
            let keys = [target.place(), target.name.as_deref()];
            prop_assert!(!keys.iter().flatten().any(|key| key.is_empty() || key.contains('/')));
            prop_assert!(!matches!(target.namespace.as_deref(), Some("." | "..")));
            let climbs = matches!(target.name.as_deref(), Some("." | ".."));
            prop_assert!(!(climbs && target.check_name().is_ok()));
        }
        let path = format!("/api/v1/{}", rest.join("/"));
        if let Some(proxied) = Proxied::of(&path) {
            prop_assert_eq!(format!("{}{}", proxied.prefix, proxied.path), path);
        }
        let params = Params::parse(Some(&query));
        for key in ["a", "b", "c"] {
            let alone = params::value_in(Some(&query), key);
            prop_assert_eq!(params.get(key), alone.as_deref());
            prop_assert_eq!(params.flag(key), params::flag_in(Some(&query), key));
        }
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(user.as_bytes()) {
            for name in ["impersonate-user", "impersonate-group", "impersonate-extra-a%2fb"] {
                headers.insert(name, value.clone());
            }
        }
        let _ = impersonate::wanted(&Identity::administrator(), &headers);
        let viewer = impersonate::wanted(&Identity::viewer(), &headers);
        prop_assert!(!matches!(viewer, Ok(Some(_))), "a viewer is nobody else");
    }

    /// A token of a list that somebody made himself, and what says whose fields are whose.
    #[test]
    fn what_clients_give_back_is_read_or_refused(
        token in any_value(),
        rv in any::<u64>(),
        name in ".{0,12}",
        fields in prop::collection::vec((r#"[fkvi]:[a-z{}":,0-9]{0,12}|\."#, any_value()), 0..4),
    ) {
        let own = json!({"rv": rv, "namespace": name, "name": name});
        for token in [token, own] {
            let token = URL_SAFE_NO_PAD.encode(token.to_string());
            let params = Params::parse(Some(&format!("limit=1&continue={token}")));
            let _ = ListOptions::read(&params);
        }
        let fields = Value::Object(fields.into_iter().collect());
        let entry = json!({
            "manager": name, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        });
        let entry: ManagedFieldsEntry = serde_json::from_value(entry).expect("an entry");
        if let Sent::Managers(managers) = apply::read_sent(Some(&[entry])) {
            let written = apply::write(managers).unwrap_or_default();
            prop_assert!(apply::read(&written).is_some(), "what is stored is read again");
        }
    }
}
