//! The process from which inits are forked. Executing this large binary anew for each pod, with all of its
//! addresses to relocate, would cost more than everything else that starting a pod does.
//!
//! Wishes come on its standard input, one byte each with the socket of the init to be; the answer is four
//! bytes: the init's process, or the error's number below zero.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::unistd::{Gid, Uid, dup2_stdin};

use super::{mounts, serve};
use crate::sys::{fork_sibling, receive};

/// The hidden first argument.
pub const ARGUMENT: &str = "pod-init";

/// Byte of a wish: an init with namespaces of its own, without, or with them and the host's devices.
pub const WITH_NAMESPACES: u8 = 1;
pub const WITHOUT_NAMESPACES: u8 = 0;
pub const LENDING_DEVICES: u8 = 2;

/// Room for all that an init does. Made once, so that no page of it is there before an init touches its copy.
const INIT_STACK_BYTES: usize = 1024 * 1024;

/// Runs the zygote when `args` (without the program's name) ask for it, and never returns then.
/// The first thing that the server's main calls, before it has any thread.
pub fn main_if_asked(args: &[String]) {
    if args.first().map(String::as_str) == Some(ARGUMENT) {
        std::process::exit(main());
    }
}

fn main() -> i32 {
    let Ok(wishes) = wishes() else {
        eprintln!("pod-init is started by Orrery's node agents; it does nothing on its own");
        return 2;
    };
    // What a terminal sends to all is for the node agent alone, whose end is theirs.
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
    match grant_all(wishes) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// The socket on standard input, which is left to nobody else.
fn wishes() -> io::Result<UnixStream> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.local_addr()?;
    dup2_stdin(File::open("/dev/null")?)?;
    Ok(socket)
}

fn grant_all(wishes: UnixStream) -> io::Result<()> {
    // An init drops its copies of what is not its own.
    let mut wishes = Some(wishes);
    let mut stack = vec![0; INIT_STACK_BYTES];
    let mut devices = None;
    while let Some(socket) = &mut wishes {
        let mut wish = [0];
        let (1, mut descriptors) = receive(socket, &mut wish)? else {
            return Ok(());
        };
        let lends = wish == [LENDING_DEVICES];
        let namespaces = lends || wish == [WITH_NAMESPACES];
        let prepared = match namespaces && devices.is_none() {
            true => mounts::prepare().map(|made| devices = Some(made)),
            false => Ok(()),
        };
        if let Some(devices) = devices.as_mut().filter(|_| lends) {
            // what is not there is told by who mounts it
            let _ = devices.lend();
        }
        // it may have become another one meanwhile
        let (uid, gid) = (Uid::effective(), Gid::effective());
        let mut socket_of_init = descriptors.pop();
        let forked = fork_sibling(flags(namespaces), &mut stack, || {
            drop(wishes.take());
            // a pod that nothing was prepared for would see more of the host than it is to: it tells why it cannot be
            let entered = prepared.clone().and_then(|()| match namespaces {
                true => mounts::become_root(uid, gid),
                false => Ok(()),
            });
            let socket = socket_of_init.take();
            socket.map_or(1, |socket| serve::serve(socket, entered))
        });
        let answer = match forked {
            Ok(pid) => pid.as_raw(),
            Err(errno) => -(errno as i32),
        };
        if let Some(socket) = &mut wishes {
            socket.write_all(&answer.to_ne_bytes())?;
        }
        if let Some(devices) = devices.as_mut().filter(|_| lends) {
            // rather none of these than one whose next pods see them
            devices.hide().map_err(io::Error::other)?;
        }
    }
    Ok(())
}

fn flags(namespaces: bool) -> CloneFlags {
    match namespaces {
        true => {
            CloneFlags::CLONE_NEWUSER
                | CloneFlags::CLONE_NEWNS
                | CloneFlags::CLONE_NEWPID
                | CloneFlags::CLONE_NEWUTS
        }
        false => CloneFlags::empty(),
    }
}
