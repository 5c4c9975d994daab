//! Every phrase that the page uses is there in every language, and none is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::lang::Lang;

/// Where the phrases are.
const FILES: [&str; 2] = ["locales/app.yml", "locales/browser/browser.yml"];

/// Key, then language, then phrase; read from the files as they are written, three lines each.
fn phrases() -> BTreeMap<String, BTreeMap<String, String>> {
    let text: String = FILES
        .iter()
        .map(|file| {
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
                .expect("the phrases are there")
        })
        .collect();
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut key = String::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with('_'))
    {
        match line.strip_prefix("  ") {
            None => key = line.trim_end_matches(':').into(),
            Some(phrase) => {
                let (lang, text) = phrase.split_once(": ").expect("a language and its phrase");
                all.entry(key.clone())
                    .or_default()
                    .insert(lang.into(), text.into());
            }
        }
    }
    all
}

/// Keys in `tr!(…, "key"…)` under a folder.
fn used(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // not these tests, and not the macro's own examples
            if !path.ends_with("tests") {
                used(&path, found);
            }
        } else if !path.ends_with("lang.rs") {
            let text = fs::read_to_string(&path).expect("a source is text");
            for (at, call) in text.match_indices("tr!(") {
                // `include_str!` ends like it
                if !text[..at].ends_with(|before: char| before == '_' || before.is_alphanumeric()) {
                    let key = text[at + call.len()..]
                        .split('"')
                        .nth(1)
                        .expect("a key follows");
                    found.insert(key.into());
                }
            }
        }
    }
}

/// `%{n}` and such.
fn holes(phrase: &str) -> BTreeSet<&str> {
    phrase
        .split("%{")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

#[test]
fn every_phrase_is_in_every_language() {
    let phrases = phrases();
    let mut used_keys = BTreeSet::new();
    used(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut used_keys,
    );
    let known: BTreeSet<String> = phrases.keys().cloned().collect();
    assert_eq!(used_keys, known, "used on the left, written on the right");
    for (key, by_lang) in &phrases {
        let langs: Vec<&str> = by_lang.keys().map(String::as_str).collect();
        assert_eq!(langs, Lang::ALL.map(Lang::code), "{key}");
        assert!(
            by_lang.values().all(|phrase| phrase.len() > 2),
            "{key} says something"
        );
        assert_eq!(
            holes(&by_lang["en"]),
            holes(&by_lang["ko"]),
            "{key} has the same holes"
        );
    }
}

#[test]
fn no_korean_particle_follows_what_is_not_known() {
    // the particle depends on the sound before it, and both forms at once are read by nobody
    for (key, by_lang) in phrases() {
        for both in ["(가)", "(를)", "(으)", "(는)", "(과)", "(와)"] {
            assert!(!by_lang["ko"].contains(both), "{key}: {}", by_lang["ko"]);
        }
    }
}
