//! Starting one container or probe: its session, mounts, limits, user, and then its command.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, PipeReader};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Pid, Uid, chdir, chroot, fchdir, setgid, setsid, setuid};

use super::ending::Run;
use super::last_words;
use super::logfile::{LogFile, Output, Sink, now};
use super::mounts::World;
use super::proto::{Role, Setup, Start};
use super::serve::Child;
use super::spawn::{self, Failure, Streams};

/// Marks each process of a pod and of a container in its environment.
const MARK: &str = "ORRERY_CONTAINER=";

pub fn pod_mark(pod_uid: &str) -> String {
    format!("{MARK}{pod_uid}/")
}

pub fn mark(pod_uid: &str, container: &str) -> String {
    format!("{MARK}{pod_uid}/{container}")
}

/// Starts `order` with the descriptors that came along, in the namespaces of `joined` if there is one.
/// A failure says whether there was no such command.
pub fn start(
    order: &Start,
    descriptors: Vec<OwnedFd>,
    world: &World,
    setup: &Setup,
    joined: Option<Pid>,
) -> Result<Child, (String, bool)> {
    let plain = |error: io::Error| (error.to_string(), false);
    let Some(program) = order.argv.first() else {
        return Err(("the container has no command".to_owned(), true));
    };
    if order.exec && joined.is_none() {
        return Err(("the container does not run".to_owned(), false));
    }
    let log = log_of(order, world).map_err(plain)?;
    let (stdout, stderr) = (Sink::of(log.as_ref()), Sink::of(log.as_ref()));
    let words: Option<PathBuf> = order.words.as_ref().map(|words| world.path(words).into());
    prepare_words(words.as_deref()).map_err(plain)?;
    let container = order.key.split('!').next().unwrap_or(&order.key);
    let (marked, mark) = (MARK.trim_end_matches('='), mark(&setup.pod_uid, container));
    let given = order.env.iter();
    let mut env: BTreeMap<&str, &str> = given.map(|(name, value)| (&**name, &**value)).collect();
    env.insert(marked, mark.strip_prefix(MARK).unwrap_or(&mark));
    let command =
        spawn::Command::new(&order.argv, &env).map_err(|error| refused(program, &error))?;

    let (mut streams, screen) = assign(&order.roles, descriptors).map_err(plain)?;
    let mut outputs = Vec::new();
    if let Some(screen) = screen {
        nonblocking(&screen);
        outputs.push(Output::screen(screen, stdout));
    } else if streams.stdout.is_none() {
        let pipe = piped(&mut streams.stdout).map_err(plain)?;
        outputs.push(Output::pipe(pipe, "stdout", stdout));
    }
    if streams.stderr.is_none() {
        let pipe = piped(&mut streams.stderr).map_err(plain)?;
        outputs.push(Output::pipe(pipe, "stderr", stderr));
    }
    let plan = Plan {
        order,
        world,
        namespaces: setup.namespaces,
        joined,
    };
    let started_at = now();
    let spawned = spawn::spawn(&command, streams, plan.keeps_user(), || plan.prepare());
    let pid = spawned.map_err(|failure| match failure {
        Failure::Unprepared(message) => (message, false),
        Failure::Unexecuted(error) => refused(program, &error),
    })?;
    Ok(Child {
        pid,
        outputs,
        exec: order.exec,
        words,
        run: log.map(|log| Run {
            log,
            id: order.id.clone(),
            started_at,
        }),
    })
}

/// Takes back the log of a run that has not begun and is tried again: it would be taken for one that has.
pub fn undo(order: &Start, world: &World) {
    if let Some(log) = &order.log {
        let _ = fs::remove_file(world.path(log));
    }
}

fn prepare_words(file: Option<&Path>) -> io::Result<()> {
    let made = file.map_or(Ok(()), last_words::prepare);
    made.map_err(|error| io::Error::other(format!("a file for its termination message: {error}")))
}

/// Gives the command its descriptors; answers besides the one that is ours to read.
fn assign(roles: &[Role], descriptors: Vec<OwnedFd>) -> io::Result<(Streams, Option<OwnedFd>)> {
    let (mut streams, mut screen) = (Streams::default(), None);
    for (role, descriptor) in roles.iter().zip(descriptors) {
        match role {
            Role::Stdin => streams.stdin = Some(descriptor),
            Role::Stdout => streams.stdout = Some(descriptor),
            Role::Stderr => streams.stderr = Some(descriptor),
            Role::Terminal => {
                streams.stdin = Some(descriptor.try_clone()?);
                streams.stdout = Some(descriptor.try_clone()?);
                streams.stderr = Some(descriptor);
            }
            Role::Screen => screen = Some(descriptor),
        }
    }
    Ok((streams, screen))
}

/// A pipe from that stream.
fn piped(stream: &mut Option<OwnedFd>) -> io::Result<PipeReader> {
    let (ours, theirs) = io::pipe()?;
    nonblocking(&ours);
    *stream = Some(theirs.into());
    Ok(ours)
}

fn log_of(order: &Start, world: &World) -> io::Result<Option<LogFile>> {
    let place = order.log.as_ref().map(|log| world.path(log));
    place
        .map(|place| LogFile::create(Path::new(&place)))
        .transpose()
}

fn nonblocking(pipe: &impl AsFd) {
    let _ = fcntl(pipe.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
}

fn refused(program: &str, error: &io::Error) -> (String, bool) {
    match error.kind() {
        io::ErrorKind::NotFound if !program.contains('/') => (
            format!("exec: {program:?}: executable file not found in $PATH of the host"),
            true,
        ),
        io::ErrorKind::NotFound => (
            format!("exec: {program:?}: stat {program}: no such file or directory"),
            true,
        ),
        io::ErrorKind::PermissionDenied => (format!("exec: {program:?}: permission denied"), true),
        _ => (format!("exec: {program:?}: {error}"), true),
    }
}

/// What the new process does to itself; all of it runs between fork and exec.
struct Plan<'a> {
    order: &'a Start,
    world: &'a World,
    namespaces: bool,
    joined: Option<Pid>,
}

impl Plan<'_> {
    fn prepare(&self) -> Result<(), String> {
        let text = |what: &str, error: nix::Error| format!("{what}: {error}");
        setsid().map_err(|e| text("a session of its own", e))?;
        // Orrery does without huge pages; what it runs need not.
        let _ = prctl::set_thp_disable(false);
        if !self.namespaces {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(|e| text("tie to the pod", e))?;
        }
        if self.order.roles.contains(&Role::Terminal) {
            crate::sys::control_terminal().map_err(|e| text("the terminal", e))?;
        }
        match self.joined.filter(|_| self.namespaces) {
            Some(pid) => join(pid)?,
            None if !self.order.binds.is_empty() => self.world.bind_all(&self.order.binds)?,
            None => {}
        }
        let cwd = self.order.cwd.as_deref().unwrap_or("/");
        if self.namespaces && self.joined.is_none() {
            // where it is the pod's to make; what follows says if it is not there
            let _ = fs::create_dir_all(cwd);
        }
        chdir(cwd).map_err(|e| format!("working directory {cwd:?}: {e}"))?;
        if let Some(bytes) = self.order.memory_limit_bytes {
            // Private writable memory is what comes nearest to a container's memory without a cgroup:
            // address space counts reservations that runtimes never touch.
            // The hard limit stays: a resize may have to raise the other again (pods/resize).
            let (_, hard) =
                getrlimit(Resource::RLIMIT_DATA).map_err(|e| text("memory limit", e))?;
            setrlimit(Resource::RLIMIT_DATA, bytes.min(hard), hard)
                .map_err(|e| text("memory limit", e))?;
        }
        if let Some(uid) = self.other_user() {
            self.become_user(uid)?;
        }
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
            .map_err(|e| text("signal mask", e))
    }

    /// Whom it has to become.
    fn other_user(&self) -> Option<u32> {
        let entered = self.joined.is_some() && self.namespaces;
        let own = Uid::effective().as_raw();
        self.order.uid.filter(|uid| !entered && *uid != own)
    }

    /// Whether it stays whom the init is.
    fn keeps_user(&self) -> bool {
        self.joined.is_none() && self.other_user().is_none()
    }

    /// With namespaces the pod has one user; another number is a nested user namespace, in which the
    /// process sees itself under it. Without, only root can change.
    fn become_user(&self, uid: u32) -> Result<(), String> {
        if !self.namespaces {
            let gid = setgid(Gid::from_raw(uid));
            return gid
                .and_then(|()| setuid(Uid::from_raw(uid)))
                .map_err(|e| format!("run as user {uid}: {e}"));
        }
        let failed = |e: &dyn std::fmt::Display| format!("run as user {uid}: {e}");
        let gid = nix::unistd::getegid();
        let own = Uid::effective();
        unshare(CloneFlags::CLONE_NEWUSER).map_err(|e| failed(&e))?;
        let maps = [
            ("/proc/self/setgroups", "deny".to_owned()),
            ("/proc/self/uid_map", format!("{uid} {own} 1\n")),
            ("/proc/self/gid_map", format!("{uid} {gid} 1\n")),
        ];
        maps.iter()
            .try_for_each(|(path, map)| fs::write(path, map))
            .map_err(|e| failed(&e))
    }
}

/// Enters the mounts, the root and the user of a running process. All are opened before any is entered.
fn join(pid: Pid) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        format!("join the container's {what} namespace: {error}")
    };
    let door = |kind: &str| {
        let (own, theirs) = (
            format!("/proc/self/ns/{kind}"),
            format!("/proc/{pid}/ns/{kind}"),
        );
        // One's own user namespace cannot be entered again.
        let same = fs::read_link(own).ok() == fs::read_link(&theirs).ok();
        let opened = (!same).then(|| File::open(theirs)).transpose();
        opened.map_err(|error| failed(kind, &error))
    };
    let (mounts, user) = (door("mnt")?, door("user")?);
    let root = format!("/proc/{pid}/root");
    let root = open(
        root.as_str(),
        OFlag::O_PATH | OFlag::O_CLOEXEC,
        Mode::empty(),
    );
    let root = root.map_err(|error| failed("mnt", &error))?;
    if let Some(mounts) = mounts {
        let entered = setns(mounts, CloneFlags::CLONE_NEWNS)
            .and_then(|()| fchdir(root))
            // A grafted root is not that of its namespace.
            .and_then(|()| chroot("."));
        entered.map_err(|error| failed("mnt", &error))?;
    }
    match user {
        Some(user) => {
            setns(user, CloneFlags::CLONE_NEWUSER).map_err(|error| failed("user", &error))
        }
        None => Ok(()),
    }
}
