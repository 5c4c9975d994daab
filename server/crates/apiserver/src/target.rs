//! What a path names: collection, object or subresource, as upstream's RequestInfo has it.

use std::sync::Arc;

use orrery_apis::go_quote::quoted;
use percent_encoding::percent_decode_str;

use crate::problem::{Outcome, Problem};
use crate::registry::{Registry, Resource};

/// What upstream's storage says of an object that is in none.
pub const NO_NAMESPACE: &str = "Namespace parameter required.";

/// A path under `/api/v1` or `/apis/<group>/<version>`.
pub struct Target {
    pub resource: Arc<Resource>,
    /// `None` for cluster-scoped kinds and for a list over all namespaces. Empty where the path names nothing in its
    /// place: to who lists that is all of them, to who writes none.
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub subresource: Option<String>,
}

impl Target {
    /// Reads the path's segments after the group and version.
    pub fn read(registry: &Registry, group: &str, version: &str, rest: &[&str]) -> Outcome<Self> {
        let (is_nowhere, rest) = match rest {
            [.., plural, "", part] if has_part(registry, (group, version), plural, part) => {
                return Err(Problem::bad_request("name must be provided"));
            }
            // to upstream's router nothing is a namespace, too
            ["namespaces", "", below @ ..] if !below.is_empty() => (true, below),
            rest => (false, rest),
        };
        let rest: Vec<String> = rest
            .iter()
            .map(|s| decode_segment(s))
            .collect::<Outcome<_>>()?;
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let (namespace, rest) = match rest.as_slice() {
            all if is_nowhere => (Some(""), all.to_vec()),
            // `namespaces/x/status` and `/finalize` are the namespace's own
            ["namespaces", namespace, plural, rest @ ..]
                if !matches!(*plural, "status" | "finalize") =>
            {
                (Some(*namespace), [&[*plural], rest].concat())
            }
            all => (None, all.to_vec()),
        };
        if matches!(namespace, Some("." | "..")) {
            return Err(Problem::NoSuchPath);
        }
        let (plural, name, subresource) = match rest.as_slice() {
            [plural] => (*plural, None, None),
            [plural, name] => (*plural, Some(*name), None),
            [plural, name, subresource] => (*plural, Some(*name), Some(*subresource)),
            _ => return Err(Problem::NoSuchPath),
        };
        let resource = registry
            .find(group, version, plural)
            .ok_or(Problem::NoSuchPath)?;
        let target = Self {
            resource: resource.clone(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            subresource: subresource.map(str::to_owned),
        };
        target.check().map(|()| target)
    }

    /// The namespace, if it is that of anything.
    pub fn place(&self) -> Option<&str> {
        let namespace = self.namespace.as_deref();
        namespace.filter(|namespace| !namespace.is_empty())
    }

    /// Refuses a name that upstream's storage makes no key of.
    pub fn check_name(&self) -> Outcome<()> {
        if self.name.is_some() && self.namespace.as_deref() == Some("") {
            return Err(Problem::bad_request(NO_NAMESPACE));
        }
        let name = self.name.as_deref().unwrap_or_default();
        let why = match name {
            "." | ".." => format!("may not be '{name}'"),
            _ if name.contains('%') => "may not contain '%'".to_owned(),
            _ => return Ok(()),
        };
        let name = quoted(name);
        Err(Problem::BadRequest(format!(
            "Name parameter invalid: {name}: {why}"
        )))
    }

    fn check(&self) -> Outcome<()> {
        let namespaced = self.resource.info.namespaced;
        let wrong_scope = match self.namespace {
            Some(_) => !namespaced,
            None => namespaced && self.name.is_some(),
        };
        let unknown = |s: &String| self.resource.subresource(s).is_none();
        match wrong_scope || self.subresource.as_ref().is_some_and(unknown) {
            true => Err(Problem::NoSuchPath),
            false => Ok(()),
        }
    }
}

/// Whether objects of that collection have such a part.
fn has_part(registry: &Registry, (group, version): (&str, &str), plural: &str, part: &str) -> bool {
    let resource = registry.find(group, version, plural);
    resource.is_some_and(|resource| resource.subresource(part).is_some())
}

/// Group, version and the rest of a path of resources, `api/v1/…` or `apis/GROUP/VERSION/…`.
pub fn parts<'a>(segments: &'a [&'a str]) -> Option<(&'a str, &'a str, &'a [&'a str])> {
    match segments {
        ["api", version, rest @ ..] => Some(("", version, rest)),
        ["apis", group, version, rest @ ..] => Some((group, version, rest)),
        _ => None,
    }
}

/// Percent-decodes one segment, which is something and holds no slash.
pub fn decode_segment(segment: &str) -> Outcome<String> {
    let text = percent_decode_str(segment).decode_utf8_lossy();
    match text.contains('/') || text.is_empty() {
        true => Err(Problem::NoSuchPath),
        false => Ok(text.into_owned()),
    }
}
