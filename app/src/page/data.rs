//! The data that each page needs for its first paint.

use orrery_view::{Detail, Kind, LogQuery, ObjectRef, PodRow};

use super::request::Asked;
use crate::backend::{AppError, Backend};
use crate::overview::queries;
use crate::props::{LogView, Overview, Tab, View};
use crate::timeline::Span;
use crate::{address, kinds};

/// Lines of a log in the first paint: some screens; the rest comes by the stream on request.
const FIRST_LINES: u32 = 1_000;

/// The data of the page at an address's path.
pub async fn at(backend: &dyn Backend, path: &str, asked: &Asked) -> Result<View, AppError> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let object = |kind: &str, namespace: &str, name: &str| {
        kinds::of_path(kind).map(|kind| ObjectRef {
            kind,
            namespace: namespace.into(),
            name: name.into(),
        })
    };
    match parts.as_slice() {
        [] => overview(backend, asked).await,
        ["schedule"] => schedule(backend, asked).await,
        ["gallery"] if cfg!(debug_assertions) => Ok(View::Gallery),
        [kind] => match kinds::of_path(kind) {
            Some(kind) => list(backend, kind, asked).await,
            None => Ok(View::Lost),
        },
        ["nodes", name] => match object("nodes", "", name) {
            Some(object) => detail(backend, object, asked).await,
            None => Ok(View::Lost),
        },
        [kind, namespace, name] => match object(kind, namespace, name) {
            Some(object) => detail(backend, object, asked).await,
            None => Ok(View::Lost),
        },
        [kind, namespace, name, "log"] => match object(kind, namespace, name) {
            Some(object) => log(backend, object, asked).await,
            None => Ok(View::Lost),
        },
        _ => Ok(View::Lost),
    }
}

pub async fn overview(backend: &dyn Backend, asked: &Asked) -> Result<View, AppError> {
    let mut lists = Vec::new();
    for query in queries(&asked.namespaces()) {
        let page = backend.page(query.clone()).await?;
        lists.push((query, page));
    }
    Ok(View::Overview(Box::new(Overview { lists })))
}

pub async fn schedule(backend: &dyn Backend, asked: &Asked) -> Result<View, AppError> {
    let load = backend.load(asked.namespaces()).await?;
    Ok(View::Schedule(Box::new(load)))
}

pub async fn list(backend: &dyn Backend, kind: Kind, asked: &Asked) -> Result<View, AppError> {
    let query = address::query(kind, asked.pairs.iter().cloned());
    let page = backend.page(query.clone()).await?;
    Ok(View::List { query, page })
}

pub async fn detail(
    backend: &dyn Backend,
    object: ObjectRef,
    asked: &Asked,
) -> Result<View, AppError> {
    let tab = Tab::of_code(asked.value("tab").unwrap_or_default());
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

pub async fn log(
    backend: &dyn Backend,
    object: ObjectRef,
    asked: &Asked,
) -> Result<View, AppError> {
    let Some(detail) = backend.detail(object.clone()).await? else {
        return Ok(View::Detail {
            object,
            tab: Tab::Summary,
            detail: None,
            span: Span::default(),
            gone: false,
            yaml: None,
        });
    };
    let pod = pod_of(&detail, asked.value("pod"));
    let query = pod.map(|pod| LogQuery {
        namespace: pod.head.namespace.clone(),
        pod: pod.head.name.clone(),
        container: asked.value("container").unwrap_or_default().into(),
        previous: asked.value("previous") == Some("1"),
        tail: Some(FIRST_LINES),
    });
    let (mut lines, mut trouble) = (Vec::new(), None);
    if let Some(query) = &query {
        match backend.log(query.clone()).await {
            Ok(read) => lines = read,
            Err(AppError::SignIn) => return Err(AppError::SignIn),
            Err(error) => trouble = Some(error),
        }
    }
    let detail = Some(Box::new(detail));
    Ok(View::Log(Box::new(LogView {
        object,
        detail,
        query,
        lines,
        trouble,
    })))
}

/// The pod itself, the pod that was asked for, or the newest one of a Job.
fn pod_of<'a>(detail: &'a Detail, asked: Option<&str>) -> Option<&'a PodRow> {
    match detail {
        Detail::Pod(detail) => Some(&detail.row),
        Detail::Job(detail) => {
            let named = detail
                .pods
                .iter()
                .find(|pod| Some(pod.head.name.as_str()) == asked);
            named.or(detail.pods.first())
        }
        _ => None,
    }
}
