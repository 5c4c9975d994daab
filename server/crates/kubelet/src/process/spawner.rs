//! The one thread from which all inits are started, by way of the zygote. The kernel ties an init to the
//! *thread* that is its parent (PR_SET_PDEATHSIG), and runtime threads come and go, so this one lives as
//! long as the process.

use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tokio::sync::oneshot;

use crate::pod_init::zygote::{ARGUMENT, LENDING_DEVICES, WITH_NAMESPACES, WITHOUT_NAMESPACES};
use crate::pod_init::{DATA_FOLDER, PODS};

/// A zygote that nobody has wanted for so long gives back its memory; the next pod starts another.
const ZYGOTE_IDLE: Duration = Duration::from_secs(10);

/// An init just started, and our end of its socket.
pub struct Init {
    pub pid: Pid,
    pub socket: UnixStream,
}

struct Wish {
    lends_devices: bool,
    answer: oneshot::Sender<io::Result<Init>>,
}

/// What zygotes are started with.
struct Plan {
    data: PathBuf,
    exe: PathBuf,
    namespaces: bool,
}

pub struct Spawner(std::sync::mpsc::Sender<Wish>);

impl Spawner {
    pub fn new(data: &Path, exe: &Path, namespaces: bool) -> io::Result<Self> {
        let plan = Plan {
            data: data.to_owned(),
            exe: exe.to_owned(),
            namespaces,
        };
        let (sender, wishes) = std::sync::mpsc::channel::<Wish>();
        std::thread::Builder::new()
            .name("pod-spawner".to_owned())
            .spawn(move || grant_all(&wishes, &plan))?;
        Ok(Self(sender))
    }

    /// An init, which is begun at once, whenever somebody waits for it.
    pub fn spawn(
        &self,
        lends_devices: bool,
    ) -> impl Future<Output = io::Result<Init>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Wish {
            lends_devices,
            answer,
        });
        async move {
            let gone = || io::Error::other("the spawning thread ended");
            sent.map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?
        }
    }
}

impl Init {
    /// Ends an init of which nothing was asked: it goes when its socket does.
    pub async fn discard(self) {
        let Self { pid, socket } = self;
        drop(socket);
        let _ = tokio::task::spawn_blocking(move || waitpid(pid, None)).await;
    }
}

fn grant_all(wishes: &Receiver<Wish>, plan: &Plan) {
    // Signals are for the threads that wait for them.
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
    let mut zygote = None;
    loop {
        let wish = match &zygote {
            Some(_) => wishes.recv_timeout(ZYGOTE_IDLE),
            None => wishes.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match wish {
            // Where nobody waits any more, the init sees its socket close and ends.
            Ok(wish) => {
                let init = spawn(&mut zygote, plan, wish.lends_devices);
                drop(wish.answer.send(init));
            }
            Err(RecvTimeoutError::Timeout) => zygote = None,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn spawn(zygote: &mut Option<Zygote>, plan: &Plan, lends_devices: bool) -> io::Result<Init> {
    let wish = match (plan.namespaces, lends_devices) {
        (true, true) => LENDING_DEVICES,
        (true, false) => WITH_NAMESPACES,
        (false, _) => WITHOUT_NAMESPACES,
    };
    if let Some(init) = zygote.as_mut().and_then(|zygote| zygote.fork(wish).ok()) {
        return Ok(init);
    }
    // There was none, or it was killed.
    zygote.insert(Zygote::start(plan)?).fork(wish)
}

/// The process that forks the inits, which are our children all the same. It ends when it is dropped.
struct Zygote {
    process: Child,
    socket: UnixStream,
}

impl Zygote {
    fn start(plan: &Plan) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let process = Command::new(&plan.exe)
            .arg0("orrery")
            .arg(ARGUMENT)
            // Containers get their whole environment by order, so that ours with its secrets stays here.
            .env_clear()
            .env(DATA_FOLDER, &plan.data)
            .current_dir(plan.data.join(PODS))
            .stdin(OwnedFd::from(theirs))
            .spawn()?;
        Ok(Self { process, socket })
    }

    fn fork(&mut self, wish: u8) -> io::Result<Init> {
        let (socket, theirs) = UnixStream::pair()?;
        sendmsg::<()>(
            self.socket.as_raw_fd(),
            &[IoSlice::new(&[wish])],
            &[ControlMessage::ScmRights(&[theirs.as_raw_fd()])],
            MsgFlags::MSG_NOSIGNAL,
            None,
        )?;
        drop(theirs);
        let mut answer = [0; 4];
        self.socket.read_exact(&mut answer)?;
        let pid = i32::from_ne_bytes(answer);
        if pid < 0 {
            return Err(io::Error::from_raw_os_error(-pid));
        }
        socket.set_nonblocking(true)?;
        let pid = Pid::from_raw(pid);
        Ok(Init { pid, socket })
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
        let _ = self.process.wait();
    }
}
