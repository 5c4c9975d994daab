//! ListOptions of list and watch, with upstream's rules about what goes with what (K-06, K-40).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orrery_apis::{FieldError, FieldErrors};
use serde::{Deserialize, Serialize};

use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::versions;

/// Which version a list is wanted at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Newest,
    /// As new as this, or newer.
    NotOlderThan(u64),
    Exactly(u64),
}

/// Checked options of a list.
#[derive(Clone, Debug)]
pub struct ListOptions {
    pub at: At,
    pub limit: Option<usize>,
    pub continue_from: Option<Continue>,
}

/// Checked options of a watch.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// Start after this version; `None`: with the present state.
    pub after: Option<u64>,
    pub initial_events: bool,
    /// Say when the initial events are over (K-40).
    pub initial_bookmark: bool,
    pub bookmarks: bool,
    pub timeout_secs: Option<u64>,
}

/// What a continue token says. Opaque to clients; not signed, since it can name nothing that the
/// client could not list.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Continue {
    /// The version of the first page; 0: whatever is newest (the token of an expired list).
    pub rv: u64,
    pub namespace: String,
    pub name: String,
    /// How many were left behind the page that gave the token.
    #[serde(default)]
    pub left: Option<usize>,
}

impl Continue {
    /// As it travels.
    pub fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("a token is plain data");
        URL_SAFE_NO_PAD.encode(json)
    }

    fn decode(text: &str) -> Outcome<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        bytes
            .and_then(|b| serde_json::from_slice(&b).ok())
            .ok_or_else(|| {
                Problem::bad_request("continue key is not valid: it was not given by this server")
            })
    }
}

const MATCH: &str = "resourceVersionMatch";
const INITIAL: &str = "sendInitialEvents";

impl ListOptions {
    /// Reads and checks the query of a list.
    pub fn read(params: &Params) -> Outcome<Self> {
        let mut errors = FieldErrors::new();
        let rule = params.get(MATCH);
        let version = params.get("resourceVersion");
        if params.optional_flag(INITIAL).is_some() {
            errors.push(FieldError::forbidden(
                INITIAL,
                "sendInitialEvents is forbidden for list",
            ));
        }
        if let Some(rule) = rule {
            check_match(rule, version, params.get("continue").is_some(), &mut errors);
        }
        refuse(errors)?;
        let limit = params
            .integer("limit")?
            .and_then(|l| usize::try_from(l).ok())
            .filter(|l| *l > 0);
        let continue_from = params.get("continue").map(Continue::decode).transpose()?;
        let number = versions::parse(version)?;
        let at = match (number, rule) {
            (Some(0) | None, _) => At::Newest,
            (Some(n), Some("Exact")) => At::Exactly(n),
            // the oldest rule, still in force: a limited list at a version is exact
            (Some(n), None) if limit.is_some() => At::Exactly(n),
            (Some(n), _) => At::NotOlderThan(n),
        };
        if continue_from.is_some() && number.is_some_and(|n| n > 0) {
            return Err(Problem::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        Ok(Self {
            at,
            limit,
            continue_from,
        })
    }
}

impl WatchOptions {
    /// Reads and checks the query of a watch.
    pub fn read(params: &Params) -> Outcome<Self> {
        let initial = params.optional_flag(INITIAL);
        let rule = params.get(MATCH);
        let mut errors = FieldErrors::new();
        match (initial, rule) {
            (Some(_), Some("NotOlderThan")) | (None, None) => {}
            (Some(_), _) => errors.push(FieldError::forbidden(
                MATCH,
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            )),
            (None, Some(_)) => errors.push(FieldError::forbidden(
                MATCH,
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            )),
        }
        refuse(errors)?;
        let asked = versions::parse(params.get("resourceVersion"))?.filter(|n| *n > 0);
        let bookmarks = params.flag("allowWatchBookmarks");
        let timeout = params.integer("timeoutSeconds")?;
        Ok(Self {
            after: asked,
            // without the parameter, no version means "begin with what is there" (K-43)
            initial_events: initial.unwrap_or(asked.is_none()),
            initial_bookmark: initial == Some(true) && bookmarks,
            bookmarks,
            timeout_secs: timeout
                .and_then(|t| u64::try_from(t).ok())
                .filter(|t| *t > 0),
        })
    }
}

fn check_match(rule: &str, version: Option<&str>, continued: bool, errors: &mut FieldErrors) {
    if version.is_none() {
        let detail = "resourceVersionMatch is forbidden unless resourceVersion is provided";
        errors.push(FieldError::forbidden(MATCH, detail));
    }
    if continued {
        let detail = "resourceVersionMatch is forbidden when continue is provided";
        errors.push(FieldError::forbidden(MATCH, detail));
    }
    if !matches!(rule, "Exact" | "NotOlderThan") {
        errors.push(FieldError::not_supported(
            MATCH,
            rule,
            &["Exact", "NotOlderThan", ""],
        ));
    }
    if rule == "Exact" && version == Some("0") {
        let detail = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
        errors.push(FieldError::forbidden(MATCH, detail));
    }
}

fn refuse(errors: FieldErrors) -> Outcome<()> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid {
            group: "meta.k8s.io",
            kind: "ListOptions",
            name: String::new(),
            errors,
        }),
    }
}
