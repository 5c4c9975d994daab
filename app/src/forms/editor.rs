//! YAML that is typed: objects to make, or one to put in the place of another. The cluster rehearses it whenever what
//! is typed rests, and what it refuses is told at the line.

pub mod create;
mod paint;
pub mod replace;
mod starts;

use orrery_view::{Kind, ObjectRef};

use super::address;
use crate::cell::{Button, Deed};
use crate::kinds;
use crate::lang::Lang;
use crate::permit::Permits;
use crate::props::for_examples;
use crate::tr;

pub use starts::STARTS;

/// Kinds whose objects are edited here.
pub fn edits(kind: Kind) -> bool {
    kind != Kind::Event
}

/// Edits an object as YAML.
pub fn edit(object: &ObjectRef, lang: Lang) -> Button {
    let deed = Deed::Form(address("yaml", object));
    Button::new(tr!(lang, "yaml.button"), &object.name, deed)
}

/// Makes objects, in the first namespace that is chosen. It begins with one of `kind`, or of another kind where the
/// cluster would refuse that.
pub fn create(kind: Option<Kind>, namespaces: &[String], permits: &Permits, lang: Lang) -> Button {
    let namespace = for_examples(namespaces);
    let all = kind.into_iter().chain(STARTS.map(|(kind, _)| kind));
    let deeds = all
        .filter(|kind| starts::of(*kind).is_some())
        .map(|kind| Deed::Form(format!("/form/create/{}?ns={namespace}", kinds::path(kind))));
    let deeds: Vec<_> = deeds.collect();
    let allowed = deeds
        .iter()
        .find(|deed| permits.why_not(deed, lang).is_none());
    let deed = allowed.or(deeds.first()).cloned();
    let deed = deed.expect("there are kinds to begin with");
    Button::new(tr!(lang, "create.button"), "", deed)
}
