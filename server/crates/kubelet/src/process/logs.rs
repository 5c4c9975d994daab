//! Reading a container's log: CRI lines in files, the rotated ones first.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::log_files::{Identity, after, find, identity};
use super::pod::Pod;
use crate::pod_init::is_ending;
use crate::runtime::{LogQuery, LogStream};

/// How often a followed file is looked at: below what a person notices. The end itself is told.
const FOLLOW_EVERY: Duration = Duration::from_millis(50);
const READ_BYTES: usize = 64 << 10;

/// Where the log of a run is within its pod's folder.
pub fn place(container: &str, attempt: u32) -> String {
    format!("{container}.{attempt}.log")
}

/// The text of the last lines of these records.
pub fn last_lines(records: &[u8], count: usize) -> Vec<u8> {
    let lines: Vec<&[u8]> = output(records).collect();
    let mut text = Vec::new();
    for line in &lines[tail(&lines, count)..] {
        render(&LogQuery::default(), line, &mut text);
    }
    text
}

pub async fn open(dir: PathBuf, pod: Option<Arc<Pod>>, query: LogQuery) -> Option<LogStream> {
    let path = dir.join(place(&query.container, query.attempt));
    let looked = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || find(&path)).await
    };
    let found = looked.ok().flatten()?;
    let mut reader = Reader {
        query,
        pod,
        path,
        own: identity(&found.newest),
        file: File::from_std(found.newest),
        is_whole: found.is_whole,
        pending: Vec::new(),
        left: None,
        out: Vec::new(),
    };
    reader.left = reader.query.limit_bytes;
    reader.begin(found.bytes);
    let steps = futures::stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let chunk = reader.next().await?;
        Some((Ok(chunk), (reader.left != Some(0)).then_some(reader)))
    });
    Some(steps.boxed())
}

struct Reader {
    query: LogQuery,
    pod: Option<Arc<Pod>>,
    path: PathBuf,
    file: File,
    /// Which one that is, whatever it is called by now.
    own: Option<Identity>,
    /// Whether all that there was at the beginning was read.
    is_whole: bool,
    /// An unfinished line.
    pending: Vec<u8>,
    /// Bytes that may still be sent.
    left: Option<u64>,
    out: Vec<u8>,
}

impl Reader {
    /// Takes what is there already; only this part is cut to the last lines.
    fn begin(&mut self, mut bytes: Vec<u8>) {
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.pending = bytes.split_off(end);
        let lines: Vec<&[u8]> = output(&bytes).collect();
        let from = match self.query.tail_lines {
            Some(count) => tail(&lines, usize::try_from(count).unwrap_or(usize::MAX)),
            None => 0,
        };
        let mut out = Vec::with_capacity(bytes.len());
        lines[from..]
            .iter()
            .for_each(|line| render(&self.query, line, &mut out));
        self.out = out;
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !self.out.is_empty() {
                return self.emit();
            }
            if self.is_whole && !self.query.follow {
                return None;
            }
            let was_over = self.is_over();
            if !self.read().await {
                if was_over || !self.query.follow {
                    return None;
                }
                self.wait().await;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.pod
            .as_ref()
            .is_none_or(|pod| pod.has_ended(&self.query.container, self.query.attempt))
    }

    async fn wait(&self) {
        let pause = tokio::time::sleep(FOLLOW_EVERY);
        match &self.pod {
            Some(pod) => tokio::select! {
                () = pod.ended(&self.query.container, self.query.attempt) => {}
                () = pause => {}
            },
            None => pause.await,
        }
    }

    /// Reads on; false when there is nothing new.
    async fn read(&mut self) -> bool {
        let mut buffer = vec![0; READ_BYTES];
        let mut count = self.file.read(&mut buffer).await.unwrap_or(0);
        if count == 0
            && let Some(next) = self.next_file().await
        {
            // what was added to this one before it was moved aside
            count = self.file.read(&mut buffer).await.unwrap_or(0);
            if count == 0 {
                self.own = identity(&next);
                self.file = File::from_std(next);
                count = self.file.read(&mut buffer).await.unwrap_or(0);
            }
        }
        self.pending.extend_from_slice(&buffer[..count]);
        if let Some(at) = self.pending.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.pending.split_off(at + 1);
            let lines = std::mem::replace(&mut self.pending, rest);
            for line in output(&lines) {
                render(&self.query, line, &mut self.out);
            }
        }
        count > 0
    }

    async fn next_file(&self) -> Option<std::fs::File> {
        let (path, own) = (self.path.clone(), self.own);
        let looked = tokio::task::spawn_blocking(move || after(&path, own)).await;
        looked.ok().flatten()
    }

    fn emit(&mut self) -> Option<Bytes> {
        let mut out = std::mem::take(&mut self.out);
        if let Some(left) = &mut self.left {
            out.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= out.len() as u64;
        }
        (!out.is_empty()).then(|| out.into())
    }
}

/// The records of what was put out, without the one that says how it ended.
fn output(records: &[u8]) -> impl Iterator<Item = &[u8]> {
    let records = records.split_inclusive(|byte| *byte == b'\n');
    records.filter(|record| !is_ending(record))
}

/// Where the last `count` lines begin; partial records belong to the line that they make up.
fn tail(lines: &[&[u8]], count: usize) -> usize {
    let mut seen = 0;
    for (at, line) in lines.iter().enumerate().rev() {
        let whole = split(line).is_some_and(|record| record.tag == b"F");
        if whole || at + 1 == lines.len() {
            if seen == count {
                return at + 1;
            }
            seen += 1;
        }
    }
    0
}

struct Record<'a> {
    time: &'a [u8],
    tag: &'a [u8],
    text: &'a [u8],
}

fn split(line: &[u8]) -> Option<Record<'_>> {
    let mut parts = line
        .strip_suffix(b"\n")
        .unwrap_or(line)
        .splitn(4, |byte| *byte == b' ');
    let (time, _stream, tag, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Record { time, tag, text })
}

/// Turns one record into what a person sees.
fn render(query: &LogQuery, line: &[u8], out: &mut Vec<u8>) {
    let Some(record) = split(line) else { return };
    if let Some(since) = query.since {
        let time = std::str::from_utf8(record.time)
            .ok()
            .and_then(|time| time.parse::<Timestamp>().ok());
        if time.is_some_and(|time| time < since) {
            return;
        }
    }
    if query.timestamps {
        out.extend_from_slice(record.time);
        out.push(b' ');
    }
    out.extend_from_slice(record.text);
    if record.tag == b"F" {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::log_files::rotated;
    use super::*;

    #[tokio::test]
    async fn what_is_no_file_is_no_log() {
        let dir = std::env::temp_dir().join(format!("orrery-logs-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let place = |container: &str| dir.join(place(container, 0));
        let record = "2026-11-23T12:00:00.000000000Z stdout F one\n";
        std::fs::write(place("own"), record).expect("written");
        std::os::unix::fs::symlink(place("own"), place("link")).expect("a link");
        let mode = nix::sys::stat::Mode::S_IRWXU;
        nix::unistd::mkfifo(&place("fifo"), mode).expect("a FIFO");
        let found = async |container: &str| {
            let query = LogQuery {
                container: container.to_owned(),
                ..LogQuery::default()
            };
            open(dir.clone(), None, query).await.is_some()
        };
        assert!(found("own").await);
        for (number, text) in [(5, "lost"), (4, "a"), (3, "b"), (2, "c"), (1, "d")] {
            let older = rotated(&place("own"), number);
            std::fs::write(older, record.replace("one", text)).expect("written");
        }
        let ending = "2026-11-23T12:00:01.000000000Z exit F {}\n";
        std::fs::write(place("own"), [record, ending].concat()).expect("written");
        for (tail_lines, want) in [(None, &b"a\nb\nc\nd\none\n"[..]), (Some(1), &b"one\n"[..])] {
            let query = LogQuery {
                container: "own".to_owned(),
                tail_lines,
                ..LogQuery::default()
            };
            let log = open(dir.clone(), None, query).await.expect("a log");
            let chunks: Vec<Bytes> = log.map(|chunk| chunk.expect("bytes")).collect().await;
            let why = "the four older ones first, of the newest what was put out";
            assert_eq!(chunks.concat(), want, "{why}");
        }
        assert!(!found("link").await && !found("fifo").await);
        assert!(!found("none").await);
        std::fs::remove_dir_all(&dir).expect("removed");
    }

    #[tokio::test]
    async fn a_log_that_is_moved_aside_just_then_is_told_once() {
        let dir = std::env::temp_dir().join(format!("orrery-moved-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let path = dir.join(place("c", 0));
        let record = "2026-11-23T12:00:00.000000000Z stdout F one\n";
        std::fs::write(&path, record).expect("written");
        std::fs::hard_link(&path, rotated(&path, 1)).expect("another name");
        for why in ["it has both names", "it has the older one alone"] {
            let query = LogQuery {
                container: "c".to_owned(),
                ..LogQuery::default()
            };
            let log = open(dir.clone(), None, query).await.expect("a log");
            let chunks: Vec<Bytes> = log.map(|chunk| chunk.expect("bytes")).collect().await;
            assert_eq!(chunks.concat(), b"one\n", "{why}");
            let _ = std::fs::remove_file(&path);
        }
        std::fs::remove_dir_all(&dir).expect("removed");
    }

    #[tokio::test]
    async fn a_log_is_followed_through_all_its_files() {
        let dir = std::env::temp_dir().join(format!("orrery-followed-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let path = dir.join(place("c", 0));
        let record = |text: &str| format!("2026-11-23T12:00:00.000000000Z stdout F {text}\n");
        let aside = |number: u32| {
            let from = match number {
                1 => path.clone(),
                _ => rotated(&path, number - 1),
            };
            std::fs::rename(from, rotated(&path, number)).expect("moved");
        };
        std::fs::write(&path, record("one")).expect("written");
        let query = LogQuery {
            container: "c".to_owned(),
            follow: true,
            ..LogQuery::default()
        };
        let mut log = open(dir.clone(), None, query).await.expect("a log");
        let first = log.next().await.expect("what is there").expect("bytes");
        assert_eq!(first, "one\n");
        // as somebody who takes it slowly finds it
        std::fs::write(&path, [record("one"), record("two")].concat()).expect("written");
        aside(1);
        std::fs::write(&path, record("three")).expect("written");
        aside(2);
        aside(1);
        std::fs::write(&path, record("four, which is longer than what came before"))
            .expect("written");
        let chunks: Vec<Bytes> = log.map(|chunk| chunk.expect("bytes")).collect().await;
        let want = "two\nthree\nfour, which is longer than what came before\n";
        assert_eq!(String::from_utf8_lossy(&chunks.concat()), want);
        std::fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn lines_of_a_log() {
        let lines: [&[u8]; 4] = [
            b"2026-11-23T12:00:00.000000000Z stdout F one\n",
            b"2026-11-23T12:00:01.000000000Z stdout P tw\n",
            b"2026-11-23T12:00:01.000000000Z stdout F o\n",
            b"2026-11-23T12:00:02.000000000Z stderr F three  spaced\n",
        ];
        let shown = |query: LogQuery| {
            let from = query
                .tail_lines
                .map_or(0, |count| tail(&lines, count as usize));
            let mut out = Vec::new();
            lines[from..]
                .iter()
                .for_each(|line| render(&query, line, &mut out));
            String::from_utf8(out).expect("text")
        };
        let since = "2026-11-23T12:00:02Z".parse().ok();
        let rows = [
            ("all", LogQuery::default(), "one\ntwo\nthree  spaced\n"),
            (
                "a tail counts whole lines",
                LogQuery {
                    tail_lines: Some(2),
                    ..LogQuery::default()
                },
                "two\nthree  spaced\n",
            ),
            (
                "no tail",
                LogQuery {
                    tail_lines: Some(0),
                    ..LogQuery::default()
                },
                "",
            ),
            (
                "a long tail",
                LogQuery {
                    tail_lines: Some(9),
                    ..LogQuery::default()
                },
                "one\ntwo\nthree  spaced\n",
            ),
            (
                "since",
                LogQuery {
                    since,
                    ..LogQuery::default()
                },
                "three  spaced\n",
            ),
            (
                "times",
                LogQuery {
                    tail_lines: Some(1),
                    timestamps: true,
                    ..LogQuery::default()
                },
                "2026-11-23T12:00:02.000000000Z three  spaced\n",
            ),
        ];
        for (why, query, want) in rows {
            assert_eq!(shown(query), want, "{why}");
        }
    }
}
