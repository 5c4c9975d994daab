//! The text, with its colours, the numbers of its lines, and what is wrong with them.

use super::{CHECK, Guide};
use crate::format;
use crate::forms::Fields;
use crate::forms::manifest::{Offers, Problem};
use crate::forms::paper::Paper;
use crate::paint::Esc;
use crate::{tr, yaml};

/// A text being typed.
pub struct Typed<'a> {
    pub text: &'a str,
    /// How often the server put another text in its place: the browser takes a new one only with a new field.
    pub round: u32,
    pub problems: &'a [Problem],
    pub guide: &'a Guide,
    pub paint: Paint,
}

/// Whose the colours of a text are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Ours, as the cluster has read it.
    Whole,
    /// Ours, but nobody has read it yet.
    Unread,
    /// The browser's, which has coloured what was typed into a text too long to be painted at each rest.
    Theirs,
}

impl Paint {
    pub fn of(text: &str, fields: &Fields) -> Self {
        match (super::waits(text, fields), fields.has("round")) {
            (false, _) => Self::Whole,
            (true, false) => Self::Unread,
            (true, true) => Self::Theirs,
        }
    }
}

impl Typed<'_> {
    /// The field, and under it what is wrong, each with the way to its line.
    pub fn draw(&self, paper: &mut Paper) {
        let lang = paper.lang;
        let Self { text, round, .. } = self;
        let lines: Vec<_> = self.problems.iter().map(|problem| problem.line).collect();
        let wrong = match lines.is_empty() {
            true => "",
            false => r#" aria-invalid="true""#,
        };
        paper.hidden("round", &round.to_string());
        // inert: what is looked for by the browser's own means is in the text field alone
        paper.html(
            r#"<div class="editor"><pre class="paint" aria-hidden="true" inert data-k="paint""#,
        );
        match self.paint {
            Paint::Theirs => paper.html(" data-slot></pre>"),
            _ => paper.put(format_args!(">{}</pre>", yaml::html(text, &lines))),
        }
        let offered = match self.guide.offers {
            Some(_) => r#" aria-controls="offers" aria-activedescendant="offer-0""#,
            None => "",
        };
        // a first line that is empty would be lost otherwise
        paper.put(format_args!(
            "<textarea name=\"text\" data-k=\"text-{round}\" aria-label=\"{}\" aria-describedby=\"faults leave\" aria-autocomplete=\"list\" aria-haspopup=\"listbox\"{offered}{wrong} data-cursor wrap=\"off\" spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\" autofocus>\n{}</textarea>",
            tr!(lang, "yaml.label"),
            Esc(text)
        ));
        if let Some(offers) = &self.guide.offers {
            offer(paper, offers);
        }
        paper.html("</div>");
        self.unread(paper);
        self.faults(paper);
        self.explain(paper);
        paper.put(format_args!(
            r#"<p class="hint" id="leave">{}</p>"#,
            tr!(lang, "yaml.leave")
        ));
    }

    /// Why nothing is told of the text, and the way to have it told.
    fn unread(&self, paper: &mut Paper) {
        if self.paint == Paint::Whole {
            return;
        }
        let lines = self.text.lines().count();
        let lines = format::number(u32::try_from(lines).unwrap_or(u32::MAX));
        let said = tr!(paper.lang, "yaml.long", n = lines);
        let word = tr!(paper.lang, "yaml.check");
        paper.put(format_args!(
            r#"<p class="note run" data-k="long">{said} <button class="btn small" value="{CHECK}">{word}</button></p>"#
        ));
    }

    /// Always of one height: nothing below moves as the cursor does.
    fn explain(&self, paper: &mut Paper) {
        paper.html(r#"<div class="about" tabindex="0">"#);
        match &self.guide.about {
            None => paper.text(&tr!(paper.lang, "yaml.about")),
            Some(about) => {
                paper.put(format_args!(
                    r#"<p><code>{}</code> <span class="sub">{}</span></p>"#,
                    Esc(&about.path),
                    Esc(&about.word)
                ));
                if !about.text.is_empty() {
                    paper.text(&about.text);
                }
                if !about.fields.is_empty() {
                    let fields = about.fields.join(", ");
                    paper.text(&tr!(paper.lang, "yaml.fields", fields = fields));
                }
            }
        }
        paper.html("</div>");
    }

    /// Also without any: what comes into a part that is there is said to those who hear the page.
    fn faults(&self, paper: &mut Paper) {
        paper.html(r#"<div class="faults" id="faults" role="status">"#);
        if self.problems.is_empty() {
            return paper.html("</div>");
        }
        paper.html("<ul>");
        for problem in self.problems {
            let line = tr!(paper.lang, "yaml.line", n = problem.line);
            paper.put(format_args!(
                r#"<li><button class="link" type="button" data-line="{}">{line}</button> {}</li>"#,
                problem.line,
                Esc(&problem.message)
            ));
        }
        paper.html("</ul></div>");
    }
}

/// The fields that may be typed, under where their names begin: lines and letters like those before it are before it.
fn offer(paper: &mut Paper, offers: &Offers) {
    let (lines, letters) = ("\n".repeat(offers.line), " ".repeat(offers.column));
    paper.put(format_args!(
        r#"<div class="offers" data-k="offers">{lines}{letters}<ul id="offers" role="listbox" tabindex="-1" aria-label="{}">"#,
        tr!(paper.lang, "yaml.offers")
    ));
    for (n, field) in offers.fields.iter().enumerate() {
        let (name, word) = (Esc(&field.name), Esc(&field.word));
        paper.put(format_args!(
            r#"<li id="offer-{n}" role="option" aria-selected="{}" data-put="{name}{}">{name} <span class="sub">{word}</span></li>"#,
            n == 0,
            Esc(&field.then)
        ));
    }
    paper.html("</ul></div>");
}
