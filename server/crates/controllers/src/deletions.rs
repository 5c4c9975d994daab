//! Deletions that a controller has made and its cache does not show yet, by the pods' uids, with the time of each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use crate::pods::{is_leaving, uid};

/// After this long a deletion that nobody saw is no longer waited for, as upstream's expectations
/// expire (JOB-26).
const UNSEEN_FOR_AT_MOST: SignedDuration = SignedDuration::from_mins(5);

pub type Deletions = BTreeMap<String, Timestamp>;

/// Forgets those that the cache, which has these `pods`, shows by now.
pub fn observe<'a>(deletions: &mut Deletions, pods: impl Iterator<Item = &'a Pod>, now: Timestamp) {
    if deletions.is_empty() {
        return;
    }
    let staying: BTreeSet<&str> = pods.filter(|pod| !is_leaving(pod)).map(uid).collect();
    let recent = |since: Timestamp| now.duration_since(since) < UNSEEN_FOR_AT_MOST;
    deletions.retain(|uid, since| staying.contains(uid.as_str()) && recent(*since));
}

/// When those that nobody saw are waited for no more: nothing else may wake the controller then.
pub fn give_up_at(deletions: &Deletions) -> Option<Timestamp> {
    let since = deletions.values().max()?;
    Some(*since + UNSEEN_FOR_AT_MOST)
}
