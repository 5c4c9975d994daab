//! A YAML text as the documents in it, each with the lines of its fields.

mod faults;
mod lines;

use orrery_app::forms::manifest::Problem;
use serde_json::Value;

pub use faults::problems;
use lines::Lines;

/// A document that says something.
pub struct Manifest {
    /// As it stands in the text.
    pub text: String,
    /// Where it begins, from 1.
    pub line: u32,
    pub content: Result<Content, Problem>,
}

/// What a document says, and where.
pub struct Content {
    pub value: Value,
    lines: Lines,
}

/// The documents of a text, in order. Those that say nothing are left out, as kubectl leaves them out.
pub fn read(text: &str) -> Vec<Manifest> {
    pieces(text)
        .into_iter()
        .filter(|(_, piece)| says_something(piece))
        .map(manifest)
        .collect()
}

/// The document that stands at a line of a text, or last before it; no other is read.
pub fn at(text: &str, line: u32) -> Option<Manifest> {
    let mut pieces = pieces(text).into_iter().rev();
    let found = pieces.find(|(before, piece)| *before < line && says_something(piece));
    found.map(manifest)
}

fn manifest((before, piece): (u32, &str)) -> Manifest {
    Manifest {
        content: content(piece, before),
        text: piece.to_owned(),
        line: before + 1,
    }
}

/// The texts between markers, each with how many lines are before it. No scalar holds a line that begins with a
/// marker.
fn pieces(text: &str) -> Vec<(u32, &str)> {
    let (mut pieces, mut begin, mut at) = (Vec::new(), (0, 0), 0);
    for (n, line) in (0..).zip(text.split_inclusive('\n')) {
        if is_marker(line) && at > begin.1 {
            pieces.push((begin.0, &text[begin.1..at]));
            begin = (n, at);
        }
        at += line.len();
    }
    pieces.push((begin.0, &text[begin.1..]));
    pieces
}

/// Whether a line begins another document.
pub fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---");
    rest.is_some_and(|rest| rest.trim().is_empty() || rest.starts_with([' ', '\t']))
}

fn says_something(piece: &str) -> bool {
    piece.lines().any(|line| {
        let line = line.strip_prefix("---").unwrap_or(line).trim();
        !line.is_empty() && line != "..." && !line.starts_with(['#', '%'])
    })
}

fn content(piece: &str, before: u32) -> Result<Content, Problem> {
    let value = serde_saphyr::from_str(piece).map_err(|error| unread(&error, before))?;
    Ok(Content {
        value,
        lines: Lines::of(piece, before),
    })
}

/// Our parser's words, without the picture of the place below them.
fn unread(error: &serde_saphyr::Error, before: u32) -> Problem {
    let told = error.to_string();
    let first = told.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let placed = first.strip_prefix("line ").and_then(|rest| {
        let (_, rest) = rest.split_once(" column ")?;
        Some(rest.split_once(": ")?.1)
    });
    let line = error.location().map_or(1, |location| location.line());
    Problem {
        line: before + u32::try_from(line).unwrap_or(u32::MAX - before).max(1),
        message: format!("YAML: {}", placed.unwrap_or(first)),
    }
}

impl Content {
    /// The line of a field by its path, as the API writes it; of what holds it, where it is not there.
    pub fn line(&self, path: &str) -> u32 {
        self.lines.find(path)
    }

    /// The path of the field that stands at a line of the text, or last before it.
    pub fn path(&self, line: u32) -> Option<&str> {
        self.lines.at(line)
    }

    /// A text in the document, by its JSON pointer; empty without one.
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.value.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    }

    /// `CronJob data/backup`, as far as it says.
    pub fn name(&self, namespace: &str) -> String {
        let name = match self.text("/metadata/name") {
            "" => format!("{}…", self.text("/metadata/generateName")),
            name => name.to_owned(),
        };
        let kind = self.text("/kind");
        match namespace {
            "" => format!("{kind} {name}"),
            namespace => format!("{kind} {namespace}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Result<String, u32>> {
        let all = read(text).into_iter();
        all.map(|each| match each.content {
            Ok(content) => Ok(content.value.to_string()),
            Err(problem) => Err(problem.line),
        })
        .collect()
    }

    #[test]
    fn each_document_that_says_something_is_one() {
        let said = |all: &[&str]| all.iter().map(|each| Ok((*each).to_owned())).collect();
        let rows: [(&str, Vec<Result<String, u32>>); 7] = [
            ("", vec![]),
            ("# nothing\n---\n...\n", vec![]),
            ("a: 1\n", said(&[r#"{"a":1}"#])),
            (
                "---\na: 1\n--- # two\nb: 2\n---\n",
                said(&[r#"{"a":1}"#, r#"{"b":2}"#]),
            ),
            ("a: |\n  ---\n  x\n", said(&[r#"{"a":"---\nx\n"}"#])),
            (
                "a: 1\n---\nb: [\n---\nc: 3\n",
                vec![Ok(r#"{"a":1}"#.into()), Err(3), Ok(r#"{"c":3}"#.into())],
            ),
            (
                "a: 1\n---\n\nb: 1\nb: 2\n",
                vec![Ok(r#"{"a":1}"#.into()), Err(5)],
            ),
        ];
        for (text, wanted) in rows {
            let mut found = told(text);
            // where an unclosed bracket is told is the parser's choice, but it is in its document
            for (found, wanted) in found.iter_mut().zip(&wanted) {
                if let (Err(line), Err(begins)) = (found, wanted)
                    && (*begins..=*begins + 1).contains(line)
                {
                    *line = *begins;
                }
            }
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn the_documents_are_the_whole_text() {
        let text = "---\na: 1\n---\nb: 2\n";
        let all: String = read(text).into_iter().map(|each| each.text).collect();
        assert_eq!(all, text);
    }

    #[test]
    fn the_document_at_a_line_is_read_alone() {
        let text = "a: 1\n---\n# nothing\n---\nb: [\n---\nc: 3\n";
        for (line, begins, is_read) in [
            (1, 1, true),
            (3, 1, true),
            (4, 4, false),
            (5, 4, false),
            (7, 6, true),
            (9, 6, true),
        ] {
            let found = at(text, line).map(|each| (each.line, each.content.is_ok()));
            assert_eq!(found, Some((begins, is_read)), "{line}");
        }
        assert!(at("# nothing\n", 1).is_none());
    }

    #[test]
    fn an_unread_document_is_told_in_one_line() {
        let all = read("a: 1\n---\na:\n\tb: 1\n");
        let problem = all[1].content.as_ref().err().expect("a tab is no indent");
        assert!(problem.message.starts_with("YAML: "), "{problem:?}");
        assert_eq!(problem.message.lines().count(), 1);
        assert!((3..=4).contains(&problem.line), "{problem:?}");
    }
}
