//! In which form the client wants its answer, and as what (K-10, PR-05).

#[cfg(test)]
mod tests;

use http::{HeaderMap, header};

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

/// As what an object or a list is answered, in whatever form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// As it is.
    Whole,
    Table(MetaVersion),
    /// An object reduced to its metadata.
    Metadata(MetaVersion),
    /// A list of such.
    MetadataList(MetaVersion),
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Json,
    Yaml,
    Protobuf,
}

impl Media {
    /// In upstream's order, by which a range that takes several is answered.
    const ALL: [Self; 3] = [Self::Json, Self::Yaml, Self::Protobuf];

    /// The media type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
            Self::Protobuf => protobuf::MEDIA_TYPE,
        }
    }

    /// No watch is YAML.
    pub fn streams(self) -> bool {
        self != Self::Yaml
    }
}

/// One media range of an Accept header: type and parameters.
pub struct MediaRange<'a> {
    pub media_type: &'a str,
    params: Vec<(&'a str, &'a str)>,
}

/// Stands for every type.
const ANYTHING: &str = "*/*";

impl<'a> MediaRange<'a> {
    /// `None` of what upstream passes by.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.trim().split(';');
        let media_type = match parts.next().unwrap_or_default().trim() {
            "*" => ANYTHING,
            media_type => media_type,
        };
        let (_, subtype) = media_type.split_once('/')?;
        let said = |part: &'a str| {
            let (key, value) = part.split_once('=')?;
            let is_one = !value.is_empty() && !value.contains('=');
            is_one.then_some((key.trim(), value))
        };
        (!subtype.is_empty() && !subtype.contains('/')).then(|| Self {
            media_type,
            params: parts.filter_map(said).collect(),
        })
    }

    /// The value of a parameter, the last one where it is said twice.
    pub fn param(&self, key: &str) -> Option<&'a str> {
        let mut params = self.params.iter().rev();
        params.find(|(k, _)| *k == key).map(|(_, v)| v.trim())
    }

    /// What is no number counts as none.
    fn quality(&self) -> f32 {
        let mut params = self.params.iter().rev();
        let said = params.find(|(k, _)| *k == "q");
        said.map_or(1.0, |(_, q)| q.parse().unwrap_or_default())
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

    fn covers(&self, media: Media) -> bool {
        matches!(self.media_type, ANYTHING | "application/*") || self.media_type == media.name()
    }

    /// True for every range that JSON falls into.
    pub fn takes_json(&self) -> bool {
        self.covers(Media::Json)
    }

    /// What the answer is to be made into: kind, group and version, each of which may be missing.
    fn conversion(&self) -> Option<[&'a str; 3]> {
        let said = ["as", "g", "v"].map(|key| self.param(key));
        let any = said.iter().any(Option::is_some);
        any.then(|| said.map(Option::unwrap_or_default))
    }

    /// False of a stream that no answer in this form is.
    fn has_known_stream(&self, media: Media) -> bool {
        match self.param("stream") {
            None => true,
            Some(stream) => stream == "watch" && media.streams(),
        }
    }

    /// As the endpoints of kinds have it.
    fn of_kind(&self, media: Media) -> Option<Representation> {
        let of_server = self.param("sv").unwrap_or("v1");
        if of_server != "v1" || !self.has_known_stream(media) {
            return None;
        }
        let Some([kind, group, version]) = self.conversion() else {
            return Some(Representation::Whole);
        };
        let version = match (group, version) {
            ("meta.k8s.io", "v1") => MetaVersion::V1,
            ("meta.k8s.io", "v1beta1") => MetaVersion::V1beta1,
            _ => return None,
        };
        match kind {
            // no table is made of protobuf
            "Table" if media == Media::Protobuf => None,
            "Table" => Some(Representation::Table(version)),
            "PartialObjectMetadata" => Some(Representation::Metadata(version)),
            "PartialObjectMetadataList" => Some(Representation::MetadataList(version)),
            _ => None,
        }
    }

    /// As upstream has it of what is made into nothing else: errors, and discovery's plain documents.
    fn of_document(&self, media: Media) -> Option<()> {
        let is_plain = self.conversion().is_none() && self.param("sv").is_none();
        (is_plain && self.has_known_stream(media)).then_some(())
    }

    /// The version of aggregated discovery.
    fn of_discovery(&self, media: Media) -> Option<&'static str> {
        if self.param("sv").is_some() || !self.has_known_stream(media) {
            return None;
        }
        match self.conversion()? {
            ["APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2"] => Some("v2"),
            // clients up to 1.29 know this one only (K-01)
            ["APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1"] => Some("v2beta1"),
            _ => None,
        }
    }
}

/// Go sorts as many by insertion, which shows where a comparison is no order.
const MAX_INSERTED: usize = 12;

/// No type, in place of what is no text.
const NO_TYPE: &str = "?";

/// The Accept header: upstream looks at the first one only, and knows no type in letters beyond ASCII.
fn accept_of(headers: &HeaderMap) -> &str {
    let first = headers.get(header::ACCEPT);
    first.map_or("", |value| {
        std::str::from_utf8(value.as_bytes()).unwrap_or(NO_TYPE)
    })
}

/// The ranges of the Accept header, the preferred ones first, those that name a type before those that do not, else in
/// the client's order; anything when there is none.
pub fn accepted(headers: &HeaderMap) -> Vec<MediaRange<'_>> {
    let accept = match accept_of(headers) {
        "" => ANYTHING,
        said => said,
    };
    let mut ranges: Vec<_> = accept.split(',').filter_map(MediaRange::parse).collect();
    sort(&mut ranges);
    ranges
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

/// What an answer is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<T> {
    pub media: Media,
    pub what: T,
    /// The range itself asks for lines that people can read.
    pub pretty: bool,
}

/// The first of the client's list that is allowed.
fn first<T>(
    headers: &HeaderMap,
    allowed: impl Fn(&MediaRange<'_>, Media) -> Option<T>,
) -> Option<Wanted<T>> {
    accepted(headers).iter().find_map(|range| {
        let mut covered = Media::ALL.into_iter().filter(|media| range.covers(*media));
        covered.find_map(|media| {
            Some(Wanted {
                media,
                what: allowed(range, media)?,
                pretty: range.param("pretty") == Some("1"),
            })
        })
    })
}

/// How an object or a list is answered; `None` where it is not.
pub fn of_kinds(headers: &HeaderMap) -> Option<Wanted<Representation>> {
    first(headers, |range, media| range.of_kind(media))
}

/// How an error or a plain document of discovery is.
pub fn of_documents(headers: &HeaderMap) -> Option<Wanted<()>> {
    first(headers, |range, media| range.of_document(media))
}

/// How aggregated discovery is, and in which version; `None` where it is not asked for.
pub fn of_discovery(headers: &HeaderMap) -> Option<Wanted<&'static str>> {
    first(headers, |range, media| range.of_discovery(media))
}

/// True when JSON is in the client's list at all.
pub fn takes_json(headers: &HeaderMap) -> bool {
    let accepted = accepted(headers);
    let mut takers = accepted.iter().filter(|range| range.takes_json());
    takers.any(|range| range.of_kind(Media::Json).is_some())
}

/// The media types of answers.
pub const OFFERED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
/// Those of a collection, which can be watched.
pub const OFFERED_OF_LISTS: &str = "application/json, application/yaml, \
     application/vnd.kubernetes.protobuf, application/json;stream=watch, \
     application/vnd.kubernetes.protobuf;stream=watch";
/// The same of kinds that have no protobuf.
pub const WITHOUT_PROTOBUF: &str = "application/json, application/yaml";

/// As what the answer is to be made of an endpoint that offers these.
pub fn representation(headers: &HeaderMap, offered: &'static str) -> Outcome<Representation> {
    routed(headers, offered)?;
    let wanted = of_kinds(headers).ok_or_else(unacceptable)?;
    Ok(wanted.what)
}

/// Refuses as upstream's router does, to which of all patterns only `*/*` stands for a type.
pub fn routed(headers: &HeaderMap, offered: &'static str) -> Outcome<()> {
    let accept = accept_of(headers);
    let is_known = |range: &str| {
        let end = range.find(';').unwrap_or(range.len());
        let media_type = range[..end].trim_matches(' ');
        media_type == ANYTHING || Media::ALL.iter().any(|media| media.name() == media_type)
    };
    match accept.is_empty() || accept.split(',').any(is_known) {
        true => Ok(()),
        false => Err(Problem::NoRepresentation(offered)),
    }
}

/// What upstream's endpoints say where its router saw nothing amiss.
pub fn unacceptable() -> Problem {
    Problem::NotAcceptable(format!(
        "only the following media types are accepted: {OFFERED}"
    ))
}
