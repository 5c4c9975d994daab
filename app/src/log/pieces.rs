//! A line cut into pieces by its ANSI colours.

use cansi::v3::{CategorisedSlice, categorise_text};
use cansi::{Color, Intensity};

/// The pieces of a line: classes of `style/app.css`, empty for plain text, and the text.
pub fn pieces(line: &str) -> Vec<(String, String)> {
    categorise_text(line)
        .iter()
        .map(|slice| (class(slice), slice.text.to_owned()))
        .collect()
}

/// The text of a line without its colours.
pub fn plain(line: &str) -> String {
    categorise_text(line)
        .iter()
        .map(|slice| slice.text)
        .collect()
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
}
