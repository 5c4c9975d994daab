//! The deprecated way to ask for a watch, `/api/v1/watch/...`, told as today's `?watch=true`.

use axum::extract::Request;
use http::Method;
use http::uri::PathAndQuery;
use orrery_apis::selector::FieldSelector;

use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Registry;
use crate::target::{self, Target};

/// Rewrites such a path; leaves every other alone.
pub fn straighten(registry: &Registry, request: &mut Request) -> Outcome<()> {
    // nearly every path names no watch, and all requests come by here
    if !request.uri().path().contains("/watch/") {
        return Ok(());
    }
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let Some((group, version, ["watch", rest @ ..])) = target::parts(&segments) else {
        return Ok(());
    };
    let root = segments[..segments.len() - rest.len() - 1].join("/");
    let target = Target::read(registry, group, version, rest)?;
    if target.subresource.is_some() {
        return Err(Problem::NoSuchPath);
    }
    if request.method() != Method::GET {
        return Err(Problem::MethodNotAllowed);
    }
    let collection = match target.name {
        Some(_) => &rest[..rest.len() - 1],
        None => rest,
    };
    let query = query(request.uri().query(), target.name.as_deref())?;
    let told = format!("/{root}/{}?{query}", collection.join("/"));
    let told: PathAndQuery = told.parse().map_err(|_| Problem::NoSuchPath)?;
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(told);
    *request.uri_mut() = parts.try_into().map_err(|_| Problem::NoSuchPath)?;
    Ok(())
}

/// What was asked, as a watch of the one object when it names one.
fn query(asked: Option<&str>, name: Option<&str>) -> Outcome<String> {
    let mut told = form_urlencoded::Serializer::new(String::new());
    told.append_pair("watch", "true");
    let pairs = form_urlencoded::parse(asked.unwrap_or_default().as_bytes());
    for (key, value) in pairs.filter(|(key, _)| key != "watch") {
        told.append_pair(&key, &value);
    }
    let Some(name) = name else {
        return Ok(told.finish());
    };
    match Params::parse(asked).get("fieldSelector") {
        None => {
            told.append_pair("fieldSelector", &format!("metadata.name={name}"));
        }
        Some(selector) => {
            let selector: FieldSelector = selector.parse().map_err(Problem::BadRequest)?;
            if selector.required("metadata.name") != Some(name) {
                let why = "field selector metadata.name does not match";
                return Err(Problem::bad_request(why));
            }
        }
    }
    Ok(told.finish())
}
