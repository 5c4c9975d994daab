//! `/livez`, `/readyz`, `/healthz`: for everyone, without credentials.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::response::Response;

use crate::core::Core;
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::render;

const PATHS: [&str; 3] = ["/livez", "/readyz", "/healthz"];

/// True for a health path, also one below it (`/readyz/ping`).
pub fn is_health(path: &str) -> bool {
    let below = |root: &&str| {
        path.strip_prefix(*root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PATHS.iter().any(below)
}

/// What is looked at, and each its path below (`/livez/ping`).
const CHECKS: [&str; 2] = ["ping", "store"];

/// Every path of these.
pub fn paths() -> impl Iterator<Item = String> {
    let below = |root: &'static str| CHECKS.map(|check| format!("{root}/{check}"));
    let all = PATHS.into_iter();
    all.flat_map(move |root| std::iter::once(root.to_owned()).chain(below(root)))
}

/// `ok`, with `?verbose` check by check: a server that answers this reads its store, and the store
/// holds its bootstrap objects before the listener opens.
pub fn serve(core: &Core, path: &str, params: &Params) -> Outcome<Response> {
    let revision = core.store.revision();
    tracing::trace!(path, revision, "asked for health");
    let (root, check) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    if !check.is_empty() && !CHECKS.contains(&check) {
        return Err(Problem::NoSuchPath);
    }
    if !check.is_empty() {
        return Ok(render::typed(Body::from("ok"), "text/plain; charset=utf-8"));
    }
    let text = match params.all("verbose").next() {
        Some(_) => {
            let excluded: BTreeSet<&str> = params.all("exclude").collect();
            format!("{}{root} check passed\n", report(excluded))
        }
        None => "ok".to_owned(),
    };
    Ok(render::plain(Body::from(text)))
}

/// A line for each check, and one for what is none and was to be left out.
fn report(mut excluded: BTreeSet<&str>) -> String {
    let lines = CHECKS.map(|name| match excluded.remove(name) {
        true => format!("[+]{name} excluded: ok\n"),
        false => format!("[+]{name} ok\n"),
    });
    let unknown: Vec<String> = excluded.iter().map(|name| format!("{name:?}")).collect();
    let warning = match unknown.as_slice() {
        [] => String::new(),
        names => format!(
            "warn: some health checks cannot be excluded: no matches for {}\n",
            names.join(",")
        ),
    };
    lines.concat() + &warning
}
