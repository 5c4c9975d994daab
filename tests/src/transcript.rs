//! Transcripts: what a person types and what the shell answers, as files that read like a terminal.
//!
//! ```text
//! # K-10: a list as a table. Lines that begin with `#` right before a command say why it is there.
//! $ kubectl get jobs
//! NAME   STATUS     COMPLETIONS   DURATION   AGE
//! once   Complete   1/1           <age>      <age>
//! $ kubectl create -f - <<END
//! > apiVersion: v1
//! > END
//! error: …
//! [exit 1]
//! ```
//!
//! `[>=1.31] ` or `[<1.31] ` before a command or a line of output holds it to those versions of kubectl;
//! a line `...` stands for any lines; [`PLACEHOLDERS`] stand for what differs from run to run, and where
//! one stands, two or more spaces match any two or more. Both streams are one, as on a terminal.

use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use regex::Regex;

/// What may stand in expected output, and what it matches.
const PLACEHOLDERS: [(&str, &str); 10] = [
    ("<age>", r"(?:\d+[dhms])+"),
    ("<any>", r".*?"),
    ("<hash>", r"[0-9bcdf-z]{1,10}"),
    ("<id>", r"[0-9a-f]{64}"),
    ("<ip>", r"\d+\.\d+\.\d+\.\d+"),
    ("<number>", r"\d+"),
    ("<rand>", r"[bcdf-hj-np-tv-z2-9]{5}"),
    ("<rv>", r"[1-9]\d*"),
    (
        "<time>",
        r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4})",
    ),
    (
        "<uid>",
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ),
];

/// Any lines, also none.
const ANY_LINES: &str = "...";

/// One command with what it must print.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it stands in the file, counted from 1.
    pub line: usize,
    /// As the shell takes it.
    pub command: String,
    pub expected: Vec<String>,
    pub exit: i32,
}

/// Reads a transcript as it is for kubectl of that minor version.
///
/// # Errors
/// When a line belongs to no command, or a version is no version.
pub fn read(text: &str, minor: u32) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut skipping = false;
    let lines: Vec<&str> = text.lines().collect();
    for (at, whole) in lines.iter().copied().enumerate() {
        let line = at + 1;
        let (held, said) = hold(whole, minor).with_context(|| format!("line {line}"))?;
        if let Some(command) = said.strip_prefix("$ ") {
            skipping = !held;
            if held {
                steps.push(Step {
                    line,
                    command: command.to_owned(),
                    expected: Vec::new(),
                    exit: 0,
                });
            }
            continue;
        }
        if is_comment(&lines[at..]) || skipping || !held {
            continue;
        }
        let Some(step) = steps.last_mut() else {
            ensure!(said.is_empty(), "line {line} belongs to no command: {said}");
            continue;
        };
        let input = said.strip_prefix('>').filter(|_| step.expected.is_empty());
        if let Some(input) = input.filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            step.command.push('\n');
            step.command
                .push_str(input.strip_prefix(' ').unwrap_or(input));
        } else if let Some(code) = said.strip_prefix("[exit ") {
            step.exit = code.trim_end_matches(']').parse()?;
        } else {
            step.expected.push(said.to_owned());
        }
    }
    for step in &mut steps {
        // blank lines between commands are for the reader
        while step.expected.last().is_some_and(String::is_empty) {
            step.expected.pop();
        }
    }
    Ok(steps)
}

/// True for a `#` line with a command behind it, or more such lines; others are output.
fn is_comment(lines: &[&str]) -> bool {
    let is_marked = |line: &&&str| line.starts_with('#');
    let marked = lines.iter().take_while(is_marked).count();
    let next = lines.get(marked).copied().unwrap_or_default();
    marked > 0 && (next.starts_with("$ ") || next.contains("] $ ") || next.is_empty())
}

/// Whether a line holds for that version, and the line without the mark that says so.
fn hold(line: &str, minor: u32) -> Result<(bool, &str)> {
    let marked = line.strip_prefix('[').and_then(|rest| {
        let at_least = rest.starts_with(">=1.");
        let number = rest
            .strip_prefix(">=1.")
            .or_else(|| rest.strip_prefix("<1."))?;
        Some((at_least, number))
    });
    let Some((at_least, rest)) = marked else {
        return Ok((true, line));
    };
    let (number, line) = rest.split_once(']').context("a version without its end")?;
    let bound: u32 = number.parse()?;
    Ok((
        (minor >= bound) == at_least,
        line.strip_prefix(' ').unwrap_or(line),
    ))
}

/// Compares what was printed with what was expected; the error is the difference.
///
/// # Errors
/// The difference, line by line.
pub fn compare(step: &Step, printed: &str, exit: i32) -> Result<(), String> {
    let mut printed: Vec<&str> = printed.lines().collect();
    while printed.last().is_some_and(|line| line.trim().is_empty()) {
        printed.pop();
    }
    if exit == step.exit && lines_match(&step.expected, &printed) {
        return Ok(());
    }
    Err(difference(step, &printed, exit))
}

fn lines_match(expected: &[String], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == ANY_LINES => {
            (0..=printed.len()).any(|skipped| lines_match(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

/// Trailing spaces do not count: tables end with them, and editors take them away.
fn line_matches(expected: &str, line: &str) -> bool {
    let (expected, line) = (expected.trim_end(), line.trim_end());
    expected == line || pattern(expected).is_some_and(|pattern| pattern.is_match(line))
}

/// `None` for a line that is no more than its letters. A table's columns move with what stands in
/// them, so its header may move too.
fn pattern(expected: &str) -> Option<Regex> {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        let names: Vec<_> = PLACEHOLDERS.iter().map(|(name, _)| *name).collect();
        Regex::new(&format!("{}|   +|  ", names.join("|"))).expect("a literal pattern")
    });
    let indent = expected.len() - expected.trim_start().len();
    let (mut text, mut end) = (format!("^ {{{indent}}}"), indent);
    let mut found = false;
    for part in NAMES.find_iter(expected).filter(|p| p.start() >= indent) {
        found = true;
        text.push_str(&regex::escape(&expected[end..part.start()]));
        let known = PLACEHOLDERS.iter().find(|(name, _)| *name == part.as_str());
        text.push_str(known.map_or(" {2,}", |(_, pattern)| pattern));
        end = part.end();
    }
    text.push_str(&regex::escape(&expected[end..]));
    text.push('$');
    found.then(|| Regex::new(&text).expect("escaped text with known patterns"))
}

/// What stayed the same is indented, what was missing has a minus, what was printed a plus.
fn difference(step: &Step, printed: &[&str], exit: i32) -> String {
    let mut text = format!("line {}: $ {}\n", step.line, step.command);
    let (mut left, mut right) = (step.expected.as_slice(), printed);
    while let (Some((want, rest)), Some((line, others))) = (left.split_first(), right.split_first())
    {
        if want == ANY_LINES {
            break;
        }
        if line_matches(want, line) {
            text.push_str(&format!("    {line}\n"));
            (left, right) = (rest, others);
            continue;
        }
        let ahead = others.iter().position(|line| line_matches(want, line));
        match ahead {
            Some(more) => {
                for line in &right[..=more] {
                    text.push_str(&format!("  + {line}\n"));
                }
                right = &right[more + 1..];
            }
            None => {
                text.push_str(&format!("  - {want}\n"));
                left = rest;
            }
        }
    }
    for want in left {
        text.push_str(&format!("  - {want}\n"));
    }
    for line in right {
        text.push_str(&format!("  + {line}\n"));
    }
    if exit != step.exit {
        text.push_str(&format!("  - [exit {}]\n  + [exit {exit}]\n", step.exit));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Step {
        let steps = read(text, 31).expect("a transcript");
        steps.into_iter().next().expect("one command")
    }

    #[test]
    fn commands_have_input_output_and_an_exit_code() {
        let text = "# why\n$ kubectl apply -f - <<END\n> a: 1\n>\n> END\nfailed\n[exit 1]\n\n$ true\n# said\nyes\n";
        let steps = read(text, 31).expect("a transcript");
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].command, "kubectl apply -f - <<END\na: 1\n\nEND");
        assert_eq!(
            (steps[0].expected.as_slice(), steps[0].exit),
            (["failed".to_owned()].as_slice(), 1)
        );
        assert_eq!((steps[1].line, steps[1].exit), (9, 0));
        assert_eq!(steps[1].expected, ["# said", "yes"]);
        assert!(read("stray\n", 31).is_err());
    }

    #[test]
    fn marks_hold_lines_and_commands_to_versions() {
        let text = "[>=1.31] $ new\nyes\n$ both\n[<1.31] old\n[>=1.31] new\n";
        let of = |minor| {
            let steps = read(text, minor).expect("a transcript");
            let shown = steps
                .iter()
                .map(|s| format!("{} {}", s.command, s.expected.join(",")));
            shown.collect::<Vec<_>>()
        };
        assert_eq!(of(31), ["new yes", "both new"]);
        assert_eq!(of(30), ["both old"]);
    }

    #[test]
    fn placeholders_match_what_they_name() {
        let rows = [
            ("once   1/1   <age>", "once       1/1   2m3s", true),
            ("once   1/1   <age>", "once 1/1   2m3s", false),
            (
                "  uid: <uid>",
                "  uid: 27faf87c-99a8-42ae-a574-ad527bb83634",
                true,
            ),
            (
                "  uid: <uid>",
                " uid: 27faf87c-99a8-42ae-a574-ad527bb83634",
                false,
            ),
            ("at <time>", "at 2026-11-25T14:15:22Z", true),
            ("at <time>", "at Wed, 25 Nov 2026 14:15:22 +0000", true),
            ("x <none>", "x <none>", true),
            ("x <none>", "x y", false),
            ("pod/a-<rand> gone", "pod/a-xk2lz gone", true),
            ("pod/a-<rand> gone", "pod/a-xk2la gone", false),
            ("same", "same  ", true),
        ];
        for (want, line, matches) in rows {
            assert_eq!(line_matches(want, line), matches, "{want:?} {line:?}");
        }
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let step = one("$ x\na\nb\n...\nz\n");
        assert_eq!(compare(&step, "a\nb\nz\n", 0), Ok(()));
        assert_eq!(compare(&step, "a\nb\n1\n2\nz\n", 0), Ok(()));
        let shown = compare(&one("$ x\na\nb\n"), "a\nc\n", 1).expect_err("they differ");
        assert_eq!(
            shown,
            "line 1: $ x\n    a\n  - b\n  + c\n  - [exit 0]\n  + [exit 1]\n"
        );
    }
}
