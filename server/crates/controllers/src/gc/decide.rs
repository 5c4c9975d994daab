//! What to do about one object, from what is known of its owners and dependents. Pure.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::item::{FOREGROUND, Item, ORPHAN};

/// How an owner stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It exists: it keeps the object.
    Solid,
    /// It does not exist, or another object has its name.
    Dangling,
    /// It is being deleted and waits for its dependents.
    Waiting,
    /// Nobody can tell (GC-05, unknown kinds): nothing is done about the object, whatever its other owners.
    Unknown,
}

/// How a deletion goes on to the object's own dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Background,
    Foreground,
    Orphan,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Nothing,
    /// Its blocking dependents are gone: let it go (GC-02).
    RemoveForegroundFinalizer,
    /// Look at these dependents, which hold it up.
    WaitFor(Vec<String>),
    /// Some owner keeps it; these references name owners that are gone or going (GC-04).
    DropOwners(Vec<String>),
    /// It may own what waits for it: let it hold up none of these owners, then look again (GC-02).
    Unblock(Vec<String>),
    Delete(Policy),
}

/// Decides about `item`, just read; `owners` are its owners with their standing, `dependents` what
/// the graph knows.
pub fn decide(item: &Item, owners: &[(&OwnerReference, Standing)], dependents: &[&Item]) -> Action {
    if item.is_deleting_dependents() {
        return wait_for_dependents(item, dependents);
    }
    if item.deleting || owners.is_empty() {
        return Action::Nothing;
    }
    let uids = |standings: &[Standing]| -> Vec<String> {
        let of = owners
            .iter()
            .filter(|(_, standing)| standings.contains(standing));
        of.map(|(owner, _)| owner.uid.clone()).collect()
    };
    if !uids(&[Standing::Unknown]).is_empty() {
        return Action::Nothing;
    }
    let kept = !uids(&[Standing::Solid]).is_empty();
    let leaving = uids(&[Standing::Dangling, Standing::Waiting]);
    match kept {
        true if leaving.is_empty() => Action::Nothing,
        true => Action::DropOwners(leaving),
        false => {
            let waiting = !uids(&[Standing::Waiting]).is_empty() && !dependents.is_empty();
            let blocked = blocked_owners(item);
            match waiting && dependents.iter().any(|d| d.is_deleting_dependents()) {
                true if !blocked.is_empty() => Action::Unblock(blocked),
                _ => Action::Delete(policy(item, waiting)),
            }
        }
    }
}

/// The owners whose deletion it holds up.
fn blocked_owners(item: &Item) -> Vec<String> {
    let owners = item.owners.iter();
    let blocked = owners.filter(|owner| owner.block_owner_deletion == Some(true));
    blocked.map(|owner| owner.uid.clone()).collect()
}

fn wait_for_dependents(item: &Item, dependents: &[&Item]) -> Action {
    let blocking = dependents
        .iter()
        .filter(|dependent| dependent.blocks(&item.uid));
    let blocking: Vec<_> = blocking.map(|dependent| dependent.uid.clone()).collect();
    match blocking.is_empty() {
        true => Action::RemoveForegroundFinalizer,
        false => Action::WaitFor(blocking),
    }
}

/// The finalizers that the object already has say how it wants to go (GC-04).
fn policy(item: &Item, foreground: bool) -> Policy {
    match () {
        () if foreground => Policy::Foreground,
        () if item.has(ORPHAN) => Policy::Orphan,
        () if item.has(FOREGROUND) => Policy::Foreground,
        () => Policy::Background,
    }
}
