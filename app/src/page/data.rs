//! The data that each page needs for its first paint.

use orrery_view::{CronJobDetail, Detail, Kind, LoadQuery, LogLine, LogQuery, ObjectRef};

use super::request::Asked;
use crate::address::{self, Place};
use crate::backend::{AppError, Backend};
use crate::log::Filter;
use crate::overview::{WHOLE, queries};
use crate::props::{LogView, Overview, Tab, TerminalView, View};
use crate::timeline::Span;

/// Lines of a log in the first paint: some screens.
const FIRST_LINES: u32 = 1_000;

/// The data of the page at a place. The lines of a log are read only where they are wanted: a stream brings them.
pub async fn of(
    backend: &dyn Backend,
    place: Place,
    asked: &Asked,
    lines: bool,
) -> Result<View, AppError> {
    match place {
        Place::Overview => overview(backend, asked).await,
        Place::Schedule => schedule(backend, asked).await,
        Place::Gallery => Ok(View::Gallery),
        Place::List(kind) => list(backend, kind, asked).await,
        Place::Object(object) => detail(backend, object, asked, lines).await,
        Place::Log(object) => log(backend, object, asked, lines).await,
        Place::Nowhere => Ok(View::Lost),
    }
}

async fn overview(backend: &dyn Backend, asked: &Asked) -> Result<View, AppError> {
    let namespaces = asked.namespaces();
    let whole = asked.value(WHOLE.0) == Some(WHOLE.1);
    let last_day = backend.last_day(namespaces.clone()).await?;
    let mut lists = Vec::new();
    for query in queries(&namespaces, whole) {
        let page = backend.page(query.clone()).await?;
        lists.push((query, page));
    }
    Ok(View::Overview(Box::new(Overview {
        lists,
        last_day,
        whole,
    })))
}

async fn schedule(backend: &dyn Backend, asked: &Asked) -> Result<View, AppError> {
    let rows = address::query(Kind::CronJob, asked.pairs.iter().cloned());
    let query = LoadQuery {
        namespaces: rows.namespaces,
        offset: rows.offset,
    };
    let load = backend.load(query).await?;
    Ok(View::Schedule(Box::new(load)))
}

async fn list(backend: &dyn Backend, kind: Kind, asked: &Asked) -> Result<View, AppError> {
    let query = address::query(kind, asked.pairs.iter().cloned());
    let page = backend.page(query.clone()).await?;
    Ok(View::List { query, page })
}

async fn detail(
    backend: &dyn Backend,
    object: ObjectRef,
    asked: &Asked,
    lines: bool,
) -> Result<View, AppError> {
    let tab = Tab::of_code(asked.value("tab").unwrap_or_default());
    if tab == Tab::Logs && object.kind != Kind::Node {
        return log(backend, object, asked, lines).await;
    }
    if tab == Tab::Terminal && object.kind == Kind::Pod {
        return terminal(backend, object, asked).await;
    }
    let detail = backend.detail(object.clone()).await?.map(Box::new);
    let yaml = match (&detail, tab) {
        (Some(_), Tab::Yaml) => Some(backend.yaml(object.clone()).await?),
        _ => None,
    };
    Ok(View::Detail {
        object,
        tab,
        detail,
        span: Span::of(asked.value("range"), asked.value("to")),
        gone: false,
        yaml,
    })
}

async fn terminal(
    backend: &dyn Backend,
    object: ObjectRef,
    asked: &Asked,
) -> Result<View, AppError> {
    let Some(detail) = backend.detail(object.clone()).await? else {
        return Ok(not_there(object));
    };
    Ok(View::Terminal(Box::new(TerminalView {
        object,
        detail: Box::new(detail),
        gone: false,
        container: asked.value("container").unwrap_or_default().into(),
    })))
}

fn not_there(object: ObjectRef) -> View {
    View::Detail {
        object,
        tab: Tab::Summary,
        detail: None,
        span: Span::default(),
        gone: false,
        yaml: None,
    }
}

/// The page of a log, with its lines so far where they are wanted.
async fn log(
    backend: &dyn Backend,
    object: ObjectRef,
    asked: &Asked,
    read: bool,
) -> Result<View, AppError> {
    let Some(detail) = backend.detail(object.clone()).await? else {
        return Ok(not_there(object));
    };
    let run = match &detail {
        Detail::CronJob(cronjob) => run_of(cronjob, asked.value("run")),
        _ => None,
    };
    let filter = Filter::of(&asked.pairs);
    let query = of_what(&object, &detail, run.as_deref()).map(|object| LogQuery {
        container: asked.value("container").unwrap_or_default().into(),
        previous: asked.value("previous") == Some("1"),
        tail: Some(filter.tail),
        level: filter.level,
        since: filter.since,
        until: filter.until,
        ..LogQuery::of(object)
    });
    let (mut lines, mut trouble) = (Vec::new(), None);
    match &query {
        Some(query) if read => match backend.log(first(query)).await {
            Ok(read) => lines = read,
            Err(AppError::SignIn) => return Err(AppError::SignIn),
            Err(error) => trouble = Some(error),
        },
        Some(_) => {}
        // the stream has none of these
        None => lines = kept(&detail, run.as_deref()),
    }
    Ok(View::Log(Box::new(LogView {
        object,
        detail: Some(Box::new(detail)),
        query,
        gone: false,
        run,
        pods: None,
        filter,
        lines,
        trouble,
    })))
}

/// What is painted at once of a log: its end; the rest comes by the stream.
fn first(query: &LogQuery) -> LogQuery {
    LogQuery {
        tail: Some(FIRST_LINES),
        ..query.clone()
    }
}

/// The run that was asked for, or the latest.
fn run_of(cronjob: &CronJobDetail, asked: Option<&str>) -> Option<String> {
    let latest = || cronjob.runs.first().map(|job| job.head.name.clone());
    let ended = || cronjob.past.first().map(|past| past.name.clone());
    asked.map(String::from).or_else(latest).or_else(ended)
}

/// Whose log is read: the object's, or that of a Job of the CronJob that is still there.
fn of_what(object: &ObjectRef, detail: &Detail, run: Option<&str>) -> Option<ObjectRef> {
    match detail {
        Detail::CronJob(cronjob) => {
            let job = cronjob
                .runs
                .iter()
                .find(|job| Some(job.head.name.as_str()) == run)?;
            Some(crate::lists::job::object(job))
        }
        _ => Some(object.clone()),
    }
}

/// The last lines of a run whose Job is gone.
fn kept(detail: &Detail, run: Option<&str>) -> Vec<LogLine> {
    let Detail::CronJob(cronjob) = detail else {
        return Vec::new();
    };
    let past = cronjob
        .past
        .iter()
        .find(|past| Some(past.name.as_str()) == run);
    let line = |text: &String| LogLine {
        at: None,
        text: text.clone(),
        level: None,
        pod: None,
    };
    past.map(|past| past.log.iter().map(line).collect())
        .unwrap_or_default()
}
