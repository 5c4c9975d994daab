//! One deed on several objects of a list: a bar under the table, a question that names them all, and what became of each.

mod plan;
mod run;
mod what;

use std::collections::BTreeSet;

use futures::StreamExt;
use orrery_view::{Kind, ListQuery, ObjectRef, Page, Row};

use super::paper::Paper;
use super::{Desk, Fields, backfill, trigger};
use crate::address;
use crate::backend::AppError;
use crate::lang::Lang;
use crate::paint::{Esc, cascades};
use crate::permit::Permits;
use crate::{format, kinds, lists, tr};
use plan::{How, Plan};
use run::run;
use what::What;

/// Objects of one deed at most: what a person can still look through.
const MOST: u32 = 1_000;
/// Requests on the way at a time, as many as kubectl sends.
const AT_ONCE: usize = 8;
/// Commands told; more are of the same form.
const MOST_COMMANDS: usize = 12;

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

/// What a row's object allows of what not every one does, by code: the bar offers what some ticked row allows.
pub fn may(row: &Row, lang: Lang) -> String {
    let (object, buttons) = (lists::object(row), lists::buttons(row, lang));
    let allows = |what: &What| {
        let deed = what.deed(object.clone());
        !what.is_for_all() && buttons.iter().any(|button| button.deed == deed)
    };
    let all = What::of(row.kind()).iter();
    let codes: Vec<_> = all
        .filter(|what| allows(what))
        .map(|what| what.code())
        .collect();
    codes.join(" ")
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
        r#"<form id="bulk" class="bulk" data-form="/form/bulk/{}" role="group" aria-label="{}"><span class="kept" data-keep=""></span><span class="ticked">{}</span>"#,
        kinds::path(kind),
        tr!(lang, "bulk.title"),
        tr!(lang, "bulk.picked", n = r#"<b class="n"></b>"#)
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
    // what is not understood is told at its field
    let understood = what != What::TriggerWith || trigger::read_for_several(fields).read().is_ok();
    match fields.pressed() {
        "run" if understood => run(desk, what, objects, fields).await,
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
        let picked = fields.all("pick").map(|pick| picked(kind, pick));
        let mut picked = once(picked.collect());
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
            // rows that went meanwhile have moved others into the next page
            objects = once(objects);
            objects.truncate(MOST as usize);
            let more = page.total.saturating_sub(objects.len() as u32);
            return Ok((objects, more));
        }
    }
}

/// Each object once, where it was first.
fn once(mut objects: Vec<ObjectRef>) -> Vec<ObjectRef> {
    let mut seen = BTreeSet::new();
    objects.retain(|object| seen.insert(object.clone()));
    objects
}

/// An object, and what would become of it or why it cannot be done.
type Planned = (ObjectRef, Result<Plan, String>);

async fn ask(
    desk: &Desk<'_>,
    what: What,
    objects: Vec<ObjectRef>,
    more: u32,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, kind) = (desk.lang, objects[0].kind);
    let title = tr!(
        lang,
        "bulk.ask",
        what = what.word(lang),
        n = format::number(objects.len() as u32),
        kind = kinds::counted(objects.len() as u32, kind, lang)
    );
    let mut paper = Paper::new(&at(kind), false, &title, lang);
    if more > 0 {
        let n = format::number(more);
        paper.note(
            "warn",
            &tr!(lang, "bulk.more", most = format::number(MOST), n = n),
        );
    }
    paper.hidden("what", what.code());
    let token = paper.token(fields.text("token"));
    let how = How::of(what, &token, fields);
    let planned = planned(desk, &how, objects).await?;
    list(&mut paper, &planned);
    let plans: Vec<_> = planned
        .iter()
        .filter_map(|(_, plan)| plan.as_ref().ok())
        .collect();
    if what == What::Backfill {
        backfill::periods(&mut paper, how.period);
    }
    if plans.is_empty() {
        return Ok(paper.end(&[]));
    }
    if what == What::Delete && matches!(kind, Kind::CronJob | Kind::Job | Kind::DaemonSet) {
        cascades(&mut paper.out, how.cascade, lang);
    }
    let with = what == What::TriggerWith;
    let understood = !with || trigger::ask(&mut paper, &mut how.overrides.clone(), None);
    paper.reason(how.reason);
    if understood {
        paper.command(&commands(&plans));
    }
    if with && understood && fields.pressed() == "check" {
        for plan in plans.iter().take(MOST_COMMANDS) {
            paper.put(format_args!("<p><b>{}</b></p>", Esc(&value(&plan.object))));
            how.rehearse(desk, &plan.object, &mut paper).await?;
        }
    }
    let class = if what == What::Delete {
        "danger"
    } else {
        "prime"
    };
    let run = ("run", what.word(lang), class);
    Ok(match with {
        true => paper.end(&[("check", tr!(lang, "with.rehearse"), ""), run]),
        false => paper.end(&[run]),
    })
}

/// What would become of each, asked of so many at a time.
async fn planned(
    desk: &Desk<'_>,
    how: &How<'_>,
    objects: Vec<ObjectRef>,
) -> Result<Vec<Planned>, AppError> {
    let mut namespaces: Vec<_> = objects.iter().map(|o| o.namespace.clone()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces.retain(|namespace| !namespace.is_empty());
    let permits = &desk.backend.permits(&namespaces).await;
    let plan = |object: ObjectRef| async move {
        let plan = match permits.why_not(&how.what.deed(object.clone()), desk.lang) {
            Some(why) => Err(why),
            None => match how.plan(desk, object.clone()).await {
                Err(AppError::SignIn) => return Err(AppError::SignIn),
                plan => plan.map_err(|error| error.to_string()),
            },
        };
        Ok((object, plan))
    };
    let planned = futures::stream::iter(objects).map(plan).buffered(AT_ONCE);
    futures::TryStreamExt::try_collect(planned).await
}

/// Names each; those that can be done are what the form is about.
fn list(paper: &mut Paper, planned: &[Planned]) {
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for (object, plan) in planned {
        let name = value(object);
        let (class, said) = match plan {
            Ok(plan) => ("", &plan.note),
            Err(why) => (r#" class="bad""#, why),
        };
        paper.put(format_args!("<li{class}><b>{}</b>", Esc(&name)));
        if !said.is_empty() {
            paper.put(format_args!(r#"<span class="sub">{}</span>"#, Esc(said)));
        }
        paper.html("</li>");
    }
    paper.html("</ul>");
    for plan in planned.iter().filter_map(|(_, plan)| plan.as_ref().ok()) {
        let name = value(&plan.object);
        paper.hidden("pick", &name);
        if let Some(to) = plan.to {
            paper.hidden(&to_field(&name), &to.to_string());
        }
    }
}

/// Where a form keeps to which revision an object goes back.
fn to_field(name: &str) -> String {
    format!("to {name}")
}

fn commands(plans: &[&Plan]) -> String {
    let told = plans.iter().take(MOST_COMMANDS);
    let mut commands: Vec<_> = told.map(|plan| plan.kubectl.clone()).collect();
    if plans.len() > MOST_COMMANDS {
        commands.push(format!("# … {}", plans.len() - MOST_COMMANDS));
    }
    commands.join("\n")
}

fn at(kind: Kind) -> String {
    format!("/form/bulk/{}", kinds::path(kind))
}

#[cfg(test)]
mod tests {
    use orrery_view::JobStatus;

    use super::*;

    #[test]
    fn what_is_named_twice_is_done_once() {
        let named = ["b/1", "a/1", "b/1", "a/2"].map(|value| picked(Kind::Job, value));
        let values: Vec<_> = once(named.into()).iter().map(value).collect();
        assert_eq!(values, ["b/1", "a/1", "a/2"]);
    }

    #[test]
    fn a_job_that_is_over_allows_neither_suspending_nor_resuming() {
        let mut job = crate::tests::a_sample().jobs().remove(0);
        (job.end, job.indexed) = (None, true);
        for (status, suspend, allowed) in [
            (JobStatus::Running, false, "suspend"),
            (JobStatus::Suspended, true, "resume"),
            (JobStatus::Complete, false, ""),
            (JobStatus::Failed, false, "retry"),
        ] {
            (job.status, job.suspend) = (status, suspend);
            assert_eq!(may(&Row::Job(job.clone()), Lang::En), allowed);
        }
    }
}
