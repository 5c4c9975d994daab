//! The labels and taints of a Node: rows to fill in, rehearsed by the cluster before they are saved. Rows keep their
//! places while the form is open, and an empty one always follows.

use std::collections::{BTreeMap, BTreeSet};

use orrery_view::ObjectRef;

use super::paper::Paper;
use super::{Desk, Fields, address, shell_word};
use crate::backend::AppError;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// A taint's effects, the mildest first.
const EFFECTS: [&str; 3] = ["PreferNoSchedule", "NoSchedule", "NoExecute"];

/// What a Node has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub labels: BTreeMap<String, String>,
    /// Values by key and effect, of which there can be one each; an empty one is none.
    pub taints: BTreeMap<(String, String), String>,
}

/// What is to differ: what is not named stays as it is by then, and what has no value goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub labels: BTreeMap<String, Option<String>>,
    pub taints: BTreeMap<(String, String), Option<String>>,
}

/// A row as it is filled in; one without a key means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    key: String,
    value: String,
    /// Of a taint.
    effect: String,
    goes: bool,
}

pub async fn answer(
    desk: &Desk<'_>,
    node: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let lang = desk.lang;
    let was = match fields.has(OPENED) {
        true => opened(fields),
        false => desk.backend.marks(node.clone()).await?,
    };
    let (labels, taints) = match fields.has("label.key") {
        true => (entries(fields, "label"), entries(fields, "taint")),
        false => rows(&was),
    };
    let twice = twice(&labels).or_else(|| twice(&taints));
    let changes = marks(&labels, &taints).changes(&was);
    let pressed = fields.pressed();
    let done = match pressed {
        "check" | "save" if twice.is_none() && !changes.is_empty() => {
            let rehearse = pressed == "check";
            let done = desk
                .backend
                .set_marks(node.clone(), changes.clone(), rehearse);
            Some(done.await)
        }
        _ => None,
    };
    let command = changes.kubectl(&node.name);
    if let (Some(Ok(_)), "save") = (&done, pressed) {
        let text = tr!(lang, "marks.saved", name = node.name);
        return Ok(toast(Tone::Ok, &text, &command, &[], None, lang));
    }
    let title = tr!(lang, "marks.title", name = node.name);
    let mut paper = Paper::new(&address("marks", node), true, &title, lang);
    remember(&mut paper, &was);
    draw(&mut paper, "label", &labels);
    draw(&mut paper, "taint", &taints);
    paper.text(&tr!(lang, "marks.own"));
    if changes.evict() {
        paper.note("warn", &tr!(lang, "marks.evicts"));
    }
    if let Some(key) = &twice {
        paper.refused(&tr!(lang, "marks.twice", key = key));
        return Ok(paper.end(&[]));
    }
    if changes.is_empty() {
        return Ok(paper.end(&[]));
    }
    paper.reason(fields.text("reason"));
    paper.command(&command);
    match done {
        Some(Ok(done)) => paper.diff(&done.diff),
        Some(Err(AppError::SignIn)) => return Err(AppError::SignIn),
        Some(Err(error)) => paper.refused(&error.to_string()),
        None => {}
    }
    Ok(paper.end(&[
        ("check", tr!(lang, "edit.check"), ""),
        ("save", tr!(lang, "edit.save"), "prime"),
    ]))
}

impl Marks {
    /// What makes these of those.
    pub fn changes(&self, was: &Self) -> Changes {
        Changes {
            labels: differing(&self.labels, &was.labels),
            taints: differing(&self.taints, &was.taints),
        }
    }
}

fn differing<K: Ord + Clone>(
    mine: &BTreeMap<K, String>,
    was: &BTreeMap<K, String>,
) -> BTreeMap<K, Option<String>> {
    let gone = was.keys().filter(|key| !mine.contains_key(*key));
    let gone = gone.map(|key| (key.clone(), None));
    let set = mine
        .iter()
        .filter(|(key, value)| was.get(*key) != Some(*value));
    let set = set.map(|(key, value)| (key.clone(), Some(value.clone())));
    gone.chain(set).collect()
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.taints.is_empty()
    }

    /// Whether pods have to leave at once.
    fn evict(&self) -> bool {
        let mut set = self.taints.iter().filter(|(_, value)| value.is_some());
        set.any(|((_, effect), _)| effect == "NoExecute")
    }

    /// `kubectl label` and `kubectl taint`, as far as there is something for each.
    fn kubectl(&self, node: &str) -> String {
        let labels = self.labels.iter().map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => format!("{key}-"),
        });
        let taints = self
            .taints
            .iter()
            .map(|((key, effect), value)| match value.as_deref() {
                Some("") => format!("{key}:{effect}"),
                Some(value) => format!("{key}={value}:{effect}"),
                None => format!("{key}:{effect}-"),
            });
        let line = |verb: &str, words: Vec<String>| {
            let words: String = words
                .iter()
                .map(|word| format!(" {}", shell_word(word)))
                .collect();
            let command = format!("kubectl {verb} node {node}{words} --overwrite");
            (!words.is_empty()).then_some(command)
        };
        let lines = [
            line("label", labels.collect()),
            line("taint", taints.collect()),
        ];
        let lines: Vec<_> = lines.into_iter().flatten().collect();
        lines.join(" && ")
    }
}

/// Says that the form was open before, and with what.
const OPENED: &str = "opened";

fn remember(paper: &mut Paper, was: &Marks) {
    paper.hidden(OPENED, "1");
    for (key, value) in &was.labels {
        paper.hidden("was.label", &format!("{key}={value}"));
    }
    for ((key, effect), value) in &was.taints {
        paper.hidden("was.taint", &format!("{key}={value}:{effect}"));
    }
}

fn opened(fields: &Fields) -> Marks {
    let pair = |text: &str| {
        let (key, value) = text.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    };
    let taints = fields.all("was.taint").filter_map(|text| {
        let (text, effect) = text.rsplit_once(':')?;
        let (key, value) = pair(text)?;
        Some(((key, effect.to_owned()), value))
    });
    Marks {
        labels: fields.all("was.label").filter_map(pair).collect(),
        taints: taints.collect(),
    }
}

/// As the form begins.
fn rows(was: &Marks) -> (Vec<Entry>, Vec<Entry>) {
    let labels = was.labels.iter().map(|(key, value)| Entry {
        key: key.clone(),
        value: value.clone(),
        ..Entry::default()
    });
    let taints = was.taints.iter().map(|((key, effect), value)| Entry {
        key: key.clone(),
        value: value.clone(),
        effect: effect.clone(),
        goes: false,
    });
    (labels.collect(), taints.collect())
}

/// As they were sent: each row has all of its fields, and is named by its place where it goes.
fn entries(fields: &Fields, what: &str) -> Vec<Entry> {
    let all = |field: &str| -> Vec<String> {
        let name = format!("{what}.{field}");
        let values = fields.all(&name).map(|value| value.trim().to_owned());
        values.collect()
    };
    let (keys, values, effects) = (all("key"), all("value"), all("effect"));
    let goes: BTreeSet<String> = all("goes").into_iter().collect();
    let entry = |(n, key): (usize, String)| Entry {
        key,
        value: values.get(n).cloned().unwrap_or_default(),
        effect: effects.get(n).cloned().unwrap_or_default(),
        goes: goes.contains(&n.to_string()),
    };
    keys.into_iter().enumerate().map(entry).collect()
}

fn stays(entry: &&Entry) -> bool {
    !entry.goes && !entry.key.is_empty()
}

fn marks(labels: &[Entry], taints: &[Entry]) -> Marks {
    let labels = labels.iter().filter(stays);
    let taints = taints.iter().filter(stays);
    Marks {
        labels: labels
            .map(|entry| (entry.key.clone(), entry.value.clone()))
            .collect(),
        taints: taints
            .map(|entry| {
                let place = (entry.key.clone(), entry.effect.clone());
                (place, entry.value.clone())
            })
            .collect(),
    }
}

/// A key that is there twice: one of the two would be lost unsaid.
fn twice(entries: &[Entry]) -> Option<String> {
    let mut known = BTreeSet::new();
    let mut kept = entries.iter().filter(stays);
    let again = kept.find(|entry| !known.insert((&entry.key, &entry.effect)));
    again.map(|entry| entry.key.clone())
}

/// Rows, and an empty one after them.
fn draw(paper: &mut Paper, what: &str, entries: &[Entry]) {
    let lang = paper.lang;
    let title = match what {
        "label" => tr!(lang, "fact.labels"),
        _ => tr!(lang, "col.taints"),
    };
    paper.put(format_args!(
        r#"<fieldset class="pairs"><legend>{title}</legend>"#
    ));
    let blank = entries.last().is_none_or(|last| !last.key.is_empty());
    let blank = blank.then(Entry::default);
    for (n, entry) in entries.iter().chain(&blank).enumerate() {
        row(paper, what, n, entry, lang);
    }
    paper.html("</fieldset>");
}

fn row(paper: &mut Paper, what: &str, n: usize, entry: &Entry, lang: Lang) {
    let goes = if entry.goes { " goes" } else { "" };
    paper.put(format_args!(r#"<div class="pair{goes}">"#));
    for (field, word, text) in [
        ("key", tr!(lang, "marks.key"), &entry.key),
        ("value", tr!(lang, "marks.value"), &entry.value),
    ] {
        paper.put(format_args!(
            r#"<input name="{what}.{field}" value="{}" placeholder="{word}" aria-label="{word}" autocapitalize="off" spellcheck="false">"#,
            Esc(text)
        ));
    }
    if what == "taint" {
        let word = tr!(lang, "marks.effect");
        paper.put(format_args!(
            r#"<select name="taint.effect" aria-label="{word}">"#
        ));
        for effect in EFFECTS {
            let chosen = match entry.effect.as_str() {
                "" => effect == "NoSchedule",
                known => effect == known,
            };
            let chosen = if chosen { " selected" } else { "" };
            paper.put(format_args!(r#"<option{chosen}>{effect}</option>"#));
        }
        paper.html("</select>");
    }
    // an empty row is none already, and has the room: its fields stand under the others'
    let (class, state) = match (entry.key.is_empty(), entry.goes) {
        (true, _) => (r#" class="room""#, " disabled"),
        (false, true) => ("", " checked"),
        (false, false) => ("", ""),
    };
    let word = tr!(lang, "marks.remove");
    paper.put(format_args!(
        r#"<label{class}><input type="checkbox" name="{what}.goes" value="{n}"{state}><span>{word}</span></label>"#
    ));
    paper.html("</div>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn was() -> Marks {
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let taint = |key: &str, effect: &str, value: &str| {
            ((key.to_owned(), effect.to_owned()), value.to_owned())
        };
        Marks {
            labels: [label("disk", "ssd"), label("zone", "")].into(),
            taints: [
                taint("gpu", "NoSchedule", "yes"),
                taint("old", "NoExecute", ""),
            ]
            .into(),
        }
    }

    fn sent(body: &str) -> (Marks, Option<String>) {
        let fields = Fields::read("", body.as_bytes());
        let (labels, taints) = (entries(&fields, "label"), entries(&fields, "taint"));
        let twice = twice(&labels).or_else(|| twice(&taints));
        (marks(&labels, &taints), twice)
    }

    #[test]
    fn only_what_differs_is_changed_and_has_a_command() {
        let (mine, twice) = sent(
            "label.key=disk&label.value=hdd&label.key=zone&label.value=&label.goes=1&label.key=new&label.value=it%27s&label.key=&label.value=\
             &taint.key=gpu&taint.value=yes&taint.effect=NoSchedule&taint.key=old&taint.value=&taint.effect=NoExecute&taint.goes=1\
             &taint.key=full&taint.value=&taint.effect=NoExecute",
        );
        assert_eq!(twice, None);
        let changes = mine.changes(&was());
        assert_eq!(
            changes.kubectl("node-1"),
            r"kubectl label node node-1 disk=hdd 'new=it'\''s' zone- --overwrite && kubectl taint node node-1 full:NoExecute old:NoExecute- --overwrite"
        );
        assert!(changes.evict());
        let same = was().changes(&was());
        assert!(same.is_empty() && !same.evict());
        assert_eq!(same.kubectl("node-1"), "");
        let gone = Marks::default().changes(&was());
        assert!(!gone.evict(), "a taint that goes drives nobody out");
    }

    #[test]
    fn what_the_form_began_with_travels_with_it() {
        let mut paper = Paper::new("/form/x", false, "", Lang::En);
        remember(&mut paper, &was());
        for hidden in ["disk=ssd", "zone=", "gpu=yes:NoSchedule", "old=:NoExecute"] {
            let hidden = format!(r#"value="{hidden}""#);
            assert!(paper.out.contains(&hidden), "{hidden} in {}", paper.out);
        }
        let fields = Fields::read(
            "",
            b"was.label=disk%3Dssd&was.label=zone%3D&was.taint=gpu%3Dyes:NoSchedule&was.taint=old%3D:NoExecute",
        );
        assert_eq!(opened(&fields), was());
    }

    #[test]
    fn a_key_that_is_there_twice_is_told() {
        let labels = "label.key=a&label.value=1&label.key=a&label.value=2";
        assert_eq!(sent(labels).1.as_deref(), Some("a"));
        assert_eq!(sent(&format!("{labels}&label.goes=0")).1, None);
        let taints = "taint.key=a&taint.value=&taint.effect=NoExecute&taint.key=a&taint.value=&taint.effect=";
        assert_eq!(sent(&format!("{taints}NoExecute")).1.as_deref(), Some("a"));
        assert_eq!(sent(&format!("{taints}NoSchedule")).1, None);
    }
}
