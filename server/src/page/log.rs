//! A container's log as the page shows it: through the Kubernetes API, like `kubectl logs -f`.

use std::time::Duration;

use futures::{AsyncBufReadExt, Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use orrery_clock::Clock;
use orrery_view::{Body, LogLine, LogQuery};

/// Lines in one message: a chatty container fills a message, not a message a line.
const MOST_LINES: usize = 500;

/// Lines from the end when the page does not say; more would take longer to paint than to scroll to.
const TAIL: u32 = 1_000;

/// Between looks at a container that has not started.
const WAIT: Duration = Duration::from_millis(500);

/// How the API's message begins to end when a container will have a log later (K-23).
const WAITING: &str = "is waiting to start";

/// The log so far, then its lines as they come, until the container ends. A container that has not
/// started is waited for.
pub fn follow(
    client: kube::Client,
    clock: Clock,
    query: LogQuery,
) -> impl Stream<Item = Body> + Send {
    let opened = async move {
        let pods: Api<Pod> = Api::namespaced(client, &query.namespace);
        let params = LogParams {
            container: container(&pods, &query).await?,
            ..params(&query, true)
        };
        loop {
            match pods.log_stream(&query.pod, &params).await {
                Err(kube::Error::Api(status)) if status.message.contains(WAITING) => {
                    clock.sleep(WAIT).await
                }
                other => break other,
            }
        }
    };
    futures::stream::once(opened).flat_map(|opened| match opened {
        Ok(log) => lines(log).boxed(),
        Err(error) => futures::stream::iter([Body::LogEnd(Some(words(error)))]).boxed(),
    })
}

/// The log so far.
pub async fn read(client: kube::Client, query: &LogQuery) -> kube::Result<Vec<LogLine>> {
    let pods: Api<Pod> = Api::namespaced(client, &query.namespace);
    let params = LogParams {
        container: container(&pods, query).await?,
        ..params(query, false)
    };
    let text = pods.logs(&query.pod, &params).await?;
    Ok(text.lines().map(line).collect())
}

/// The container that was asked for; else the one that the pod names as its default, else its first, as
/// kubectl chooses (K-23).
async fn container(pods: &Api<Pod>, query: &LogQuery) -> kube::Result<Option<String>> {
    if !query.container.is_empty() {
        return Ok(Some(query.container.clone()));
    }
    let pod = pods.get(&query.pod).await?;
    let annotations = pod.metadata.annotations.unwrap_or_default();
    let named = annotations.get("kubectl.kubernetes.io/default-container");
    let first = pod.spec.and_then(|spec| spec.containers.into_iter().next());
    Ok(named.cloned().or(first.map(|container| container.name)))
}

fn lines(log: impl futures::AsyncBufRead + Send) -> impl Stream<Item = Body> + Send {
    let lines = log.lines().map_ok(|text| line(&text));
    let end = futures::stream::iter([Body::LogEnd(None)]);
    lines
        .take_while(|line| std::future::ready(line.is_ok()))
        .filter_map(|line| std::future::ready(line.ok()))
        .ready_chunks(MOST_LINES)
        .map(Body::Log)
        .chain(end)
}

fn params(query: &LogQuery, follow: bool) -> LogParams {
    LogParams {
        follow,
        previous: query.previous,
        tail_lines: Some(query.tail.unwrap_or(TAIL).into()),
        timestamps: true,
        ..Default::default()
    }
}

/// A line with its time before it, as `timestamps` writes it.
fn line(text: &str) -> LogLine {
    let stamped = text.split_once(' ').unwrap_or((text, ""));
    match stamped.0.parse::<jiff::Timestamp>() {
        Ok(at) => LogLine {
            at: Some(at.as_millisecond()),
            text: stamped.1.to_owned(),
        },
        Err(_) => LogLine {
            at: None,
            text: text.to_owned(),
        },
    }
}

fn words(error: kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message,
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_up_its_time() {
        let rows = [
            (
                "2026-11-23T12:00:00.5Z hello there",
                Some(1_795_435_200_500),
                "hello there",
                "time, then text",
            ),
            (
                "2026-11-23T12:00:00Z",
                Some(1_795_435_200_000),
                "",
                "an empty line",
            ),
            (
                "no time here",
                None,
                "no time here",
                "a line from elsewhere stays whole",
            ),
        ];
        for (text, at, rest, sentence) in rows {
            assert_eq!(
                line(text),
                LogLine {
                    at,
                    text: rest.to_owned()
                },
                "{sentence}"
            );
        }
    }
}
