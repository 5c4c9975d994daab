//! DeleteOptions from a body or, when there is none, from the query (GC-10).

use bytes::Bytes;
use http::HeaderMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{DeleteOptions, Preconditions};
use orrery_apis::{FieldError, FieldErrors};

use crate::body;
use crate::incoming::{self, TypeMeta};
use crate::params::{Params, dry_run};
use crate::problem::{Outcome, Problem};
use crate::protobuf::{self, NotProtobuf};
use crate::yaml;

const KIND: &str = "DeleteOptions";

/// What happens to the dependents of a deleted object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// Checked options.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub dry_run: bool,
    pub grace_secs: Option<i64>,
    pub preconditions: Preconditions,
    pub propagation: Option<Propagation>,
    /// `orphanDependents` was false: answers 202 for an object that stays (GC-10).
    pub legacy_background: bool,
}

const POLICIES: [(&str, Propagation); 3] = [
    ("Background", Propagation::Background),
    ("Foreground", Propagation::Foreground),
    ("Orphan", Propagation::Orphan),
];

/// Reads and checks the options of a DELETE.
pub fn read(headers: &HeaderMap, params: &Params, body: Bytes) -> Outcome<Options> {
    let raw = match body.is_empty() {
        true => from_query(params)?,
        false => from_body(&json(headers, body)?)?,
    };
    check(raw)
}

/// As protobuf it is what it need not say: upstream reads it as DeleteOptions if it says nothing. What its readers of
/// protobuf and YAML say it tells as it is.
fn json(headers: &HeaderMap, body: Bytes) -> Outcome<Bytes> {
    if body::is_yaml(headers) {
        let json = yaml::to_json(&body);
        return json.map(Bytes::from).map_err(Problem::Unmapped);
    }
    if body::media_type(headers) != protobuf::MEDIA_TYPE {
        return body::json(headers, body);
    }
    let json = protobuf::to_json_of("v1", KIND, &body);
    json.map(Bytes::from)
        .map_err(|NotProtobuf { why, .. }| Problem::Unmapped(why))
}

fn from_body(json: &[u8]) -> Outcome<DeleteOptions> {
    if let Some(said) = TypeMeta::read(json) {
        check_type(&said)?;
    }
    incoming::options(json)
}

/// What the options are of before anything says more.
const META: &str = "meta.k8s.io/v1";

/// Upstream's scheme of what belongs to no group. It knows the options of a deletion in whatever version they are
/// said to be of, and a few types besides.
fn check_type(said: &TypeMeta) -> Outcome<()> {
    const ANY_VERSION: [&str; 7] = [
        "APIGroup",
        "APIGroupList",
        "APIResourceList",
        "APIVersions",
        "CreateOptions",
        "Status",
        "UpdateOptions",
    ];
    const OF_META: [&str; 6] = [
        "GetOptions",
        "ListOptions",
        "PartialObjectMetadata",
        "PartialObjectMetadataList",
        "PatchOptions",
        "Table",
    ];
    let or = |said: &Option<String>, meant: &str| {
        let said = said.as_deref().filter(|said| !said.is_empty());
        said.unwrap_or(meant).to_owned()
    };
    let (version, kind) = (or(&said.api_version, META), or(&said.kind, KIND));
    let known = |kinds: &[&str]| kinds.contains(&kind.as_str());
    let is_version = version.matches('/').count() < 2;
    if is_version && kind == KIND {
        return Ok(());
    }
    let why = if !is_version {
        format!("unexpected GroupVersion string: {version}")
    } else if known(&ANY_VERSION) || version == META && known(&OF_META) {
        format!("converting (v1.{kind}) to (v1.{KIND}): unknown conversion")
    } else {
        format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/apis/meta/internalversion/scheme/register.go:27\""
        )
    };
    Err(Problem::Unmapped(why))
}

fn from_query(params: &Params) -> Outcome<DeleteOptions> {
    Ok(DeleteOptions {
        grace_period_seconds: params.integer("gracePeriodSeconds")?,
        orphan_dependents: params.optional_flag("orphanDependents"),
        propagation_policy: params.get("propagationPolicy").map(str::to_owned),
        dry_run: Some(params.all("dryRun").map(str::to_owned).collect()),
        ..DeleteOptions::default()
    })
}

/// Checks options, wherever they came from (an Eviction carries some too).
pub fn check(raw: DeleteOptions) -> Outcome<Options> {
    let directives = raw.dry_run.iter().flatten().map(String::as_str);
    let mut errors = FieldErrors::new();
    if raw.orphan_dependents.is_some() && raw.propagation_policy.is_some() {
        let detail = "orphanDependents and deletionPropagation cannot be both set";
        errors.push(FieldError::invalid(
            "propagationPolicy",
            raw.propagation_policy.clone(),
            detail,
        ));
    }
    let propagation = match raw.propagation_policy.as_deref() {
        None => raw.orphan_dependents.map(|orphan| match orphan {
            true => Propagation::Orphan,
            false => Propagation::Background,
        }),
        Some(text) => {
            let known = POLICIES.iter().find(|(name, _)| *name == text);
            if known.is_none() {
                let names = ["Foreground", "Background", "Orphan", "nil"];
                errors.push(FieldError::not_supported("propagationPolicy", text, &names));
            }
            known.map(|(_, policy)| *policy)
        }
    };
    let dry_run = dry_run(directives, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::InvalidOptions { kind: KIND, errors });
    }
    Ok(Options {
        dry_run,
        // a negative grace is one second, as upstream has it
        grace_secs: raw.grace_period_seconds.map(|s| if s < 0 { 1 } else { s }),
        propagation,
        legacy_background: raw.orphan_dependents == Some(false),
        preconditions: raw.preconditions.unwrap_or_default(),
    })
}
