//! The one thread from which all inits are started. The kernel ties an init to the *thread* that made
//! it (PR_SET_PDEATHSIG), and runtime threads come and go, so this one lives as long as the process.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::unistd::{Gid, Pid, Uid};
use tokio::sync::oneshot;

use crate::sys::{InitImage, clone_init};

/// An init just started, and our end of its socket.
pub struct Init {
    pub pid: Pid,
    pub socket: UnixStream,
}

type Wish = oneshot::Sender<io::Result<Init>>;

pub struct Spawner(std::sync::mpsc::Sender<Wish>);

impl Spawner {
    pub fn new(exe: &Path, namespaces: bool) -> io::Result<Self> {
        let image = image(exe, namespaces)?;
        let (sender, wishes) = std::sync::mpsc::channel::<Wish>();
        std::thread::Builder::new()
            .name("pod-spawner".to_owned())
            .spawn(move || {
                // A signal handler must not run in a child that shares our memory.
                let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
                for wish in wishes {
                    // Nobody waits any more: the init sees its socket close and ends.
                    let _ = wish.send(spawn(&image));
                }
            })?;
        Ok(Self(sender))
    }

    pub async fn spawn(&self) -> io::Result<Init> {
        let (wish, answer) = oneshot::channel();
        let gone = || io::Error::other("the spawning thread ended");
        self.0.send(wish).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn image(exe: &Path, namespaces: bool) -> io::Result<InitImage> {
    let text = |bytes: &[u8]| CString::new(bytes).map_err(io::Error::other);
    let map = |id: u32| text(format!("0 {id} 1\n").as_bytes());
    let writes = match namespaces {
        false => Vec::new(),
        true => vec![
            (c"/proc/self/setgroups".to_owned(), c"deny".to_owned()),
            (
                c"/proc/self/uid_map".to_owned(),
                map(Uid::effective().as_raw())?,
            ),
            (
                c"/proc/self/gid_map".to_owned(),
                map(Gid::effective().as_raw())?,
            ),
        ],
    };
    let flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    Ok(InitImage {
        exe: text(exe.as_os_str().as_bytes())?,
        args: vec![
            c"orrery".to_owned(),
            text(crate::pod_init::ARGUMENT.as_bytes())?,
        ],
        // Containers get their whole environment by order, so that ours with its secrets stays here.
        env: Vec::new(),
        writes,
        flags: if namespaces {
            flags
        } else {
            CloneFlags::empty()
        },
    })
}

fn spawn(image: &InitImage) -> io::Result<Init> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = OwnedFd::from(theirs);
    let pid = clone_init(image, theirs.as_raw_fd())?;
    ours.set_nonblocking(true)?;
    Ok(Init { pid, socket: ours })
}
