//! The log of one container.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use orrery_clock::Clock;
use orrery_view::{Body, Level, LogLine, LogPod, LogQuery, MOST_LOG_LINES, Millis};

use super::level::Levels;
use super::{MOST_LINES, lines, tail};

/// Between looks at a container that has not started.
const WAIT: Duration = Duration::from_millis(500);

/// How the API's message begins to end when a container will have a log later (K-23).
const WAITING: &str = "is waiting to start";

/// Of the last lines of a log, together: what a page holds of it in lines of usual length, four times over.
const MOST_BYTES: usize = 64 << 20;

/// A line, with its time as exactly as the API says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub at: Option<Timestamp>,
    pub text: String,
    pub level: Option<Level>,
}

impl Line {
    pub fn of(self, pod: Option<LogPod>) -> LogLine {
        LogLine {
            at: self.at.map(Timestamp::as_millisecond),
            text: self.text,
            level: self.level,
            pod,
        }
    }
}

/// A container whose log is read, and which lines of it.
pub struct Source {
    pods: Api<Pod>,
    pub pod: String,
    query: LogQuery,
}

impl Source {
    /// Of the pod that is asked for.
    pub fn of(client: &kube::Client, query: &LogQuery) -> Self {
        Self {
            pods: Api::namespaced(client.clone(), &query.object.namespace),
            pod: query.object.name.clone(),
            query: query.clone(),
        }
    }

    /// Its last lines.
    pub async fn read(&self, tail: u32) -> kube::Result<Vec<Line>> {
        let params = LogParams {
            tail_lines: Some(self.tail(tail)),
            ..self.params().await?
        };
        let mut texts = pin!(self.texts(&params).await?);
        let mut wanted = self.wanted();
        let (mut lines, mut bytes) = (VecDeque::new(), 0);
        while let Some(text) = texts.next().await {
            let Some(line) = wanted.line(&text) else {
                continue;
            };
            bytes += line.text.len();
            lines.push_back(line);
            while lines.len() > tail as usize || bytes > MOST_BYTES {
                bytes -= lines.pop_front().map_or(0, |gone: Line| gone.text.len());
            }
        }
        Ok(lines.into())
    }

    /// All that there is of it; how severe its lines are is not looked at.
    pub async fn whole(&self) -> kube::Result<BoxStream<'static, Line>> {
        let params = self.params().await?;
        let texts = self.texts(&params).await?;
        Ok(texts.map(|text| line(&text)).boxed())
    }

    /// Its last lines, or those since a time, and on until it ends.
    pub async fn follow(
        &self,
        tail: u32,
        since: Option<Timestamp>,
    ) -> kube::Result<impl Stream<Item = Line> + Send + use<>> {
        let params = LogParams {
            follow: true,
            tail_lines: since.is_none().then(|| self.tail(tail)),
            since_time: since.map(whole_second).or(self.since()),
            ..self.params().await?
        };
        let (texts, mut wanted) = (self.texts(&params).await?, self.wanted());
        Ok(texts.filter_map(move |text| std::future::ready(wanted.line(&text))))
    }

    /// Its lines as the API writes them, until it ends or breaks.
    async fn texts(
        &self,
        params: &LogParams,
    ) -> kube::Result<impl Stream<Item = String> + Send + use<>> {
        let log = self.pods.log_stream(&self.pod, params).await?;
        Ok(lines::of(log))
    }

    /// How many lines the API is asked for: those that are left out count there, too.
    fn tail(&self, tail: u32) -> i64 {
        match self.query.is_filtered() {
            true => MOST_LOG_LINES.into(),
            false => tail.into(),
        }
    }

    fn since(&self) -> Option<Timestamp> {
        let since = Timestamp::from_millisecond(self.query.since?).ok()?;
        Some(whole_second(since))
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            level: self.query.level,
            since: self.query.since,
            until: self.query.until,
            levels: Levels::default(),
        }
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
            previous: self.query.previous,
            timestamps: true,
            since_time: self.since(),
            ..LogParams::default()
        })
    }

    /// The container that was asked for; else the one that the pod names as its default, else its first, as kubectl
    /// chooses (K-23).
    async fn container(&self) -> kube::Result<Option<String>> {
        if !self.query.container.is_empty() {
            return Ok(Some(self.query.container.clone()));
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

/// The API reads whole seconds, and the client would round up.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Which lines of a log are told.
struct Wanted {
    level: Option<Level>,
    since: Option<Millis>,
    until: Option<Millis>,
    levels: Levels,
}

impl Wanted {
    fn line(&mut self, text: &str) -> Option<Line> {
        let mut line = line(text);
        line.level = self.levels.of(&line.text);
        let at = line.at.map(Timestamp::as_millisecond);
        let early = at.zip(self.since).is_some_and(|(at, since)| at < since);
        let late = at.zip(self.until).is_some_and(|(at, until)| at >= until);
        let mild = self.level.is_some_and(|least| line.level < Some(least));
        (!early && !late && !mild).then_some(line)
    }
}

/// A line with its time before it, as `timestamps` writes it.
fn line(text: &str) -> Line {
    let (stamp, rest) = text.split_once(' ').unwrap_or((text, ""));
    let at = stamp.parse().ok();
    Line {
        text: at.map_or(text, |_: Timestamp| rest).to_owned(),
        at,
        level: None,
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
                level: None,
                pod: None,
            };
            assert_eq!(line(text).of(None), expected, "{sentence}");
        }
    }

    #[test]
    fn a_filter_leaves_what_was_asked_for() {
        let noon = 1_795_435_200_000;
        let log = [
            "2026-11-23T11:59:59Z ERROR too early",
            "2026-11-23T12:00:00Z INFO begins",
            "2026-11-23T12:00:01Z ERROR fails",
            "2026-11-23T12:00:01Z   at this place",
            "2026-11-23T12:00:02Z nothing is said of it",
            "2026-11-23T12:01:00Z ERROR too late",
        ];
        for (level, since, until, expected) in [
            (None, None, None, &[0, 1, 2, 3, 4, 5][..]),
            (None, Some(noon), Some(noon + 60_000), &[1, 2, 3, 4]),
            (Some(Level::Warn), Some(noon), Some(noon + 60_000), &[2, 3]),
            (Some(Level::Info), None, None, &[0, 1, 2, 3, 5]),
        ] {
            let mut wanted = Wanted {
                level,
                since,
                until,
                levels: Levels::default(),
            };
            let left = log.iter().enumerate();
            let left = left.filter_map(|(n, text)| wanted.line(text).map(|_| n));
            assert_eq!(left.collect::<Vec<_>>(), expected, "{level:?} {since:?}");
        }
    }
}
