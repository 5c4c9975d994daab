//! Where in a text the name of a field is typed, by indentation alone: as one types, a text is rarely YAML.

use crate::backend::manifest::is_marker;

/// An item of a list, whichever it is.
const ITEM: &str = "[0]";

/// Where a name begins.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub version: &'a str,
    pub kind: &'a str,
    /// Of what holds the field; empty: the document does.
    pub path: String,
    /// Lines before it.
    pub line: usize,
    /// Letters before it in its line, each of one column.
    pub column: usize,
    /// As far as it is typed.
    pub begun: &'a str,
    /// Names that stand beside it.
    pub beside: Vec<&'a str>,
}

/// `cursor` counts bytes. `None`: no name is typed there.
pub fn of(text: &str, cursor: usize) -> Option<Place<'_>> {
    let (before, after) = (text.get(..cursor)?, text.get(cursor..)?);
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let typed = &before[begin..];
    let (rest, after) = after.split_once('\n').unwrap_or((after, ""));
    let lead = typed.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let own = Line::read(lead);
    let is_lead = lead.is_empty() || lead.ends_with(' ') && matches!(own.word, Word::None);
    if !rest.trim().is_empty() || !is_lead {
        return None;
    }
    let above = || {
        before[..begin]
            .lines()
            .rev()
            .take_while(|line| !is_marker(line))
    };
    let below = || after.lines().take_while(|line| !is_marker(line));
    let said = |field: &str| {
        let mut lines = above().chain(below());
        lines.find_map(|line| Some(plain(line.strip_prefix(field)?)))
    };
    let mut walk = Walk::new(lead.len());
    walk.items(&own.dashes);
    for line in above().filter(|line| says_something(line)) {
        walk.up(&Line::read(line))?;
    }
    for line in below().filter(|line| says_something(line)).map(Line::read) {
        match line.word {
            _ if line.first() < lead.len() => break,
            Word::Key { name, .. } if line.is_key_at(lead.len()) => walk.beside.push(name),
            _ => {}
        }
    }
    Some(Place {
        version: said("apiVersion:").unwrap_or_default(),
        kind: said("kind:").unwrap_or_default(),
        path: walk.path(),
        line: before.matches('\n').count(),
        column: lead.len(),
        begun: &typed[lead.len()..],
        beside: walk.beside,
    })
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// A value without its comment and quotes.
fn plain(value: &str) -> &str {
    let value = value.split(" #").next().unwrap_or_default();
    value.trim().trim_matches(['"', '\''])
}

/// What a line begins with: dashes, and then perhaps a key.
struct Line<'a> {
    /// Columns.
    dashes: Vec<usize>,
    column: usize,
    word: Word<'a>,
}

enum Word<'a> {
    /// `holds`: what it holds is on other lines.
    Key {
        name: &'a str,
        holds: bool,
    },
    Other,
    None,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let mut dashes = Vec::new();
        let mut column = line.len() - line.trim_start_matches(' ').len();
        while line[column..].starts_with("- ") || line[column..].trim_end() == "-" {
            dashes.push(column);
            let rest = &line[column + 1..];
            column = line.len() - rest.trim_start_matches(' ').len();
        }
        Self {
            dashes,
            column,
            word: Word::of(line[column..].trim_end()),
        }
    }

    fn first(&self) -> usize {
        self.dashes.first().copied().unwrap_or(self.column)
    }

    fn is_key_at(&self, column: usize) -> bool {
        self.dashes.is_empty() && self.column == column
    }
}

impl<'a> Word<'a> {
    fn of(text: &'a str) -> Self {
        let ends = || text.strip_suffix(':').map(|name| (name, ""));
        match text.split_once(": ").or_else(ends) {
            _ if text.is_empty() => Self::None,
            Some((name, value)) if !name.contains([' ', '{', '[']) => Self::Key {
                name: name.trim_matches(['"', '\'']),
                holds: value.trim().is_empty() || value.trim().starts_with(['#', '&']),
            },
            _ => Self::Other,
        }
    }
}

/// From a name to what holds it, line by line.
struct Walk<'a> {
    column: usize,
    /// What is held is an item whose dash is at the column, else a field whose name is.
    is_item: bool,
    /// From the inside.
    path: Vec<&'a str>,
    beside: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn new(column: usize) -> Self {
        Self {
            column,
            is_item: false,
            path: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// A line before all that were walked; `None`: what is typed is no name of a field.
    fn up(&mut self, line: &Line<'a>) -> Option<()> {
        let begins_here = match self.is_item {
            false => line.column == self.column && matches!(line.word, Word::Key { .. }),
            true => line.dashes.contains(&self.column),
        };
        if let Word::Key { name, .. } = line.word
            && self.path.is_empty()
            && begins_here
        {
            self.beside.push(name);
        }
        let outside = line.dashes.iter().copied().filter(|at| *at < self.column);
        let outside: Vec<usize> = outside.collect();
        match line.word {
            // another field or item of the same, or what is in one
            _ if line.first() >= self.column && !self.holds(line) => {}
            _ if begins_here => self.items(&outside),
            Word::None => self.items(&outside),
            Word::Key { name, holds: true } if self.holds(line) => {
                self.path.push(name);
                (self.column, self.is_item) = (line.column, false);
                self.items(&line.dashes);
            }
            _ => return None,
        }
        Some(())
    }

    /// A list may begin right below its name.
    fn holds(&self, line: &Line<'_>) -> bool {
        line.column < self.column || self.is_item && line.column == self.column
    }

    /// What was walked is an item of the last of these, which is one of the one before it.
    fn items(&mut self, dashes: &[usize]) {
        for at in dashes.iter().rev() {
            self.path.push(ITEM);
            (self.column, self.is_item) = (*at, true);
        }
    }

    /// As the API writes it.
    fn path(&self) -> String {
        let mut path = String::new();
        for part in self.path.iter().rev() {
            if !path.is_empty() && *part != ITEM {
                path.push('.');
            }
            path.push_str(part);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
apiVersion: v1
kind: Secret
---
# a comment
apiVersion: \"batch/v1\"
kind: Job # one
metadata:
  name: pi
  annotations:
    orrery.dev/why: a

spec:
  1
  template:
    spec:
      containers:
      - name: a
        2
        env:
        - name: X
          3
        -
          4
      -   5
      - image: b
        args:
        - |
          sh: more
          6
        - 7
  parallelism: 1
  8
  selector: {a:
    9
0
";

    /// The place of a digit that stands alone, which `begun` is typed in the place of.
    fn place(digit: char, begun: &str) -> Option<(String, String)> {
        let lines = TEXT.lines();
        let found = lines
            .clone()
            .find(|line| line.trim_start_matches([' ', '-']) == digit.to_string());
        let found = found.expect("the digit");
        let others: String = lines
            .map(|line| match line.trim_start_matches([' ', '-']) {
                _ if line == found => format!("{}\n", line.replace(digit, begun)),
                other if other.parse::<u8>().is_ok() => "\n".to_owned(),
                _ => format!("{line}\n"),
            })
            .collect();
        let lead = found.trim_end_matches(digit);
        let at = others.find(&format!("\n{lead}{begun}\n")).expect("a line");
        let place = of(&others, at + 1 + lead.len() + begun.len())?;
        assert_eq!(
            (place.version, place.kind, place.begun, place.column),
            ("batch/v1", "Job", begun, lead.len()),
            "{digit}"
        );
        Some((place.path, place.beside.join(" ")))
    }

    #[test]
    fn a_name_is_in_what_its_indentation_says() {
        let rows = [
            ('1', "spec", "template parallelism selector"),
            ('2', "spec.template.spec.containers[0]", "name env"),
            ('3', "spec.template.spec.containers[0].env[0]", "name"),
            ('4', "spec.template.spec.containers[0].env[0]", ""),
            ('5', "spec.template.spec.containers[0]", ""),
            ('7', "spec.template.spec.containers[0].args[0]", ""),
            ('8', "spec", "parallelism template selector"),
            ('0', "", "spec metadata kind apiVersion"),
        ];
        for (digit, path, beside) in rows {
            let wanted = Some((path.to_owned(), beside.to_owned()));
            assert_eq!(place(digit, "na"), wanted, "{digit}");
        }
    }

    #[test]
    fn text_and_values_are_no_names() {
        assert_eq!(place('6', "na"), None, "a text in a block");
        assert_eq!(place('9', "na"), None, "what a bracket is open for");
        for (text, cursor) in [
            ("spec: a", 7),
            ("spec", 2),
            ("a b", 3),
            ("-", 1),
            ("-a", 2),
            ("\tb", 2),
            ("가", 1),
            ("a", 9),
        ] {
            assert_eq!(of(text, cursor), None, "{text}");
        }
    }

    #[test]
    fn a_name_may_be_wanted_before_it_is_begun() {
        let text = "kind: Job\nspec:\n  ";
        let place = of(text, text.len()).expect("a place");
        assert_eq!((place.path.as_str(), place.begun), ("spec", ""));
        assert_eq!((place.line, place.column), (2, 2));
        let text = "a: 1\r\nspec:\r\n- b";
        assert_eq!(of(text, text.len()).expect("a place").path, "spec[0]");
    }
}
