//! The template generation annotation (DSV-05), and what each door keeps.

use std::num::IntErrorKind;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};

use crate::Update;
use crate::go_quote::quoted;

/// Counts the template's changes; pods carry its value as a label.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The annotation's value; 0 when absent or unreadable.
pub fn template_generation(daemon_set: &DaemonSet) -> i64 {
    text_of(daemon_set)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

fn text_of(daemon_set: &DaemonSet) -> Option<&String> {
    let annotations = daemon_set.metadata.annotations.as_ref()?;
    annotations.get(TEMPLATE_GENERATION)
}

/// What Go says of an annotation that is no number.
pub(super) fn unreadable_generation(daemon_set: &DaemonSet) -> Option<String> {
    let text = text_of(daemon_set)?;
    let error = text.parse::<i64>().err()?;
    let problem = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    Some(format!(
        "strconv.ParseInt: parsing {}: {problem}",
        quoted(text)
    ))
}

pub(super) fn prepare_create(daemon_set: &mut DaemonSet) {
    daemon_set.status = Some(DaemonSetStatus::default());
    let given = template_generation(daemon_set);
    set_template_generation(daemon_set, if given < 1 { 1 } else { given });
}

pub(super) fn prepare_update(daemon_set: &mut DaemonSet, old: &DaemonSet, door: Update) {
    match door {
        Update::Status => daemon_set.spec.clone_from(&old.spec),
        _ => daemon_set.status.clone_from(&old.status),
    }
    // clients cannot change or drop the count
    set_template_generation(daemon_set, template_generation(old));
}

/// Counts on where the template of `new` is another one than that of `old`.
pub(super) fn count_changes(daemon_set: &mut DaemonSet, new: &DaemonSet, old: &DaemonSet) {
    let template = |of: &DaemonSet| of.spec.as_ref().map(|spec| spec.template.clone());
    if template(new) != template(old) {
        set_template_generation(daemon_set, template_generation(old) + 1);
    }
}

fn set_template_generation(daemon_set: &mut DaemonSet, generation: i64) {
    let annotations = daemon_set.metadata.annotations.get_or_insert_default();
    annotations.insert(TEMPLATE_GENERATION.to_owned(), generation.to_string());
}
