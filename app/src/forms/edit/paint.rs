//! The form, whole.

use orrery_view::ObjectRef;

use super::{IS_TRIAL, Sheet, WAS, policies, schedule, trial, warnings};
use crate::forms::draft::{Field, Settings};
use crate::forms::paper::Paper;
use crate::forms::{Desk, Fields, address};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tr;

/// `said` is what the cluster answered, above the buttons.
pub fn form(
    desk: &Desk<'_>,
    cronjob: &ObjectRef,
    fields: &Fields,
    sheet: &Sheet,
    said: impl FnOnce(&mut Paper),
) -> String {
    let lang = desk.lang;
    let (at, title) = match fields.has(IS_TRIAL) {
        true => (
            trial(cronjob),
            tr!(lang, "edit.trial_title", name = cronjob.name),
        ),
        false => (
            address("edit", cronjob),
            tr!(lang, "edit.title", name = cronjob.name),
        ),
    };
    let mut paper = Paper::new(&at, true, &title, lang);
    paper.hidden("generation", &sheet.generation.to_string());
    for field in Field::ALL {
        paper.hidden(&format!("{WAS}{}", field.name()), &sheet.was.text(field));
    }
    schedule::draw(
        &mut paper,
        sheet,
        fields.text("cursor").parse().unwrap_or(0),
    );
    warnings::draw(&mut paper, sheet);
    schedule::next(&mut paper, sheet);
    policies::draw(&mut paper, sheet, fields.text("takes"));
    numbers(&mut paper, &sheet.mine);
    for wrong in &sheet.wrong {
        paper.refused(wrong);
    }
    let changed = !sheet.mine.differing(&sheet.was).is_empty();
    if changed {
        if sheet.refused.is_none() {
            paper.reason(fields.text("reason"));
        }
        paper.command(&sheet.kubectl(cronjob));
    }
    said(&mut paper);
    if let Some(why) = &sheet.refused {
        paper.note("warn", why);
        return paper.end(&[]);
    }
    // what is as it was is not saved, and what cannot be understood may become something
    if !changed && sheet.wrong.is_empty() {
        return paper.end(&[]);
    }
    paper.end(&[
        ("check", tr!(lang, "edit.check"), ""),
        ("save", tr!(lang, "edit.save"), "prime"),
    ])
}

fn numbers(paper: &mut Paper, mine: &Settings) {
    let lang = paper.lang;
    paper.html(r#"<div class="fields">"#);
    for (field, label, help, hint) in [
        (
            Field::Deadline,
            tr!(lang, "fact.starting_deadline"),
            tr!(lang, "edit.help_deadline"),
            tr!(lang, "edit.none"),
        ),
        (
            Field::Successful,
            tr!(lang, "edit.successful"),
            tr!(lang, "edit.help_history"),
            "3".into(),
        ),
        (
            Field::Failed,
            tr!(lang, "edit.failed"),
            tr!(lang, "edit.help_history"),
            "1".into(),
        ),
    ] {
        paper.put(format_args!(
            r#"<label class="field"><b>{label}</b><input type="number" min="0" step="1" name="{}" value="{}" placeholder="{hint}"><span class="hint">{help}</span></label>"#,
            field.name(),
            Esc(&mine.text(field)),
        ));
    }
    let checked = if mine.suspend { " checked" } else { "" };
    paper.put(format_args!(
        r#"<label class="choice"><input type="checkbox" name="suspend" value="true"{checked}><span><b>{}</b><span class="sub">{}</span></span></label></div>"#,
        tr!(lang, "edit.suspend"),
        tr!(lang, "edit.help_suspend")
    ));
}

/// What somebody else changed meanwhile: what it was, what they made of it, and what is typed here.
pub fn changed(sheet: &Sheet, theirs: &Settings, lang: Lang) -> String {
    let mut out = format!(
        r#"<div class="note warn" role="alert"><p>{}</p><table class="three"><thead><tr><td></td><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>"#,
        tr!(lang, "edit.changed"),
        tr!(lang, "edit.was"),
        tr!(lang, "edit.theirs"),
        tr!(lang, "edit.mine")
    );
    for field in theirs.differing(&sheet.was) {
        out.push_str(&format!(
            r#"<tr><th scope="row"><code>{}</code></th>"#,
            field.name()
        ));
        let mine = match sheet.mine.text(field) == sheet.was.text(field) {
            true => theirs.text(field),
            false => sheet.mine.text(field),
        };
        for text in [sheet.was.text(field), theirs.text(field), mine] {
            let text = if text.is_empty() { "—" } else { &text };
            out.push_str(&format!("<td>{}</td>", Esc(text)));
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div>"
}
