//! Pipes and terminals between this process and one in a pod: their ends go along with an order, ours
//! become tokio's.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::stat::Mode;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe;

use crate::pod_init::proto::Role;
use crate::streams::{Reader, Resize, Streams, Writer};
use crate::sys;

/// Both sides of what a command reads and writes.
#[derive(Default)]
pub struct Ends {
    pub roles: Vec<Role>,
    pub theirs: Vec<OwnedFd>,
    pub stdin: Option<Writer>,
    pub stdout: Option<Reader>,
    pub stderr: Option<Reader>,
    pub resize: Option<Resize>,
}

impl Ends {
    /// For a command of its own.
    pub fn of_command(streams: Streams) -> io::Result<Self> {
        if streams.tty {
            return Self::terminal(streams);
        }
        let mut ends = Self::outputs(streams)?;
        if streams.stdin {
            let (read, write) = io::pipe()?;
            ends.give(Role::Stdin, read.into());
            ends.stdin = Some(writer(write.into())?);
        }
        Ok(ends)
    }

    /// Only the outputs, each a pipe.
    pub fn outputs(streams: Streams) -> io::Result<Self> {
        let mut ends = Self::default();
        if streams.stdout {
            let (read, write) = io::pipe()?;
            ends.give(Role::Stdout, write.into());
            ends.stdout = Some(reader(read.into())?);
        }
        if streams.stderr {
            let (read, write) = io::pipe()?;
            ends.give(Role::Stderr, write.into());
            ends.stderr = Some(reader(read.into())?);
        }
        Ok(ends)
    }

    fn terminal(streams: Streams) -> io::Result<Self> {
        let (screen, terminal) = open_terminal()?;
        let mut ends = Self::default();
        ends.give(Role::Terminal, terminal);
        if streams.stdin {
            ends.stdin = Some(writer(screen.try_clone()?)?);
        }
        if streams.stdout {
            let screen = pipe::Receiver::from_owned_fd_unchecked(screen.try_clone()?)?;
            ends.stdout = Some(Box::new(Screen(screen)));
        }
        ends.resize = Some(resize(screen));
        Ok(ends)
    }

    fn give(&mut self, role: Role, descriptor: OwnedFd) {
        self.roles.push(role);
        self.theirs.push(descriptor);
    }
}

/// A new terminal: the screen's side, which does not block, and the side that a process talks to.
pub fn open_terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let screen = posix_openpt(flags)?;
    grantpt(&screen)?;
    unlockpt(&screen)?;
    let terminal = open(ptsname_r(&screen)?.as_str(), flags, Mode::empty())?;
    let screen: OwnedFd = screen.into();
    nonblocking(&screen)?;
    Ok((screen, terminal))
}

/// What sets the size of the terminal behind `screen`.
pub fn resize(screen: OwnedFd) -> Resize {
    Arc::new(move |columns, rows| {
        // A terminal that is gone has no size to set.
        let _ = sys::set_size(&screen, columns, rows);
    })
}

/// The writing end of a pipe, or a terminal's screen.
pub fn writer(descriptor: OwnedFd) -> io::Result<Writer> {
    nonblocking(&descriptor)?;
    Ok(Box::new(pipe::Sender::from_owned_fd_unchecked(descriptor)?))
}

fn reader(descriptor: OwnedFd) -> io::Result<Reader> {
    nonblocking(&descriptor)?;
    Ok(Box::new(pipe::Receiver::from_owned_fd_unchecked(
        descriptor,
    )?))
}

fn nonblocking(descriptor: &impl AsFd) -> io::Result<()> {
    let set = fcntl(descriptor.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
    Ok(set.map(drop)?)
}

/// A terminal that nobody has open any more says so by an error; it is the end.
struct Screen(pipe::Receiver);

impl AsyncRead for Screen {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.0).poll_read(context, buffer) {
            Poll::Ready(Err(error)) if error.raw_os_error() == Some(Errno::EIO as i32) => {
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}
