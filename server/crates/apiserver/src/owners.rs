//! Owners that an object names twice: upstream stores each once, and warns.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::params::PATCH;

/// Leaves each owner once; returns what there is to warn of. Of a patch upstream looks only when admission
/// is over, and says so. `options`: those of the request, by which a patch is known.
pub fn dedup(meta: &mut ObjectMeta, options: &str) -> Option<String> {
    let owners = meta.owner_references.as_mut()?;
    let mut seen = BTreeSet::new();
    let mut again = Vec::new();
    owners.retain(|owner| {
        let is_new = seen.insert(whole(owner));
        if !is_new {
            again.push(owner.uid.clone());
        }
        is_new
    });
    let when = match options {
        PATCH => " after mutating admission happens",
        _ => "",
    };
    (!again.is_empty()).then(|| {
        format!(
            ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, \
             and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            again.join(", ")
        )
    })
}

/// All that it says, in an order: a body may name very many.
fn whole(owner: &OwnerReference) -> impl Ord + use<> {
    let OwnerReference {
        api_version,
        block_owner_deletion,
        controller,
        kind,
        name,
        uid,
    } = owner.clone();
    let flags = (block_owner_deletion, controller);
    (uid, name, kind, api_version, flags)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_owner_that_differs_in_anything_is_another() {
        let owner = |uid: &str| json!({"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": uid});
        let mut blocking = owner("a");
        blocking["blockOwnerDeletion"] = json!(false);
        let named = [owner("a"), owner("b"), owner("a"), blocking, owner("b")];
        let mut meta: ObjectMeta =
            serde_json::from_value(json!({"ownerReferences": named})).expect("metadata");
        let told = dedup(&mut meta, PATCH).expect("two are there again");
        assert!(told.ends_with("observed: a, b"), "{told}");
        let uids = meta.owner_references.iter().flatten();
        let uids: Vec<_> = uids.map(|owner| owner.uid.as_str()).collect();
        assert_eq!(uids, ["a", "b", "a"]);
        assert_eq!(dedup(&mut meta, PATCH), None);
        assert_eq!(dedup(&mut ObjectMeta::default(), PATCH), None);
    }
}
