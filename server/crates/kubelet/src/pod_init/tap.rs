//! A copy of a container's output for somebody who is attached.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// What is not taken yet is kept, and as long as there is any the container is not read from: a slow
/// reader slows the container, as upstream, and nothing is lost or piles up.
pub struct Tap {
    to: File,
    pending: Vec<u8>,
    closed: bool,
}

impl Tap {
    pub fn new(to: OwnedFd) -> Self {
        let _ = fcntl(&to, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        Self {
            to: File::from(to),
            pending: Vec::new(),
            closed: false,
        }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.to.as_fd()
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        self.flush();
    }

    pub fn flush(&mut self) {
        while !self.pending.is_empty() && !self.closed {
            match self.to.write(&self.pending) {
                Ok(count) => drop(self.pending.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.closed = true,
            }
        }
    }

    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty() && !self.closed
    }

    /// False when nobody reads any more. Asks, since a silent container never writes to find out.
    pub fn has_reader(&self) -> bool {
        let mut fds = [PollFd::new(self.fd(), PollFlags::empty())];
        let asked = poll(&mut fds, PollTimeout::ZERO);
        let gone = |events: PollFlags| events.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL);
        let ended = asked.is_ok() && fds[0].revents().is_some_and(gone);
        !self.closed && !ended
    }
}
