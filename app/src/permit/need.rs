//! The permission that a deed needs.

use orrery_view::{Kind, ObjectRef};

use super::{Need, TRIAL, Verb};
use crate::cell::Deed;
use crate::kinds;

/// `None`: nothing is changed by it.
pub fn need(deed: &Deed) -> Option<Need> {
    let on = |verb, object: &ObjectRef| (verb, object.kind, object.namespace.clone());
    let (verb, kind, namespace) = match deed {
        Deed::Go(_) | Deed::Menu(..) => return None,
        Deed::Examples(namespace) => (Verb::Create, Kind::Job, namespace.clone()),
        Deed::Trigger(of) | Deed::Rerun(of) => (Verb::Create, Kind::Job, of.namespace.clone()),
        Deed::Suspend(object, _)
        | Deed::Restart(object)
        | Deed::Pause(object, _)
        | Deed::Cordon(object, _) => on(Verb::Patch, object),
        Deed::Delete(object) => on(Verb::Delete, object),
        Deed::Form(address) => form(address)?,
    };
    Some(Need {
        verb,
        kind,
        namespace,
    })
}

/// Whether it is done to the machine under a node.
pub fn is_of_machine(deed: &Deed) -> bool {
    let Deed::Form(address) = deed else {
        return false;
    };
    let mut parts = address.split('/').skip(2);
    let deed = (parts.next(), parts.next());
    matches!(
        deed,
        (Some("add" | "fail" | "recover" | "remove"), Some("nodes"))
    )
}

/// What a form does in the end, by its address `/form/{deed}/{kind}/{namespace}/{name}`, or
/// `/form/create/{kind}?ns={namespace}`.
fn form(address: &str) -> Option<(Verb, Kind, String)> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut parts = path.split('/').skip(2);
    let (deed, kind) = (parts.next()?, parts.next()?);
    if deed == "create" {
        let namespace = query.strip_prefix("ns=").unwrap_or_default();
        return Some((Verb::Create, kinds::of_path(kind)?, namespace.into()));
    }
    // what would be may be asked whoever may change it; the form itself says who may not
    if deed == "edit" && query == TRIAL {
        return None;
    }
    if deed == "add" {
        return Some((Verb::Create, kinds::of_path(kind)?, String::new()));
    }
    let namespace = parts.next()?;
    // a Node has a name there and no namespace
    let namespace = parts.next().map_or("", |_| namespace);
    let (verb, kind) = match deed {
        "backfill" | "retry" | "trigger" => (Verb::Create, Kind::Job),
        "yaml" => (Verb::Update, kinds::of_path(kind)?),
        "evict" => (Verb::Evict, Kind::Pod),
        "remove" => (Verb::Delete, kinds::of_path(kind)?),
        _ => (Verb::Patch, kinds::of_path(kind)?),
    };
    Some((verb, kind, namespace.into()))
}
