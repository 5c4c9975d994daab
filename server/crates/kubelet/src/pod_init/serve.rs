//! The init's loop: orders from the socket, ends from SIGCHLD, output from pipes, one poll for all.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::ending::Run;
use super::logfile::Output;
use super::mounts::World;
use super::proto::{self, Order, Report, Role, Setup, Start};
use super::tap::Tap;
use super::wire::Wire;
use super::{last_words, processes, start};

/// One thing that the init runs.
pub struct Child {
    pub pid: Pid,
    pub outputs: Vec<Output>,
    /// A person's command, which may leave something running.
    pub exec: bool,
    /// The file for its last words.
    pub words: Option<PathBuf>,
    /// Of a container.
    pub run: Option<Run>,
}

struct Init {
    wire: Wire,
    /// Why its namespaces are of no use, if they are not.
    flaw: Option<String>,
    world: Option<World>,
    setup: Option<Setup>,
    children: BTreeMap<String, Child>,
    /// Output of what has ended that somebody attached has not taken yet.
    draining: Vec<Tap>,
}

/// Obeys the orders of `socket` until it closes; `entered` is how its namespaces were made its own, or why not.
pub fn serve(socket: OwnedFd, entered: Result<(), String>) -> i32 {
    let namespaces = nix::unistd::getpid() == Pid::from_raw(1);
    // With a PID namespace the kernel kills all with us. Without, we must live to do it ourselves, and
    // learn of the agent's end from the socket.
    if namespaces {
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
    } else {
        let _ = prctl::set_child_subreaper(true);
    }
    let signals: SigSet = [Signal::SIGCHLD].into_iter().collect();
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
    let Ok(ends) = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
    else {
        return 1;
    };
    let mut init = Init {
        wire: Wire::new(socket),
        flaw: entered.err(),
        world: None,
        setup: None,
        children: BTreeMap::new(),
        draining: Vec::new(),
    };
    while init.turn(&ends) {}
    init.end_all();
    0
}

impl Init {
    /// Waits for anything and deals with it; false when it is time to go.
    fn turn(&mut self, ends: &SignalFd) -> bool {
        let outputs = || self.children.values().flat_map(|child| &child.outputs);
        let readable = outputs()
            .filter(|output| output.is_open() && !output.is_held())
            .map(Output::fd);
        let taps = outputs().flat_map(Output::taps).chain(&self.draining);
        let writable = taps.filter(|tap| tap.is_pending()).map(Tap::fd);
        let mut fds = vec![
            PollFd::new(self.wire.as_fd(), PollFlags::POLLIN),
            PollFd::new(ends.as_fd(), PollFlags::POLLIN),
        ];
        fds.extend(readable.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        fds.extend(writable.map(|fd| PollFd::new(fd, PollFlags::POLLOUT)));
        match poll(&mut fds, PollTimeout::NONE) {
            Err(Errno::EINTR) => return true,
            Err(_) => return false,
            Ok(_) => {}
        }
        let is_ready = |fd: &PollFd| fd.any().unwrap_or(false);
        let (ordered, ended) = (is_ready(&fds[0]), is_ready(&fds[1]));
        drop(fds);
        for child in self.children.values_mut() {
            child.outputs.iter_mut().for_each(Output::turn);
        }
        self.draining.iter_mut().for_each(Tap::flush);
        self.draining.retain(Tap::is_pending);
        if ended {
            while let Ok(Some(_)) = ends.read_signal() {}
            self.reap();
        }
        !ordered || self.obey()
    }

    fn obey(&mut self) -> bool {
        let order = proto::read::<Order>(&mut self.wire);
        let descriptors = self.wire.take_descriptors();
        match order {
            Ok(Some(Order::Setup(setup))) => self.set_up(setup),
            Ok(Some(Order::Start(order))) => self.start(&order, descriptors),
            Ok(Some(Order::Attach { key, roles, ticket })) => {
                self.attach(&key, &roles, descriptors);
                self.report(&Report::Attached { ticket });
            }
            Ok(Some(Order::Signal { key, signal })) => self.signal(&key, signal),
            Ok(Some(Order::Kill { key })) => self.kill(&key),
            Ok(Some(Order::LimitMemory { key, bytes })) => self.limit_memory(&key, bytes),
            Ok(Some(Order::Refresh { content, ticket })) => {
                let filled = self.world.as_ref().map(|world| world.fill(&content));
                let failure = filled.and_then(Result::err);
                self.report(&Report::Refreshed { ticket, failure });
            }
            Ok(Some(Order::Stop) | None) | Err(_) => return false,
        }
        true
    }

    fn report(&mut self, report: &Report) {
        // A node agent that is gone shows as the end of the socket.
        let _ = proto::write(&mut self.wire, report);
    }

    fn set_up(&mut self, setup: Setup) {
        let world = match self.flaw.take() {
            None => World::lay_out(&setup),
            Some(flaw) => Err(flaw),
        };
        let report = match world {
            Ok(world) => {
                let filled = world.fill_all(&setup.content);
                self.world = Some(world);
                match filled {
                    Ok(()) => Report::Ready,
                    Err(message) => Report::Unfilled { message },
                }
            }
            Err(message) => Report::Unable { message },
        };
        // what it holds lies in its files now
        let setup = Setup {
            content: Vec::new(),
            ..setup
        };
        self.setup = Some(setup);
        self.report(&report);
    }

    fn start(&mut self, order: &Start, descriptors: Vec<OwnedFd>) {
        let key = order.key.clone();
        let Some((world, setup)) = self.world.as_ref().zip(self.setup.as_ref()) else {
            let message = "the pod was not set up".to_owned();
            return self.report(&Report::Refused {
                key,
                message,
                not_found: false,
            });
        };
        // a probe and a hook, too, see the files as their container was given them
        let joined = self.children.get(container_of(&key)).map(|child| child.pid);
        match start::start(order, descriptors, world, setup, joined) {
            Ok(child) => {
                let pid = child.pid.as_raw();
                self.children.insert(key.clone(), child);
                self.report(&Report::Started { key, pid });
            }
            Err((message, not_found)) => {
                if !not_found {
                    start::undo(order, world);
                }
                self.report(&Report::Refused {
                    key,
                    message,
                    not_found,
                });
            }
        }
    }

    /// What has ended meanwhile closes the descriptors unused, and the reader sees an end.
    fn attach(&mut self, key: &str, roles: &[Role], descriptors: Vec<OwnedFd>) {
        let Some(child) = self.children.get_mut(key) else {
            return;
        };
        for (role, descriptor) in roles.iter().zip(descriptors) {
            let stream = match role {
                Role::Stdout => "stdout",
                _ => "stderr",
            };
            let found = child.outputs.iter_mut().find(|o| o.stream() == stream);
            if let Some(output) = found.filter(|output| output.is_open()) {
                output.tap(Tap::new(descriptor));
            }
        }
    }

    fn signal(&mut self, key: &str, signal: i32) {
        if let (Some(child), Ok(signal)) = (self.children.get(key), Signal::try_from(signal)) {
            let _ = killpg(child.pid, signal);
        }
    }

    fn kill(&mut self, key: &str) {
        let Some(child) = self.children.get(key) else {
            return;
        };
        // What runs beside a container takes only its own with it.
        if key.contains('!') {
            processes::kill_session(child.pid);
        } else {
            let _ = killpg(child.pid, Signal::SIGKILL);
            self.sweep(key, child.pid);
        }
    }

    fn limit_memory(&self, key: &str, bytes: Option<u64>) {
        if let (Some(child), Some(setup)) = (self.children.get(key), &self.setup) {
            processes::limit_marked(&start::mark(&setup.pod_uid, key), child.pid, bytes);
        }
    }

    /// Kills what a container leaves behind: daemons that left its process group and session.
    fn sweep(&self, key: &str, pid: Pid) {
        let Some(setup) = &self.setup else { return };
        let alone = self
            .children
            .keys()
            .all(|other| container_of(other) == container_of(key));
        if setup.namespaces && alone {
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        } else {
            for (other, child) in &self.children {
                if other.contains('!') && container_of(other) == container_of(key) {
                    processes::kill_session(child.pid);
                }
            }
            processes::kill_marked(&start::mark(&setup.pod_uid, container_of(key)), Some(pid));
        }
    }

    fn reap(&mut self) {
        loop {
            let (pid, code, signal) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, code, None),
                Ok(WaitStatus::Signaled(pid, signal, _)) => {
                    (pid, 128 + signal as i32, Some(signal as i32))
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => continue,
            };
            let found = self.children.iter().find(|(_, child)| child.pid == pid);
            if let Some(key) = found.map(|(key, _)| key.clone()) {
                self.ended(key, pid, code, signal);
            }
        }
    }

    fn ended(&mut self, key: String, pid: Pid, code: i32, signal: Option<i32>) {
        // What the agent's end has brought about (of its input, for one) is no end of the container's own. Looked at
        // first: what follows may take its time.
        let by_itself = !self.wire.is_closed();
        // A probe's own leftovers are in its process group; a container takes all with it; what a
        // person's command leaves running stays, as upstream.
        let exec = self.children.get(&key).is_some_and(|child| child.exec);
        if !exec {
            let _ = killpg(pid, Signal::SIGKILL);
        }
        if !key.contains('!') {
            self.sweep(&key, pid);
        }
        let Some(mut child) = self.children.remove(&key) else {
            return;
        };
        for output in &mut child.outputs {
            output.finish();
        }
        let output = child.outputs.iter_mut().map(Output::take_kept).collect();
        let pending = child
            .outputs
            .into_iter()
            .flat_map(Output::into_pending_taps);
        self.draining.extend(pending);
        let words = child.words.as_deref().map(last_words::take);
        let words = words.unwrap_or_default();
        if let Some(run) = child.run.filter(|_| by_itself) {
            run.end(code, signal, &words);
        }
        self.report(&Report::Exited {
            key,
            code,
            signal,
            output,
            words,
        });
    }

    /// Leaves nothing: the namespace's end does it, or the sweep of all descendants.
    fn end_all(&mut self) {
        let namespaces = self.setup.as_ref().is_some_and(|setup| setup.namespaces);
        if namespaces {
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            return;
        }
        for child in self.children.values() {
            let _ = killpg(child.pid, Signal::SIGKILL);
        }
        processes::kill_descendants();
        if let Some(setup) = &self.setup {
            processes::kill_marked(&start::pod_mark(&setup.pod_uid), None);
        }
    }
}

fn container_of(key: &str) -> &str {
    key.split('!').next().unwrap_or(key)
}
