//! An object as YAML: how the cluster would store it, and what somebody else made of it meanwhile.

use orrery_view::ObjectRef;

use super::Guide;
use super::paint::{Paint, Typed};
use crate::backend::AppError;
use crate::forms::manifest::{Both, Problem, Replaced};
use crate::forms::paper::{Paper, differing};
use crate::forms::{Desk, Fields, address};
use crate::kinds;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// Takes the changes of both.
const MERGE: &str = "merge";
/// Goes on with what is typed, and knows what the other did.
const MINE: &str = "mine";

/// The form as far as it is filled in.
struct Sheet<'a> {
    object: &'a ObjectRef,
    text: String,
    /// What the object was when the text was opened; every request tells it again.
    was: String,
    reason: String,
    round: u32,
    guide: Guide,
    paint: Paint,
}

pub async fn answer(
    desk: &Desk<'_>,
    object: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, pressed) = (desk.lang, fields.pressed());
    let mut sheet = Sheet {
        object,
        text: fields.lines("text"),
        was: fields.lines("was"),
        reason: fields.text("reason").to_owned(),
        round: fields.text("round").parse().unwrap_or(0),
        guide: Guide::default(),
        paint: Paint::Whole,
    };
    if !fields.has("text") {
        sheet.was = desk.backend.source(object.clone()).await?;
        sheet.text.clone_from(&sheet.was);
        return Ok(sheet.form(&[], lang, |_| {}));
    }
    sheet.guide = Guide::of(desk, &sheet.text, fields).await;
    sheet.paint = Paint::of(&sheet.text, fields);
    if sheet.paint != Paint::Whole {
        return Ok(sheet.form(&[], lang, |_| {}));
    }
    let mut replaced = sheet.send(desk, pressed == "save").await;
    if let Ok(Replaced::Changed(both)) = &replaced
        && matches!(pressed, MERGE | MINE)
    {
        sheet.go_on(both, pressed);
        replaced = sheet.send(desk, false).await;
    }
    match replaced {
        Ok(Replaced::Saved) => {
            let text = tr!(lang, "edit.saved", name = object.name);
            Ok(sheet.report(&text, lang))
        }
        Ok(Replaced::Same) if pressed == "save" => Ok(sheet.report(&tr!(lang, "yaml.same"), lang)),
        Ok(Replaced::Same) if sheet.is_changed() => Ok(sheet.form(&[], lang, |paper| {
            paper.note("run", &tr!(lang, "yaml.same"));
        })),
        Ok(Replaced::Same) => Ok(sheet.form(&[], lang, |_| {})),
        Ok(Replaced::Rehearsed(diff)) => Ok(sheet.form(&[], lang, |paper| paper.diff(&diff))),
        Ok(Replaced::Wrong(problems)) => Ok(sheet.form(&problems, lang, |_| {})),
        Ok(Replaced::Changed(both)) => Ok(sheet.changed(&both, lang)),
        Err(AppError::SignIn) => Err(AppError::SignIn),
        Err(error) => Ok(sheet.form(&[], lang, |paper| paper.refused(&error.to_string()))),
    }
}

impl Sheet<'_> {
    async fn send(&self, desk: &Desk<'_>, save: bool) -> Result<Replaced, AppError> {
        let (text, was) = (self.text.clone(), self.was.clone());
        let object = self.object.clone();
        desk.backend.replace(object, text, was, !save).await
    }

    /// From what they made of it, which is no news any more.
    fn go_on(&mut self, both: &Both, how: &str) {
        if how == MERGE {
            self.text.clone_from(&both.merged);
            self.round += 1;
        }
        self.was.clone_from(&both.theirs);
    }

    fn is_changed(&self) -> bool {
        self.text != self.was
    }

    fn paper(&self, problems: &[Problem], lang: Lang) -> Paper {
        let title = tr!(
            lang,
            "yaml.title",
            kind = kinds::one(self.object.kind),
            name = self.object.name
        );
        let mut paper = Paper::new(&address("yaml", self.object), true, &title, lang);
        if self.is_changed() {
            paper.unsaved();
        }
        paper.enter_paints();
        paper.hidden("was", &self.was);
        Typed {
            text: &self.text,
            round: self.round,
            problems,
            guide: &self.guide,
            paint: self.paint,
        }
        .draw(&mut paper);
        paper
    }

    /// `told` is what the cluster answered, beside the text.
    fn form(&self, problems: &[Problem], lang: Lang, told: impl FnOnce(&mut Paper)) -> String {
        let mut paper = self.paper(problems, lang);
        told(&mut paper);
        paper.reason(&self.reason);
        if self.is_changed() {
            paper.command(&self.kubectl());
        }
        // what is as it was is not saved
        match self.is_changed() {
            true => paper.end(&[("save", tr!(lang, "edit.save"), "prime")]),
            false => paper.end(&[]),
        }
    }

    /// Both changes of what it was, and the two ways on.
    fn changed(&self, both: &Both, lang: Lang) -> String {
        let mut paper = self.paper(&[], lang);
        let meet = match both.apart {
            true => tr!(lang, "yaml.apart"),
            false => tr!(lang, "yaml.meet"),
        };
        paper.put(format_args!(
            r#"<div class="note warn" role="alert"><p>{}</p><p>{}</p></div><div class="both">"#,
            Esc(&tr!(lang, "yaml.changed")),
            Esc(&meet)
        ));
        for (title, diff) in [
            (tr!(lang, "yaml.they"), &both.they),
            (tr!(lang, "yaml.you"), &both.you),
        ] {
            let diff = match diff.as_str() {
                "" => format!("<p>{}</p>", Esc(&tr!(lang, "yaml.nothing"))),
                diff => differing(diff),
            };
            paper.put(format_args!(
                "<section><h3>{}</h3>{diff}</section>",
                Esc(&title)
            ));
        }
        paper.html("</div>");
        paper.reason(&self.reason);
        paper.end(&[
            (MINE, tr!(lang, "yaml.mine"), ""),
            (MERGE, tr!(lang, "yaml.merge"), "prime"),
        ])
    }

    fn report(&self, text: &str, lang: Lang) -> String {
        toast(Tone::Ok, text, &self.kubectl(), &[], None, lang)
    }

    fn kubectl(&self) -> String {
        format!("kubectl replace -f {}.yaml", self.object.name)
    }
}
