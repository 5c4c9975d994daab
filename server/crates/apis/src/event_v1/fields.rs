//! The fields that the two faces name differently. All of them stand at the top of the object.

use serde_json::{Map, Value};

/// (core/v1, events.k8s.io/v1)
const RENAMED: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

/// A core event, or a part of one, as events.k8s.io/v1 has it.
pub fn from_core(event: &mut Map<String, Value>) {
    rename(event, RENAMED.iter().map(|(core, newer)| (*core, *newer)));
}

/// The way back.
pub fn to_core(event: &mut Map<String, Value>) {
    rename(event, RENAMED.iter().map(|(core, newer)| (*newer, *core)));
}

/// A field's path (`regarding.kind`) as core events have it.
pub fn field_label(label: &str) -> String {
    relabelled(label, |first| {
        RENAMED
            .iter()
            .find(|(_, newer)| *newer == first)
            .map(|(core, _)| *core)
    })
}

/// The way back: `involvedObject.kind` as events.k8s.io/v1 has it.
pub fn newer_label(label: &str) -> String {
    relabelled(label, |first| {
        RENAMED
            .iter()
            .find(|(core, _)| *core == first)
            .map(|(_, newer)| *newer)
    })
}

/// Whether only core events have a field of that name.
pub fn is_of_core(name: &str) -> bool {
    RENAMED.iter().any(|(core, _)| *core == name)
}

/// A path whose first name may be another.
fn relabelled(label: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
    let (first, below) = label.split_at(label.find(['.', '[']).unwrap_or(label.len()));
    format!("{}{below}", other(first).unwrap_or(first))
}

fn rename<'a>(event: &mut Map<String, Value>, names: impl Iterator<Item = (&'a str, &'a str)>) {
    for (from, to) in names {
        if let Some(value) = event.remove(from) {
            event.insert(to.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_goes_there_and_back() {
        let core = json!({"involvedObject": {"kind": "Job"}, "message": "m", "count": 2, "reason": "r", "reportingComponent": "c"});
        let newer = json!({"regarding": {"kind": "Job"}, "note": "m", "deprecatedCount": 2, "reason": "r", "reportingController": "c"});
        let mut event = core.as_object().expect("an object").clone();
        from_core(&mut event);
        assert_eq!(Value::Object(event.clone()), newer);
        to_core(&mut event);
        assert_eq!(Value::Object(event), core);
    }

    #[test]
    fn selectors_name_the_same_fields() {
        let rows = [
            ("regarding.kind", "involvedObject.kind"),
            ("reportingController", "reportingComponent"),
            ("reason", "reason"),
            ("metadata.name", "metadata.name"),
        ];
        for (newer, core) in rows {
            assert_eq!(field_label(newer), core);
            assert_eq!(newer_label(core), newer);
        }
    }
}
