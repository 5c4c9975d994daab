//! `kubectl --as`: an administrator looks at the cluster as somebody else would.

use std::collections::BTreeMap;

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::auth::{self, Identity};
use crate::problem::{Outcome, Problem};
use crate::registry::Name;

const PREFIX: &str = "impersonate-";
const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";
const ANONYMOUS: &str = "system:anonymous";
const ACCOUNT: &str = "system:serviceaccount:";

/// Whom the sender wants to be taken for, as upstream's `WithImpersonation` reads it; `None` where it is
/// content with itself.
pub fn wanted(sender: &Identity, headers: &HeaderMap) -> Outcome<Option<Identity>> {
    if !headers.keys().any(|name| name.as_str().starts_with(PREFIX)) {
        return Ok(None);
    }
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let user = text(USER);
    if user.is_empty() {
        let has_extra = headers.keys().any(|name| name.as_str().starts_with(EXTRA));
        // headers that name nobody want nobody
        return match has_extra || headers.contains_key(GROUP) || !text(UID).is_empty() {
            true => Err(Problem::BadRequest(
                "requested groups, a uid or extra fields without impersonating a user".to_owned(),
            )),
            false => Ok(None),
        };
    }
    if !sender.is_administrator() {
        return Err(refused(sender, user));
    }
    let named = headers.get_all(GROUP).iter();
    let groups = named
        .filter_map(|group| group.to_str().ok())
        .map(str::to_owned);
    Ok(Some(Identity {
        groups: completed(&user, groups.collect()),
        user,
        uid: text(UID),
        extra: extra(headers),
    }))
}

fn refused(sender: &Identity, user: String) -> Problem {
    let message = format!(
        "User {:?} cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
        sender.user
    );
    Problem::Forbidden {
        resource: Name {
            group: "",
            plural: "users",
        },
        name: user,
        message,
        cause: None,
    }
}

/// The groups that nobody needs to name: those of a service account, and that of whoever is known.
fn completed(user: &str, mut groups: Vec<String>) -> Vec<String> {
    groups.retain(|group| !auth::is_of_components(group));
    let account = user
        .strip_prefix(ACCOUNT)
        .and_then(|rest| rest.split_once(':'));
    if let Some((namespace, _)) = account.filter(|_| groups.is_empty()) {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let known = ["system:authenticated", "system:unauthenticated"];
    let own = match user {
        ANONYMOUS => known[1],
        _ => known[0],
    };
    if !groups.iter().any(|group| known.contains(&group.as_str())) {
        groups.push(own.to_owned());
    }
    groups
}

fn extra(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let key = name.as_str().strip_prefix(EXTRA);
        if let (Some(key), Ok(value)) = (key, value.to_str()) {
            let key = percent_decode_str(key).decode_utf8_lossy().into_owned();
            extra.entry(key).or_default().push(value.to_owned());
        }
    }
    extra
}
