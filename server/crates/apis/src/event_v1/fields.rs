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
    let (first, rest) = match label.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (label, None),
    };
    let core = RENAMED.iter().find(|(_, newer)| *newer == first);
    let first = core.map_or(first, |(core, _)| *core);
    match rest {
        Some(rest) => format!("{first}.{rest}"),
        None => first.to_owned(),
    }
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
        }
    }
}
