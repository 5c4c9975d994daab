//! Where each field of a YAML document stands, by its path as the API names it: `spec.containers[0].image`.

use serde_saphyr::granit_parser::{Event, Parser};

/// The longest path that is kept, above those of any kind: each field has the names of all that hold it, which of a
/// text of long names would come to gigabytes. What is deeper counts as what holds it.
const MOST_PATH_BYTES: usize = 1 << 10;
/// All paths together, far above what a person edits. What comes later counts as the field before it.
const MOST_BYTES: usize = 16 << 20;

/// The lines of a document's fields.
pub struct Lines {
    /// In the order of the text.
    fields: Vec<(String, u32)>,
    /// Where the document begins.
    first: u32,
    /// Of all paths.
    bytes: usize,
}

/// A collection that is being read.
struct Open {
    /// `None`: it is too long.
    path: Option<String>,
    next: Next,
}

enum Next {
    Key,
    Value(Option<String>),
    Item(usize),
}

impl Lines {
    /// Of a document that has so many lines of a text before it.
    pub fn of(document: &str, before: u32) -> Self {
        let mut lines = Self {
            fields: Vec::new(),
            first: before + 1,
            bytes: 0,
        };
        let mut open: Vec<Open> = Vec::new();
        let mut is_first = true;
        for event in Parser::new_from_str(document) {
            // it was read before: an error ends the document there as here
            let Ok((event, span)) = event else { break };
            let line = before + u32::try_from(span.start.line()).unwrap_or(u32::MAX - before);
            let (text, next) = match &event {
                Event::Scalar(text, ..) => (Some(&**text), None),
                Event::Alias(_) => (None, None),
                Event::MappingStart(..) => (None, Some(Next::Key)),
                Event::SequenceStart(..) => (None, Some(Next::Item(0))),
                Event::MappingEnd | Event::SequenceEnd => {
                    open.pop();
                    continue;
                }
                _ => continue,
            };
            if std::mem::take(&mut is_first) {
                lines.first = line;
            }
            let path = lines.node(open.last_mut(), text, line);
            if let Some(next) = next {
                open.push(Open { path, next });
            }
        }
        lines
    }

    /// Takes a node into the collection that it is in; answers its path, if that is kept.
    fn node(&mut self, within: Option<&mut Open>, text: Option<&str>, line: u32) -> Option<String> {
        let Some(within) = within else {
            return Some(String::new());
        };
        let holder = within.path.as_deref();
        match std::mem::replace(&mut within.next, Next::Key) {
            Next::Key => {
                // what is no scalar is no field's name
                let path = holder.map(|holder| join(holder, text.unwrap_or("?")));
                let path = self.keep(path, line);
                within.next = Next::Value(path.clone());
                path
            }
            Next::Value(path) => path,
            Next::Item(n) => {
                let path = holder.map(|holder| format!("{holder}[{n}]"));
                within.next = Next::Item(n + 1);
                self.keep(path, line)
            }
        }
    }

    /// Nothing of what is within a path that is not kept is kept either.
    fn keep(&mut self, path: Option<String>, line: u32) -> Option<String> {
        let path = path?;
        if path.len() > MOST_PATH_BYTES || self.bytes + path.len() > MOST_BYTES {
            return None;
        }
        self.bytes += path.len();
        self.fields.push((path.clone(), line));
        Some(path)
    }

    /// The line of a field; of what would hold it, where it is not there.
    pub fn find(&self, path: &str) -> u32 {
        let mut path = path.trim_start_matches('.').to_owned();
        while !path.is_empty() {
            let found = self.exactly(&path).or_else(|| self.somewhere(&path));
            if let Some(line) = found {
                return line;
            }
            path = up(&path);
        }
        self.first
    }

    /// The field that stands at a line, or last before it. An item of a list is on the line of its first field, which
    /// is meant.
    pub fn at(&self, line: u32) -> Option<&str> {
        let before = self.fields.iter().rev().find(|(_, known)| *known <= line);
        let (_, nearest) = before?;
        let mut there = self.fields.iter().filter(|(_, known)| known == nearest);
        let is_item = |(path, _): &&(String, u32)| path.ends_with(']');
        let found = there.clone().find(|field| !is_item(field));
        let found = found.or_else(|| there.next());
        found.map(|(path, _)| path.as_str())
    }

    fn exactly(&self, path: &str) -> Option<u32> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == path)
            .map(|(_, line)| *line)
    }

    /// Errors of types name no indexes: `containers.image` is the first image of any container.
    fn somewhere(&self, path: &str) -> Option<u32> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known.contains('[') && without_indexes(known) == path);
        found.map(|(_, line)| *line)
    }
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// What holds a field. The key of a map is in brackets where the API names it, and a field of it here.
fn up(path: &str) -> String {
    if let Some(inner) = path.strip_suffix(']')
        && let Some((map, key)) = inner.split_once('[')
        && !key.contains('[')
        && key.parse::<usize>().is_err()
    {
        return join(map, key);
    }
    let end = path.rfind(['.', '[']).unwrap_or(0);
    path[..end].to_owned()
}

fn without_indexes(path: &str) -> String {
    let mut out = String::new();
    for (n, part) in path.split('[').enumerate() {
        match part.split_once(']') {
            Some((_, rest)) if n > 0 => out.push_str(rest),
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# a comment
apiVersion: batch/v1
kind: Job
metadata:
  name: pi
  annotations:
    orrery.dev/why: \"a\"
spec:
  parallelism: {one: 1}
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: a
        env:
        - {name: X, value: \"1\"}
        -
          name: Y
      - name: b
        image: busybox
        command: [sh,
          -c]
";

    #[test]
    fn a_line_has_the_field_that_begins_there_or_before() {
        let rows = [
            (1, None),
            (2, Some("apiVersion")),
            (7, Some("metadata.annotations.orrery.dev/why")),
            (9, Some("spec.parallelism")),
            (13, Some("spec.template.spec.containers")),
            (14, Some("spec.template.spec.containers[0].name")),
            (16, Some("spec.template.spec.containers[0].env[0].name")),
            (17, Some("spec.template.spec.containers[0].env[0].name")),
            (22, Some("spec.template.spec.containers[1].command[1]")),
            (99, Some("spec.template.spec.containers[1].command[1]")),
        ];
        let lines = Lines::of(TEXT, 0);
        for (line, path) in rows {
            assert_eq!(lines.at(line), path, "{line}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_path_and_else_what_holds_it() {
        let rows = [
            ("kind", 3),
            ("metadata.name", 5),
            ("metadata.annotations", 6),
            ("metadata.annotations[orrery.dev/why]", 7),
            ("metadata.annotations[orrery.dev/other]", 6),
            ("metadata.labels", 4),
            ("spec.parallelism.one", 9),
            ("spec.template.spec.containers[0].name", 14),
            ("spec.template.spec.containers[0].image", 14),
            ("spec.template.spec.containers[0].env[0].value", 16),
            ("spec.template.spec.containers[0].env[1].name", 18),
            ("spec.template.spec.containers[1]", 19),
            ("spec.template.spec.containers[1].command[1]", 22),
            ("spec.template.spec.containers.image", 20),
            ("spec.template.spec.containers[7].image", 13),
            (".spec.backoffLimit", 8),
            ("status.active", 2),
            ("", 2),
        ];
        let lines = Lines::of(TEXT, 0);
        let later = Lines::of(TEXT, 100);
        for (path, line) in rows {
            assert_eq!(lines.find(path), line, "{path}");
            assert_eq!(later.find(path), 100 + line, "{path} in a later document");
        }
    }

    #[test]
    fn a_path_longer_than_any_is_not_kept() {
        let name = "a".repeat(MOST_PATH_BYTES * 2 / 3);
        let text = format!("spec:\n  {name}:\n    {name}: {{c: 1}}\n  c: 2\n");
        let lines = Lines::of(&text, 0);
        assert!(lines.bytes < MOST_PATH_BYTES, "{:?}", lines.fields);
        assert_eq!(lines.find(&format!("spec.{name}.{name}")), 2);
        assert_eq!(lines.find("spec.c"), 4);
        assert_eq!(lines.at(3), Some(format!("spec.{name}").as_str()));
    }
    #[test]
    fn all_paths_together_are_no_more_than_a_person_edits() {
        let (name, items) = ("a".repeat(1000), "1, ".repeat(20_000));
        let text = format!("{name}: [{items}]\nb: 2\n");
        let lines = Lines::of(&text, 0);
        let all: usize = lines.fields.iter().map(|(path, _)| path.len()).sum();
        assert!(all <= MOST_BYTES);
        assert_eq!(lines.find(&format!("{name}[1]")), 1);
    }
}
