//! What a made-up cluster says of objects as YAML.

use orrery_app::forms::manifest::{
    About, Both, Document, Offer, Offers, Outcome, Problem, Replaced,
};
use orrery_view::{Kind, ObjectRef};

pub fn explain(text: &str, line: u32) -> Option<About> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let line = text.lines().nth(at)?;
    Some(About {
        path: line.split(':').next()?.trim().to_owned(),
        word: "[]<b>".into(),
        text: "What it means.".into(),
        fields: vec!["one".into(), "two".into()],
    })
}

/// Of two fields, those that go on with what is typed of the line.
pub fn offers(text: &str, cursor: usize) -> Option<Offers> {
    let before = text.get(..cursor)?;
    let line = before.rsplit('\n').next()?;
    let begun = line.trim_start();
    let field = |name: &str, word: &str, then: &str| Offer {
        name: name.into(),
        word: word.into(),
        then: then.into(),
    };
    let all = [
        field("parallelism", "<integer>", ": "),
        field("podFailurePolicy", "PodFailurePolicy", ":\n    "),
    ];
    let fields = all
        .into_iter()
        .filter(|field| field.name.starts_with(begun));
    let fields: Vec<_> = fields.collect();
    (!fields.is_empty()).then_some(Offers {
        line: before.matches('\n').count(),
        column: line.len() - begun.len(),
        fields,
    })
}

/// A document that says `wrong` is refused at its third line, one that says `late` once others are made.
pub fn create(text: &str, namespace: &str, dry_run: bool) -> Vec<Document> {
    let refused = |text: &str| text.contains("wrong") || !dry_run && text.contains("late");
    let documents = text.split("---\n").filter(|text| !text.trim().is_empty());
    let held = !dry_run && text.contains("wrong");
    let document = |text: &str| {
        let name = text.lines().find_map(|line| line.strip_prefix("  name: "));
        let name = name.unwrap_or_default();
        let object = ObjectRef {
            kind: Kind::CronJob,
            namespace: namespace.to_owned(),
            name: name.into(),
        };
        let wrong = Problem {
            line: 3,
            message: "metadata.name: <not> here".into(),
        };
        let outcome = match refused(text) {
            true => Outcome::Wrong(vec![wrong]),
            false if held => Outcome::Held,
            false => Outcome::Made(Some(object)),
        };
        Document {
            text: text.into(),
            name: format!("CronJob {namespace}/{name}"),
            placed: text.contains("  namespace: "),
            outcome,
        }
    };
    documents.map(document).collect()
}

/// As in `create`; one that was opened as something else was changed by somebody.
pub fn replace(theirs: String, text: &str, was: &str, dry_run: bool) -> Replaced {
    if was != theirs {
        return Replaced::Changed(Box::new(Both {
            merged: format!("{theirs}# merged\n"),
            theirs,
            they: "-theirs: 1\n+theirs: 2\n".into(),
            you: "-mine: 1\n+mine: 3\n".into(),
            apart: !text.contains("meets"),
        }));
    }
    match (text == was, text.contains("wrong"), dry_run) {
        (true, _, _) => Replaced::Same,
        (_, true, _) => Replaced::Wrong(vec![Problem {
            line: 2,
            message: "kind: <not> such".into(),
        }]),
        (_, _, true) => {
            Replaced::Rehearsed("-  schedule: 0 2 * * *\n+  schedule: 0 3 * * *\n".into())
        }
        _ => Replaced::Saved,
    }
}
