//! What begins a document: the lines that say what it is.

use orrery_app::forms::manifest::Offer;

use super::place::Place;

/// Kinds that are offered, with their versions: those with pages first, then what their pods use. Every cluster that
/// can be looked at has them.
const KINDS: [(&str, &str); 11] = [
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("apps/v1", "DaemonSet"),
    ("v1", "Pod"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "Namespace"),
    ("policy/v1", "PodDisruptionBudget"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
];

const VERSION: &str = "apiVersion";
const KIND: &str = "kind";

/// The version of a kind that says none yet.
pub fn version(kind: &str) -> Option<&'static str> {
    let mut kinds = KINDS.iter();
    kinds
        .find(|(_, known)| *known == kind)
        .map(|(version, _)| *version)
}

/// The lines that say what a document is, where they are not there yet: both at once, or the one that goes with the
/// other.
pub fn offers(place: &Place<'_>) -> Vec<Offer> {
    if !place.path.is_empty() || place.column > 0 {
        return Vec::new();
    }
    let goes = |(version, kind): &(&str, &str)| {
        let fits = |said: &str, known: &str| said.is_empty() || said == known;
        fits(place.version, version) && fits(place.kind, kind)
    };
    let kinds = KINDS.into_iter().filter(goes);
    match (place.version.is_empty(), place.kind.is_empty()) {
        (true, true) => {
            // begun by the other name, they stand the other way round
            let by_kind = place.begun.starts_with(['k', 'K']);
            kinds
                .map(|(version, kind)| match by_kind {
                    true => line((KIND, kind), version, &format!("\n{VERSION}: {version}")),
                    false => line((VERSION, version), kind, &format!("\n{KIND}: {kind}")),
                })
                .collect()
        }
        (true, false) => kinds
            .map(|(version, _)| line((VERSION, version), version, ""))
            .collect(),
        (false, true) => kinds
            .map(|(_, kind)| line((KIND, kind), kind, ""))
            .collect(),
        (false, false) => Vec::new(),
    }
}

/// `name: value`, told by a word, and what follows it.
fn line((name, value): (&str, &str), word: &str, then: &str) -> Offer {
    Offer {
        name: name.to_owned(),
        word: word.to_owned(),
        then: format!(": {value}{then}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::place;
    use super::*;

    #[test]
    fn what_a_document_is_comes_first() {
        for (why, text, count, first) in [
            (
                "an empty text",
                "",
                KINDS.len(),
                "apiVersion: batch/v1\nkind: CronJob",
            ),
            (
                "begun by its kind",
                "a: 1\n---\nki",
                KINDS.len(),
                "kind: CronJob\napiVersion: batch/v1",
            ),
            ("of a version", "apiVersion: batch/v1\n", 2, "kind: CronJob"),
            ("of a kind", "kind: Secret\nap", 1, "apiVersion: v1"),
            ("of a kind that nobody knows", "kind: Foo\nap", 0, ""),
            ("both are there", "kind: Job\napiVersion: batch/v1\n", 0, ""),
            ("within a field", "metadata:\n  ki", 0, ""),
        ] {
            let place = place::of(text, text.len()).expect("a place");
            let offered = offers(&place);
            let said = offered
                .first()
                .map(|offer| offer.name.clone() + &offer.then);
            assert_eq!(offered.len(), count, "{why}");
            assert_eq!(said.unwrap_or_default(), first, "{why}");
        }
    }

    #[test]
    fn a_kind_has_one_version() {
        assert_eq!(version("DaemonSet"), Some("apps/v1"));
        assert_eq!(version("Foo"), None);
    }
}
