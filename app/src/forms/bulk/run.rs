//! The deed done on each, and what became of it.

use futures::StreamExt;
use orrery_view::{Kind, ObjectRef};

use super::plan::How;
use super::what::What;
use super::{AT_ONCE, at, to_field, value};
use crate::backend::AppError;
use crate::cell::Deed;
use crate::forms::paper::Paper;
use crate::forms::{Desk, Fields};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{format, kinds, tr};

/// Objects whose undo is offered: they are all in its address.
const MOST_UNDONE: usize = 200;
pub async fn run(
    desk: &Desk<'_>,
    what: What,
    objects: Vec<ObjectRef>,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, kind) = (desk.lang, objects[0].kind);
    let how = &How::of(what, fields.text("token"), fields);
    let done: Vec<Done> = futures::stream::iter(objects)
        .map(|object| async move {
            let to = fields.text(&to_field(&value(&object))).parse().ok();
            (object.clone(), how.go(desk, object, to).await)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    if done.iter().any(|(_, done)| done.is_err()) {
        return Ok(partly(&done, how, fields, lang));
    }
    let text = tr!(
        lang,
        "bulk.done",
        what = what.word(lang),
        n = format::number(done.len() as u32),
        kind = kinds::counted(done.len() as u32, kind, lang)
    );
    let back = what.back().filter(|_| done.len() <= MOST_UNDONE);
    let undo = back.map(|back| undo(back, kind, &done));
    Ok(toast(Tone::Ok, &text, "", &[], undo, lang))
}

type Done = (ObjectRef, Result<(), AppError>);

/// What became of each, and the way to try those again that failed.
fn partly(done: &[Done], how: &How<'_>, fields: &Fields, lang: Lang) -> String {
    let fine = done.iter().filter(|(_, done)| done.is_ok()).count();
    let title = tr!(
        lang,
        "bulk.partly",
        what = how.what.word(lang),
        n = format::number(fine as u32),
        all = format::number(done.len() as u32)
    );
    let mut paper = Paper::new(&at(done[0].0.kind), false, &title, lang);
    paper.hidden("what", how.what.code());
    for name in ["token", "reason", "cascade", "period"] {
        paper.hidden(name, fields.text(name));
    }
    for (name, text) in how.overrides.clone().fields() {
        if !text.is_empty() && name != "reason" {
            paper.hidden(name, text);
        }
    }
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for (object, done) in done {
        let name = value(object);
        let (class, said) = match done {
            Ok(()) => ("ok", tr!(lang, "bulk.ok")),
            Err(why) => ("bad", why.to_string()),
        };
        let (shown, said) = (Esc(&name), Esc(&said));
        paper.put(format_args!(
            r#"<li class="{class}"><b>{shown}</b><span class="sub">{said}</span></li>"#
        ));
        if done.is_err() {
            paper.hidden("pick", &name);
            let to = to_field(&name);
            paper.hidden(&to, fields.text(&to));
        }
    }
    paper.html("</ul>");
    paper.end(&[("run", tr!(lang, "bulk.again"), "")])
}

/// The question that takes it back, for those on which it was done.
fn undo<T>(back: What, kind: Kind, done: &[(ObjectRef, T)]) -> String {
    let mut address =
        form_urlencoded::Serializer::new(format!("/form/bulk/{}?", kinds::path(kind)));
    let mut address = address.append_pair("what", back.code());
    for (object, _) in done {
        address = address.append_pair("pick", &value(object));
    }
    Deed::Form(address.finish()).code()
}
