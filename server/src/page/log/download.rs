//! `GET /{kind}/{namespace}/{name}/log.txt`: all of a log as a file, in the order of time where several pods speak.
//! Nothing of it is kept: it goes from the cluster to the browser line by line.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use http::{StatusCode, header};
use orrery_app::address;
use orrery_view::{Kind, LogQuery, MOST_LOG_PODS};
use serde::Deserialize;

use super::super::Site;
use super::one::{Line, Source, words};
use super::several::{pods, source};

/// The query of a download, as of the page of a log.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    container: String,
    #[serde(default)]
    previous: u8,
}

pub async fn download(
    State(site): State<Site>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let object = address::named(&kind, &namespace, &name).filter(|object| has_log(object.kind));
    let Some(object) = object else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = LogQuery {
        container: asked.container,
        previous: asked.previous == 1,
        ..LogQuery::of(object)
    };
    match logs(&site, &query).await {
        Ok(logs) if logs.is_empty() => {
            let name = &query.object.name;
            (
                StatusCode::NOT_FOUND,
                format!("{name} has no pods, and so no log\n"),
            )
                .into_response()
        }
        Ok(logs) => file(&query.object.name, text(logs)),
        Err(error) => refused(error),
    }
}

fn has_log(kind: Kind) -> bool {
    matches!(kind, Kind::Pod | Kind::Job | Kind::DaemonSet)
}

/// A log, and the pod that its lines name where there are several.
type Log = (Option<String>, BoxStream<'static, Line>);

async fn logs(site: &Site, query: &LogQuery) -> kube::Result<Vec<Log>> {
    let parts = &site.0.parts;
    if query.object.kind == Kind::Pod {
        let log = Source::of(&parts.client, query).whole().await?;
        return Ok(vec![(None, log)]);
    }
    let detail = parts.readmodel.detail(&query.object).await?;
    let mut logs = Vec::new();
    for pod in pods(detail.as_ref()).iter().take(MOST_LOG_PODS) {
        let source = source(&parts.client, query, pod);
        // a pod that has not started, or whose log is gone, has no lines
        if let Ok(log) = source.whole().await {
            logs.push((Some(source.pod.clone()), log));
        }
    }
    Ok(logs)
}

fn file(name: &str, lines: impl Stream<Item = String> + Send + 'static) -> Response {
    let name = format!("attachment; filename=\"{name}.log\"");
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, name.as_str()),
    ];
    let body = Body::from_stream(lines.map(Ok::<_, Infallible>));
    (headers, body).into_response()
}

fn refused(error: kube::Error) -> Response {
    let status = match &error {
        kube::Error::Api(status) => StatusCode::from_u16(status.code).ok(),
        _ => None,
    };
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, format!("{}\n", words(error))).into_response()
}

/// Their lines by time, each with its time and its pod. A line without a time follows the one before it.
fn text(logs: Vec<Log>) -> impl Stream<Item = String> + Send {
    let heads: Vec<_> = logs
        .into_iter()
        .map(|(pod, log)| (pod, log.peekable()))
        .collect();
    futures::stream::unfold(heads, |mut heads| async move {
        let mut first = None;
        for (n, (_, log)) in heads.iter_mut().enumerate() {
            let Some(line) = std::pin::Pin::new(log).peek().await else {
                continue;
            };
            if first.is_none_or(|(at, _)| line.at < at) {
                first = Some((line.at, n));
            }
        }
        let (pod, log) = &mut heads[first?.1];
        let line = log.next().await?;
        Some((said(pod.as_deref(), &line), heads))
    })
}

fn said(pod: Option<&str>, line: &Line) -> String {
    let at = line.at.map(|at| format!("{at} ")).unwrap_or_default();
    let pod = pod.map(|pod| format!("{pod} ")).unwrap_or_default();
    format!("{at}{pod}{}\n", line.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(pod: &str, lines: &[(i64, &str)]) -> Log {
        let line = |(at, text): &(i64, &str)| Line {
            at: jiff::Timestamp::from_second(*at).ok(),
            text: (*text).to_owned(),
            level: None,
        };
        let lines: Vec<_> = lines.iter().map(line).collect();
        (Some(pod.to_owned()), futures::stream::iter(lines).boxed())
    }

    #[tokio::test]
    async fn several_logs_are_one_file_by_time() {
        let logs = vec![
            log("a", &[(1, "one"), (3, "three"), (3, "three again")]),
            log("b", &[(2, "two"), (3, "three too"), (9, "nine")]),
            log("c", &[]),
        ];
        let text: String = text(logs).collect().await;
        let lines: Vec<_> = text.lines().map(|line| &line[21..]).collect();
        assert_eq!(
            lines,
            [
                "a one",
                "b two",
                "a three",
                "a three again",
                "b three too",
                "b nine"
            ]
        );
        assert!(text.starts_with("1970-01-01T00:00:01Z a one\n"), "{text}");
    }
}
