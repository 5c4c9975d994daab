//! The init's end of the socket: messages, and the descriptors that come along with them.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

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
