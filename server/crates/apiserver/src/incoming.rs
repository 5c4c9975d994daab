//! From a body to an object of the right kind, and from errors to a verdict.

use std::collections::HashSet;

use bytes::Bytes;
use http::HeaderMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::meta::validate_object_meta;
use orrery_apis::quantity::QuantityError;
use orrery_apis::{FieldErrors, go_syntax, json_depth};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::body;
use crate::call::Call;
use crate::core::Core;
use crate::decode::{self, DecodeProblem, Decoded};
use crate::foreign::{self, Expected, Foreign};
use crate::go_wire::{self, Nulls};
use crate::literal;
use crate::mismatch;
use crate::object::Object;
use crate::params::FieldValidation;
use crate::problem::{Outcome, Problem};
use crate::protobuf::{self, NotProtobuf};
use crate::registry::Registry;
use crate::shapes::Shape;
use crate::strict;
use crate::yaml;

/// Decodes a POST or PUT body; the second half are warnings (K-08).
pub fn object(
    call: &Call,
    body: Bytes,
    validation: FieldValidation,
) -> Outcome<(Box<dyn Object>, Vec<String>)> {
    if validation == FieldValidation::Ignore {
        let json = json_of(call, body)?;
        return Ok((decode(call, &json, validation)?.object, Vec::new()));
    }
    let json = json_of(call, body.clone())?;
    let Decoded { object, mut strict } = decode(call, &json, validation)?;
    let twice = body::said_twice(&call.headers, &body);
    if validation == FieldValidation::Warn {
        strict.splice(0..0, twice.warnings());
        return Ok((object, strict));
    }
    strict.splice(0..0, twice.error());
    match strict.is_empty() {
        true => Ok((object, strict)),
        false => Err(Problem::BadRequest(cannot_be_handled(
            call,
            &format!("strict decoding error: {}", strict.join(", ")),
        ))),
    }
}

/// The body as JSON.
fn json_of(call: &Call, body: Bytes) -> Outcome<Bytes> {
    let api_version = call.resource.api_version();
    json_as(&call.headers, &api_version, call.resource.info.kind, body)
}

/// The body as JSON, which is meant to be of that kind, and as protobuf need not say so. What is no YAML, or nested more
/// deeply than Go reads, has no version or kind either.
pub fn json_as(headers: &HeaderMap, api_version: &str, kind: &str, body: Bytes) -> Outcome<Bytes> {
    let json = unbounded_json(headers, api_version, kind, body)?;
    check_depth(kind, &json)?;
    body::bounded(json)
}

fn unbounded_json(
    headers: &HeaderMap,
    api_version: &str,
    kind: &str,
    body: Bytes,
) -> Outcome<Bytes> {
    if body::media_type(headers) == protobuf::MEDIA_TYPE {
        let json = protobuf::to_json_of(api_version, kind, &body);
        return json
            .map(Bytes::from)
            .map_err(|NotProtobuf { why, types }| match types {
                Some((said_version, said)) => {
                    Problem::BadRequest(body::damaged(&said_version, &said, kind, &why))
                }
                None => unrecognized(kind, &why, &body),
            });
    }
    if !body::is_yaml(headers) {
        return body::unbounded_json(headers, body);
    }
    let json = yaml::to_json(&body);
    json.map(Bytes::from)
        .map_err(|why| unrecognized(kind, &why, &body))
}

/// Of a body that is too deep this is said, whatever else it has too much of.
fn check_depth(kind: &str, json: &[u8]) -> Outcome<()> {
    if !go_syntax::may_be_too_deep(json) {
        return Ok(());
    }
    match go_syntax::fault(json) {
        Some(why) => Err(unrecognized(kind, &no_type(&why), json)),
        None => Ok(()),
    }
}

/// Reads the body of a kind that is not stored: what is asked of an object, as a Binding is. The second
/// half are warnings (K-08).
pub fn request<T>(
    core: &Core,
    json: &[u8],
    validation: FieldValidation,
) -> Outcome<(T, Vec<String>)>
where
    T: DeserializeOwned + JsonSchema + k8s_openapi::Resource,
{
    let (kind, version) = (T::KIND, T::VERSION);
    let expected = Expected {
        api_version: T::API_VERSION,
        group: T::GROUP,
        version,
        kind,
    };
    check_type(&core.registry, &expected, json)?;
    let cannot_be_handled = |why: &str| {
        Problem::BadRequest(format!(
            "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
        ))
    };
    let Decoded { object, strict } = unstored(json, validation).map_err(|unread| match unread {
        Unread::Untyped(why) => unrecognized(kind, &why, json),
        Unread::Typed(why) => cannot_be_handled(&why),
    })?;
    if validation == FieldValidation::Strict && !strict.is_empty() {
        let why = format!("strict decoding error: {}", strict.join(", "));
        return Err(cannot_be_handled(&why));
    }
    Ok((object, strict))
}

/// The options of a request, of which upstream tells what its decoder said and nothing of the place.
pub fn options<T: DeserializeOwned + JsonSchema>(json: &[u8]) -> Outcome<T> {
    let read = unstored(json, FieldValidation::Ignore);
    read.map(|decoded| decoded.object)
        .map_err(|unread| match unread {
            Unread::Untyped(why) | Unread::Typed(why) => Problem::Unmapped(why),
        })
}

fn unstored<T: DeserializeOwned + JsonSchema>(
    json: &[u8],
    validation: FieldValidation,
) -> Result<Decoded<T>, Unread> {
    let json = or_empty(json);
    decode::from_slice(json, validation).or_else(|refused| {
        let shape = Shape::Struct(T::schema_name().into_owned());
        // rare, so that only a body that is refused is read again
        let read = read_as_go(json, &shape, validation);
        read.ok_or_else(|| Unread::of(json, &shape, &refused.to_string()))
    })
}

/// The same for what only Go's decoders take.
fn read_as_go<T: DeserializeOwned>(
    json: &[u8],
    shape: &Shape,
    validation: FieldValidation,
) -> Option<Decoded<T>> {
    let mut value = serde_json::from_slice(&literal::with_whole_zeros(json)).ok()?;
    decode::forget_empty_types(&mut value);
    go_wire::soften(&mut value, shape, Nulls::AreZero);
    let soft = serde_json::to_vec(&value).ok()?;
    let read = decode::from_slice::<T>(&soft, validation).ok()?;
    // the softened text repeats nothing
    let strict = strict::told_among(validation, json, &read.strict);
    Some(Decoded { strict, ..read })
}

/// To Go, `null` is an object of which nothing is said.
fn or_empty(json: &[u8]) -> &[u8] {
    match json.trim_ascii() {
        b"null" => b"{}",
        _ => json,
    }
}

fn decode(call: &Call, json: &[u8], validation: FieldValidation) -> Outcome<Decoded> {
    let json = or_empty(json);
    // what begins as our own components write it needs no look of its own
    if !json.starts_with(call.resource.sent_prefix.as_bytes()) {
        check_kind(call, json)?;
    }
    call.resource
        .decode(json, validation)
        .map_err(|problem| unreadable(call, json, &problem))
}

/// Generic metadata rules.
pub fn validate_meta(call: &Call, meta: &ObjectMeta) -> FieldErrors {
    let info = call.resource.info;
    validate_object_meta(meta, info.namespaced, call.resource.name_rule)
}

/// 422 when there is any error; what two rules both say is said once.
pub fn verdict(call: &Call, name: &str, found: FieldErrors) -> Outcome<()> {
    let errors = once_each(found);
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid {
            group: call.resource.info.group,
            kind: call.resource.info.kind,
            name: name.to_owned(),
            errors,
        }),
    }
}

/// A body can have as many errors as it has fields, so they are not looked for among all others.
fn once_each(found: FieldErrors) -> FieldErrors {
    let mut seen = HashSet::with_capacity(found.len());
    let mut errors = found;
    errors.retain(|error| seen.insert(error.clone()));
    errors
}

/// The problem of a whole object, whose amounts upstream reads as it decodes: one that is none is no
/// matter of fields.
pub fn as_decoded(call: &Call, problem: Problem) -> Problem {
    match problem {
        Problem::Invalid { errors, .. } if let Some(told) = unread(&errors) => {
            Problem::BadRequest(cannot_be_handled(call, &told))
        }
        other => other,
    }
}

/// What upstream's decoder would have said of the first amount that is none.
pub fn unread(found: &FieldErrors) -> Option<String> {
    let mut details = found.iter().map(|error| &error.detail);
    details.find(|detail| QuantityError::says(detail)).cloned()
}

/// What a body says that it is.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TypeMeta {
    pub api_version: Option<String>,
    pub kind: Option<String>,
}

impl TypeMeta {
    /// `None` of what is no object: the decoder says what is wrong with that, in better words.
    pub fn read(json: &[u8]) -> Option<Self> {
        // our parser would take a list for its fields
        match json.trim_ascii_start() {
            [b'{', ..] => serde_json::from_slice(json).ok(),
            _ => None,
        }
    }
}

/// A body of another version or kind is refused before anything is read out of it (K-03).
fn check_kind(call: &Call, json: &[u8]) -> Outcome<()> {
    let api_version = call.resource.api_version();
    let expected = Expected::of(&call.resource, &api_version);
    check_type(&call.core.registry, &expected, json)
}

fn check_type(registry: &Registry, expected: &Expected<'_>, json: &[u8]) -> Outcome<()> {
    let Some(given) = TypeMeta::read(json) else {
        return Ok(());
    };
    let (given_version, given_kind) = (
        given.api_version.unwrap_or_default(),
        given.kind.unwrap_or_default(),
    );
    if given_version.matches('/').count() > 1 {
        let why = format!("unexpected GroupVersion string: {given_version}");
        return Err(unrecognized(expected.kind, &why, json));
    }
    foreign::compare(registry, expected, &given_version, &given_kind).map_err(|foreign| {
        Problem::BadRequest(match foreign {
            Foreign::Version => format!(
                "the API version in the data ({given_version}) does not match the expected API version ({})",
                expected.api_version
            ),
            Foreign::Unreadable(why) => {
                let said = |said: &str, own: &str| match said {
                    "" => own.to_owned(),
                    said => said.to_owned(),
                };
                let kind = said(&given_kind, expected.kind);
                let short = said(foreign::short(&given_version), expected.version);
                format!("{kind} in version {short:?} cannot be handled as a {}: {why}", expected.kind)
            }
        })
    })
}

/// In Go's words where it is a matter of types, else in the decoder's.
fn unreadable(call: &Call, json: &[u8], problem: &DecodeProblem) -> Problem {
    let shape = &call.resource.shape;
    match Unread::of(json, shape, &problem.to_string()) {
        Unread::Untyped(why) => unrecognized(call.resource.info.kind, &why, json),
        Unread::Typed(why) => Problem::BadRequest(cannot_be_handled(call, &why)),
    }
}

/// Why a body is not what it should be.
enum Unread {
    /// Not even its version and kind could be looked for.
    Untyped(String),
    Typed(String),
}

impl Unread {
    fn of(json: &[u8], shape: &Shape, problem: &str) -> Self {
        let value: Option<Value> = serde_json::from_slice(&literal::legible(json)).ok();
        if let Some(why) = without_type(json, value.as_ref()) {
            return Self::Untyped(no_type(&why));
        }
        let found = value.as_ref().and_then(|value| {
            let found = mismatch::first(value, shape)?;
            Some(found.as_json_in(json, value))
        });
        Self::Typed(found.unwrap_or_else(|| json_depth::told(problem, json)))
    }
}

fn no_type(why: &str) -> String {
    format!("couldn't get version/kind; json parse error: {why}")
}

fn unrecognized(kind: &str, why: &str, body: &[u8]) -> Problem {
    Problem::BadRequest(format!(
        "the object provided is unrecognized (must be of type {kind}): {why} ({})",
        summary(body)
    ))
}

/// Why upstream cannot even look for a body's version and kind.
fn without_type(json: &[u8], value: Option<&Value>) -> Option<String> {
    const PLACE: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    let Some(value) = value else {
        return go_syntax::fault(json);
    };
    let Value::Object(map) = value else {
        let what = go_syntax::json_kind(value);
        return Some(format!(
            "json: cannot unmarshal {what} into Go value of type {PLACE}"
        ));
    };
    let said = ["apiVersion", "kind"].map(|field| (field, map.get(field)));
    let mut wrong = said.into_iter().filter_map(|(field, value)| {
        let value = value.filter(|value| !value.is_string() && !value.is_null())?;
        Some((field, go_syntax::json_kind(value)))
    });
    let (field, what) = wrong.next()?;
    Some(format!(
        "json: cannot unmarshal {what} into Go struct field .{field} of type string"
    ))
}

/// The beginning of a body, in hex where it is no object.
fn summary(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    let head = &body[..body.len().min(SHOWN)];
    let more = if body.len() > SHOWN { " ..." } else { "" };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(head)),
        Some(_) => {
            let hex: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}{more}")
        }
    }
}

/// `CronJob in version "v1" cannot be handled as a CronJob: …`
fn cannot_be_handled(call: &Call, why: &str) -> String {
    let info = call.resource.info;
    format!(
        "{} in version {:?} cannot be handled as a {}: {why}",
        info.kind, info.version, info.kind
    )
}
