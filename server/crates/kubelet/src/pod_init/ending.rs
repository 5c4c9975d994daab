//! How a run ended, as its log says it: the last record, of a stream that no output is of. Whoever waits for the container
//! writes it before he tells anybody, so that an agent that is killed in between finds it when it is back. It lies where
//! the log does, in the page cache, which outlives every process.
//!
//! A pod's own root, who may take away what his pod's folder is covered with, can forge it or remove it. It is believed all
//! the same: what he makes of the end of his own containers he could have had by ending them so. Nobody else's are there.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::last_words::end_of;
use super::logfile::{LogFile, now};
use super::proto;

/// Stands where output has `stdout` or `stderr`.
const STREAM: &str = "exit";
/// More than the longest record: 4096 bytes of last words, of which JSON may need six letters each, and the rest.
const LIMIT_BYTES: u64 = 32 << 10;

/// A run of a container, and the log that is to say how it ended.
pub struct Run {
    pub log: LogFile,
    pub id: String,
    pub started_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The run's.
    pub id: String,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// 128 + signal for a signalled process.
    pub code: i32,
    pub signal: Option<i32>,
    /// What it left in the file for its last words.
    #[serde(with = "proto::bytes")]
    pub words: Vec<u8>,
}

impl Run {
    /// Notes that it ended just now.
    pub fn end(self, code: i32, signal: Option<i32>, words: &[u8]) {
        let ending = Ending {
            id: self.id,
            started_at: self.started_at,
            finished_at: now(),
            code,
            signal,
            words: words.to_vec(),
        };
        // A full disk loses it, and the run counts as one that did not end.
        let _ = ending.record().and_then(|record| self.log.end(&record));
    }
}

impl Ending {
    fn record(&self) -> io::Result<Vec<u8>> {
        let mut record = Vec::new();
        write!(record, "{:.9} {STREAM} F ", self.finished_at)?;
        serde_json::to_writer(&mut record, self)?;
        record.push(b'\n');
        Ok(record)
    }

    /// What the log says last, if it is that. A record that was cut short says nothing.
    pub fn of_log(log: &Path) -> Option<Self> {
        let end = end_of(log, LIMIT_BYTES).ok()?;
        let records = end.strip_suffix(b"\n")?;
        let last = records.rsplit(|byte| *byte == b'\n').next()?;
        let text = last.splitn(4, |byte| *byte == b' ').nth(3)?;
        if !is_ending(last) {
            return None;
        }
        serde_json::from_slice(text).ok()
    }
}

/// Whether a record of a log is no output but says how its run ended.
pub fn is_ending(record: &[u8]) -> bool {
    record.split(|byte| *byte == b' ').nth(1) == Some(STREAM.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn ending(words: &[u8]) -> Ending {
        Ending {
            id: "0123456789abcdef0123456789abcdef".to_owned(),
            started_at: "2026-11-23T12:00:00.5Z".parse().expect("a literal time"),
            finished_at: "2026-11-23T12:00:07Z".parse().expect("a literal time"),
            code: 137,
            signal: Some(9),
            words: words.to_vec(),
        }
    }

    const SAID: &[u8] = b"no disk\n";

    #[test]
    fn the_last_record_says_how_the_run_ended() {
        let dir = std::env::temp_dir().join(format!("orrery-ending-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let output = b"2026-11-23T12:00:01.000000000Z stdout F {\"code\":0}\n".to_vec();
        let of = |words: &[u8]| ending(words).record().expect("plain data");
        let whole = of(SAID);
        let cut = &whole[..whole.len() - 1];
        let torn = &whole[..whole.len() / 2];
        let longest = [1; 4096];
        let rows = [
            ("nothing was noted", output.clone(), None),
            ("nothing was said", Vec::new(), None),
            ("alone", whole.clone(), Some(SAID)),
            ("after output", [&*output, &*whole].concat(), Some(SAID)),
            ("cut short", [&*output, cut].concat(), None),
            ("torn", [&*output, torn, &b"\n"[..]].concat(), None),
            (
                "after a line that was cut short",
                [&b"2026-11"[..], &*whole].concat(),
                Some(SAID),
            ),
            (
                "an end that is not the log's",
                [&*whole, &*output].concat(),
                None,
            ),
            (
                "control characters, as many as may be",
                of(&longest),
                Some(&longest[..]),
            ),
            (
                "what is no text",
                of(&[0xff; 4096]),
                Some(&[0xff; 4096][..]),
            ),
        ];
        for (number, (why, log, words)) in rows.into_iter().enumerate() {
            let path = dir.join(number.to_string());
            fs::write(&path, log).expect("written");
            assert_eq!(Ending::of_log(&path), words.map(ending), "{why}");
        }
        assert_eq!(Ending::of_log(&dir.join("none")), None);
        fs::remove_dir_all(dir).expect("removed");
    }

    #[test]
    fn output_is_no_ending_whatever_it_says() {
        for stream in ["stdout", "stderr"] {
            let line = format!("2026-11-23T12:00:01.000000000Z {stream} F x exit F {{}}\n");
            assert!(!is_ending(line.as_bytes()), "{line}");
        }
        assert!(is_ending(&ending(b"").record().expect("plain data")));
    }
}
