//! A line cut into pieces: by its ANSI colours, then by what is searched for.

use cansi::v3::{CategorisedSlice, categorise_text};
use cansi::{Color, Intensity};

/// A run of text of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Classes of `style/app.css`; empty for plain text.
    pub class: String,
    pub text: String,
    /// It is what is searched for.
    pub found: bool,
}

/// The pieces of a line; `search` is in lower case, empty when nothing is searched for.
pub fn pieces(line: &str, search: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for slice in categorise_text(line) {
        let class = class(&slice);
        for (text, found) in cut(slice.text, search) {
            pieces.push(Piece {
                class: class.clone(),
                text: text.into(),
                found,
            });
        }
    }
    pieces
}

/// How often a line has what is searched for.
pub fn matches(line: &str, search: &str) -> u32 {
    let found = pieces(line, search)
        .iter()
        .filter(|piece| piece.found)
        .count();
    u32::try_from(found).unwrap_or(u32::MAX)
}

fn cut<'a>(text: &'a str, search: &str) -> Vec<(&'a str, bool)> {
    let lower = text.to_lowercase();
    // Lower case may have other lengths in some scripts; then places do not agree and nothing is marked.
    if search.is_empty() || lower.len() != text.len() {
        return vec![(text, false)];
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, found) in lower.match_indices(search) {
        let end = at + found.len();
        if !text.is_char_boundary(at) || !text.is_char_boundary(end) {
            continue;
        }
        if at > from {
            parts.push((&text[from..at], false));
        }
        parts.push((&text[at..end], true));
        from = end;
    }
    if from < text.len() || parts.is_empty() {
        parts.push((&text[from..], false));
    }
    parts
}

fn class(slice: &CategorisedSlice) -> String {
    let mut classes = Vec::new();
    if let Some(color) = slice.fg {
        classes.push(name(color));
    }
    match slice.intensity {
        Some(Intensity::Bold) => classes.push("a-bold"),
        Some(Intensity::Faint) => classes.push("a-faint"),
        _ => {}
    }
    if slice.underline == Some(true) {
        classes.push("a-under");
    }
    classes.join(" ")
}

fn name(color: Color) -> &'static str {
    match color {
        Color::Black | Color::BrightBlack => "a-black",
        Color::Red | Color::BrightRed => "a-red",
        Color::Green | Color::BrightGreen => "a-green",
        Color::Yellow | Color::BrightYellow => "a-yellow",
        Color::Blue | Color::BrightBlue => "a-blue",
        Color::Magenta | Color::BrightMagenta => "a-magenta",
        Color::Cyan | Color::BrightCyan => "a-cyan",
        Color::White | Color::BrightWhite => "a-white",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(class: &str, text: &str, found: bool) -> Piece {
        Piece {
            class: class.into(),
            text: text.into(),
            found,
        }
    }

    #[test]
    fn colours_and_marks_cut_a_line() {
        for (line, search, wanted) in [
            ("plain", "", vec![piece("", "plain", false)]),
            (
                "\u{1b}[31mError\u{1b}[0m: no",
                "",
                vec![piece("a-red", "Error", false), piece("", ": no", false)],
            ),
            (
                "an Error, an error",
                "error",
                vec![
                    piece("", "an ", false),
                    piece("", "Error", true),
                    piece("", ", an ", false),
                    piece("", "error", true),
                ],
            ),
            (
                "로그 한 줄",
                "한",
                vec![
                    piece("", "로그 ", false),
                    piece("", "한", true),
                    piece("", " 줄", false),
                ],
            ),
        ] {
            assert_eq!(pieces(line, search), wanted, "{line}");
        }
        assert_eq!(matches("aAa", "a"), 3);
    }
}
