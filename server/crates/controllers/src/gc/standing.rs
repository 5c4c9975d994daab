//! How an owner stands: by what the watches told, else by a live read.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Error;

use super::controller::Collector;
use super::decide::Standing;
use super::item::{Item, KindName};
use super::kinds::Known;
use super::writes;

/// An owner that was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    pub standing: Standing,
    /// Nobody will tell of a change: it has to be looked at again.
    pub again: bool,
}

impl From<Standing> for Looked {
    fn from(standing: Standing) -> Self {
        let again = false;
        Self { standing, again }
    }
}

impl Collector {
    pub(super) async fn look_at(
        &self,
        item: &Item,
        owner: &OwnerReference,
    ) -> Result<Looked, Error> {
        let known = self.graph.lock().get(&owner.uid).cloned();
        let is_watched = known.is_some();
        // one that the reference does not name is looked up under what it does name
        if let Some(known) = known.filter(|known| known.is_meant(item, owner)) {
            return Ok(standing_of(&known).into());
        }
        let namespace = &item.key.namespace;
        if self.absent.lock().has(namespace, owner) {
            return Ok(Standing::Dangling.into());
        }
        let Some(known) = self.kinds.get(&owner.api_version, &owner.kind) else {
            let waits = self.kinds.wait(&owner.api_version, &owner.kind, &item.uid);
            return Ok(Looked {
                standing: Standing::Unknown,
                again: !waits,
            });
        };
        if known.namespaced && namespace.is_empty() {
            return Ok(Standing::Unknown.into());
        }
        let standing = self.read_standing(&known, item, owner).await?;
        Ok(Looked {
            standing,
            again: !is_watched && standing != Standing::Dangling,
        })
    }

    async fn read_standing(
        &self,
        known: &Known,
        item: &Item,
        owner: &OwnerReference,
    ) -> Result<Standing, Error> {
        let namespace = item.key.namespace.as_str();
        let api = writes::api(&self.context.client, known, namespace);
        let found = api.get_opt(&owner.name).await?;
        let is_named = |uid: &Option<String>| uid.as_ref() == Some(&owner.uid);
        match found.filter(|found| is_named(&found.metadata.uid)) {
            Some(found) => {
                let kind = KindName {
                    api_version: owner.api_version.clone(),
                    kind: owner.kind.clone(),
                };
                Ok(standing_of(&Item::of(kind, &found.metadata)))
            }
            None => {
                let namespace = if known.namespaced { namespace } else { "" };
                self.absent.lock().add(namespace, owner);
                Ok(Standing::Dangling)
            }
        }
    }
}

/// Of one that is there.
fn standing_of(owner: &Item) -> Standing {
    match owner.is_deleting_dependents() {
        true => Standing::Waiting,
        false => Standing::Solid,
    }
}
