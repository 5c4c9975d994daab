//! Which representation the client accepts (K-10, PR-05).

use http::{HeaderMap, header};
use memchr::memmem;

use crate::problem::{Outcome, Problem};
use crate::protobuf;

/// The meta.k8s.io version that a Table or PartialObjectMetadata is wanted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaVersion {
    V1,
    V1beta1,
}

impl MetaVersion {
    /// `meta.k8s.io/v1`.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::V1 => "meta.k8s.io/v1",
            Self::V1beta1 => "meta.k8s.io/v1beta1",
        }
    }
}

/// How an object or a list is answered. What is to become protobuf is JSON until it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    Json,
    Yaml,
    Table(MetaVersion),
    /// An object reduced to its metadata.
    Metadata(MetaVersion),
    /// A list of such.
    MetadataList(MetaVersion),
}

/// One media range of an Accept header: type and parameters.
pub struct MediaRange<'a> {
    pub media_type: &'a str,
    pub params: Vec<(&'a str, &'a str)>,
}

impl<'a> MediaRange<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        Self {
            media_type: parts.next().unwrap_or_default(),
            params: parts.filter_map(|p| p.split_once('=')).collect(),
        }
    }

    /// The value of a parameter.
    pub fn param(&self, key: &str) -> Option<&'a str> {
        self.params.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }

    /// What is no number counts as none.
    fn quality(&self) -> f32 {
        let said = self.param("q");
        said.map_or(1.0, |q| q.parse().unwrap_or_default())
    }

    /// As goautoneg has it, which is no order: of a loved `*/*` and a named type each comes before the other.
    fn comes_before(&self, other: &Self) -> bool {
        let [mine, theirs] = [self, other].map(|range| range.media_type.split_once('/'));
        let (Some(mine), Some(theirs)) = (mine, theirs) else {
            return self.quality() > other.quality();
        };
        self.quality() > other.quality()
            || (mine.0 != "*" && theirs.0 == "*")
            || (mine.1 != "*" && theirs.1 == "*")
    }

    /// False of one that is wanted in a form, or with an option, that no answer has.
    fn has_known_options(&self) -> bool {
        let is_converted = self.param("as").is_some();
        let of_group = self.param("g").or(self.param("v")).is_some();
        let stream = self.param("stream").unwrap_or_default();
        let version = self.param("sv").unwrap_or_default();
        let streams = stream.is_empty() || (stream == "watch" && self.media_type != YAML);
        (is_converted || !of_group) && streams && matches!(version, "" | "v1")
    }

    /// True for every range that JSON falls into.
    pub fn takes_json(&self) -> bool {
        matches!(
            self.media_type,
            "application/json" | "application/*" | "*/*"
        )
    }

    fn is_protobuf(&self) -> bool {
        self.media_type == protobuf::MEDIA_TYPE
    }
}

/// Go sorts as many by insertion, which shows where a comparison is no order.
const MAX_INSERTED: usize = 12;

/// The ranges of the Accept header, the preferred ones first, those that name a type before those that do not, else in
/// the client's order; anything when there is none.
pub fn accepted(headers: &HeaderMap) -> Vec<MediaRange<'_>> {
    let texts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|v| v.to_str().ok());
    let mut ranges: Vec<_> = texts
        .flat_map(|t| t.split(','))
        .map(MediaRange::parse)
        .filter(|r| !r.media_type.is_empty())
        .collect();
    sort(&mut ranges);
    match ranges.is_empty() {
        true => vec![MediaRange::parse("*/*")],
        false => ranges,
    }
}

fn sort(ranges: &mut [MediaRange<'_>]) {
    if ranges.len() > MAX_INSERTED {
        ranges.sort_by(|a, b| b.quality().total_cmp(&a.quality()));
        return;
    }
    for end in 1..ranges.len() {
        let mut at = end;
        while at > 0 && ranges[at].comes_before(&ranges[at - 1]) {
            ranges.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// The first representation of the client's list that we have.
pub fn representation(headers: &HeaderMap) -> Outcome<Representation> {
    let accepted = accepted(headers);
    let routed = |range: &MediaRange<'_>| {
        range.takes_json() || range.is_protobuf() || range.media_type == YAML
    };
    match accepted.iter().find_map(offered) {
        Some(representation) => Ok(representation),
        None if accepted.iter().any(routed) => Err(Problem::NotAcceptable(format!(
            "only the following media types are accepted: {OFFERED}"
        ))),
        None => Err(Problem::NoRepresentation(OFFERED)),
    }
}

/// True when protobuf is the first of the client's list that we have.
pub fn prefers_protobuf(headers: &HeaderMap) -> bool {
    let mut texts = headers.get_all(header::ACCEPT).iter();
    // of most requests nothing needs to be taken apart
    if !texts.any(|text| memmem::find(text.as_bytes(), b"protobuf").is_some()) {
        return false;
    }
    let accepted = accepted(headers);
    let first = accepted.iter().find(|range| offered(range).is_some());
    first.is_some_and(MediaRange::is_protobuf)
}

/// True when JSON is in the client's list at all.
pub fn takes_json(headers: &HeaderMap) -> bool {
    let accepted = accepted(headers);
    let mut whole = accepted.iter().filter(|range| offered(range).is_some());
    whole.any(MediaRange::takes_json)
}

pub const YAML: &str = "application/yaml";
/// The media types of answers.
const OFFERED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
/// The same of kinds that have no protobuf.
pub const WITHOUT_PROTOBUF: &str = "application/json, application/yaml";

fn offered(range: &MediaRange<'_>) -> Option<Representation> {
    if !range.has_known_options() {
        return None;
    }
    if range.media_type == YAML && range.param("as").is_none() {
        return Some(Representation::Yaml);
    }
    if !range.takes_json() && !range.is_protobuf() {
        return None;
    }
    let version = match (range.param("g"), range.param("v")) {
        (Some("meta.k8s.io"), Some("v1")) => Some(MetaVersion::V1),
        (Some("meta.k8s.io"), Some("v1beta1")) => Some(MetaVersion::V1beta1),
        _ => None,
    };
    match range.param("as") {
        None => Some(Representation::Json),
        // no table is made of protobuf
        Some("Table") if range.is_protobuf() => None,
        Some("Table") => version.map(Representation::Table),
        Some("PartialObjectMetadata") => version.map(Representation::Metadata),
        Some("PartialObjectMetadataList") => version.map(Representation::MetadataList),
        Some(_) => None,
    }
}
