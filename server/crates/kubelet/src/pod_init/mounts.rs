//! What a pod sees of the host's files: all of it read-only but Orrery's own data, a /tmp and a /proc of its
//! own; and for each container its volumes where it wants them.

mod cover;
mod devices;
mod graft;

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid, chdir, sethostname};

use super::proto::{Bind, Content, Setup, Source};
use crate::projection::project;
use crate::sys::set_mount_read_only;
use cover::cover_data;
use devices::Devices;

/// The laid-out pod. The descriptors keep places reachable that mounts hide.
pub struct World {
    pod: OwnedFd,
    /// Whether the host's /tmp is kept under [`HOST_TMP`], for the pod's own covers it.
    lends_tmp: bool,
}

/// Where nearly every container has the token of its ServiceAccount.
const TOKENS: &str = "/run/secrets/kubernetes.io/serviceaccount";

/// The variable that tells a zygote which folder is Orrery's.
pub const DATA_FOLDER: &str = "ORRERY_DATA_FOLDER";

/// Where the pods' folders are within Orrery's. A zygote works there: from a covered folder nothing else leads to them.
pub const PODS: &str = "pods";

/// Room for all that volumes may hold twice, for of two versions one is there until the other is whole; and for last
/// words, of which a container may write as many as it likes.
const MEMORY_OPTIONS: &str = "mode=0755,size=96m";

/// Where volumes in memory and last words are, within the pod's folder: on what is the pod's /tmp, which is mounted there by then. A
/// folder for them alone would be one more to make on the disk for each pod.
pub const MEMORY: &str = "tmp";

/// Where the host's /tmp stays reachable, within the pod's folder.
const HOST_TMP: &str = "host-tmp";

const NO_DATA: Option<&str> = None;

/// Adds what was tried to an error: the agent shows it to a person.
fn tried<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}

fn open_place(path: &str) -> Result<OwnedFd, String> {
    tried(
        &format!("open {path}"),
        open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()),
    )
}

fn place(fd: &impl AsRawFd) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

fn c_path(path: &str) -> Result<CString, String> {
    tried("path", CString::new(path))
}

/// Gives the calling process mounts of its own, with a /dev for the pods whose inits it forks: to each its own
/// would be a fifth of what laying it out costs. Who is not root has the right to it in a user namespace of its own.
///
/// Where it fails it can be tried again. No pod is begun meanwhile: it would see what is to be covered, and what is lent
/// to it would change the mounts of the host.
///
/// What covers Orrery's data is mounted here, too: to the pods, whose user namespaces are other ones, these mounts are
/// locked, so that not even a pod's root takes them away.
///
/// The place for tokens is made on the host, as an empty folder that is gone with its /run: a /run that has it is
/// shown to containers as it is, and what comes to it later too.
pub fn prepare() -> Result<Devices, String> {
    if Path::new("/run").is_dir() {
        // where it cannot be, each container has a /run put together for it
        let _ = fs::create_dir_all(TOKENS);
    }
    if unshare(CloneFlags::CLONE_NEWNS).is_err() {
        let (uid, gid) = (Uid::effective(), Gid::effective());
        let both = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS;
        tried("mounts of its own", unshare(both))?;
        become_root(uid, gid)?;
    }
    // what is mounted on the host from now on is still to be seen
    keep_to_itself(MsFlags::MS_SLAVE)?;
    cover_data()?;
    let mut devices = Devices::default();
    devices.hide()?;
    Ok(devices)
}

/// Makes that user and group root of the new user namespace.
pub fn become_root(uid: Uid, gid: Gid) -> Result<(), String> {
    let mapped = fs::write("/proc/self/setgroups", "deny")
        .and_then(|()| fs::write("/proc/self/uid_map", format!("0 {uid} 1\n")))
        .and_then(|()| fs::write("/proc/self/gid_map", format!("0 {gid} 1\n")));
    tried("map the user", mapped)
}

/// Lets no mount of this process's be seen by others; theirs neither, if private.
fn keep_to_itself(how: MsFlags) -> Result<(), String> {
    let made = mount(NO_DATA, "/", NO_DATA, MsFlags::MS_REC | how, NO_DATA);
    tried("make mounts private", made)
}

impl World {
    pub fn lay_out(setup: &Setup) -> Result<Self, String> {
        if !setup.namespaces {
            return Ok(Self {
                pod: open_place(&setup.pod_dir)?,
                lends_tmp: false,
            });
        }
        if !setup.hostname.is_empty() {
            tried("name the host", sethostname(&setup.hostname))?;
        }
        keep_to_itself(MsFlags::MS_PRIVATE)?;
        let world = Self::enter_folder(setup)?;
        tried(
            "make the host read-only",
            set_mount_read_only(c"/", true, true),
        )?;
        tried(
            "make the pod's folder writable",
            set_mount_read_only(c"/tmp", false, false),
        )?;
        let tmp = format!("{}/tmp", place(&world.pod));
        tried(
            "bind /tmp",
            mount(
                Some(tmp.as_str()),
                "/tmp",
                NO_DATA,
                MsFlags::MS_BIND,
                NO_DATA,
            ),
        )?;
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        tried(
            "mount /proc",
            mount(Some("proc"), "/proc", Some("proc"), flags, NO_DATA),
        )?;
        // any folder does to put it together in; one more would be one more to make for each pod
        devices::open(&world.path("tmp"))?;
        if Path::new("/dev/shm").is_dir() {
            let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
            tried(
                "mount /dev/shm",
                mount(Some("shm"), "/dev/shm", Some("tmpfs"), flags, NO_DATA),
            )?;
        }
        tried("mount a place in memory", world.mount_memory())?;
        Ok(world)
    }

    /// Gone with the pod's mounts, whatever ends it: nothing that it held is ever on a disk.
    fn mount_memory(&self) -> nix::Result<()> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        let place = self.path(MEMORY);
        mount(
            Some("volumes"),
            place.as_str(),
            Some("tmpfs"),
            flags,
            Some(MEMORY_OPTIONS),
        )
    }

    /// The files of volumes that are in memory; an error is what a person reads.
    pub fn fill_all(&self, content: &[Content]) -> Result<(), String> {
        content.iter().try_for_each(|content| {
            let name = &content.volume;
            let filled = self.fill(content);
            filled.map_err(|why| format!("MountVolume.SetUp failed for volume {name:?} : {why}"))
        })
    }

    /// Makes a volume in memory hold these files and no others.
    pub fn fill(&self, content: &Content) -> Result<(), String> {
        let place = self.path(&format!("{MEMORY}/{}", content.volume));
        let place = Path::new(&place);
        match fs::create_dir(place) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                tried("make its folder", made)?;
                let open = fs::Permissions::from_mode(0o755);
                tried("open its folder", fs::set_permissions(place, open))?;
            }
        }
        project(place, &content.files)
    }

    /// The pod's folder, as a mount of its own that lies under the pod's /tmp: where it really is shall be covered, and
    /// nothing leads from it to the folders of others.
    fn enter_folder(setup: &Setup) -> Result<Self, String> {
        let name = Path::new(&setup.pod_dir).file_name().unwrap_or_default();
        let folder = open_place(&name.to_string_lossy())?;
        cover_data()?;
        if setup.lends_tmp {
            tried("keep the host's /tmp", keep_tmp(&folder))?;
        }
        // with the host's /tmp in it
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        let bound = mount(
            Some(place(&folder).as_str()),
            "/tmp",
            NO_DATA,
            flags,
            NO_DATA,
        );
        tried("bind the pod's folder", bound)?;
        tried("leave the pods' folder", chdir("/"))?;
        Ok(Self {
            pod: open_place("/tmp")?,
            lends_tmp: setup.lends_tmp,
        })
    }

    /// A path within the pod's folder, reachable whatever is mounted.
    pub fn path(&self, within: &str) -> String {
        format!("{}/{within}", place(&self.pod))
    }

    /// Gives the calling process mounts of its own with these volumes in place. Only the working
    /// directory follows a process into its new mount namespace: descriptors still show the mounts of
    /// the old one, which cannot be bound. So the pod's folder is carried over as that.
    pub fn bind_all(&self, binds: &[Bind]) -> Result<(), String> {
        tried("enter the pod's folder", chdir(place(&self.pod).as_str()))?;
        tried(
            "a mount namespace of its own",
            unshare(CloneFlags::CLONE_NEWNS),
        )?;
        let own = Self {
            pod: open_place(".")?,
            lends_tmp: self.lends_tmp,
        };
        own.bind_here(binds)
    }

    fn bind_here(&self, binds: &[Bind]) -> Result<(), String> {
        let sources = binds.iter().map(|bind| self.open_source(&bind.source));
        let opened = sources.collect::<Result<Vec<_>, _>>()?;
        let mut grafts = Vec::new();
        for (bind, source) in binds.iter().zip(&opened) {
            self.bind(bind, source, &mut grafts)?;
        }
        if grafts.iter().any(|graft| graft == "/") {
            graft::leave_old_root();
        }
        for graft in grafts {
            tried(
                "close the grafted folder",
                set_mount_read_only(&c_path(&graft)?, true, false),
            )?;
        }
        Ok(())
    }

    fn bind(&self, bind: &Bind, source: &OwnedFd, grafts: &mut Vec<String>) -> Result<(), String> {
        let is_dir = Path::new(&place(source)).is_dir();
        self.make_target(&bind.target, is_dir, grafts)?;
        let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
        let what = format!("mount at {}", bind.target);
        tried(
            &what,
            mount(
                Some(place(source).as_str()),
                bind.target.as_str(),
                NO_DATA,
                flags,
                NO_DATA,
            ),
        )?;
        let target = c_path(&bind.target)?;
        tried(
            &what,
            set_mount_read_only(&target, bind.read_only, bind.read_only),
        )
    }

    /// Makes sure that there is something to mount on.
    fn make_target(
        &self,
        target: &str,
        is_dir: bool,
        grafts: &mut Vec<String>,
    ) -> Result<(), String> {
        if Path::new(target).exists() || create(target, is_dir).is_ok() {
            return Ok(());
        }
        let stage = self.path(&format!("graft{}", grafts.len()));
        grafts.push(graft::graft(Path::new(target), &stage)?);
        tried(&format!("create {target}"), create(target, is_dir))
    }

    /// Opens what is mounted. A path within a volume may not lead out of it, not by symbolic links
    /// that the pod has put there either.
    fn open_source(&self, source: &Source) -> Result<OwnedFd, String> {
        match source {
            Source::Pod(path) => self.open_within(&self.pod, path),
            Source::Host { path, sub_path } => {
                let base = match (within_tmp(path), graft::of_host(path)) {
                    (Some(rest), _) if self.lends_tmp => {
                        open_place(&self.path(&format!("{HOST_TMP}{rest}")))?
                    }
                    (_, Some(device)) => open_place(&device.to_string_lossy())?,
                    _ => open_place(path)?,
                };
                match sub_path.is_empty() {
                    true => Ok(base),
                    false => self.open_within(&base, sub_path),
                }
            }
        }
    }

    fn open_within(&self, base: &impl AsFd, path: &str) -> Result<OwnedFd, String> {
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_BENEATH);
        if let Ok(found) = openat2(base.as_fd(), path, how) {
            return Ok(found);
        }
        let whole = format!("{}/{path}", place(&base.as_fd()));
        let _ = fs::create_dir_all(&whole);
        tried(
            &format!("open {path} in its volume"),
            openat2(base.as_fd(), path, how),
        )
    }
}

/// Shows the host's /tmp in the pod's folder; with what is mounted in it, for that may cover something.
fn keep_tmp(folder: &OwnedFd) -> io::Result<()> {
    let host_tmp = format!("{}/{HOST_TMP}", place(folder));
    fs::create_dir_all(&host_tmp)?;
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    Ok(mount(
        Some("/tmp"),
        host_tmp.as_str(),
        NO_DATA,
        flags,
        NO_DATA,
    )?)
}

/// Where a path of the host's lies in its /tmp, if it does.
pub fn within_tmp(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/tmp")?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn create(target: &str, is_dir: bool) -> io::Result<()> {
    if is_dir {
        return fs::create_dir_all(target);
    }
    let parent = Path::new(target).parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(target)
        .map(drop)
}
