//! A decoded object of any served kind behind one interface, so that handlers are written once.

use std::any::Any;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::go_zero::AsGo;
use orrery_apis::{FieldErrors, Kind, Printed, Update};

/// [`Kind`] without its type parameter. The two objects of a comparison are always of one kind:
/// both came out of the same [`crate::registry::Resource`].
pub trait Object: Send + Sync {
    fn meta(&self) -> &ObjectMeta;
    fn meta_mut(&mut self) -> &mut ObjectMeta;
    fn default_fields(&mut self);
    fn prepare_create(&mut self, now: Timestamp);
    fn complete_create(&mut self);
    fn prepare_update(&mut self, old: &dyn Object, door: Update);
    fn count_changes(&mut self, new: &dyn Object, old: &dyn Object);
    fn level_amounts(&mut self);
    fn spec_changed(&self, old: &dyn Object) -> bool;
    fn validate_create(&self) -> FieldErrors;
    fn validate_update(&self, old: &dyn Object, door: Update) -> FieldErrors;
    fn warnings(&self, old: Option<&dyn Object>) -> Vec<String>;
    fn status_warnings(&self) -> Vec<String>;
    fn fields(&self) -> Vec<(&'static str, String)>;
    fn print(&self, now: Timestamp) -> Printed;
    /// The object's JSON, apiVersion, kind and metadata first.
    fn encode(&self) -> Vec<u8>;
    fn duplicate(&self) -> Box<dyn Object>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// Any [`Kind`] as an [`Object`].
pub struct Typed<K>(pub K);

impl<K: Kind> Object for Typed<K> {
    fn meta(&self) -> &ObjectMeta {
        self.0.metadata()
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.metadata_mut()
    }

    fn default_fields(&mut self) {
        self.0.default_fields();
    }

    fn prepare_create(&mut self, now: Timestamp) {
        self.0.prepare_create(now);
    }

    fn complete_create(&mut self) {
        self.0.complete_create();
    }

    fn prepare_update(&mut self, old: &dyn Object, door: Update) {
        self.0.prepare_update(same::<K>(old), door);
    }

    fn count_changes(&mut self, new: &dyn Object, old: &dyn Object) {
        self.0.count_changes(same::<K>(new), same::<K>(old));
    }

    fn level_amounts(&mut self) {
        self.0.level_amounts();
    }

    fn spec_changed(&self, old: &dyn Object) -> bool {
        self.0.spec_changed(same::<K>(old))
    }

    fn validate_create(&self) -> FieldErrors {
        self.0.validate_create()
    }

    fn validate_update(&self, old: &dyn Object, door: Update) -> FieldErrors {
        self.0.validate_update(same::<K>(old), door)
    }

    fn warnings(&self, old: Option<&dyn Object>) -> Vec<String> {
        self.0.warnings(old.map(same::<K>))
    }

    fn status_warnings(&self) -> Vec<String> {
        self.0.status_warnings()
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        self.0.fields()
    }

    fn print(&self, now: Timestamp) -> Printed {
        self.0.print(now)
    }

    fn encode(&self) -> Vec<u8> {
        crate::go_json::to_vec(&AsGo(&self.0))
    }

    fn duplicate(&self) -> Box<dyn Object> {
        Box::new(Self(self.0.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        &self.0
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        &mut self.0
    }
}

fn same<K: Kind>(object: &dyn Object) -> &K {
    object
        .as_any()
        .downcast_ref()
        .expect("objects that meet come from one resource")
}
