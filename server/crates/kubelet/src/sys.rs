//! The only unsafe code: the system calls that no safe crate offers.
//!
//! - [`fork_sibling`] is `clone` with fresh namespaces, which nix leaves unsafe. It is only called by the
//!   zygote, which has one thread, and the child has a copy of all memory, its stack included.
//! - [`set_mount_read_only`] is `mount_setattr`, which nix does not wrap. It passes two pointers that
//!   outlive the call.
//! - [`fork_to_execute`] is `clone`, too, at will in this process's memory. It is only called by the pod's init,
//!   which has one thread, and that one waits, so that the child may allocate and lock like any process.
//! - [`heed_broken_pipes`] sets a signal's default action: there is no handler to be wrong.
//! - [`receive`] takes ownership of descriptors that the kernel has just made for this process.
//! - [`control_terminal`] and [`set_size`] are ioctls of terminals on a descriptor that is open,
//!   [`page_bytes`] is a question without pointers, [`limit_data`] passes two values on its stack.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::pty::Winsize;
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::unistd::Pid;

/// More than any order brings along: a command's three streams.
const DESCRIPTORS: usize = 4;

/// Forks a child of this process's parent, in the new namespaces of `flags`, and answers its process
/// here. The child runs `main` on its copy of `stack` and ends with what that answers.
pub fn fork_sibling(
    flags: CloneFlags,
    stack: &mut [u8],
    mut main: impl FnMut() -> i32,
) -> nix::Result<Pid> {
    let main = Box::new(|| isize::try_from(main()).unwrap_or(1));
    // SAFETY: without CLONE_VM the child shares no memory, and the caller has one thread, so that no
    // lock can be held by a thread that the fork left out.
    unsafe {
        clone(
            main,
            stack,
            flags | CloneFlags::CLONE_PARENT,
            Some(libc::SIGCHLD),
        )
    }
}

/// Sets or clears the read-only flag of the mount at `path`, and of all below it when `recursive`.
pub fn set_mount_read_only(path: &CStr, read_only: bool, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: if read_only {
            libc::MOUNT_ATTR_RDONLY
        } else {
            0
        },
        attr_clr: if read_only {
            0
        } else {
            libc::MOUNT_ATTR_RDONLY
        },
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: both pointers are valid for the call, and the size is that of the struct passed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Forks a child that runs `main` on `stack`, and ends with what that answers if it executes nothing else. With
/// `lends_memory` the caller waits until then, for the child works in its memory. Only for a process with one
/// thread.
pub fn fork_to_execute(
    lends_memory: bool,
    stack: &mut [u8],
    mut main: impl FnMut() -> i32,
) -> nix::Result<Pid> {
    let main = Box::new(|| isize::try_from(main()).unwrap_or(1));
    let flags = match lends_memory {
        true => CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK,
        false => CloneFlags::empty(),
    };
    // SAFETY: the caller has one thread, so that no lock can be held by a thread that the fork left out, and
    // nobody else uses the memory while a child does.
    unsafe { clone(main, stack, flags, Some(libc::SIGCHLD)) }
}

/// Lets a write to a pipe without a reader end this process, as programs expect it: Rust's own do without.
pub fn heed_broken_pipes() {
    // SAFETY: it is no handler of ours that is set.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

/// Reads from a socket, with the descriptors that came along.
pub fn receive(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = nix::cmsg_space!([RawFd; DESCRIPTORS]);
    let mut slices = [IoSliceMut::new(buffer)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags)?;
    let mut descriptors = Vec::new();
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(raw) = control {
            // SAFETY: the kernel has just opened these for us, and nobody else knows them.
            descriptors.extend(
                raw.into_iter()
                    .map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }),
            );
        }
    }
    Ok((message.bytes, descriptors))
}

/// Makes the terminal on descriptor 0 the controlling one of the calling session leader.
pub fn control_terminal() -> nix::Result<()> {
    // SAFETY: the ioctl takes a plain number.
    nix::errno::Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
}

/// The size of a page of memory.
pub fn page_bytes() -> u64 {
    // SAFETY: a plain question, whose answer is a number.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or(4096)
}

/// Sets a terminal's size.
pub fn set_size(terminal: &impl AsRawFd, columns: u16, rows: u16) -> nix::Result<()> {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the pointer outlives the call, which only reads from it.
    let set = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
    nix::errno::Errno::result(set).map(drop)
}

/// Sets how much private writable memory a process may have; None: as much as it may give itself.
pub fn limit_data(pid: Pid, bytes: Option<u64>) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    let ask = |new: *const libc::rlimit, old: *mut libc::rlimit| {
        // SAFETY: both point to values that live on this frame, or to nothing.
        match unsafe { libc::prlimit(pid.as_raw(), libc::RLIMIT_DATA, new, old) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    ask(std::ptr::null(), &mut limit)?;
    limit.rlim_cur = bytes.unwrap_or(libc::RLIM_INFINITY).min(limit.rlim_max);
    ask(&limit, std::ptr::null_mut())
}
