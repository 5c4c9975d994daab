//! The parts that forms are drawn with. Everything that is not ours is escaped here.

use std::fmt::Write;

use leptos::nonce::Nonce;

use crate::lang::Lang;
use crate::paint::{Esc, command, reason};
use crate::tr;

/// Lines told before and after one that changed, as `diff -u` does.
const AROUND: usize = 3;
const LEFT_OUT: &str = " …";
/// Marks a form whose text would be lost.
const UNSAVED: &str = " data-unsaved";

/// A form being drawn.
pub struct Paper {
    pub out: String,
    pub lang: Lang,
}

impl Paper {
    /// Begins one that is sent to `address`; wide ones hold a picture or a table.
    pub fn new(address: &str, wide: bool, title: &str, lang: Lang) -> Self {
        let wide = if wide { " wide" } else { "" };
        let out = format!(
            r#"<form class="sheet{wide}" data-form="{}" autocomplete="off"><h2 id="asking">{}</h2>"#,
            Esc(address),
            Esc(title)
        );
        Self { out, lang }
    }

    /// Its text would be lost if it was closed by accident.
    pub fn unsaved(&mut self) {
        self.out.insert_str("<form".len(), UNSAVED);
    }

    /// Enter in a field presses the first button: one that only has the form painted.
    pub fn enter_paints(&mut self) {
        self.html(r#"<button value="" hidden></button>"#);
    }

    /// HTML of our own.
    pub fn html(&mut self, html: &str) {
        self.out.push_str(html);
    }

    pub fn text(&mut self, text: &str) {
        self.put(format_args!("<p>{}</p>", Esc(text)));
    }

    /// A sentence in a coloured box: `warn`, `bad`, `run`…
    pub fn note(&mut self, class: &str, text: &str) {
        self.put(format_args!(r#"<p class="note {class}">{}</p>"#, Esc(text)));
    }

    /// What travels with the form unseen.
    pub fn hidden(&mut self, name: &str, value: &str) {
        self.put(format_args!(
            r#"<input type="hidden" name="{name}" value="{}">"#,
            Esc(value)
        ));
    }

    /// The token that makes one deed of a form, however often it is sent. Answers it.
    pub fn token(&mut self, known: &str) -> String {
        let token = match known {
            "" => Nonce::new().to_string(),
            known => known.to_owned(),
        };
        self.hidden("token", &token);
        token
    }

    /// Asks why; it need not be answered.
    pub fn reason(&mut self, known: &str) {
        let lang = self.lang;
        reason(&mut self.out, known, lang);
    }

    pub fn command(&mut self, text: &str) {
        command(&mut self.out, text, self.lang);
    }

    /// What the cluster would store, against what it has.
    pub fn diff(&mut self, diff: &str) {
        self.out.push_str(&rehearsed(diff, self.lang));
    }

    /// Why not, in the words of who refused it.
    pub fn refused(&mut self, why: &str) {
        self.put(format_args!(
            r#"<p class="refused" role="alert">{}</p>"#,
            Esc(why)
        ));
    }

    pub fn put(&mut self, args: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(args);
    }

    /// Ends it with its buttons: the way out, then `(value, label, class)` each; Enter presses the first of them.
    pub fn end(mut self, buttons: &[(&str, String, &str)]) -> String {
        let is_unsaved = self.out["<form".len()..].starts_with(UNSAVED);
        let out = match buttons.is_empty() {
            _ if is_unsaved => tr!(self.lang, "form.discard"),
            true => tr!(self.lang, "act.close"),
            false => tr!(self.lang, "act.cancel"),
        };
        // a form begins in its first field; a question where nothing happens by mistake
        let focus = match self.out.contains("<label") {
            true => "",
            false => " autofocus",
        };
        self.html(r#"<div class="acts end">"#);
        if is_unsaved {
            // the browser shows it where Esc would have closed the form
            self.put(format_args!(
                r#"<p class="note warn" id="unsaved" role="alert" hidden>{}</p>"#,
                tr!(self.lang, "form.unsaved")
            ));
        }
        self.put(format_args!(
            r#"<button class="btn" type="button" data-do="close"{focus}>{}</button>"#,
            Esc(&out)
        ));
        for (value, label, class) in buttons {
            self.put(format_args!(
                r#"<button class="btn {class}" value="{value}">{}</button>"#,
                Esc(label)
            ));
        }
        self.out + "</div></form>"
    }
}

/// What the cluster would store, if it differs.
fn rehearsed(diff: &str, lang: Lang) -> String {
    if diff.is_empty() {
        return format!("<p>{}</p>", Esc(&tr!(lang, "with.same")));
    }
    format!(
        "<p>{}</p>{}",
        Esc(&tr!(lang, "form.differs")),
        differing(diff)
    )
}

/// Lines that begin with ` `, `+` or `-`.
pub fn differing(diff: &str) -> String {
    let mut out = String::from(r#"<pre class="diff" tabindex="0">"#);
    for line in near(diff) {
        let text = Esc(line);
        let _ = match line.as_bytes().first() {
            Some(b'+') => writeln!(out, "<ins>{text}</ins>"),
            Some(b'-') => writeln!(out, "<del>{text}</del>"),
            _ => writeln!(out, "{text}"),
        };
    }
    out + "</pre>"
}

/// Changed lines with those around them; what is far from any is left out.
fn near(diff: &str) -> Vec<&str> {
    let lines: Vec<&str> = diff.lines().collect();
    let changed = |n: &usize| !lines[*n].starts_with(' ');
    let shown = |n: usize| {
        let around = n.saturating_sub(AROUND)..(n + AROUND + 1).min(lines.len());
        around.into_iter().any(|n| changed(&n))
    };
    let mut out = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        match shown(n) {
            true => out.push(*line),
            false if out.last() != Some(&LEFT_OUT) => out.push(LEFT_OUT),
            false => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_text_not_markup() {
        let html = rehearsed(" a\n-<b>\n+c\n", Lang::En);
        assert!(
            html.contains("<del>-&lt;b&gt;</del>\n<ins>+c</ins>"),
            "{html}"
        );
        let far = format!("{}-x\n+y\n{}", " a\n".repeat(9), " b\n".repeat(9));
        let expected = [" …", " a", " a", " a", "-x", "+y", " b", " b", " b", " …"];
        assert_eq!(near(&far), expected);
        assert!(rehearsed("", Lang::En).contains("as the template"));
        let mut paper = Paper::new("/form/x", false, "<i>", Lang::En);
        paper.refused("<i>");
        let html = paper.end(&[]);
        assert!(
            html.contains("&lt;i&gt;") && !html.contains("<i>"),
            "{html}"
        );
    }

    #[test]
    fn the_way_out_says_what_it_loses() {
        let end = |unsaved| {
            let mut paper = Paper::new("/form/x", false, "X", Lang::En);
            if unsaved {
                paper.unsaved();
            }
            paper.end(&[("save", "Save".into(), "prime")])
        };
        let (kept, lost) = (end(false), end(true));
        assert!(kept.contains(">Cancel<") && !kept.contains("unsaved"));
        assert!(lost.contains(">Discard<"), "{lost}");
        let told = r#"id="unsaved" role="alert" hidden>"#;
        assert!(lost.starts_with("<form data-unsaved ") && lost.contains(told));
    }
}
