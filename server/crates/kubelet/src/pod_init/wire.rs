//! The init's end of the socket: messages, and the descriptors that come along with them.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub struct Wire {
    socket: UnixStream,
    descriptors: Vec<OwnedFd>,
}

impl Wire {
    pub fn new(socket: OwnedFd) -> Self {
        Self {
            socket: UnixStream::from(socket),
            descriptors: Vec::new(),
        }
    }

    /// What came with the message just read: the sender puts them beside its first byte.
    pub fn take_descriptors(&mut self) -> Vec<OwnedFd> {
        std::mem::take(&mut self.descriptors)
    }

    /// Whether the node agent is gone; what it said before may be there to be read still.
    pub fn is_closed(&self) -> bool {
        let mut fds = [PollFd::new(self.as_fd(), PollFlags::empty())];
        let asked = poll(&mut fds, PollTimeout::ZERO);
        let gone = PollFlags::POLLHUP | PollFlags::POLLERR;
        let told = fds[0].revents().unwrap_or(PollFlags::empty());
        asked.is_ok() && told.intersects(gone)
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, descriptors) = crate::sys::receive(&self.socket, buffer)?;
        self.descriptors.extend(descriptors);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wire_is_closed_when_the_agent_is_gone_whatever_is_left_to_read() {
        let (mut agent, socket) = UnixStream::pair().expect("a socket pair");
        let mut wire = Wire::new(socket.into());
        assert!(!wire.is_closed());
        agent.write_all(b"one").expect("written");
        assert!(!wire.is_closed(), "there is something to read");
        drop(agent);
        assert!(wire.is_closed());
        let mut heard = [0; 3];
        wire.read_exact(&mut heard).expect("it is there still");
        assert_eq!(&heard, b"one");
    }
}
