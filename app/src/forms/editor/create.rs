//! Objects from YAML: all of them rehearsed, then made one after the other, each with what became of it.

use orrery_view::Kind;

use super::paint::{Paint, Typed};
use super::wish::Wish;
use super::{Guide, starts};
use crate::address;
use crate::backend::AppError;
use crate::cell::Link;
use crate::forms::manifest::{Document, Outcome, Problem};
use crate::forms::paper::Paper;
use crate::forms::{Desk, Fields, shell_word};
use crate::kinds;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::props::for_examples;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// Before the kind of an example, on the button that takes it.
const START: &str = "start-";
/// Puts what the fields come to into the text.
const FILL: &str = "fill";

/// The form as far as it is filled in.
struct Sheet {
    kind: Kind,
    text: String,
    namespace: String,
    reason: String,
    token: String,
    round: u32,
    guide: Guide,
    paint: Paint,
    wish: Wish,
    /// Each document says itself where it goes.
    placed: bool,
    /// What the fields came to when they were put into the text last.
    filled: String,
}

pub async fn answer(desk: &Desk<'_>, kind: Kind, fields: &Fields) -> Result<String, AppError> {
    let mut sheet = Sheet::read(kind, fields);
    sheet.guide = Guide::of(desk, &sheet.text, fields).await;
    let run = fields.pressed() == "run";
    let (text, namespace, token) = (
        sheet.text.clone(),
        sheet.namespace.clone(),
        sheet.token.clone(),
    );
    let told = match text.trim().is_empty() || sheet.paint != Paint::Whole {
        true => Ok(Vec::new()),
        false => desk.backend.create(text, namespace, token, !run).await,
    };
    if let Ok(documents) = &told {
        sheet.placed = !documents.is_empty() && documents.iter().all(|each| each.placed);
    }
    match told {
        Ok(documents) if run && !documents.is_empty() => {
            let (made, left): (Vec<_>, Vec<_>) = documents.into_iter().partition(is_made);
            if left.is_empty() {
                return Ok(report(&sheet, &made, desk.lang));
            }
            if !made.is_empty() {
                sheet.keep(&left);
            }
            Ok(sheet.form(&made, &left, true, desk.lang))
        }
        Ok(documents) => Ok(sheet.form(&[], &documents, false, desk.lang)),
        Err(AppError::SignIn) => Err(AppError::SignIn),
        Err(error) => Ok(sheet.end(desk.lang, &[], |paper| paper.refused(&error.to_string()))),
    }
}

fn is_made(document: &Document) -> bool {
    matches!(document.outcome, Outcome::Made(_))
}

impl Sheet {
    fn read(kind: Kind, fields: &Fields) -> Self {
        let mut round = fields.text("round").parse().unwrap_or(0);
        let mut text = match fields.has("text") {
            true => fields.lines("text"),
            false => starts::of(kind).map_or_else(String::new, |wish| wish.yaml()),
        };
        let start = fields.pressed().strip_prefix(START);
        let start = start.and_then(kinds::of_path).and_then(starts::of);
        let is_filled = start.is_some() || fields.pressed() == FILL;
        let wish = start.unwrap_or_else(|| Wish::read(fields, kind));
        let mut filled = fields.lines("filled");
        if is_filled {
            let yaml = wish.yaml();
            text = starts::and(&text, &yaml, &filled);
            filled = yaml;
            round += 1;
        }
        let namespace = match fields.text("ns") {
            "" => for_examples(&[]),
            namespace => namespace.to_owned(),
        };
        let paint = Paint::of(&text, fields);
        Self {
            kind,
            text,
            namespace,
            reason: fields.text("reason").to_owned(),
            token: fields.text("token").to_owned(),
            round,
            guide: Guide::default(),
            paint,
            wish,
            placed: false,
            filled,
        }
    }

    /// What was made is not made again: the text goes on with the rest.
    fn keep(&mut self, left: &[Document]) {
        let left = left.iter().map(|document| {
            let text = document.text.as_str();
            text.strip_prefix("---\n").unwrap_or(text).trim_end()
        });
        self.text = left.collect::<Vec<_>>().join("\n---\n") + "\n";
        self.round += 1;
    }

    /// `tried`: what is left was to be made, and no problem of it is at the line where it is now.
    fn form(&self, made: &[Document], left: &[Document], tried: bool, lang: Lang) -> String {
        let wrong = left.iter().filter_map(|document| match &document.outcome {
            Outcome::Wrong(problems) => Some(problems.as_slice()),
            _ => None,
        });
        let moved = tried && !made.is_empty();
        let problems: Vec<Problem> = match moved {
            true => Vec::new(),
            false => wrong.flatten().cloned().collect(),
        };
        self.end(lang, &problems, |paper| {
            if moved {
                paper.note("warn", &tr!(lang, "create.some"));
            }
            let all: Vec<_> = made.iter().chain(left).collect();
            // of one, all is said at its lines already
            match all.as_slice() {
                [] => {}
                [one] if is_made(one) => {
                    let text = tr!(lang, "create.fine", name = one.name);
                    paper.note("ok", &text);
                }
                [_] => {}
                all => outcomes(paper, all, tried),
            }
        })
    }

    fn end(&self, lang: Lang, problems: &[Problem], told: impl FnOnce(&mut Paper)) -> String {
        let at = format!("/form/create/{}", kinds::path(self.kind));
        let mut paper = Paper::new(&at, true, &tr!(lang, "create.title"), lang);
        if !starts::is_example(&self.text) && !self.text.trim().is_empty() {
            paper.unsaved();
        }
        paper.enter_paints();
        paper.token(&self.token);
        paper.hidden("filled", &self.filled);
        begin(&mut paper);
        self.wish.draw(&mut paper);
        Typed {
            text: &self.text,
            round: self.round,
            problems,
            guide: &self.guide,
            paint: self.paint,
        }
        .draw(&mut paper);
        // beside the text, not below what is rarely filled in
        told(&mut paper);
        paper.put(format_args!(
            r#"<label class="field"><b>{}</b><input name="ns" value="{}" maxlength="63" spellcheck="false" autocapitalize="off"><span class="hint">{}</span></label>"#,
            tr!(lang, "create.namespace"),
            Esc(&self.namespace),
            tr!(lang, "create.namespace_text")
        ));
        paper.reason(&self.reason);
        paper.command(&self.kubectl());
        if self.text.trim().is_empty() {
            return paper.end(&[]);
        }
        paper.end(&[("run", tr!(lang, "create.run"), "prime")])
    }

    fn kubectl(&self) -> String {
        match self.placed {
            true => "kubectl create -f manifest.yaml".to_owned(),
            false => {
                let namespace = shell_word(&self.namespace);
                format!("kubectl create -n {namespace} -f manifest.yaml")
            }
        }
    }
}

/// What to begin with: an example, or a file.
fn begin(paper: &mut Paper) {
    let lang = paper.lang;
    paper.put(format_args!(
        r#"<div class="starts"><span>{}</span>"#,
        tr!(lang, "create.start")
    ));
    for kind in starts::KINDS {
        paper.put(format_args!(
            r#"<button class="btn small" value="{START}{}">{}</button>"#,
            kinds::path(kind),
            kinds::one(kind)
        ));
    }
    paper.put(format_args!(
        r#"<label class="btn small">{}<input class="vh" type="file" accept=".yaml,.yml,.json" multiple data-file></label><span class="hint">{}</span></div>"#,
        tr!(lang, "create.file"),
        tr!(lang, "create.drop")
    ));
}

/// What becomes of each, by name.
fn outcomes(paper: &mut Paper, all: &[&Document], tried: bool) {
    let lang = paper.lang;
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for document in all {
        let (class, said) = match &document.outcome {
            Outcome::Made(_) if tried => ("ok", tr!(lang, "create.made")),
            Outcome::Made(_) => ("ok", tr!(lang, "create.would")),
            Outcome::Later(why) => ("", tr!(lang, "create.later", why = why)),
            Outcome::Held => ("", tr!(lang, "create.held")),
            Outcome::Wrong(problems) => {
                let said = problems.iter().map(|problem| problem.message.as_str());
                ("bad", said.collect::<Vec<_>>().join("; "))
            }
        };
        let name = match document.name.as_str() {
            "" => tr!(lang, "create.unread"),
            name => name.to_owned(),
        };
        paper.put(format_args!(
            r#"<li class="{class}"><b>{}</b> <span class="sub">{}</span></li>"#,
            Esc(&name),
            Esc(&said)
        ));
    }
    paper.html("</ul>");
}

fn report(sheet: &Sheet, made: &[Document], lang: Lang) -> String {
    let names = made.iter().map(|document| document.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let links = made.iter().filter_map(|document| match &document.outcome {
        Outcome::Made(Some(made)) => Some(Link {
            text: made.name.clone(),
            href: address::object(made),
            away: false,
        }),
        _ => None,
    });
    let links: Vec<_> = links.collect();
    let text = tr!(lang, "create.done", names = names);
    toast(Tone::Ok, &text, &sheet.kubectl(), &links, None, lang)
}
