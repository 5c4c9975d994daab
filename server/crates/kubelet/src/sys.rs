//! The only unsafe code: the system calls that no safe crate offers.
//!
//! - [`clone_init`] starts a pod's init by `clone(CLONE_VM | CLONE_VFORK)`, as `posix_spawn` does, but
//!   with fresh namespaces. The child shares our memory until it executes, so it makes nothing but
//!   plain system calls on values prepared beforehand, and the calling thread sleeps meanwhile.
//! - [`set_mount_read_only`] is `mount_setattr`, which nix does not wrap. It passes two pointers that
//!   outlive the call.
//! - [`before_exec`] runs code between fork and exec. It is only called by the pod's init, which has
//!   one thread, so that the child may allocate and lock like any process.
//! - [`receive`] takes ownership of descriptors that the kernel has just made for this process.
//! - [`control_terminal`] and [`set_size`] are ioctls of terminals on a descriptor that is open,
//!   [`page_bytes`] is a question without pointers, [`limit_data`] passes two values on its stack.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::pty::Winsize;
use nix::sched::{CloneFlags, clone};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::unistd::Pid;

/// The descriptor on which a pod's init finds its orders.
pub const INIT_SOCKET: RawFd = 3;

/// More than any order brings along: a command's three streams.
const DESCRIPTORS: usize = 4;

/// Room for the few frames between clone and exec.
const CHILD_STACK_BYTES: usize = 64 * 1024;

/// Everything that the child of [`clone_init`] needs, allocated before it exists.
pub struct InitImage {
    pub exe: CString,
    pub args: Vec<CString>,
    pub env: Vec<CString>,
    /// Files to write before executing: the id maps of a new user namespace.
    pub writes: Vec<(CString, CString)>,
    pub flags: CloneFlags,
}

/// Starts a pod's init with `socket` as its descriptor 3. All signals must be blocked in the calling
/// thread, which must live as long as the init may: its end is the parent's death to the kernel.
pub fn clone_init(image: &InitImage, socket: RawFd) -> io::Result<Pid> {
    let pointers = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts
            .iter()
            .map(|text| text.as_ptr())
            .chain([std::ptr::null()])
            .collect()
    };
    let (args, env) = (pointers(&image.args), pointers(&image.env));
    let mut failure = 0_i32;
    let failure_at: *mut i32 = &mut failure;
    let mut stack = vec![0_u8; CHILD_STACK_BYTES];
    let child = Box::new(|| {
        let errno = child_main(image, socket, &args, &env);
        // SAFETY: the parent's frame is alive, for CLONE_VFORK holds it until this process ends.
        unsafe {
            *failure_at = errno;
            libc::_exit(127)
        }
    });
    let flags = image.flags | CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: CLONE_VFORK suspends this thread until the child has executed or ended, so the shared
    // memory has one user at a time; the child calls only async-signal-safe functions.
    let pid = unsafe { clone(child, &mut stack, flags, Some(libc::SIGCHLD)) }?;
    match failure {
        0 => Ok(pid),
        errno => {
            let _ = nix::sys::wait::waitpid(pid, None);
            Err(io::Error::from_raw_os_error(errno))
        }
    }
}

/// Runs in the new process: answers the errno of what failed.
fn child_main(
    image: &InitImage,
    socket: RawFd,
    args: &[*const libc::c_char],
    env: &[*const libc::c_char],
) -> i32 {
    for (path, content) in &image.writes {
        if !write_file(path, content) {
            return nix::errno::Errno::last_raw();
        }
    }
    // SAFETY: plain system calls on values that outlive them; dup2 clears close-on-exec on its copy,
    // and when both numbers are equal the flag is cleared by fcntl.
    unsafe {
        if socket == INIT_SOCKET {
            libc::fcntl(socket, libc::F_SETFD, 0);
        } else if libc::dup2(socket, INIT_SOCKET) < 0 {
            return nix::errno::Errno::last_raw();
        }
        libc::execve(image.exe.as_ptr(), args.as_ptr(), env.as_ptr());
    }
    nix::errno::Errno::last_raw()
}

fn write_file(path: &CStr, content: &CStr) -> bool {
    let bytes = content.to_bytes();
    // SAFETY: as in `child_main`.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return false;
        }
        let written = libc::write(file, bytes.as_ptr().cast(), bytes.len());
        let whole = usize::try_from(written) == Ok(bytes.len());
        if whole {
            libc::close(file);
        }
        whole
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

/// Has `command` run `prepare` in the child before it executes. Only for a process with one thread.
pub fn before_exec(
    command: &mut Command,
    prepare: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) {
    // SAFETY: the caller has one thread, so no lock can be held by a thread that the fork left out.
    unsafe { command.pre_exec(prepare) };
}

/// Takes the init's end of the socket, once, at its start.
pub fn init_socket() -> OwnedFd {
    // SAFETY: `clone_init` put the socket there, and nothing else in the init knows the number.
    let socket = unsafe { OwnedFd::from_raw_fd(INIT_SOCKET) };
    let close = nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC);
    let _ = nix::fcntl::fcntl(&socket, close);
    socket
}

/// Whether the descriptor [`INIT_SOCKET`] is open at all: false when a person runs `pod-init`.
pub fn has_init_socket() -> bool {
    // SAFETY: the borrow ends with this call; a closed number is answered with EBADF.
    let socket = unsafe { BorrowedFd::borrow_raw(INIT_SOCKET) };
    nix::fcntl::fcntl(socket, nix::fcntl::FcntlArg::F_GETFD).is_ok()
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
