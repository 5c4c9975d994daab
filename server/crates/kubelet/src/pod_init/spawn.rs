//! A child that makes itself ready and executes a command.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, execve};

use crate::sys::{fork_to_execute, heed_broken_pipes};

/// Room for what a child does before it executes; only what it touches is ever there.
const STACK_BYTES: usize = 256 * 1024;
/// The PATH of whoever has none, as libc has it.
const USUAL_PATH: &str = "/bin:/usr/bin";
/// Begins the word of a child whose command could not be executed: the error's number follows.
const UNEXECUTED: u8 = 0;

/// What is executed, made ready while there is still a process of its own to do it.
pub struct Command {
    /// Where it may be, in the order in which to look.
    places: Vec<CString>,
    argv: Vec<CString>,
    env: Vec<CString>,
}

/// The child's standard streams; it has its parent's where there is none.
#[derive(Default)]
pub struct Streams {
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
}

/// Why there is no child.
pub enum Failure {
    /// It could not be made ready.
    Unprepared(String),
    /// The command cannot be executed.
    Unexecuted(io::Error),
}

impl Command {
    pub fn new(argv: &[String], env: &BTreeMap<&str, &str>) -> io::Result<Self> {
        let text = |text: &String| CString::new(text.as_str());
        let path = env.get("PATH").copied().unwrap_or(USUAL_PATH);
        let program = argv.first().map(String::as_str).unwrap_or_default();
        let places = match program.contains('/') || program.is_empty() {
            true => vec![CString::new(program)?],
            false => path
                .split(':')
                .map(|folder| found_in(folder, program))
                .collect::<Result<_, _>>()?,
        };
        let entry = |(name, value)| CString::new(format!("{name}={value}"));
        Ok(Self {
            places,
            argv: argv.iter().map(text).collect::<Result<_, _>>()?,
            env: env.iter().map(entry).collect::<Result<_, _>>()?,
        })
    }

    /// Executes it, as `execvp` does; answers why that failed.
    fn execute(&self) -> Errno {
        let mut denied = false;
        for place in &self.places {
            let Err(errno) = match execve(place, &self.argv, &self.env) {
                // a script that does not say for whom
                Err(Errno::ENOEXEC) => self.execute_by_shell(place),
                other => other,
            };
            match errno {
                Errno::EACCES => denied = true,
                Errno::ENOENT
                | Errno::ENOTDIR
                | Errno::ESTALE
                | Errno::ENODEV
                | Errno::ETIMEDOUT => {}
                other => return other,
            }
        }
        if denied { Errno::EACCES } else { Errno::ENOENT }
    }

    fn execute_by_shell(&self, script: &CStr) -> nix::Result<Infallible> {
        let rest = self.argv.iter().skip(1).map(CString::as_c_str);
        let argv: Vec<&CStr> = [c"/bin/sh", script].into_iter().chain(rest).collect();
        execve(c"/bin/sh", &argv, &self.env)
    }
}

/// An empty folder of PATH is the working one.
fn found_in(folder: &str, program: &str) -> Result<CString, std::ffi::NulError> {
    match folder.is_empty() {
        true => CString::new(program),
        false => CString::new(format!("{folder}/{program}")),
    }
}

impl Streams {
    fn become_own(&self) -> nix::Result<()> {
        self.stdin.as_ref().map_or(Ok(()), dup2_stdin)?;
        self.stdout.as_ref().map_or(Ok(()), dup2_stdout)?;
        self.stderr.as_ref().map_or(Ok(()), dup2_stderr)
    }
}

/// Starts a child that takes its streams, prepares itself and executes the command. With `lends_memory` it does
/// so in this process's memory, which waits for it (vfork): a copy would be made only to be thrown away. Not for
/// one that becomes another user: the kernel marks the memory as that one's, and refuses it a user namespace.
pub fn spawn(
    command: &Command,
    streams: Streams,
    lends_memory: bool,
    prepare: impl Fn() -> Result<(), String>,
) -> Result<Pid, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Unprepared(error.to_string());
    let (mut complaint, told) = io::pipe().map_err(|e| failed(&e))?;
    // what the child says of huge pages holds for the memory that it is lent
    let without_huge_pages = prctl::get_thp_disable().unwrap_or(true);
    let mut stack = vec![0; STACK_BYTES];
    let child = fork_to_execute(lends_memory, &mut stack, || {
        let taken = streams
            .become_own()
            .map_err(|e| format!("take its streams: {e}"));
        let word = match taken.and_then(|()| prepare()) {
            Ok(()) => {
                heed_broken_pipes();
                let errno = (command.execute() as i32).to_ne_bytes();
                [&[UNEXECUTED], &errno[..]].concat()
            }
            Err(message) => message.into_bytes(),
        };
        let _ = (&told).write_all(&word);
        1
    });
    let _ = prctl::set_thp_disable(without_huge_pages);
    drop(told);
    let child = child.map_err(|e| failed(&e))?;
    let mut word = Vec::new();
    complaint.read_to_end(&mut word).map_err(|e| failed(&e))?;
    match word.split_first() {
        None => Ok(child),
        Some((&UNEXECUTED, errno)) => {
            let errno = errno.try_into().map_or(0, i32::from_ne_bytes);
            Err(Failure::Unexecuted(io::Error::from_raw_os_error(errno)))
        }
        Some(_) => Err(Failure::Unprepared(
            String::from_utf8_lossy(&word).into_owned(),
        )),
    }
}
