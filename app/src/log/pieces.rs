//! A line cut into pieces: by its ANSI colours, then by what is searched for.

use cansi::v3::{CategorisedSlice, categorise_text};
use cansi::{Color, Intensity};

/// The pieces of a line: classes of `style/app.css`, empty for plain text, and the text.
pub fn pieces(line: &str) -> Vec<(String, String)> {
    categorise_text(line)
        .iter()
        .map(|slice| (class(slice), slice.text.to_owned()))
        .collect()
}

/// A text cut where it has what is searched for, which is in lower case and empty when nothing is.
pub fn cut<'a>(text: &'a str, search: &str) -> Vec<(&'a str, bool)> {
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

    #[test]
    fn colours_cut_a_line() {
        for (line, wanted) in [
            ("plain", vec![("", "plain")]),
            (
                "\u{1b}[31mError\u{1b}[0m: no",
                vec![("a-red", "Error"), ("", ": no")],
            ),
        ] {
            let wanted: Vec<_> = wanted
                .into_iter()
                .map(|(class, text)| (class.to_owned(), text.to_owned()))
                .collect();
            assert_eq!(pieces(line), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_searched_for_cuts_a_text() {
        for (text, search, wanted) in [
            ("plain", "", vec![("plain", false)]),
            (
                "an Error, an error",
                "error",
                vec![
                    ("an ", false),
                    ("Error", true),
                    (", an ", false),
                    ("error", true),
                ],
            ),
            (
                "로그 한 줄",
                "한",
                vec![("로그 ", false), ("한", true), (" 줄", false)],
            ),
        ] {
            assert_eq!(cut(text, search), wanted, "{text}");
        }
    }
}
