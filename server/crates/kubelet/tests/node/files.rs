//! Files and folders of a container: volumes that are written anew and measured, and its working directory.

use std::time::Duration;

use orrery_kubelet::runtime::*;

use super::Node;

/// Where a volume's files are kept.
type Kept = fn(Vec<VolumeFile>) -> VolumeSource;

fn map(content: &str, kept: Kept) -> Volume {
    let file = VolumeFile {
        path: "key".into(),
        content: content.into(),
        mode: 0o644,
    };
    Volume {
        name: "map".into(),
        source: kept(vec![file]),
    }
}

pub async fn refreshed(node: &Node) {
    change(node, "refreshed", VolumeSource::Files).await;
    change(node, "in-memory", VolumeSource::Memory).await;
    let folder = node.dir.join("pods/default_in-memory_in-memory");
    let on_disk = ["volumes", "tmp/map"].map(|name| folder.join(name).exists());
    assert_eq!(on_disk, [false, false], "what is in memory is on no disk");
}

async fn change(node: &Node, uid: &str, kept: Kept) {
    let map = |content: &str| map(content, kept);
    node.sandbox(uid, |sandbox| sandbox.volumes = vec![map("old")])
        .await;
    let mount = |path: &str, sub: &str| Mount {
        volume: "map".into(),
        path: path.into(),
        sub_path: sub.into(),
        read_only: false,
    };
    let mounts = vec![mount("/mnt", ""), mount("/made-up/key", "key")];
    let started = node.start(uid, &["sleep", "1000"], mounts).await;
    started.expect("it starts");
    let shows = async |script: &str| {
        let script = ProbeAction::Exec(["sh", "-c", script].map(str::to_owned).to_vec());
        let limit = Duration::from_secs(10);
        node.runtime.probe(uid, "c", script, limit).await
    };
    let both = "grep -q old /mnt/key && grep -q old /made-up/key";
    assert_eq!(shows(both).await, Ok(()));
    let changed = node.runtime.refresh_volume(uid, map("new")).await;
    assert_eq!(changed, Ok(()));
    let one = "grep -q new /mnt/key && grep -q old /made-up/key";
    assert_eq!(shows(one).await, Ok(()), "a subPath keeps what it had");
    let outside = VolumeFile {
        path: "../out".into(),
        content: Vec::new(),
        mode: 0o644,
    };
    let outside = Volume {
        name: "map".into(),
        source: kept(vec![outside]),
    };
    let refused = node.runtime.refresh_volume(uid, outside).await;
    let why = "\"../out\" leads out of its volume";
    assert_eq!(refused, Err(why.to_owned()));
    node.runtime.stop_sandbox(uid).await;
    let gone = node.runtime.refresh_volume(uid, map("late")).await;
    assert_eq!(gone, Ok(()), "of a pod that has ended nothing is written");
}

pub async fn measured(node: &Node) {
    let scratch = Volume {
        name: "scratch".into(),
        source: VolumeSource::Empty,
    };
    node.sandbox("measured", |sandbox| sandbox.volumes = vec![scratch])
        .await;
    let mount = Mount {
        volume: "scratch".into(),
        path: "/mnt".into(),
        sub_path: String::new(),
        read_only: false,
    };
    let before = node.runtime.disk_usage("measured").await.volumes["scratch"];
    let script =
        "mkdir /mnt/deep && head -c 300000 /dev/urandom > /mnt/deep/file && sync /mnt/deep/file";
    let started = node
        .start("measured", &["sh", "-c", script], vec![mount])
        .await;
    started.expect("it starts");
    assert_eq!(node.exit("measured").await.code, 0);
    let usage = node.runtime.disk_usage("measured").await;
    let after = usage.volumes["scratch"];
    assert!(after >= before + 300_000, "{before}, then {after}");
    assert!(usage.containers.contains_key("c"), "its log: {usage:?}");
    node.runtime.stop_sandbox("measured").await;
}

pub async fn working_dirs(node: &Node) {
    for (uid, dir) in [
        ("nowhere", "/made-up/work"),
        ("root", "/made-up"),
        ("in-tmp", "/tmp/made-up"),
        ("there", "/usr/bin"),
    ] {
        node.sandbox(uid, |_| ()).await;
        let script = "pwd; [ ! -w . ] || echo x > made-here; exec cat made-here";
        let spec = ContainerSpec {
            pod_uid: uid.into(),
            name: "c".into(),
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            working_dir: Some(dir.into()),
            ..ContainerSpec::default()
        };
        node.runtime.start_container(spec).await.expect("it starts");
        let code = node.exit(uid).await.code;
        let text = node.text(uid).await;
        let first = text.lines().next();
        assert_eq!(first, Some(dir), "{text}");
        let want = if uid == "there" { 1 } else { 0 };
        assert_eq!(code, want, "{dir}: it may write to its own: {text}");
        node.runtime.stop_sandbox(uid).await;
    }
}
