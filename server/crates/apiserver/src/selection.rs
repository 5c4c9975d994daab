//! Label and field selectors of list, watch and deletecollection, on the store's columns (K-39).

use orrery_apis::selector::{FieldSelector, Selector};
use orrery_store::Entry;

use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;

const NAME: &str = "metadata.name";
const NAMESPACE: &str = "metadata.namespace";

/// Which objects a request is about.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    labels: Selector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads `labelSelector` and `fieldSelector`.
    pub fn read(params: &Params) -> Outcome<Self> {
        let labels = params.get("labelSelector").unwrap_or_default();
        let labels = labels.parse().map_err(Problem::BadRequest)?;
        let fields = params.get("fieldSelector").unwrap_or_default();
        let fields = fields.parse().map_err(Problem::BadRequest)?;
        Ok(Self { labels, fields })
    }

    /// Refuses fields that the resource is not selected by (JOBV-20).
    pub fn check(&self, resource: &Resource) -> Outcome<()> {
        for term in &self.fields.terms {
            let field = term.field.as_str();
            let known = field == NAME
                || (field == NAMESPACE && resource.info.namespaced)
                || resource.field_labels.contains(&field);
            if !known {
                return Err(Problem::BadRequest((resource.unsupported_field)(field)));
            }
        }
        Ok(())
    }

    /// True when everything is selected, so that nothing needs to be looked at.
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.terms.is_empty()
    }

    /// True when `entry` is selected.
    pub fn matches(&self, entry: &Entry) -> bool {
        self.labels.requirements().iter().all(|requirement| {
            let labels = entry.columns.labels.iter();
            let value = labels
                .into_iter()
                .find(|(key, _)| **key == *requirement.key);
            requirement.matches_value(value.map(|(_, value)| &**value))
        }) && self.fields.matches(|field| value_of(entry, field))
    }
}

fn value_of<'a>(entry: &'a Entry, field: &str) -> Option<&'a str> {
    match field {
        NAME => Some(&entry.key.name),
        NAMESPACE => Some(&entry.key.namespace),
        // the alias of the oldest clients
        "spec.host" => value_of(entry, "spec.nodeName"),
        _ => {
            let found = entry.columns.fields.iter().find(|(key, _)| &**key == field);
            found.map(|(_, value)| &**value)
        }
    }
}
