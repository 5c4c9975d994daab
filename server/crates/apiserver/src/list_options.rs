//! ListOptions of list and watch, with upstream's rules about what goes with what (K-06, K-40).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use orrery_apis::{FieldError, FieldErrors, go_syntax};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        let invalid = |why: String| {
            Problem::bad_request(format!(
                "invalid continue token: continue key is not valid: {why}"
            ))
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| invalid(no_base64(text)))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let fault = go_syntax::fault(&bytes);
            let other = match serde_json::from_slice::<Value>(&bytes) {
                Ok(token) => format!(
                    "server does not recognize this encoded version {}",
                    token["v"].as_str().unwrap_or_default()
                ),
                Err(_) => error.to_string(),
            };
            invalid(fault.unwrap_or(other))
        })
    }
}

/// What Go says of such a text: the first letter that is none, or the last that stands alone.
fn no_base64(text: &str) -> String {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let wrong = text.bytes().position(|byte| !is_letter(byte));
    let at = wrong.unwrap_or(text.len().saturating_sub(1));
    format!("illegal base64 data at input byte {at}")
}

const MATCH: &str = "resourceVersionMatch";
const NOT_OLDER: &str = "NotOlderThan";
const INITIAL: &str = "sendInitialEvents";
/// The version that any state will do for.
const ANY: &str = "0";
const NOT_CONTINUED: &str = "resourceVersionMatch is forbidden when continue is provided";

/// Refuses numbers that are none, which upstream's decoder sees before anything else is looked at.
pub fn check_numbers(params: &Params) -> Outcome<()> {
    // a list has no time limit and a watch no pages, but what is wrong is wrong
    params.integer("timeoutSeconds")?;
    params.integer("limit")?;
    Ok(())
}

impl ListOptions {
    /// Refuses the query of a list that contradicts itself.
    pub fn check(params: &Params) -> Outcome<()> {
        let mut errors = FieldErrors::new();
        let version = params.get("resourceVersion");
        if let Some(rule) = params.get(MATCH) {
            check_match(rule, version, params.get("continue").is_some(), &mut errors);
        }
        if params.optional_flag(INITIAL).is_some() {
            errors.push(FieldError::forbidden(
                INITIAL,
                "sendInitialEvents is forbidden for list",
            ));
        }
        refuse(errors)
    }

    /// Reads a query that passed [`Self::check`].
    pub fn read(params: &Params) -> Outcome<Self> {
        let rule = params.get(MATCH);
        let version = params.get("resourceVersion");
        let limit = params
            .integer("limit")?
            .and_then(|l| usize::try_from(l).ok())
            .filter(|l| *l > 0);
        let continue_from = params.get("continue").map(Continue::decode).transpose()?;
        if continue_from.is_some() && version.is_some_and(|version| version != ANY) {
            return Err(Problem::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        // what upstream's cache has is answered whole
        let limit = limit.filter(|_| version != Some(ANY) || continue_from.is_some());
        let number = versions::parse_of_list(version)?;
        let at = match (number, rule) {
            (Some(0) | None, _) => At::Newest,
            (Some(n), Some("Exact")) => At::Exactly(n),
            // the oldest rule, still in force: a limited list at a version is exact
            (Some(n), None) if limit.is_some() => At::Exactly(n),
            (Some(n), _) => At::NotOlderThan(n),
        };
        Ok(Self {
            at,
            limit,
            continue_from,
        })
    }
}

impl WatchOptions {
    /// Refuses the query of a watch that contradicts itself.
    pub fn check(params: &Params) -> Outcome<()> {
        let (initial, rule) = beginning(params);
        refuse(check_watch(initial, rule, params.get("continue").is_some()))
    }

    /// Reads a query that passed [`Self::check`].
    pub fn read(params: &Params) -> Outcome<Self> {
        let (initial, _) = beginning(params);
        let asked = versions::parse(params.get("resourceVersion"))?.filter(|n| *n > 0);
        let bookmarks = params.flag("allowWatchBookmarks");
        let timeout = params.integer("timeoutSeconds")?;
        let initial_events = initial.unwrap_or(asked.is_none());
        Ok(Self {
            after: asked,
            initial_events,
            initial_bookmark: initial_events && bookmarks,
            bookmarks,
            // nought asks for nothing, and less for an end that has passed
            timeout_secs: timeout
                .filter(|secs| *secs != 0)
                .map(|secs| u64::try_from(secs).unwrap_or_default()),
        })
    }
}

/// Whether a watch begins with what is there, and by which rule.
fn beginning(params: &Params) -> (Option<bool>, Option<&str>) {
    let version = params.get("resourceVersion");
    match (params.optional_flag(INITIAL), params.get(MATCH)) {
        // upstream's SetListOptionsDefaults: no version means "begin with what is there" (K-43)
        (None, None) if version.is_none_or(|version| version == ANY) => {
            (Some(true), Some(NOT_OLDER))
        }
        said => said,
    }
}

fn check_watch(initial: Option<bool>, rule: Option<&str>, continued: bool) -> FieldErrors {
    let mut errors = FieldErrors::new();
    let mut forbid = |detail: &str| errors.push(FieldError::forbidden(MATCH, detail));
    if initial.is_some() && rule != Some(NOT_OLDER) {
        forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    let Some(rule) = rule else { return errors };
    if initial.is_none() {
        forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if rule != NOT_OLDER {
        errors.push(FieldError::not_supported(MATCH, rule, &[NOT_OLDER]));
    }
    if continued {
        errors.push(FieldError::forbidden(MATCH, NOT_CONTINUED));
    }
    errors
}

fn check_match(rule: &str, version: Option<&str>, continued: bool, errors: &mut FieldErrors) {
    if version.is_none() {
        let detail = "resourceVersionMatch is forbidden unless resourceVersion is provided";
        errors.push(FieldError::forbidden(MATCH, detail));
    }
    if continued {
        errors.push(FieldError::forbidden(MATCH, NOT_CONTINUED));
    }
    if !matches!(rule, "Exact" | NOT_OLDER) {
        errors.push(FieldError::not_supported(
            MATCH,
            rule,
            &["Exact", NOT_OLDER, ""],
        ));
    }
    if rule == "Exact" && version == Some(ANY) {
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
