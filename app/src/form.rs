//! The form of a run that differs from its template, and what the cluster says to it.

use std::fmt::Write;

use orrery_view::ObjectRef;

use crate::action::Action;
use crate::lang::Lang;
use crate::overrides::{LONGEST_NAME, Overrides};
use crate::paint::{Esc, command};
use crate::tr;

/// Every field may stay empty.
pub fn draw(out: &mut String, cronjob: &ObjectRef, lang: Lang) {
    let name = &cronjob.name;
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<h2 id="asking">{}</h2><p>{}</p><div class="with">"#,
        Esc(&tr!(lang, "with.title", name = name)),
        Esc(&tr!(lang, "with.text"))
    );
    let label = format!(
        r#"pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?" maxlength="{LONGEST_NAME}" placeholder="{}-manual-…""#,
        Esc(name)
    );
    let number = r#"type="number" min="0" max="2147483647" step="1""#;
    input(out, "name", &tr!(lang, "with.name"), &label);
    input(out, "reason", &tr!(lang, "with.reason"), "");
    area(out, "env", &tr!(lang, "with.env"), "KEY=value");
    area(out, "args", &tr!(lang, "with.args"), "");
    input(out, "image", &tr!(lang, "with.image"), "");
    input(out, "parallelism", &tr!(lang, "with.parallelism"), number);
    input(out, "deadline", &tr!(lang, "with.deadline"), number);
    out.push_str("</div>");
    let action = Action::TriggerWith {
        cronjob: cronjob.clone(),
        overrides: Overrides::default(),
        token: String::new(),
        dry_run: false,
    };
    command(out, &action.kubectl(None), lang);
    let _ = write!(
        out,
        r#"<div id="answer" role="status"></div><div class="acts end"><button class="btn" type="button" data-do="close">{}</button><button class="btn" type="button" data-do="rehearse">{}</button><button class="btn prime" type="button" data-do="run">{}</button></div>"#,
        Esc(&tr!(lang, "act.cancel")),
        Esc(&tr!(lang, "with.rehearse")),
        Esc(&tr!(lang, "with.run")),
    );
}

fn input(out: &mut String, field: &str, label: &str, more: &str) {
    let _ = write!(
        out,
        r#"<label><span>{}</span><input data-with="{field}" autocomplete="off" {more}></label>"#,
        Esc(label)
    );
}

fn area(out: &mut String, field: &str, label: &str, hint: &str) {
    let _ = write!(
        out,
        r#"<label><span>{}</span><textarea data-with="{field}" rows="3" spellcheck="false" placeholder="{hint}"></textarea></label>"#,
        Esc(label)
    );
}

/// How the Job would differ from the plain one.
pub fn rehearsed(diff: &str, lang: Lang) -> String {
    if diff.is_empty() {
        return format!("<p>{}</p>", Esc(&tr!(lang, "with.same")));
    }
    let mut out = format!(
        r#"<p>{}</p><pre class="diff" tabindex="0">"#,
        Esc(&tr!(lang, "with.differs"))
    );
    for line in diff.lines() {
        let text = Esc(line);
        let _ = match line.as_bytes().first() {
            Some(b'+') => writeln!(out, "<ins>{text}</ins>"),
            Some(b'-') => writeln!(out, "<del>{text}</del>"),
            _ => writeln!(out, "{text}"),
        };
    }
    out + "</pre>"
}

/// Why not, in the words of who refused it.
pub fn refused(why: &str) -> String {
    format!(r#"<p class="refused">{}</p>"#, Esc(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_view::Kind;

    #[test]
    fn the_form_has_every_field_and_its_command_in_both_languages() {
        let cronjob = ObjectRef {
            kind: Kind::CronJob,
            namespace: "data".into(),
            name: "backup".into(),
        };
        for (lang, title) in [(Lang::En, "Trigger backup with…"), (Lang::Ko, "backup")] {
            let mut html = String::new();
            draw(&mut html, &cronjob, lang);
            for (field, _) in Overrides::default().fields() {
                assert!(html.contains(&format!(r#"data-with="{field}""#)), "{html}");
            }
            for words in [
                title,
                r#"placeholder="backup-manual-…""#,
                r#"maxlength="63""#,
                "kubectl create job backup-manual --from=cronjob/backup -n data",
                r#"data-do="rehearse""#,
                r#"data-do="run""#,
            ] {
                assert!(html.contains(words), "{words} in {html}");
            }
        }
    }

    #[test]
    fn answers_are_text_not_markup() {
        let html = rehearsed(" a\n-<b>\n+c\n", Lang::En);
        assert!(
            html.contains("<del>-&lt;b&gt;</del>\n<ins>+c</ins>"),
            "{html}"
        );
        assert!(rehearsed("", Lang::En).contains("as the template"));
        assert!(refused("<i>").contains("&lt;i&gt;"));
    }
}
