//! Which kinds there are, as an API server tells.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIResource, APIResourceList};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Error};

use super::kinds::Known;

/// What can be collected must be known from its beginning to its end.
const COLLECTABLE: [&str; 3] = ["delete", "list", "watch"];

/// Group and plural name.
pub type ResourceName = (String, String);

/// A resource that is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    pub known: Known,
    /// Can be followed and deleted, and is nobody's mere report: Events are left, as upstream leaves them.
    pub collectable: bool,
}

/// What is served: of each resource the version that its group prefers, or else the first that has it.
#[derive(Debug, Default, PartialEq)]
pub struct Discovered {
    pub served: BTreeMap<ResourceName, Served>,
    /// Versions of groups that were named and did not answer: a server behind the API may be away.
    pub failed: BTreeSet<String>,
}

/// Asks for all groups; one that does not answer keeps no other from being known.
pub async fn discover(client: &Client) -> Result<Discovered, Error> {
    let mut discovered = Discovered::default();
    for version in client.list_core_api_versions().await?.versions {
        let told = client.list_core_api_resources(&version).await;
        discovered.take(&version, false, told.ok());
    }
    for group in client.list_api_groups().await?.groups {
        let preferred = group.preferred_version.map(|version| version.group_version);
        for version in group.versions {
            let name = version.group_version;
            let told = client.list_api_group_resources(&name).await;
            let is_preferred = preferred.as_ref() == Some(&name);
            discovered.take(&name, is_preferred, told.ok());
        }
    }
    Ok(discovered)
}

impl Discovered {
    /// Leaves what was known of versions that do not answer as it was.
    pub fn keep(&mut self, before: &Self) {
        for (name, served) in &before.served {
            if self.failed.contains(&served.known.resource.api_version) {
                self.served.insert(name.clone(), served.clone());
            }
        }
    }

    fn take(&mut self, api_version: &str, preferred: bool, told: Option<APIResourceList>) {
        let Some(told) = told else {
            self.failed.insert(api_version.to_owned());
            return;
        };
        let is_whole = |resource: &APIResource| !resource.name.contains('/');
        for resource in told.resources.into_iter().filter(is_whole) {
            let served = Served::of(api_version, &resource);
            let name = (served.known.resource.group.clone(), resource.name);
            if preferred || !self.served.contains_key(&name) {
                self.served.insert(name, served);
            }
        }
    }
}

impl Served {
    fn of(api_version: &str, resource: &APIResource) -> Self {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let kind = GroupVersionKind::gvk(group, version, &resource.kind);
        let can = |verb: &&str| resource.verbs.iter().any(|own| own == verb);
        let is_event = resource.name == "events" && ["", "events.k8s.io"].contains(&group);
        Self {
            known: Known {
                resource: ApiResource::from_gvk_with_plural(&kind, &resource.name),
                namespaced: resource.namespaced,
            },
            collectable: COLLECTABLE.iter().all(can) && !is_event,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resources as `name Kind verb verb`.
    fn list(resources: &[&str]) -> Option<APIResourceList> {
        let resource = |text: &&str| {
            let mut words = text.split(' ').map(str::to_owned);
            let mut word = || words.next().unwrap_or_default();
            let (name, kind) = (word(), word());
            APIResource {
                name,
                kind,
                namespaced: true,
                verbs: words.collect(),
                ..APIResource::default()
            }
        };
        Some(APIResourceList {
            resources: resources.iter().map(resource).collect(),
            ..APIResourceList::default()
        })
    }

    /// `plural.group version`, with a star where it can be collected.
    fn told(discovered: &Discovered) -> Vec<String> {
        let served = discovered.served.iter();
        let told = served.map(|((group, plural), served)| {
            let star = if served.collectable { "*" } else { "" };
            format!("{plural}.{group} {}{star}", served.known.resource.version)
        });
        told.collect()
    }

    #[test]
    fn only_what_can_be_listed_watched_and_deleted_is_collected() {
        let mut discovered = Discovered::default();
        let core = [
            "secrets Secret get list watch delete",
            "componentstatuses ComponentStatus get list",
            "bindings Binding create",
            "pods/log Pod get",
            "events Event get list watch delete",
        ];
        discovered.take("v1", false, list(&core));
        let events = ["events Event get list watch delete"];
        discovered.take("events.k8s.io/v1", true, list(&events));
        discovered.take("example.com/v1", true, list(&events));
        let want = [
            "bindings. v1",
            "componentstatuses. v1",
            "events. v1",
            "secrets. v1*",
            "events.events.k8s.io v1",
            "events.example.com v1*",
        ];
        assert_eq!(told(&discovered), want);
    }

    #[test]
    fn a_resource_is_known_in_the_version_that_its_group_prefers() {
        let mut discovered = Discovered::default();
        let both = ["widgets Widget list watch delete"];
        let newer = ["widgets Widget list watch delete", "gears Gear list"];
        discovered.take("example.com/v2beta1", false, list(&newer));
        discovered.take("example.com/v1", true, list(&both));
        discovered.take("example.com/v1beta1", false, list(&both));
        let want = ["gears.example.com v2beta1", "widgets.example.com v1*"];
        assert_eq!(told(&discovered), want);
    }

    #[test]
    fn a_group_that_does_not_answer_stays_as_it_was() {
        let widgets = || list(&["widgets Widget list watch delete"]);
        let mut before = Discovered::default();
        before.take("example.com/v1", true, widgets());
        before.take("example.org/v1", true, widgets());
        before.take("gone.com/v1", true, widgets());
        let mut now = Discovered::default();
        now.take("example.com/v1", true, None);
        now.take("example.com/v1beta1", false, widgets());
        now.take("new.com/v1", true, widgets());
        now.take("away.com/v1", true, None);
        now.keep(&before);
        let want = ["widgets.example.com v1*", "widgets.new.com v1*"];
        assert_eq!(told(&now), want);
    }
}
