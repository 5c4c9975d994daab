//! What a pod is shown of Orrery's own folder: nothing, whoever Orrery runs as.

use std::path::{Path, PathBuf};

use orrery_kubelet::runtime::*;

use super::Node;

/// Not /tmp, of which each pod has its own.
const PARENT: &str = "/var/tmp";
/// A user to whom nothing belongs.
const NOBODY: u32 = 65_534;

pub async fn own_data() {
    let node = Node::at(folder("own"), exe(), true).await;
    shows_nothing(&node).await;
}

/// The same for one who has rights in a user namespace only, as all of these tests do where nobody runs them as root.
pub async fn unprivileged() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let dir = folder("nobody");
    std::fs::create_dir_all(&dir).expect("a folder");
    std::os::unix::fs::chown(&dir, Some(NOBODY), Some(NOBODY)).expect("it is nobody's");
    let mut process = tokio::process::Command::new(exe());
    process.arg("nobody").arg(&dir).uid(NOBODY).gid(NOBODY);
    let ended = process.status().await.expect("it runs");
    std::fs::remove_dir_all(&dir).expect("removed");
    assert!(ended.success(), "{ended}");
}

/// What the process does that is nobody's.
pub async fn nobody(dir: &Path) {
    let node = Node::at(dir.join("data"), exe(), true).await;
    // where the kernel gives him no user namespace, his pods have none
    if node.runtime.isolation().can_mount {
        shows_nothing(&node).await;
    }
}

/// A folder whose file system is mounted a second time, which no pod is shown there either.
pub async fn mounted_twice() {
    let dir = folder("twice");
    for place in ["real", "again"] {
        std::fs::create_dir_all(dir.join(place)).expect("a folder");
    }
    // among mounts of its own, of which nothing stays
    let mut process = tokio::process::Command::new("unshare");
    process.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    process.arg("mount --bind \"$1/real\" \"$1/again\" && exec \"$0\" twice \"$1\"");
    let exe = std::env::current_exe().expect("a path");
    let ended = process.arg(exe).arg(&dir).status().await.expect("it runs");
    std::fs::remove_dir_all(&dir).expect("removed");
    assert!(ended.success(), "{ended}");
}

/// What the process does that has it mounted twice.
pub async fn twice(dir: &Path) {
    let node = Node::at(dir.join("real/data"), exe(), true).await;
    assert!(node.runtime.isolation().can_mount);
    std::fs::write(node.dir.join("credentials.json"), "a key").expect("written");
    assert!(dir.join("again/data/credentials.json").exists());
    let script = format!("ls -A {0}/real/data {0}/again/data", dir.display());
    let (code, text) = node.run("curious", &script).await;
    let empty = format!("{0}/again/data:\n\n{0}/real/data:\n", dir.display());
    assert_eq!((code, text), (0, empty));
}

fn folder(of: &str) -> PathBuf {
    Path::new(PARENT).join(format!("orrery-{of}-{}", std::process::id()))
}

/// By this name this binary is found by whoever may not look into its folder.
fn exe() -> PathBuf {
    "/proc/self/exe".into()
}

fn volume(name: &str, source: VolumeSource) -> Volume {
    Volume {
        name: name.into(),
        source,
    }
}

fn host(path: &str) -> VolumeSource {
    VolumeSource::HostPath {
        path: path.into(),
        kind: "Directory".into(),
    }
}

async fn shows_nothing(node: &Node) {
    let data = node.dir.to_string_lossy().into_owned();
    std::fs::write(node.dir.join("credentials.json"), "a key").expect("written");
    let volumes = vec![
        volume("own", VolumeSource::Empty),
        volume("host", host(PARENT)),
    ];
    node.sandbox("curious", |sandbox| sandbox.volumes = volumes)
        .await;
    let mount = |volume: &str, path: &str| Mount {
        volume: volume.into(),
        path: path.into(),
        sub_path: String::new(),
        read_only: false,
    };
    let is_empty = |folder: &str| format!("[ -d {folder} ] && [ -z \"$(ls -A {folder})\" ]");
    let through_host = format!("/mnt{}", data.strip_prefix(PARENT).unwrap_or_default());
    let script = format!(
        "{empty} || exit 9; {beside} || exit 8; umount {data} 2>/dev/null; {empty} || exit 7; \
         echo x > /srv/file || exit 6; \
         ls -A /proc/1/cwd/ /proc/1/cwd/.. /proc/1/fd/*/ /proc/1/fd/*/.. 2>/dev/null | grep credentials && exit 5; exit 0",
        empty = is_empty(&data),
        beside = is_empty(&through_host),
    );
    let mounts = vec![mount("own", "/srv"), mount("host", "/mnt")];
    let started = node.start("curious", &["sh", "-c", &script], mounts).await;
    started.expect("it starts");
    let code = node.exit("curious").await.code;
    let text = node.text("curious").await;
    assert_eq!(code, 0, "{text}");
    let own = "pods/default_curious_curious/volumes/own/file";
    assert!(node.dir.join(own).exists(), "its own it has");
    node.runtime.stop_sandbox("curious").await;

    for path in [data.clone(), format!("{data}/pods")] {
        let asks = Sandbox {
            uid: "asks".into(),
            volumes: vec![volume("data", host(&path))],
            ..Sandbox::default()
        };
        let error = node.runtime.start_sandbox(asks).await;
        let error = error.expect_err("it is not shown");
        let want = format!(
            "MountVolume.SetUp failed for volume \"data\" : {path} is Orrery's own, which no pod is shown"
        );
        assert_eq!((error.reason, error.message), ("FailedMount", want));
    }
}
