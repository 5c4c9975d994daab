//! Starting one container or probe: its session, mounts, limits, user, and then its command.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::unistd::{Gid, Pid, Uid, chdir, setgid, setsid, setuid};

use super::logfile::{LogFile, Output, Sink};
use super::mounts::World;
use super::proto::{Bind, Setup, Start};
use super::serve::Child;

/// Marks each process of a pod and of a container in its environment.
const MARK: &str = "ORRERY_CONTAINER=";

pub fn pod_mark(pod_uid: &str) -> String {
    format!("{MARK}{pod_uid}/")
}

pub fn mark(pod_uid: &str, container: &str) -> String {
    format!("{MARK}{pod_uid}/{container}")
}

/// Starts `order`; a failure says whether there was no such command.
pub fn start(order: &Start, world: &Arc<World>, setup: &Setup) -> Result<Child, (String, bool)> {
    let plain = |error: io::Error| (error.to_string(), false);
    let Some((program, args)) = order.argv.split_first() else {
        return Err(("the container has no command".to_owned(), true));
    };
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

    let (mut complaint, told) = io::pipe().map_err(plain)?;
    let plan = Plan {
        cwd: order.cwd.clone().unwrap_or_else(|| "/".to_owned()),
        uid: order.uid,
        binds: order.binds.clone(),
        memory_limit_bytes: order.memory_limit_bytes,
        world: world.clone(),
        namespaces: setup.namespaces,
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
    if let Some(pipe) = child.stdout.take() {
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
    })
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
}

impl Plan {
    fn prepare(&self) -> Result<(), String> {
        let text = |what: &str, error: nix::Error| format!("{what}: {error}");
        setsid().map_err(|e| text("a session of its own", e))?;
        if !self.namespaces {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(|e| text("tie to the pod", e))?;
        }
        if !self.binds.is_empty() {
            self.world.bind_all(&self.binds)?;
        }
        let missing = |e| format!("working directory {:?}: {e}", self.cwd);
        chdir(self.cwd.as_str()).map_err(missing)?;
        if let Some(bytes) = self.memory_limit_bytes {
            // Private writable memory is what comes nearest to a container's memory without a cgroup:
            // address space counts reservations that runtimes never touch.
            setrlimit(Resource::RLIMIT_DATA, bytes, bytes).map_err(|e| text("memory limit", e))?;
        }
        if let Some(uid) = self.uid {
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
