//! The text, with its colours, the numbers of its lines, and what is wrong with them.

use crate::forms::manifest::{About, Problem};
use crate::forms::paper::Paper;
use crate::paint::Esc;
use crate::{tr, yaml};

/// A text being typed.
pub struct Typed<'a> {
    pub text: &'a str,
    /// How often the server put another text in its place: the browser takes a new one only with a new field.
    pub round: u32,
    pub problems: &'a [Problem],
    /// Of the field where the cursor is.
    pub about: Option<&'a About>,
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
        paper.put(format_args!(
            r#"<div class="editor"><pre class="paint" aria-hidden="true">{}</pre>"#,
            yaml::html(text, &lines)
        ));
        // a first line that is empty would be lost otherwise
        paper.put(format_args!(
            "<textarea name=\"text\" data-k=\"text-{round}\" aria-label=\"{}\" aria-describedby=\"faults leave\"{wrong} data-cursor wrap=\"off\" spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\" autofocus>\n{}</textarea></div>",
            tr!(lang, "yaml.label"),
            Esc(text)
        ));
        self.faults(paper);
        self.explain(paper);
        paper.put(format_args!(
            r#"<p class="hint" id="leave">{}</p>"#,
            tr!(lang, "yaml.leave")
        ));
    }

    /// Always of one height: nothing below moves as the cursor does.
    fn explain(&self, paper: &mut Paper) {
        paper.html(r#"<div class="about" tabindex="0">"#);
        match self.about {
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
