//! The logs of all pods of an object, interleaved by time; a pod that comes later joins.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use orrery_view::{
    Body, Detail, LogLine, LogPod, LogQuery, MOST_LOG_PODS, ObjectRef, PodRow, Topic,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::one::{Line, Source, is_waiting, words};
use super::order::{Fresh, Told, merge};
use super::{MOST_LINES, TAIL, tail};

/// How long lines wait for earlier ones of other pods: below what a person notices.
const HOLD: Duration = Duration::from_millis(50);

/// Between looks at a container that has not started, or that may start again.
const AGAIN: Duration = Duration::from_millis(500);

/// Looks in a row after which they are further apart, by as much each time.
const LOOKS: u32 = 10;
/// How much further at most.
const MOST_APART: u32 = 10;

/// Lines on their way from the readers; when the page is slower, the readers wait.
const QUEUE: usize = 1_024;

/// The logs so far, of the newest pods at most.
pub async fn read(
    readmodel: &ReadModel,
    client: kube::Client,
    query: &LogQuery,
) -> kube::Result<Vec<LogLine>> {
    let detail = readmodel.detail(&query.object).await?;
    let pods = pods(detail.as_ref());
    let newest: Vec<_> = pods.iter().take(MOST_LOG_PODS).collect();
    let sources = newest.iter().rev().map(|pod| source(&client, query, pod));
    let (logs, _) = backlog(sources.collect(), 0, tail(query)).await;
    Ok(logs)
}

pub fn follow(
    readmodel: &ReadModel,
    client: kube::Client,
    clock: Clock,
    query: LogQuery,
) -> impl Stream<Item = Body> + Send + use<> {
    let details = readmodel.subscribe(Topic::Detail(query.object.clone()));
    let (tell, heard) = mpsc::channel(QUEUE);
    let several = Several {
        client,
        clock,
        query,
        details: details.boxed(),
        readers: JoinSet::new(),
        tell,
        heard,
        pods: Vec::new(),
        known: BTreeSet::new(),
        reading: 0,
        begun: false,
        finished: false,
        counted: None,
        ready: VecDeque::new(),
    };
    futures::stream::unfold(several, |mut several| async move {
        let body = several.next().await;
        Some((body, several))
    })
}

/// What a reader tells.
enum Heard {
    Line(LogPod, Line),
    End,
}

struct Several {
    client: kube::Client,
    clock: Clock,
    query: LogQuery,
    details: BoxStream<'static, Body>,
    /// One for each pod whose log is read; they end with this.
    readers: JoinSet<()>,
    tell: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
    /// Those there are, the newest first.
    pods: Vec<PodRow>,
    /// Names of those that are read or were.
    known: BTreeSet<String>,
    reading: usize,
    begun: bool,
    /// The object makes no more pods.
    finished: bool,
    /// What was told last of how many are read.
    counted: Option<(u32, u32)>,
    ready: VecDeque<Body>,
}

impl Several {
    async fn next(&mut self) -> Body {
        loop {
            if let Some(body) = self.ready.pop_front() {
                return body;
            }
            tokio::select! {
                Some(body) = self.details.next() => self.met(body).await,
                Some(heard) = self.heard.recv() => self.took(heard).await,
            }
        }
    }

    /// The object as it is now.
    async fn met(&mut self, body: Body) {
        let Body::Detail(detail) = body else { return };
        self.pods = pods(detail.as_deref());
        self.finished = match detail.as_deref() {
            Some(Detail::Job(job)) => job.row.end.is_some(),
            Some(_) => false,
            None => true,
        };
        self.join().await;
    }

    /// Reads the logs of pods that are new, as many as may be read at once.
    async fn join(&mut self) {
        let free = MOST_LOG_PODS.saturating_sub(self.reading);
        let new = self
            .pods
            .iter()
            .filter(|pod| !self.known.contains(&pod.head.name));
        let mut new: Vec<&PodRow> = new.take(free).collect();
        new.reverse();
        let place = self.known.len();
        let sources: Vec<_> = new
            .iter()
            .map(|pod| source(&self.client, &self.query, pod))
            .collect();
        self.known
            .extend(new.iter().map(|pod| pod.head.name.clone()));
        if !self.begun || !sources.is_empty() {
            let first = !std::mem::replace(&mut self.begun, true);
            let (lines, read) = backlog(sources, place, tail(&self.query)).await;
            // the first lines replace what was on the page, even when there are none
            if first || !lines.is_empty() {
                self.ready.extend(messages(lines));
            }
            self.reading += read.len();
            for reader in read {
                self.readers
                    .spawn(reader.go(self.clock.clone(), self.tell.clone()));
            }
        }
        self.count();
    }

    /// Lines, put in order with those that come about the same time.
    async fn took(&mut self, heard: Heard) {
        let (mut lines, mut ended) = (Vec::new(), 0);
        let mut sort = |heard| match heard {
            Heard::Line(pod, line) => lines.push((pod, vec![line])),
            Heard::End => ended += 1,
        };
        sort(heard);
        let clock = self.clock.clone();
        let hold = clock.sleep(HOLD);
        tokio::pin!(hold);
        let mut room = MOST_LINES;
        while room > 0 {
            tokio::select! {
                () = &mut hold => break,
                Some(heard) = self.heard.recv() => sort(heard),
            }
            room -= 1;
        }
        if !lines.is_empty() {
            self.ready.push_back(Body::Log(merge(lines, usize::MAX)));
        }
        if ended > 0 {
            self.reading = self.reading.saturating_sub(ended);
            self.join().await;
        }
    }

    /// Tells how many pods are read of how many, and when nothing more will come.
    fn count(&mut self) {
        let read = self
            .pods
            .iter()
            .filter(|pod| self.known.contains(&pod.head.name));
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let counted = (count(read.count()), count(self.pods.len()));
        let over = self.finished && self.reading == 0;
        if self.counted.replace(counted) != Some(counted) {
            let (read, of) = counted;
            self.ready.push_back(Body::LogPods { read, of });
        }
        if over {
            self.ready.push_back(Body::LogEnd(None));
        }
    }
}

pub(super) fn source(client: &kube::Client, query: &LogQuery, pod: &PodRow) -> Source {
    let object = ObjectRef {
        name: pod.head.name.clone(),
        ..query.object.clone()
    };
    let of_pod = LogQuery {
        object,
        ..query.clone()
    };
    Source::of(client, &of_pod)
}

pub(super) fn pods(detail: Option<&Detail>) -> Vec<PodRow> {
    match detail {
        Some(Detail::Job(job)) => job.pods.clone(),
        Some(Detail::DaemonSet(daemonset)) => daemonset.pods.clone(),
        _ => Vec::new(),
    }
}

/// Lines as several messages of a bounded size; one of none where there are none.
fn messages(mut lines: Vec<LogLine>) -> Vec<Body> {
    let mut messages = Vec::new();
    while lines.len() > MOST_LINES {
        let later = lines.split_off(MOST_LINES);
        messages.push(Body::Log(std::mem::replace(&mut lines, later)));
    }
    messages.push(Body::Log(lines));
    messages
}

/// The logs of pods so far, interleaved; and the readers that go on from there. Of many pods each gives its part of a
/// long tail only: all of all of them would be millions of lines in memory.
async fn backlog(sources: Vec<Source>, place: usize, tail: u32) -> (Vec<LogLine>, Vec<Reader>) {
    let pods = u32::try_from(sources.len().max(1)).unwrap_or(u32::MAX);
    let tail_of_one = (tail / pods).max(TAIL.min(tail));
    let read = |(source, place): (Source, usize)| async move {
        let pod = LogPod {
            name: source.pod.clone(),
            place: u16::try_from(place).unwrap_or(u16::MAX),
        };
        // what cannot be read now, its reader says
        let lines = source.read(tail_of_one).await.unwrap_or_default();
        let reader = Reader {
            source,
            pod: pod.clone(),
            told: Told::of(&lines),
            tail: tail_of_one,
        };
        ((pod, lines), reader)
    };
    let read = sources.into_iter().zip(place..).map(read);
    let (logs, readers) = futures::future::join_all(read).await.into_iter().unzip();
    (merge(logs, tail as usize), readers)
}

/// Reads the log of one pod on.
struct Reader {
    source: Source,
    pod: LogPod,
    told: Told,
    tail: u32,
}

impl Reader {
    async fn go(mut self, clock: Clock, tell: mpsc::Sender<Heard>) {
        let mut quiet = 0;
        loop {
            match self.source.follow(self.tail, self.told.since()).await {
                Ok(mut lines) => {
                    let mut fresh = Fresh::after(self.told);
                    while let Some(line) = lines.next().await {
                        if !fresh.is(&line) {
                            continue;
                        }
                        quiet = 0;
                        self.told.note(&line);
                        let line = Heard::Line(self.pod.clone(), line);
                        if tell.send(line).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) if is_waiting(&error) => {}
                // its pod is gone, which the list of pods says
                Err(kube::Error::Api(status)) if status.code == 404 => break,
                Err(error) => {
                    let said = Line {
                        at: Some(clock.now()),
                        // faint: it is not the container's
                        text: format!("\u{1b}[2m{}\u{1b}[0m", words(error)),
                        level: None,
                    };
                    let _ = tell.send(Heard::Line(self.pod.clone(), said)).await;
                    break;
                }
            }
            if !self.source.may_go_on().await {
                break;
            }
            clock.sleep(pause(quiet)).await;
            quiet = quiet.saturating_add(1);
        }
        // whoever listened may have left
        let _ = tell.send(Heard::End).await;
    }
}

/// Until the next look at a container that said nothing at so many. One that has ended beside others, or does not
/// start, may be looked at for days, and each look is three requests.
fn pause(quiet: u32) -> Duration {
    AGAIN * (1 + quiet / LOOKS).min(MOST_APART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_says_nothing_is_looked_at_less_and_less() {
        for (quiet, millis) in [
            (0, 500),
            (9, 500),
            (10, 1_000),
            (99, 5_000),
            (u32::MAX, 5_000),
        ] {
            assert_eq!(pause(quiet).as_millis(), millis, "{quiet}");
        }
    }
}
