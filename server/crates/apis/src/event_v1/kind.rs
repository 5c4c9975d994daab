//! Identity and schema only: what is stored, validated and printed is the core event.

use jiff::Timestamp;
use k8s_openapi::api::events::v1::Event;

use crate::meta::NameRule;
use crate::{FieldErrors, Info, Kind, Printed, Update};

impl Kind for Event {
    const INFO: Info = Info {
        short_names: &["ev"],
        ..Info::namespaced("events.k8s.io", "v1", "Event", "events", "event")
    };
    const NAME_RULE: NameRule = NameRule::PathSegment;

    fn default_fields(&mut self) {}

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        Vec::new()
    }

    fn validate_update(&self, _old: &Self, _door: Update) -> FieldErrors {
        Vec::new()
    }

    fn columns() -> &'static [crate::Column] {
        &[]
    }

    fn print(&self, _now: Timestamp) -> Printed {
        Printed::default()
    }
}
