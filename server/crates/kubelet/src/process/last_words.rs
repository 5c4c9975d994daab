//! What a container says last: what it left in its `terminationMessagePath`, or the end of its log where that stands
//! in for it.

use std::path::{Path, PathBuf};

use super::logs;
use crate::pod_init::{MEMORY, end_of};
use crate::runtime::{ContainerSpec, Exit};

/// Upstream's limits for the log where it stands in.
const LOG_BYTES: usize = 2048;
const LOG_LINES: usize = 80;
/// End of a log that is read for its last lines: they may be cut into records of a few letters each.
const LOG_READ_BYTES: u64 = 64 << 10;

/// Of one run of a container.
#[derive(Clone)]
pub struct LastWords {
    /// The log that stands in for them.
    log: Option<PathBuf>,
}

/// The file's place within the pod's folder, beside the volumes in memory, of whose names none has a dot.
pub fn place(spec: &ContainerSpec) -> String {
    format!("{MEMORY}/{}.{}.message", spec.name, spec.attempt)
}

impl LastWords {
    /// Of a container of the pod that has that folder.
    pub fn of(dir: &Path, spec: &ContainerSpec) -> Self {
        let log = dir.join(logs::place(&spec.name, spec.attempt));
        Self::beside(log, spec.message_from_log)
    }

    /// With the run's log, and whether it may stand in for them.
    pub fn beside(log: PathBuf, stands_in: bool) -> Self {
        Self {
            log: stands_in.then_some(log),
        }
    }

    /// What there is after that end, with what the file says; None when nothing was said.
    pub fn read(&self, said: Vec<u8>, exit: &Exit) -> Option<String> {
        let log = self
            .log
            .as_ref()
            .filter(|_| said.is_empty() && exit.code != 0);
        let said = match log {
            Some(log) => {
                let mut records = end_of(log, LOG_READ_BYTES).unwrap_or_default();
                if records.len() as u64 == LOG_READ_BYTES {
                    let whole = records.iter().position(|byte| *byte == b'\n');
                    records.drain(..whole.unwrap_or_default());
                }
                let mut text = logs::last_lines(&records, LOG_LINES);
                text.drain(..text.len().saturating_sub(LOG_BYTES));
                text
            }
            None => said,
        };
        (!said.is_empty()).then(|| String::from_utf8_lossy(&said).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_file_or_the_end_of_the_log() {
        let dir = std::env::temp_dir().join(format!("orrery-words-{}", std::process::id()));
        let record = |number: usize| format!("2026-11-23T12:00:00Z stdout F line {number}\n");
        let log: String = (0..100).map(record).collect();
        let lines = |from: usize| {
            (from..100)
                .map(|n| format!("line {n}\n"))
                .collect::<String>()
        };
        let rows = [
            ("nothing said", "", false, 1, None),
            (
                "what was said",
                "no disk\n",
                true,
                1,
                Some("no disk\n".to_owned()),
            ),
            ("the log", "", true, 1, Some(lines(20))),
            ("not after a success", "", true, 0, None),
        ];
        fs::create_dir_all(&dir).expect("a folder");
        for (attempt, (why, said, message_from_log, code, want)) in (0..).zip(rows) {
            let spec = ContainerSpec {
                name: "c".into(),
                attempt,
                message_from_log,
                ..ContainerSpec::default()
            };
            let words = LastWords::of(&dir, &spec);
            fs::write(dir.join(logs::place("c", attempt)), &log).expect("written");
            let exit = Exit {
                code,
                signal: None,
                out_of_memory: false,
            };
            assert_eq!(words.read(said.into(), &exit), want, "{why}");
        }
        fs::remove_dir_all(dir).expect("removed");
    }
}
