//! The log of one container.

use std::time::Duration;

use futures::{AsyncBufReadExt, Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use orrery_clock::Clock;
use orrery_view::{Body, LogLine, LogPod, LogQuery};

use super::{MOST_LINES, tail};

/// Between looks at a container that has not started.
const WAIT: Duration = Duration::from_millis(500);

/// How the API's message begins to end when a container will have a log later (K-23).
const WAITING: &str = "is waiting to start";

/// A line, with its time as exactly as the API says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Option<Timestamp>,
    pub text: String,
}

impl Line {
    pub fn of(self, pod: Option<LogPod>) -> LogLine {
        LogLine {
            at: self.at.map(Timestamp::as_millisecond),
            text: self.text,
            pod,
        }
    }
}

/// A container whose log is read.
pub struct Source {
    pods: Api<Pod>,
    pub pod: String,
    container: String,
    previous: bool,
}

impl Source {
    /// Of the pod that is asked for.
    pub fn of(client: &kube::Client, query: &LogQuery) -> Self {
        Self {
            pods: Api::namespaced(client.clone(), &query.object.namespace),
            pod: query.object.name.clone(),
            container: query.container.clone(),
            previous: query.previous,
        }
    }

    /// Its last lines.
    pub async fn read(&self, tail: u32) -> kube::Result<Vec<Line>> {
        let params = LogParams {
            tail_lines: Some(tail.into()),
            ..self.params().await?
        };
        let text = self.pods.logs(&self.pod, &params).await?;
        Ok(text.lines().map(line).collect())
    }

    /// Its last lines, or those since a time, and on until it ends.
    pub async fn follow(
        &self,
        tail: u32,
        since: Option<Timestamp>,
    ) -> kube::Result<impl Stream<Item = Line> + Send + use<>> {
        let params = LogParams {
            follow: true,
            tail_lines: since.is_none().then(|| tail.into()),
            // the API reads whole seconds, and the client would round up
            since_time: since.and_then(|at| Timestamp::from_second(at.as_second()).ok()),
            ..self.params().await?
        };
        let log = self.pods.log_stream(&self.pod, &params).await?;
        let lines = log.lines().map_ok(|text| line(&text));
        Ok(lines
            .take_while(|line| std::future::ready(line.is_ok()))
            .filter_map(|line| std::future::ready(line.ok())))
    }

    /// Whether there may be more of it after it has ended: its pod is there and has not finished.
    pub async fn may_go_on(&self) -> bool {
        let pod = self.pods.get_opt(&self.pod).await.ok().flatten();
        let phase = pod.map(|pod| pod.status.and_then(|status| status.phase));
        phase.is_some_and(|phase| !matches!(phase.as_deref(), Some("Succeeded" | "Failed")))
    }

    async fn params(&self) -> kube::Result<LogParams> {
        Ok(LogParams {
            container: self.container().await?,
            previous: self.previous,
            timestamps: true,
            ..LogParams::default()
        })
    }

    /// The container that was asked for; else the one that the pod names as its default, else its first, as kubectl
    /// chooses (K-23).
    async fn container(&self) -> kube::Result<Option<String>> {
        if !self.container.is_empty() {
            return Ok(Some(self.container.clone()));
        }
        let pod = self.pods.get(&self.pod).await?;
        let annotations = pod.metadata.annotations.unwrap_or_default();
        let named = annotations.get("kubectl.kubernetes.io/default-container");
        let first = pod.spec.and_then(|spec| spec.containers.into_iter().next());
        Ok(named.cloned().or(first.map(|container| container.name)))
    }
}

/// The log so far, then its lines as they come, until the container ends. A container that has not started is waited
/// for.
pub fn follow(
    client: kube::Client,
    clock: Clock,
    query: LogQuery,
) -> impl Stream<Item = Body> + Send {
    let opened = async move {
        let source = Source::of(&client, &query);
        loop {
            match source.follow(tail(&query), None).await {
                Err(error) if is_waiting(&error) => clock.sleep(WAIT).await,
                other => break other,
            }
        }
    };
    futures::stream::once(opened).flat_map(|opened| match opened {
        Ok(lines) => lines
            .map(|line| line.of(None))
            .ready_chunks(MOST_LINES)
            .map(Body::Log)
            .chain(futures::stream::iter([Body::LogEnd(None)]))
            .boxed(),
        Err(error) => futures::stream::iter([Body::LogEnd(Some(words(error)))]).boxed(),
    })
}

pub fn is_waiting(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.message.contains(WAITING))
}

pub fn words(error: kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message,
        error => error.to_string(),
    }
}

/// A line with its time before it, as `timestamps` writes it.
fn line(text: &str) -> Line {
    let (stamp, rest) = text.split_once(' ').unwrap_or((text, ""));
    match stamp.parse() {
        Ok(at) => Line {
            at: Some(at),
            text: rest.to_owned(),
        },
        Err(_) => Line {
            at: None,
            text: text.to_owned(),
        },
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
            let expected = LogLine {
                at,
                text: rest.to_owned(),
                pod: None,
            };
            assert_eq!(line(text).of(None), expected, "{sentence}");
        }
    }
}
