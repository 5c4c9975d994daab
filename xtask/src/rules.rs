//! Every rule of upstream's that Orrery claims has a test that names it, or a reason why it has none.
//!
//! `docs/rules.tsv` is the list: an id, and after a tab nothing (a test names it), `open` (a test is
//! still owed), or the reason why there is no test. A test names a rule by its id (`JOB-45`) or begins
//! its own name with it (`fn job_45_…`); ranges and lists are not expanded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell::{root, say};

const LIST: &str = "docs/rules.tsv";
/// A test is still owed.
const OPEN: &str = "open";
/// Folders without sources of ours.
const SKIPPED: [&str; 4] = ["target", "node_modules", "data", "xtask"];

/// Fails with one line for every rule that no test names.
pub fn lint() -> Result<()> {
    let list = fs::read_to_string(root().join(LIST)).with_context(|| format!("reading {LIST}"))?;
    let rules = rules(&list)?;
    let mut named = BTreeSet::new();
    visit(&root(), &mut |path, text| {
        named.extend(ids(test_part(path, text)));
    })?;
    let missing = untested(&rules, &named);
    if !missing.is_empty() {
        bail!(
            "no test names these rules; name them in one, or give the reason in {LIST}:\n  {}",
            missing.join("\n  ")
        );
    }
    let with = |state: &str| rules.values().filter(|found| **found == state).count();
    let (tested, open) = (with(""), with(OPEN));
    let excused = rules.len() - tested - open;
    say(format!(
        "{tested} rules are named in tests, {open} are open, {excused} have a reason to have none"
    ));
    Ok(())
}

/// The list's ids with what stands after them.
fn rules(list: &str) -> Result<BTreeMap<&str, &str>> {
    let mut rules = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (id, state) = line.split_once('\t').unwrap_or((line, ""));
        if rules.insert(id, state).is_some() {
            bail!("{LIST} has {id} twice");
        }
    }
    Ok(rules)
}

fn untested<'a>(rules: &BTreeMap<&'a str, &str>, named: &BTreeSet<String>) -> Vec<&'a str> {
    let owed = rules.iter().filter(|(_, state)| state.is_empty());
    let ids = owed.map(|(id, _)| *id);
    ids.filter(|id| !named.contains(*id)).collect()
}

/// What kubectl is expected to say (`tests/transcripts`).
fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "txt")
        && path
            .parent()
            .is_some_and(|dir| dir.ends_with("tests/transcripts"))
}

/// Shows every Rust file and every transcript below `dir`.
fn visit(dir: &Path, see: &mut impl FnMut(&Path, &str)) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name) {
                visit(&path, see)?;
            }
        } else if name.ends_with(".rs") || is_transcript(&path) {
            let text = fs::read_to_string(&path);
            see(
                &path,
                &text.with_context(|| format!("reading {}", path.display()))?,
            );
        }
    }
    Ok(())
}

/// All of a file in a `tests` folder, and of `tests.rs`; of others what follows `#[cfg(test)]`.
fn test_part<'a>(path: &Path, text: &'a str) -> &'a str {
    let in_tests = path
        .components()
        .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
    match in_tests {
        true => text,
        false => text.find("#[cfg(test)]").map_or("", |start| &text[start..]),
    }
}

/// The ids that a text names.
fn ids(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    words.filter_map(|word| {
        let (kind, rest) = word.split_once(['-', '_'])?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = rest.split_at(digits);
        let literal = word.as_bytes()[kind.len()] == b'-';
        let fits = match literal {
            true => {
                kind.bytes().all(|c| c.is_ascii_uppercase())
                    && !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            }
            false => kind.bytes().all(|c| c.is_ascii_lowercase()) && rest.starts_with('_'),
        };
        (fits && number.len() >= 2).then(|| format!("{}-{number}", kind.to_uppercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_by_its_id_or_by_the_name_of_a_test() {
        let rows = [
            (
                "the id in a sentence",
                "\"JOB-45: doubles\"",
                vec!["JOB-45"],
            ),
            (
                "the begin of a name",
                "fn job_45_46_doubles()",
                vec!["JOB-45"],
            ),
            ("a range is only its begin", "JOB-45..47", vec!["JOB-45"]),
            ("a list is only its begin", "JOB-45/46", vec!["JOB-45"]),
            ("another number", "JOB-450", vec!["JOB-450"]),
            ("no id", "pod-1 a-45 x_1 utf-8 X-Y", vec![]),
            ("a name that is no more than an id", "job_45", vec![]),
        ];
        for (why, text, want) in rows {
            assert_eq!(ids(text).collect::<Vec<_>>(), want, "{why}");
        }
    }

    #[test]
    fn only_tests_count() {
        let rows = [
            ("a/tests/x.rs", "JOB-45", "JOB-45"),
            ("a/src/tests.rs", "JOB-45", "JOB-45"),
            ("a/src/x.rs", "JOB-45", ""),
            (
                "a/src/x.rs",
                "JOB-44 #[cfg(test)] JOB-45",
                "#[cfg(test)] JOB-45",
            ),
        ];
        for (path, text, want) in rows {
            assert_eq!(test_part(Path::new(path), text), want, "{path}: {text}");
        }
    }

    #[test]
    fn a_rule_without_a_test_is_named_unless_it_is_open_or_excused() {
        let list = "# id\tstate\nJOB-01\nJOB-02\t\nJOB-03\topen\nJOB-04\talpha and off\n";
        let rules = rules(list).expect("a list");
        let named = BTreeSet::from(["JOB-01".to_owned()]);
        assert_eq!(untested(&rules, &named), ["JOB-02"]);
        assert!(super::rules("JOB-01\nJOB-01\n").is_err(), "twice");
    }
}
