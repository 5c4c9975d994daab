//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;

use super::{columns, validation};
use crate::meta::NameRule;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

const FIELD_LABELS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

impl Kind for Event {
    const INFO: Info = Info {
        short_names: &["ev"],
        create_on_update: true,
        ..Info::namespaced("", "v1", "Event", "events", "event")
    };
    // upstream checks no form; what cannot stand in a path cannot be read back
    const NAME_RULE: NameRule = NameRule::PathSegment;

    fn default_fields(&mut self) {
        self.source.get_or_insert_default();
        // Go writes these two always
        self.reporting_component.get_or_insert_default();
        self.reporting_instance.get_or_insert_default();
    }

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate(self)
    }

    fn validate_update(&self, _old: &Self, _door: Update) -> FieldErrors {
        validation::validate(self)
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let object = &self.involved_object;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let component = self
            .source
            .as_ref()
            .and_then(|source| source.component.clone());
        let source = component.filter(|component| !component.is_empty());
        let values = [
            text(&object.kind),
            text(&object.namespace),
            text(&object.name),
            text(&object.uid),
            text(&object.api_version),
            text(&object.resource_version),
            text(&object.field_path),
            text(&self.reason),
            text(&self.reporting_component),
            source.unwrap_or_else(|| text(&self.reporting_component)),
            text(&self.type_),
        ];
        FIELD_LABELS.iter().copied().zip(values).collect()
    }

    fn field_labels() -> &'static [&'static str] {
        FIELD_LABELS
    }

    fn columns() -> &'static [Column] {
        columns::COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        columns::print(self, now)
    }
}
