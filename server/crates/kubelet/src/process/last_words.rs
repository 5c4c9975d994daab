//! What a container leaves behind in its `terminationMessagePath`: a file of its own per run.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::logs;
use crate::runtime::{ContainerSpec, Exit};

/// Upstream's limits for the file, and for the log where that stands in for it.
const FILE_BYTES: u64 = 4096;
const LOG_BYTES: usize = 2048;
const LOG_LINES: usize = 80;
/// End of a log that is read for its last lines: they may be cut into records of a few letters each.
const LOG_READ_BYTES: u64 = 64 << 10;

/// Where one run of a container leaves them.
#[derive(Clone)]
pub struct LastWords {
    file: PathBuf,
    /// The log that stands in for them.
    log: Option<PathBuf>,
}

/// The file's place within the pod's folder.
pub fn place(spec: &ContainerSpec) -> String {
    format!("{}.{}.message", spec.name, spec.attempt)
}

impl LastWords {
    /// Makes an empty file that whoever the container runs as may write. An earlier run may have put a link in its
    /// place, which would lead anywhere.
    pub fn prepare(dir: &Path, spec: &ContainerSpec) -> io::Result<Self> {
        let file = dir.join(place(spec));
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::create_new(&file)?.set_permissions(Permissions::from_mode(0o666))?;
        let log = dir.join(logs::place(&spec.name, spec.attempt));
        let log = spec.message_from_log.then_some(log);
        Ok(Self { file, log })
    }

    /// What there is after that end; None when nothing was said.
    pub fn read(&self, exit: &Exit) -> Option<String> {
        let said = end_of(&self.file, FILE_BYTES).unwrap_or_default();
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

/// The last bytes of a file, whatever the container has made of it: no link is followed.
fn end_of(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() {
        let from = meta.len().saturating_sub(limit_bytes);
        file.seek(SeekFrom::Start(from))?;
    }
    let mut bytes = Vec::new();
    file.take(limit_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = std::env::temp_dir().join(format!("orrery-words-link-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let (spec, elsewhere) = (ContainerSpec::default(), dir.join("elsewhere"));
        fs::write(&elsewhere, "kept").expect("written");
        std::os::unix::fs::symlink(&elsewhere, dir.join(place(&spec))).expect("a link");
        LastWords::prepare(&dir, &spec).expect("a file");
        assert_eq!(fs::read(&elsewhere).expect("read"), b"kept");
        let made = fs::symlink_metadata(dir.join(place(&spec))).expect("made");
        assert_eq!((made.is_file(), made.len()), (true, 0));
        fs::remove_dir_all(dir).expect("removed");
    }

    #[test]
    fn the_file_or_the_end_of_the_log() {
        let dir = std::env::temp_dir().join(format!("orrery-words-{}", std::process::id()));
        let record = |number: usize| format!("2026-11-23T12:00:00Z stdout F line {number}\n");
        let log: String = (0..100).map(record).collect();
        let long = "x".repeat(5000) + "end";
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
            (
                "only its end",
                long.as_str(),
                false,
                1,
                Some(long[long.len() - 4096..].to_owned()),
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
            let words = LastWords::prepare(&dir, &spec).expect("a file");
            fs::write(dir.join(place(&spec)), said).expect("written");
            fs::write(dir.join(logs::place("c", attempt)), &log).expect("written");
            let exit = Exit {
                code,
                signal: None,
                out_of_memory: false,
            };
            assert_eq!(words.read(&exit), want, "{why}");
        }
        fs::remove_dir_all(dir).expect("removed");
    }
}
