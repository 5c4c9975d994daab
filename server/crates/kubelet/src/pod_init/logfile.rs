//! A container's output as lines of a CRI log: `<time> <stream> <F|P> <text>`, rotated by size. The last one is of no
//! stream of the container's, see [`super::ending`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::errno::Errno;

use super::tap::Tap;

/// Upstream's `containerLogMaxSize`, and how many files are kept beside the newest: its `containerLogMaxFiles` less
/// that one.
const ROTATE_AT_BYTES: u64 = 10 << 20;
pub const ROTATED: u32 = 4;
/// Longer lines are cut into partial ones (`P`), as containerd does.
const LINE_LIMIT_BYTES: usize = 16 << 10;
/// How much of a probe's output is kept for its event; upstream's limit.
const KEPT_BYTES: usize = 10 << 10;
const READ_BYTES: usize = 16 << 10;
/// Reads of one stream before everything else has its turn: who writes without pause would have the init read him
/// for ever, and hear no order.
const READS: usize = 4;
/// The same after the writer's death: as much as the largest pipe holds. What comes later is of others, who have
/// the pipe still.
const LAST_READS: usize = (1 << 20) / READ_BYTES;

/// One stream of one child, and where it goes.
pub struct Output {
    source: Source,
    stream: &'static str,
    sink: Sink,
    line: Vec<u8>,
    open: bool,
    taps: Vec<Tap>,
}

enum Source {
    Pipe(PipeReader),
    /// A terminal's other end.
    Screen(File),
}

pub enum Sink {
    File(LogFile),
    Keep(Vec<u8>),
}

impl Sink {
    /// Without a log, output is kept.
    pub fn of(log: Option<&LogFile>) -> Self {
        match log {
            Some(log) => Self::File(log.clone()),
            None => Self::Keep(Vec::new()),
        }
    }
}

impl Output {
    /// What comes through that pipe; `stream` is `stdout` or `stderr`.
    pub fn pipe(pipe: PipeReader, stream: &'static str, sink: Sink) -> Self {
        Self::new(Source::Pipe(pipe), stream, sink)
    }

    pub fn screen(terminal: OwnedFd, sink: Sink) -> Self {
        Self::new(Source::Screen(File::from(terminal)), "stdout", sink)
    }

    fn new(source: Source, stream: &'static str, sink: Sink) -> Self {
        Self {
            source,
            stream,
            sink,
            line: Vec::new(),
            open: true,
            taps: Vec::new(),
        }
    }

    /// `stdout` or `stderr`.
    pub fn stream(&self) -> &'static str {
        self.stream
    }

    /// Copies what comes from now on to `tap`, too.
    pub fn tap(&mut self, tap: Tap) {
        self.taps.retain(Tap::has_reader);
        self.taps.push(tap);
    }

    pub fn taps(&self) -> &[Tap] {
        &self.taps
    }

    /// The copies that are not taken yet, at the end.
    pub fn into_pending_taps(self) -> impl Iterator<Item = Tap> {
        self.taps.into_iter().filter(Tap::is_pending)
    }

    /// Whether somebody attached has to take something first.
    pub fn is_held(&self) -> bool {
        self.taps.iter().any(Tap::is_pending)
    }

    /// Hands on what is pending, and takes what is there.
    pub fn turn(&mut self) {
        self.taps.iter_mut().for_each(Tap::flush);
        if self.open {
            self.pump(false);
        }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        match &self.source {
            Source::Pipe(pipe) => pipe.as_fd(),
            Source::Screen(terminal) => terminal.as_fd(),
        }
    }

    /// False after the stream's end.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Takes what is there, whoever has to take it first when it is `to_end`; false at the stream's end.
    fn pump(&mut self, to_end: bool) -> bool {
        let mut buffer = [0; READ_BYTES];
        let reads = if to_end { LAST_READS } else { READS };
        for _ in 0..reads {
            if !to_end && self.is_held() {
                break;
            }
            let read = match &mut self.source {
                Source::Pipe(pipe) => pipe.read(&mut buffer),
                Source::Screen(terminal) => or_end(terminal.read(&mut buffer)),
            };
            match read {
                Ok(0) => {
                    self.open = false;
                    self.flush_partial();
                    return false;
                }
                Ok(count) => self.take(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    /// Takes the rest after the writer's death.
    pub fn finish(&mut self) {
        if self.open && self.pump(true) {
            self.flush_partial();
        }
    }

    pub fn take_kept(&mut self) -> String {
        match &mut self.sink {
            Sink::File(_) => String::new(),
            Sink::Keep(kept) => String::from_utf8_lossy(&std::mem::take(kept)).into_owned(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.taps.iter_mut().for_each(|tap| tap.push(bytes));
        let file = match &mut self.sink {
            Sink::Keep(kept) => {
                let room = KEPT_BYTES.saturating_sub(kept.len()).min(bytes.len());
                return kept.extend_from_slice(&bytes[..room]);
            }
            Sink::File(file) => file,
        };
        let mut records = Vec::with_capacity(bytes.len() + 64);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            self.line.extend_from_slice(text);
            while self.line.len() > LINE_LIMIT_BYTES {
                let rest = self.line.split_off(LINE_LIMIT_BYTES);
                record(&mut records, self.stream, 'P', &self.line);
                self.line = rest;
            }
            if ends {
                record(&mut records, self.stream, 'F', &self.line);
                self.line.clear();
            }
        }
        file.append(&records);
    }

    fn flush_partial(&mut self) {
        let line = std::mem::take(&mut self.line);
        if let (Sink::File(file), false) = (&mut self.sink, line.is_empty()) {
            let mut records = Vec::new();
            record(&mut records, self.stream, 'P', &line);
            file.append(&records);
        }
    }
}

/// A terminal that nobody has open any more says so by an error.
fn or_end(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => Ok(0),
        other => other,
    }
}

fn record(to: &mut Vec<u8>, stream: &str, tag: char, text: &[u8]) {
    let _ = write!(to, "{:.9} {stream} {tag} ", now());
    to.extend_from_slice(text);
    to.push(b'\n');
}

/// A pod's init is a process of its own, in real time.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A log file shared by both streams of a container.
#[derive(Clone)]
pub struct LogFile(std::rc::Rc<std::cell::RefCell<Inner>>);

struct Inner {
    path: PathBuf,
    file: Option<File>,
    size_bytes: u64,
}

impl LogFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        let size_bytes = file.metadata()?.len();
        let inner = Inner {
            path: path.to_owned(),
            file: Some(file),
            size_bytes,
        };
        Ok(Self(std::rc::Rc::new(std::cell::RefCell::new(inner))))
    }

    /// Appends whole records. A full disk loses output, never the pod.
    fn append(&self, records: &[u8]) {
        let mut inner = self.0.borrow_mut();
        if inner.size_bytes + records.len() as u64 > ROTATE_AT_BYTES && inner.size_bytes > 0 {
            inner.rotate();
        }
        if let Some(file) = &mut inner.file
            && file.write_all(records).is_ok()
        {
            inner.size_bytes += records.len() as u64;
        }
    }

    /// Appends the last record of all, which goes where the output before it is: nothing is moved aside for it.
    pub fn end(&self, record: &[u8]) -> io::Result<()> {
        let mut inner = self.0.borrow_mut();
        let file = inner.file.as_mut();
        file.map_or(Err(io::ErrorKind::NotFound.into()), |file| {
            file.write_all(record)
        })
    }
}

impl Inner {
    fn rotate(&mut self) {
        let name = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..ROTATED).rev() {
            let _ = fs::rename(name(number), name(number + 1));
        }
        let _ = fs::rename(&self.path, name(1));
        self.file = open(&self.path).ok();
        self.size_bytes = 0;
    }
}

/// The pod may have put anything there before: a link is not followed, and nobody is waited for at a FIFO.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
}

#[cfg(test)]
mod tests {
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn who_writes_without_pause_is_not_read_for_ever() {
        let (ours, mut theirs) = io::pipe().expect("a pipe");
        let writing = move || while theirs.write_all(&[b'y'; READ_BYTES]).is_ok() {};
        let writing = std::thread::spawn(writing);
        let mut output = Output::pipe(ours, "stdout", Sink::Keep(Vec::new()));
        output.turn();
        assert!(output.is_open());
        output.finish();
        assert_eq!(output.take_kept().len(), KEPT_BYTES);
        drop(output);
        writing.join().expect("it ends with its reader");
    }

    #[test]
    fn a_log_is_no_link_and_no_fifo() {
        let dir = std::env::temp_dir().join(format!("orrery-logfile-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let (link, fifo) = (dir.join("link"), dir.join("fifo"));
        std::os::unix::fs::symlink(dir.join("elsewhere"), &link).expect("a link");
        mkfifo(&fifo, Mode::S_IRWXU).expect("a FIFO");
        assert!(LogFile::create(&link).is_err());
        assert!(LogFile::create(&fifo).is_err());
        assert!(LogFile::create(&dir.join("own")).is_ok());
        assert!(!dir.join("elsewhere").exists());
        fs::remove_dir_all(dir).expect("removed");
    }
}
