//! YAML in colours, line by line: on the server for what is shown, and in the browser for what is typed.
//!
//! It reads as much as colours need and judges nothing; what the text says is the cluster's to read.

use std::fmt::Write;

use crate::paint::Esc;

/// The lines of a text as HTML, each in an element of its own, which the style sheet numbers; those that are wrong,
/// counted from 1, are marked.
pub fn html(text: &str, wrong: &[u32]) -> String {
    let mut out = String::new();
    let last = text.split('\n').count();
    for (line, n) in lines(text).iter().zip(1..) {
        out.push_str(match wrong.contains(&n) {
            true => r#"<span class="l bad">"#,
            false => r#"<span class="l">"#,
        });
        out.push_str(line);
        // in its element: copied text has its lines
        if usize::try_from(n).is_ok_and(|n| n < last) {
            out.push('\n');
        }
        out.push_str("</span>");
    }
    out
}

/// Each line's text in colours.
pub fn lines(text: &str) -> Vec<String> {
    let mut colours = Colours::default();
    text.split('\n').map(|line| colours.line(line)).collect()
}

/// What earlier lines say of the next.
#[derive(Default)]
struct Colours {
    /// A text in a block goes on as long as lines are indented by more than this.
    block: Option<usize>,
}

impl Colours {
    fn line(&mut self, line: &str) -> String {
        let mut out = String::new();
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(owner) = self.block {
            if line.trim().is_empty() || indent > owner {
                put(&mut out, "text", line);
                return out;
            }
            self.block = None;
        }
        let (code, comment) = line.split_at(comment(line));
        self.code(&mut out, code);
        put(&mut out, "note", comment);
        out
    }

    /// A line without its comment: dashes, a key, a value.
    fn code(&mut self, out: &mut String, code: &str) {
        if code.trim_end() == "---" || code.trim_end() == "..." {
            return put(out, "mark", code);
        }
        let mut at = code.len() - code.trim_start().len();
        let mut owner = at;
        while code[at..].starts_with("- ") {
            owner = at;
            at += 2;
            at += code[at..].len() - code[at..].trim_start().len();
        }
        put(out, "", &code[..at]);
        let rest = &code[at..];
        let value = match key(rest) {
            Some(end) => {
                put(out, "key", &rest[..end]);
                put(out, "", ":");
                owner = at;
                &rest[end + 1..]
            }
            None => rest,
        };
        let word = value.trim();
        put(out, colour(word), value);
        if is_block(word) {
            self.block = Some(owner);
        }
    }
}

/// Where the comment of a line begins; its end without one.
fn comment(line: &str) -> usize {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') if " [{,:-(".contains(before) => quote = Some(c),
            (None, '#') if before.is_whitespace() => return at,
            _ => {}
        }
        before = c;
    }
    line.len()
}

/// Where the key that begins a text ends.
fn key(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let begin = match quote {
        Some(quote) => text[1..].find(quote)? + 2,
        None => 0,
    };
    if text.starts_with(['{', '[']) {
        return None;
    }
    let colons = text[begin..].match_indices(':');
    let mut ends = colons.map(|(at, _)| begin + at);
    ends.find(|end| text[end + 1..].is_empty() || text[end + 1..].starts_with(' '))
}

fn colour(word: &str) -> &'static str {
    match word {
        "true" | "false" | "null" | "~" => "word",
        _ if word.starts_with(['"', '\'']) => "text",
        _ if is_block(word) || word.starts_with(['&', '*', '!']) => "mark",
        _ if is_number(word) => "word",
        _ => "",
    }
}

/// `3`, `-1.5`, `2e9`. By hand: to read one as the standard library does is a tenth of what a browser loads of the page.
fn is_number(word: &str) -> bool {
    let (number, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    let (whole, part) = unsigned(number)
        .split_once('.')
        .unwrap_or((unsigned(number), ""));
    let has_digits = !whole.is_empty() || !part.is_empty();
    let is_exponent = !exponent.is_empty() && is_digits(unsigned(exponent));
    has_digits && is_exponent && is_digits(whole) && is_digits(part)
}

fn unsigned(number: &str) -> &str {
    number.strip_prefix(['-', '+']).unwrap_or(number)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|letter| letter.is_ascii_digit())
}

/// `|`, `>-`, `|2`: the text follows on lines of its own.
fn is_block(word: &str) -> bool {
    let rest = word.strip_prefix(['|', '>']);
    rest.is_some_and(|rest| {
        rest.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-'))
    })
}

fn put(out: &mut String, colour: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = match (colour, text) {
        (_, "") => Ok(()),
        ("", text) => write!(out, "{}", Esc(text)),
        (colour, text) => write!(out, r#"<span class="y-{colour}">{}</span>"#, Esc(text)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With each colour as `colour(text)`.
    fn told(text: &str) -> Vec<String> {
        let all = lines(text).into_iter();
        all.map(|line| {
            let line = line.replace("<span class=\"y-", "").replace("\">", "(");
            line.replace("</span>", ")")
        })
        .collect()
    }

    #[test]
    fn a_line_has_its_colours() {
        for (line, wanted) in [
            ("", ""),
            ("---", "mark(---)"),
            ("kind: Job", "key(kind): Job"),
            ("  - name: a # b", "  - key(name): a note(# b)"),
            ("- - 1", "- - word(1)"),
            ("a: true", "key(a):word( true)"),
            ("a: \"x # y: z\"", "key(a):text( &quot;x # y: z&quot;)"),
            ("\"a: b\": c", "key(&quot;a: b&quot;): c"),
            ("a: it's # x", "key(a): it&#39;s note(# x)"),
            ("http://x", "http://x"),
            ("image: a:1", "key(image): a:1"),
            ("# all", "note(# all)"),
            ("a#b: c", "key(a#b): c"),
            ("a: {b: 1}", "key(a): {b: 1}"),
            ("a: &x", "key(a):mark( &amp;x)"),
            ("a: -1.5e3", "key(a):word( -1.5e3)"),
            ("a: 1.", "key(a):word( 1.)"),
            ("a: .", "key(a): ."),
            ("a: 1e", "key(a): 1e"),
            ("a: e5", "key(a): e5"),
            ("a: 10.0.0.1", "key(a): 10.0.0.1"),
            ("a: 2026-01-01", "key(a): 2026-01-01"),
            ("<i>: <b>", "key(&lt;i&gt;): &lt;b&gt;"),
            ("한글: 값 # 말", "key(한글): 값 note(# 말)"),
        ] {
            assert_eq!(told(line), [wanted], "{line}");
        }
    }

    #[test]
    fn a_block_is_text_until_a_line_is_indented_less() {
        let text =
            "a:\n- b: |-\n    kind: x\n\n    # y\n  c: >2 # z\n    d\n- |\n text\n-e: f\ng: 1";
        let wanted = [
            "key(a):",
            "- key(b):mark( |-)",
            "text(    kind: x)",
            "",
            "text(    # y)",
            "  key(c):mark( &gt;2 )note(# z)",
            "text(    d)",
            "- mark(|)",
            "text( text)",
            "key(-e): f",
            "key(g):word( 1)",
        ];
        assert_eq!(told(text), wanted);
    }

    #[test]
    fn the_text_stays_what_it_was_and_what_is_wrong_is_marked() {
        let html = html("a: 1\n\nb: <c>\n", &[3]);
        let expected = "<span class=\"l\"><span class=\"y-key\">a</span>:<span class=\"y-word\"> 1</span>\n</span>\
            <span class=\"l\">\n</span>\
            <span class=\"l bad\"><span class=\"y-key\">b</span>: &lt;c&gt;\n</span>\
            <span class=\"l\"></span>";
        assert_eq!(html, expected);
    }
}
