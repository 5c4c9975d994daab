//! What is wrong with a text that is no YAML, from our parser's words in those of Go's.
//!
//! Both descend from libyaml, and find the same faults. Go's scanner counts lines as people do, its parser begins
//! with nought, and neither tells a line that is the first. A fault that is not known here keeps our words.

const NODE: &str = "did not find expected node content";
const KEY: &str = "did not find expected key";
const ITEM: &str = "did not find expected '-' indicator";
const IN_LIST: &str = "did not find expected ',' or ']'";
const LIMIT: &str = "budget breached";
const IN_MAP: &str = "did not find expected ',' or '}'";

/// `error: line 2 column 3: why`, and a picture of the place below it.
pub fn in_go(told: &str, text: &str) -> String {
    let first = told.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match Fault::read(first) {
        Some(fault) => format!("yaml: {}", fault.in_go(text)),
        None => format!("yaml: {first}"),
    }
}

/// What is wrong with a value and its tag, or with a key, which JSON wants to be a text; none of it is the scanner's,
/// so that Go names no line.
fn of_types(why: &str) -> Option<String> {
    const TAGGED: [&str; 5] = [
        "invalid u64",
        "invalid i64",
        "invalid floating point",
        "invalid boolean",
        "cannot deserialize tagged scalar into string",
    ];
    let told = match why {
        "invalid !!binary base64" => "!!binary value contains invalid base64 data",
        "expected string scalar" => "invalid map key",
        _ if why.starts_with("cannot deserialize null into string") => "invalid map key: null",
        _ if TAGGED.contains(&why)
            || why.starts_with("unsupported tag")
            || why.starts_with("!!binary scalar is not") =>
        {
            "cannot decode a value as what its tag says"
        }
        _ if why.starts_with("non-finite float") => {
            let number = why.split('`').nth(1)?.to_ascii_lowercase();
            match number.trim_start_matches(['+', '-']) {
                ".nan" => "unsupported value: NaN",
                _ if number.starts_with('-') => "unsupported value: -Inf",
                _ => "unsupported value: +Inf",
            }
        }
        _ => return None,
    };
    Some(told.to_owned())
}

/// Lines and columns count from one.
struct Fault<'a> {
    line: usize,
    column: usize,
    why: &'a str,
}

impl<'a> Fault<'a> {
    fn read(told: &'a str) -> Option<Self> {
        let (line, rest) = told.strip_prefix("line ")?.split_once(" column ")?;
        let (column, why) = rest.split_once(": ")?;
        let context = why
            .split_once(", ")
            .filter(|(context, _)| context.starts_with("while "));
        Some(Self {
            line: line.parse().ok()?,
            column: column.parse().ok()?,
            why: context.map_or(why, |(_, why)| why),
        })
    }

    fn in_go(&self, text: &str) -> String {
        if let Some(told) = of_types(self.why) {
            return told;
        }
        let end = text.matches('\n').count() + 1;
        match self.why {
            "unclosed quote" => scanned(end, "found unexpected end of stream"),
            "simple key expected ':'" => {
                let line = self.line_below(text, |line| !line.is_empty() && !line.starts_with('#'));
                scanned(line.unwrap_or(end), "could not find expected ':'")
            }
            "found a tab" => {
                let line = self.tab_below(text).unwrap_or(self.line);
                scanned(line, "found a tab character that violates indentation")
            }
            "tabs disallowed in this context"
            | "tabs disallowed within this context (block indentation)" => {
                scanned(self.line, "found character that cannot start any token")
            }
            "alias references unknown anchor" => {
                format!("unknown anchor '{}' referenced", self.anchor(text))
            }
            "recursive references require weak recursion types" => {
                format!("anchor '{}' value contains itself", self.anchor(text))
            }
            "the handle wasn't declared" => parsed(self.line, "found undefined tag handle"),
            "misplaced bracket" => parsed(self.line, NODE),
            KEY | ITEM => parsed(self.line, self.why),
            IN_LIST | IN_MAP | "illegal placement of ':' indicator" => {
                parsed(self.line, expected_in(open_bracket(self.before(text))))
            }
            why if why.starts_with("mismatched bracket") => {
                parsed(self.line, expected_in(open_bracket(self.before(text))))
            }
            why if why.starts_with("unclosed bracket") => parsed(end, expected_at_end(text)),
            why if why.starts_with("invalid trailing content after") => {
                parsed(self.line, self.expected_behind_quotes(text))
            }
            // ours counts more than what aliases repeat, which is all that Go's has a limit for
            why if why.starts_with(LIMIT) => match text.contains('&') {
                true => "document contains excessive aliasing".to_owned(),
                false => "document has too many nodes".to_owned(),
            },
            why if why.starts_with("unexpected character: `\\u") => {
                "control characters are not allowed".to_owned()
            }
            why if why.starts_with("unexpected character: ") => {
                scanned(self.line, "found character that cannot start any token")
            }
            why => scanned(self.line, why),
        }
    }

    /// The text up to the fault.
    fn before<'t>(&self, text: &'t str) -> &'t str {
        let lines = text.split_inclusive('\n').take(self.line.saturating_sub(1));
        let start: usize = lines.map(str::len).sum();
        let line = text[start..].lines().next().unwrap_or_default();
        let within = line.char_indices().nth(self.column.saturating_sub(1));
        &text[..start + within.map_or(line.len(), |(at, _)| at)]
    }

    /// The first line below the fault's that is one of those, without the blanks around it.
    fn line_below(&self, text: &str, is_one: fn(&str) -> bool) -> Option<usize> {
        let mut below = text.lines().enumerate().skip(self.line);
        let found = below.find(|(_, line)| is_one(line.trim()));
        found.map(|(at, _)| at + 1)
    }

    fn tab_below(&self, text: &str) -> Option<usize> {
        let mut below = text.lines().enumerate().skip(self.line);
        let found = below.find(|(_, line)| line.trim_start_matches(' ').starts_with('\t'));
        found.map(|(at, _)| at + 1)
    }

    fn anchor<'t>(&self, text: &'t str) -> &'t str {
        let line = text
            .lines()
            .nth(self.line.saturating_sub(1))
            .unwrap_or_default();
        let from = line.char_indices().nth(self.column.saturating_sub(1));
        let here = from.map_or(line, |(at, _)| &line[at..]);
        let (_, name) = here.split_once('*').unwrap_or(("", here));
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        name.split(|c: char| !is_part(c)).next().unwrap_or_default()
    }

    /// What should have stood where a quoted text is followed by more.
    fn expected_behind_quotes(&self, text: &str) -> &'static str {
        let before = self.before(text);
        if let Some(bracket) = open_bracket(before) {
            return expected_in(Some(bracket));
        }
        let line = before.lines().next_back().unwrap_or_default().trim_start();
        let item = line.trim_start_matches("- ");
        match item.len() < line.len() && item.starts_with(['"', '\'']) {
            true => ITEM,
            false => KEY,
        }
    }
}

fn scanned(line: usize, why: &str) -> String {
    match line {
        0 | 1 => why.to_owned(),
        line => format!("line {line}: {why}"),
    }
}

fn parsed(line: usize, why: &str) -> String {
    match line {
        0 | 1 => why.to_owned(),
        line => format!("line {}: {why}", line - 1),
    }
}

fn expected_in(bracket: Option<char>) -> &'static str {
    match bracket {
        Some('[') => IN_LIST,
        _ => IN_MAP,
    }
}

/// Behind what opens or parts a collection, there should have been something.
fn expected_at_end(text: &str) -> &'static str {
    match text.trim_end().ends_with(['[', '{', ',', ':']) {
        true => NODE,
        false => expected_in(open_bracket(text)),
    }
}

/// The innermost bracket that is open at the end of a text; those in quotes are none.
fn open_bracket(text: &str) -> Option<char> {
    let mut open = Vec::new();
    let (mut quote, mut before) = (None, ' ');
    for c in text.chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark && before != '\\' => quote = None,
            (Some(_), _) => {}
            // within a word it is an apostrophe
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(c),
            (None, '[' | '{') => open.push(c),
            (None, ']' | '}') => drop(open.pop()),
            (None, _) => {}
        }
        before = c;
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use crate::yaml::to_json;

    /// As `kubectl create --dry-run=client` told them.
    #[test]
    fn k_03_what_is_no_yaml_is_told_as_go_tells_it() {
        let rows = [
            (
                "a: b: c\n",
                "mapping values are not allowed in this context",
            ),
            (
                "x: y\na: b: c\n",
                "line 2: mapping values are not allowed in this context",
            ),
            (
                "a: 1\n  b: 2\n",
                "line 2: mapping values are not allowed in this context",
            ),
            (
                "foo\nbar: 1\n",
                "line 2: mapping values are not allowed in this context",
            ),
            (
                "a:\n\tb: 1\n",
                "line 2: found character that cannot start any token",
            ),
            (
                "a:\n  b: 1\n\tc: 2\n",
                "line 3: found a tab character that violates indentation",
            ),
            (
                "a: 1\n\n\tb: 2\n",
                "line 3: found a tab character that violates indentation",
            ),
            (
                "x: 1\na: @x\n",
                "line 2: found character that cannot start any token",
            ),
            (
                "x: 1\na: %x\n",
                "line 2: found character that cannot start any token",
            ),
            ("x: 1\na: \u{1}\n", "control characters are not allowed"),
            (
                "a: [1, 2\nb: 3\n",
                "line 1: did not find expected ',' or ']'",
            ),
            (
                "a: {b: 1\nc: 2\n",
                "line 1: did not find expected ',' or '}'",
            ),
            (
                "x: 1\nb: {a: 1 b: 2}\n",
                "line 1: did not find expected ',' or '}'",
            ),
            (
                "x: 1\na: [b: c: d]\n",
                "line 1: did not find expected ',' or ']'",
            ),
            ("a: [", "did not find expected node content"),
            ("x: 1\na: [\n", "line 2: did not find expected node content"),
            ("x: 1\na: [b\n", "line 2: did not find expected ',' or ']'"),
            (
                "x: 1\na: {b: c, d\n",
                "line 2: did not find expected ',' or '}'",
            ),
            ("x: 1\na: ]\n", "line 1: did not find expected node content"),
            ("a: \"x\nb: 1\n", "line 3: found unexpected end of stream"),
            ("a: 'x\n", "line 2: found unexpected end of stream"),
            ("a: \"\\q\"\n", "found unknown escape character"),
            (
                "x: y\na: \"\\q\"\n",
                "line 2: found unknown escape character",
            ),
            ("x: y\na: *x\n", "unknown anchor 'x' referenced"),
            ("a: &a\n  b: *a\n", "anchor 'a' value contains itself"),
            (
                "x: 1\na: - b\n",
                "line 2: block sequence entries are not allowed in this context",
            ),
            ("- a\nb: 1\n", "line 1: did not find expected '-' indicator"),
            (
                "a:\n  - b: 1\n    c: 2\n   d: 3\n",
                "line 3: did not find expected '-' indicator",
            ),
            ("a:\n  - b\n - c\n", "line 2: did not find expected key"),
            (
                "metadata:\n  name: x\n spec: y\n",
                "line 2: did not find expected key",
            ),
            ("x: 1\na: \"b\" c\n", "line 1: did not find expected key"),
            ("x: 1\na: 'it's'\n", "line 1: did not find expected key"),
            ("a: b\nc\nd: e\n", "line 3: could not find expected ':'"),
            ("a: 1\na\n\n", "line 4: could not find expected ':'"),
            (
                "x: 1\na: |x\n  b\n",
                "line 2: did not find expected comment or line break",
            ),
            (
                "x: 1\na: !foo!bar x\n",
                "line 1: found undefined tag handle",
            ),
            ("~: x\n", "invalid map key: null"),
            ("x: 1\n? [a]\n: b\n", "invalid map key"),
            (
                "x: 1\na: !!binary \"%%%\"\n",
                "!!binary value contains invalid base64 data",
            ),
            (
                "x: 1\na: !!int b\n",
                "cannot decode a value as what its tag says",
            ),
            (
                "x: 1\na: !!map b\n",
                "cannot decode a value as what its tag says",
            ),
            ("x: 1\na: .nan\n", "unsupported value: NaN"),
            ("x: 1\na: -.inf\n", "unsupported value: -Inf"),
        ];
        for (yaml, want) in rows {
            let why = to_json(yaml.as_bytes()).expect_err(yaml);
            assert_eq!(why, format!("yaml: {want}"), "{yaml:?}");
        }
    }

    #[test]
    fn k_03_yaml_does_not_grow_without_bound() {
        let mut laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, of) in ["b", "c", "d", "e", "f", "g"]
            .iter()
            .zip(["a", "b", "c", "d", "e", "f"])
        {
            let nine = vec![format!("*{of}"); 9].join(",");
            laughs.push_str(&format!("{name}: &{name} [{nine}]\n"));
        }
        let aliases = format!("a: &x 1\nb: [{}]\n", vec!["*x"; 60_000].join(","));
        let nodes = format!("a: [{}]\n", vec!["1"; 300_000].join(","));
        let rows = [
            (laughs, "document contains excessive aliasing"),
            (aliases, "document contains excessive aliasing"),
            (nodes, "document has too many nodes"),
        ];
        for (yaml, want) in rows {
            let why = to_json(yaml.as_bytes()).expect_err(want);
            assert_eq!(why, format!("yaml: {want}"));
        }
        let many = format!("a: &x 1\nb: [{}]\n", vec!["*x"; 10_000].join(","));
        let read = to_json(many.as_bytes()).expect("as often as one likes");
        let want = format!("{{\"a\":1,\"b\":[{}]}}", vec!["1"; 10_000].join(","));
        assert_eq!(String::from_utf8_lossy(&read), want);
    }
}
