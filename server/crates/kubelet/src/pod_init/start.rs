//! Starting one container or probe: its session, mounts, limits, user, and then its command.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Pid, Uid, chdir, chroot, fchdir, setgid, setsid, setuid};

use super::logfile::{LogFile, Output, Sink};
use super::mounts::World;
use super::proto::{Bind, Role, Setup, Start};
use super::serve::Child;

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
    world: &Arc<World>,
    setup: &Setup,
    joined: Option<Pid>,
) -> Result<Child, (String, bool)> {
    let plain = |error: io::Error| (error.to_string(), false);
    let Some((program, args)) = order.argv.split_first() else {
        return Err(("the container has no command".to_owned(), true));
    };
    if order.exec && joined.is_none() {
        return Err(("the container does not run".to_owned(), false));
    }
    let (stdout, stderr) = sinks(order, world).map_err(plain)?;
    let container = order.key.split('!').next().unwrap_or(&order.key);
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(order.env.iter().map(|(name, value)| (name, value)));
    let (name, value) = MARK.split_once('=').unwrap_or((MARK, ""));
    command.env(name, format!("{value}{}/{container}", setup.pod_uid));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let screen = assign(&mut command, &order.roles, descriptors).map_err(plain)?;

    let (mut complaint, told) = io::pipe().map_err(plain)?;
    let plan = Plan {
        cwd: order.cwd.clone().unwrap_or_else(|| "/".to_owned()),
        uid: order.uid,
        binds: order.binds.clone(),
        memory_limit_bytes: order.memory_limit_bytes,
        world: world.clone(),
        namespaces: setup.namespaces,
        joined,
        terminal: order.roles.contains(&Role::Terminal),
    };
    let mut told = told;
    crate::sys::before_exec(&mut command, move || {
        plan.prepare().map_err(|message| {
            let _ = told.write_all(message.as_bytes());
            io::Error::other("not prepared")
        })
    });
    let spawned = command.spawn();
    // The closure holds the writing end; without it the reading below would wait for itself.
    drop(command);
    let mut child = spawned.map_err(|error| {
        let mut message = String::new();
        let _ = complaint.read_to_string(&mut message);
        match message.is_empty() {
            true => refused(program, &error),
            false => (message, false),
        }
    })?;
    let mut outputs = Vec::new();
    if let Some(screen) = screen {
        nonblocking(&screen);
        outputs.push(Output::screen(screen, stdout));
    } else if let Some(pipe) = child.stdout.take() {
        nonblocking(&pipe);
        outputs.push(Output::stdout(pipe, stdout));
    }
    if let Some(pipe) = child.stderr.take() {
        nonblocking(&pipe);
        outputs.push(Output::stderr(pipe, stderr));
    }
    let pid = i32::try_from(child.id()).expect("process ids fit i32");
    Ok(Child {
        pid: Pid::from_raw(pid),
        outputs,
        exec: order.exec,
    })
}

/// Gives the command its descriptors; answers the one that is ours to read.
fn assign(
    command: &mut Command,
    roles: &[Role],
    descriptors: Vec<OwnedFd>,
) -> io::Result<Option<OwnedFd>> {
    let mut screen = None;
    for (role, descriptor) in roles.iter().zip(descriptors) {
        match role {
            Role::Stdin => drop(command.stdin(descriptor)),
            Role::Stdout => drop(command.stdout(descriptor)),
            Role::Stderr => drop(command.stderr(descriptor)),
            Role::Terminal => {
                command
                    .stdin(descriptor.try_clone()?)
                    .stdout(descriptor.try_clone()?)
                    .stderr(descriptor);
            }
            Role::Screen => screen = Some(descriptor),
        }
    }
    Ok(screen)
}

fn sinks(order: &Start, world: &World) -> io::Result<(Sink, Sink)> {
    let Some(log) = &order.log else {
        return Ok((Sink::Keep(Vec::new()), Sink::Keep(Vec::new())));
    };
    let path = world.path(log);
    let path = std::path::Path::new(&path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = LogFile::create(path)?;
    Ok((Sink::File(file.clone()), Sink::File(file)))
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
struct Plan {
    cwd: String,
    uid: Option<u32>,
    binds: Vec<Bind>,
    memory_limit_bytes: Option<u64>,
    world: Arc<World>,
    namespaces: bool,
    joined: Option<Pid>,
    terminal: bool,
}

impl Plan {
    fn prepare(&self) -> Result<(), String> {
        let text = |what: &str, error: nix::Error| format!("{what}: {error}");
        setsid().map_err(|e| text("a session of its own", e))?;
        // Orrery does without huge pages; what it runs need not.
        let _ = prctl::set_thp_disable(false);
        if !self.namespaces {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(|e| text("tie to the pod", e))?;
        }
        if self.terminal {
            crate::sys::control_terminal().map_err(|e| text("the terminal", e))?;
        }
        match self.joined.filter(|_| self.namespaces) {
            Some(pid) => join(pid)?,
            None if !self.binds.is_empty() => self.world.bind_all(&self.binds)?,
            None => {}
        }
        let missing = |e| format!("working directory {:?}: {e}", self.cwd);
        chdir(self.cwd.as_str()).map_err(missing)?;
        if let Some(bytes) = self.memory_limit_bytes {
            // Private writable memory is what comes nearest to a container's memory without a cgroup:
            // address space counts reservations that runtimes never touch.
            // The hard limit stays: a resize may have to raise the other again (pods/resize).
            let (_, hard) =
                getrlimit(Resource::RLIMIT_DATA).map_err(|e| text("memory limit", e))?;
            setrlimit(Resource::RLIMIT_DATA, bytes.min(hard), hard)
                .map_err(|e| text("memory limit", e))?;
        }
        let entered = self.joined.is_some() && self.namespaces;
        if let Some(uid) = self.uid.filter(|_| !entered) {
            self.become_user(uid)?;
        }
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
            .map_err(|e| text("signal mask", e))
    }

    /// With namespaces the pod has one user; another number is a nested user namespace, in which the
    /// process sees itself under it. Without, only root can change.
    fn become_user(&self, uid: u32) -> Result<(), String> {
        if Uid::effective().as_raw() == uid {
            return Ok(());
        }
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
