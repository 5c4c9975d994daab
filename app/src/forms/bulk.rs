//! One deed on several objects of a list: a bar under the table, a question that names them all, and what became of each.

use futures::StreamExt;
use orrery_view::{Cascade, Kind, ListQuery, ObjectRef, Page};

use super::paper::Paper;
use super::{Desk, Fields};
use crate::action::Action;
use crate::address;
use crate::api::perform;
use crate::backend::AppError;
use crate::cell::Deed;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::permit::Permits;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{format, kinds, lists, tr};

/// Objects of one deed at most: what a person can still look through.
const MOST: u32 = 1_000;
/// Requests on the way at a time, as many as kubectl sends.
const AT_ONCE: usize = 8;
/// Objects whose undo is offered: they are all in its address.
const MOST_UNDONE: usize = 200;
/// Commands told; more are of the same form.
const MOST_COMMANDS: usize = 12;

/// What can be done with several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Trigger,
    Rerun,
    Suspend,
    Resume,
    Restart,
    Cordon,
    Uncordon,
    Delete,
}

impl What {
    fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::CronJob => &[Self::Trigger, Self::Suspend, Self::Resume, Self::Delete],
            Kind::Job => &[Self::Rerun, Self::Suspend, Self::Resume, Self::Delete],
            Kind::DaemonSet => &[Self::Restart, Self::Delete],
            Kind::Node => &[Self::Cordon, Self::Uncordon],
            Kind::Pod => &[Self::Delete],
            Kind::Event => &[],
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Rerun => "rerun",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Cordon => "cordon",
            Self::Uncordon => "uncordon",
            Self::Delete => "delete",
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Trigger => tr!(lang, "act.trigger"),
            Self::Rerun => tr!(lang, "act.rerun"),
            Self::Suspend => tr!(lang, "act.suspend"),
            Self::Resume => tr!(lang, "act.resume"),
            Self::Restart => tr!(lang, "act.restart"),
            Self::Cordon => tr!(lang, "act.cordon"),
            Self::Uncordon => tr!(lang, "act.uncordon"),
            Self::Delete => tr!(lang, "act.delete"),
        }
    }

    /// What takes it back.
    fn back(self) -> Option<Self> {
        match self {
            Self::Suspend => Some(Self::Resume),
            Self::Resume => Some(Self::Suspend),
            Self::Cordon => Some(Self::Uncordon),
            Self::Uncordon => Some(Self::Cordon),
            _ => None,
        }
    }

    fn deed(self, object: ObjectRef) -> Deed {
        match self {
            Self::Trigger => Deed::Trigger(object),
            Self::Rerun => Deed::Rerun(object),
            Self::Suspend => Deed::Suspend(object, true),
            Self::Resume => Deed::Suspend(object, false),
            Self::Restart => Deed::Restart(object),
            Self::Cordon => Deed::Cordon(object, true),
            Self::Uncordon => Deed::Cordon(object, false),
            Self::Delete => Deed::Delete(object),
        }
    }

    fn action(self, object: ObjectRef, token: &str, cascade: Cascade) -> Action {
        let token = token.to_owned();
        match self {
            Self::Trigger => Action::Trigger {
                cronjob: object,
                token,
            },
            Self::Rerun => Action::Rerun { job: object, token },
            Self::Suspend | Self::Resume => Action::Suspend {
                object,
                suspend: self == Self::Suspend,
            },
            Self::Restart => Action::Restart { daemonset: object },
            Self::Cordon | Self::Uncordon => Action::Cordon {
                node: object,
                cordon: self == Self::Cordon,
            },
            Self::Delete => Action::Delete { object, cascade },
        }
    }
}

/// Whether rows of a kind can be ticked.
pub fn offered(kind: Kind, permits: &Permits) -> bool {
    !permits.read_only && !What::of(kind).is_empty()
}

/// The value of a row's box.
pub fn value(object: &ObjectRef) -> String {
    match object.kind {
        Kind::Node => object.name.clone(),
        _ => format!("{}/{}", object.namespace, object.name),
    }
}

/// What a box says, read back.
fn picked(kind: Kind, value: &str) -> ObjectRef {
    let (namespace, name) = value.split_once('/').unwrap_or(("", value));
    ObjectRef {
        kind,
        namespace: namespace.into(),
        name: name.into(),
    }
}

/// The bar: it appears once a row is ticked.
pub fn bar(query: &ListQuery, page: &Page, lang: Lang) -> String {
    let kind = query.kind;
    let mut out = format!(
        r#"<form id="bulk" class="bulk" data-form="/form/bulk/{}" role="group" aria-label="{}"><span class="kept" data-keep=""></span><b class="n"></b> <span>{}</span>"#,
        kinds::path(kind),
        tr!(lang, "bulk.title"),
        tr!(lang, "bulk.picked")
    );
    if page.total > page.rows.len() as u32 {
        let all = address::of(&ListQuery {
            offset: 0,
            ..query.clone()
        });
        out.push_str(&format!(
            r#"<label><input type="checkbox" name="all" value="{}"> {}</label>"#,
            Esc(&all),
            tr!(lang, "bulk.all", n = format::number(page.total))
        ));
    }
    out.push_str(r#"<span class="acts">"#);
    for what in What::of(kind) {
        let class = if *what == What::Delete { " danger" } else { "" };
        out.push_str(&format!(
            r#"<button class="btn{class}" value="{}">{}</button>"#,
            what.code(),
            what.word(lang)
        ));
    }
    out + &format!(
        r#"<button class="btn" type="button" data-do="unpick">{}</button></span></form>"#,
        tr!(lang, "bulk.clear")
    )
}

pub async fn answer(desk: &Desk<'_>, kind: Kind, fields: &Fields) -> Result<String, AppError> {
    let wanted = match fields.text("what") {
        "" => fields.pressed(),
        what => what,
    };
    let what = What::of(kind)
        .iter()
        .copied()
        .find(|what| what.code() == wanted);
    let (what, (objects, more)) = match (what, chosen(desk, kind, fields).await?) {
        (Some(what), chosen) if !chosen.0.is_empty() => (what, chosen),
        _ => {
            return Err(AppError::Refused {
                message: tr!(desk.lang, "bulk.none"),
            });
        }
    };
    match fields.pressed() {
        "run" => run(desk, what, objects, fields).await,
        _ => ask(desk, what, objects, more, fields).await,
    }
}

/// The ticked objects, or all that match the list's filter; and how many of those are left out.
async fn chosen(
    desk: &Desk<'_>,
    kind: Kind,
    fields: &Fields,
) -> Result<(Vec<ObjectRef>, u32), AppError> {
    let Some((_, query)) = fields
        .text("all")
        .split_once('/')
        .map(|(_, list)| list.split_once('?').unwrap_or((list, "")))
    else {
        let mut picked: Vec<_> = fields.all("pick").map(|pick| picked(kind, pick)).collect();
        let more = picked.len().saturating_sub(MOST as usize);
        picked.truncate(MOST as usize);
        return Ok((picked, more as u32));
    };
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let query = ListQuery {
        limit: MOST,
        ..address::query(kind, pairs)
    };
    // a page holds fewer than may be chosen
    let mut objects: Vec<ObjectRef> = Vec::new();
    loop {
        let offset = objects.len() as u32;
        let page = desk.backend.page(ListQuery {
            offset,
            ..query.clone()
        });
        let page = page.await?;
        objects.extend(page.rows.iter().map(lists::object));
        let taken = objects.len() as u32;
        if page.rows.is_empty() || taken >= page.total.min(MOST) {
            objects.truncate(MOST as usize);
            let more = page.total.saturating_sub(objects.len() as u32);
            return Ok((objects, more));
        }
    }
}

fn cascade(fields: &Fields) -> Cascade {
    match fields.text("cascade") {
        "foreground" => Cascade::Foreground,
        "orphan" => Cascade::Orphan,
        _ => Cascade::Background,
    }
}

async fn ask(
    desk: &Desk<'_>,
    what: What,
    objects: Vec<ObjectRef>,
    more: u32,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, kind) = (desk.lang, objects[0].kind);
    let mut namespaces: Vec<_> = objects.iter().map(|o| o.namespace.clone()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces.retain(|namespace| !namespace.is_empty());
    let permits = desk.backend.permits(&namespaces).await;
    let title = tr!(
        lang,
        "bulk.ask",
        what = what.word(lang),
        n = format::number(objects.len() as u32),
        kind = kinds::title(kind, lang)
    );
    let mut paper = Paper::new(
        &format!("/form/bulk/{}", kinds::path(kind)),
        false,
        &title,
        lang,
    );
    if more > 0 {
        let n = format::number(more);
        paper.note(
            "warn",
            &tr!(lang, "bulk.more", most = format::number(MOST), n = n),
        );
    }
    paper.hidden("what", what.code());
    let token = paper.token(fields.text("token"));
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    let mut able = Vec::new();
    for object in objects {
        let refused = permits.why_not(&what.deed(object.clone()), lang);
        let name = value(&object);
        match refused {
            Some(why) => paper.put(format_args!(
                r#"<li class="bad"><b>{}</b><span class="sub">{}</span></li>"#,
                Esc(&name),
                Esc(&why)
            )),
            None => {
                paper.put(format_args!("<li><b>{}</b></li>", Esc(&name)));
                able.push(object);
            }
        }
    }
    paper.html("</ul>");
    for object in &able {
        paper.hidden("pick", &value(object));
    }
    if what == What::Delete && matches!(kind, Kind::CronJob | Kind::Job | Kind::DaemonSet) {
        self::cascades(&mut paper, cascade(fields));
    }
    let actions = able.iter().map(|object| {
        let action = what.action(object.clone(), &token, cascade(fields));
        action.kubectl(None)
    });
    let mut commands: Vec<_> = actions.take(MOST_COMMANDS).collect();
    if able.len() > MOST_COMMANDS {
        commands.push(format!("# … {}", able.len() - MOST_COMMANDS));
    }
    if able.is_empty() {
        return Ok(paper.end(&[]));
    }
    paper.reason(fields.text("reason"));
    paper.command(&commands.join("\n"));
    let class = if what == What::Delete {
        "danger"
    } else {
        "prime"
    };
    Ok(paper.end(&[("run", what.word(lang), class)]))
}

fn cascades(paper: &mut Paper, chosen: Cascade) {
    let lang = paper.lang;
    paper.put(format_args!(
        r#"<label class="field"><span>{}</span><select name="cascade">"#,
        tr!(lang, "delete.cascade")
    ));
    for (code, cascade, word) in [
        (
            "background",
            Cascade::Background,
            tr!(lang, "delete.background"),
        ),
        (
            "foreground",
            Cascade::Foreground,
            tr!(lang, "delete.foreground"),
        ),
        ("orphan", Cascade::Orphan, tr!(lang, "delete.orphan")),
    ] {
        let selected = if cascade == chosen { " selected" } else { "" };
        paper.put(format_args!(
            r#"<option value="{code}"{selected}>{word}</option>"#
        ));
    }
    paper.html("</select></label>");
}

async fn run(
    desk: &Desk<'_>,
    what: What,
    objects: Vec<ObjectRef>,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, kind) = (desk.lang, objects[0].kind);
    let (token, cascade) = (fields.text("token"), cascade(fields));
    let done: Vec<_> = futures::stream::iter(objects)
        .map(|object| async {
            let action = what.action(object.clone(), token, cascade);
            (object, perform(desk.backend, action).await)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let all = done.len() as u32;
    let failed = done.iter().filter(|(_, done)| done.is_err()).count() as u32;
    let (n, word) = (format::number(all - failed), what.word(lang));
    if failed == 0 {
        let text = tr!(
            lang,
            "bulk.done",
            what = word,
            n = n,
            kind = kinds::title(kind, lang)
        );
        let back = what.back().filter(|_| done.len() <= MOST_UNDONE);
        let undo = back.map(|back| undo(back, kind, &done));
        return Ok(toast(Tone::Ok, &text, "", &[], undo, lang));
    }
    let title = tr!(
        lang,
        "bulk.partly",
        what = word,
        n = n,
        all = format::number(all)
    );
    let at = format!("/form/bulk/{}", kinds::path(kind));
    let mut paper = Paper::new(&at, false, &title, lang);
    paper.hidden("what", what.code());
    paper.hidden("token", token);
    paper.hidden("reason", fields.text("reason"));
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for (object, done) in &done {
        let name = value(object);
        match done {
            Ok(_) => paper.put(format_args!(
                r#"<li class="ok"><b>{}</b><span class="sub">{}</span></li>"#,
                Esc(&name),
                tr!(lang, "bulk.ok")
            )),
            Err(why) => {
                paper.put(format_args!(
                    r#"<li class="bad"><b>{}</b><span class="sub">{}</span></li>"#,
                    Esc(&name),
                    Esc(&why.to_string())
                ));
                paper.hidden("pick", &name);
            }
        }
    }
    paper.html("</ul>");
    Ok(paper.end(&[("run", tr!(lang, "bulk.again"), "")]))
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
