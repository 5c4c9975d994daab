//! A run that differs from its CronJob's template: rehearsed by the cluster, then made. Every field may stay empty.

use orrery_view::ObjectRef;

use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::action::Action;
use crate::api::perform;
use crate::backend::AppError;
use crate::cell::Link;
use crate::lang::Lang;
use crate::overrides::{LONGEST_NAME, Overrides};
use crate::paint::Esc;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{address as pages, tr};

pub async fn answer(
    desk: &Desk<'_>,
    cronjob: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, pressed) = (desk.lang, fields.pressed());
    let (mut paper, action) = draw(cronjob, read(fields), fields.text("token"), lang);
    if matches!(pressed, "check" | "run") && is_understood(&action) {
        let action = action.rehearsing(pressed == "check");
        match perform(desk.backend, action.clone()).await {
            Ok(done) if pressed == "run" => {
                let made = done.made.as_ref();
                let links: Vec<_> = made
                    .into_iter()
                    .flat_map(|made| links(made, lang))
                    .collect();
                let text = tr!(lang, "toast.triggered");
                return Ok(toast(
                    Tone::Ok,
                    &text,
                    &action.kubectl(made),
                    &links,
                    None,
                    lang,
                ));
            }
            Ok(done) => paper.diff(&done.diff),
            Err(AppError::SignIn) => return Err(AppError::SignIn),
            Err(error) => paper.refused(&error.to_string()),
        }
    }
    Ok(end(paper))
}

/// What a form holds of it.
fn read(fields: &Fields) -> Overrides {
    let mut overrides = Overrides::default();
    for (name, text) in overrides.fields() {
        // lines of arguments may begin and end with blanks
        fields.all(name).last().unwrap_or_default().clone_into(text);
    }
    overrides
}

/// The same of a form for several: each run has a name of its own.
pub fn read_for_several(fields: &Fields) -> Overrides {
    Overrides {
        name: String::new(),
        ..read(fields)
    }
}

/// As it is opened.
pub fn blank(cronjob: &ObjectRef, lang: Lang) -> String {
    end(draw(cronjob, Overrides::default(), "", lang).0)
}

fn end(paper: Paper) -> String {
    let lang = paper.lang;
    paper.end(&[
        ("check", tr!(lang, "with.rehearse"), ""),
        ("run", tr!(lang, "with.run"), "prime"),
    ])
}

fn links(made: &ObjectRef, lang: Lang) -> [Link; 2] {
    let link = |text, href| Link {
        text,
        href,
        away: false,
    };
    [
        link(made.name.clone(), pages::object(made)),
        link(tr!(lang, "act.open_logs"), pages::log(made)),
    ]
}

fn is_understood(action: &Action) -> bool {
    matches!(action, Action::TriggerWith { overrides, .. } if overrides.read().is_ok())
}

/// The form, and what it asks for: what cannot be understood is said at its field.
fn draw(cronjob: &ObjectRef, mut overrides: Overrides, token: &str, lang: Lang) -> (Paper, Action) {
    let name = &cronjob.name;
    let title = tr!(lang, "with.title", name = name);
    let mut paper = Paper::new(&address("trigger", cronjob), false, &title, lang);
    paper.text(&tr!(lang, "with.text"));
    let token = paper.token(token);
    let understood = ask(&mut paper, &mut overrides, Some(name));
    let action = Action::TriggerWith {
        cronjob: cronjob.clone(),
        overrides,
        token,
        dry_run: false,
    };
    if understood {
        paper.command(&action.kubectl(None));
    }
    (paper, action)
}

/// Asks what differs; of one run its name and reason, too. Answers whether it is understood.
pub fn ask(paper: &mut Paper, overrides: &mut Overrides, one: Option<&str>) -> bool {
    let lang = paper.lang;
    let label = format!(
        r#"pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?" title="{}" maxlength="{LONGEST_NAME}" placeholder="{}-manual-…""#,
        tr!(lang, "with.name_rule"),
        Esc(one.unwrap_or_default())
    );
    let number = r#"type="number" min="0" max="2147483647" step="1""#;
    let unread = overrides.read().err();
    for (field, text) in overrides.fields() {
        if one.is_none() && matches!(field, "name" | "reason") {
            continue;
        }
        let (word, more) = match field {
            "name" => (tr!(lang, "with.name"), label.as_str()),
            "reason" => (tr!(lang, "act.reason"), ""),
            "env" => (tr!(lang, "with.env"), r#"placeholder="KEY=value""#),
            "args" => (tr!(lang, "with.args"), ""),
            "image" => (tr!(lang, "with.image"), ""),
            "parallelism" => (tr!(lang, "with.parallelism"), number),
            _ => (tr!(lang, "with.deadline"), number),
        };
        let (word, text) = (Esc(&word), Esc(text));
        let unread = unread.as_ref().filter(|unread| unread.field == field);
        let wrong = match unread {
            Some(_) => r#" aria-invalid="true" aria-describedby="unread""#,
            None => "",
        };
        match field {
            // a first line that is empty would be lost otherwise
            "env" | "args" => paper.put(format_args!(
                "<label class=\"field\"><span>{word}</span><textarea name=\"{field}\" rows=\"3\" spellcheck=\"false\" {more}{wrong}>\n{text}</textarea></label>"
            )),
            _ => paper.put(format_args!(
                r#"<label class="field"><span>{word}</span><input name="{field}" value="{text}" {more}{wrong}></label>"#
            )),
        }
        if let Some(unread) = unread {
            let why = unread.why(lang);
            paper.put(format_args!(
                r#"<p class="refused" id="unread" role="alert">{}</p>"#,
                Esc(&why)
            ));
        }
    }
    unread.is_none()
}
