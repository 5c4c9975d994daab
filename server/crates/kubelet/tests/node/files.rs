//! Files of volumes that are written anew while a container has them.

use std::time::Duration;

use orrery_kubelet::runtime::*;

use super::Node;

fn map(content: &str) -> Volume {
    let file = VolumeFile {
        path: "key".into(),
        content: content.into(),
        mode: 0o644,
    };
    Volume {
        name: "map".into(),
        source: VolumeSource::Files(vec![file]),
    }
}

pub async fn refreshed(node: &Node) {
    node.sandbox("refreshed", |sandbox| sandbox.volumes = vec![map("old")])
        .await;
    let mount = |path: &str, sub: &str| Mount {
        volume: "map".into(),
        path: path.into(),
        sub_path: sub.into(),
        read_only: false,
    };
    let mounts = vec![mount("/mnt", ""), mount("/made-up/key", "key")];
    let started = node.start("refreshed", &["sleep", "1000"], mounts).await;
    started.expect("it starts");
    let shows = async |script: &str| {
        let script = ProbeAction::Exec(["sh", "-c", script].map(str::to_owned).to_vec());
        let limit = Duration::from_secs(10);
        node.runtime.probe("refreshed", "c", script, limit).await
    };
    let both = "grep -q old /mnt/key && grep -q old /made-up/key";
    assert_eq!(shows(both).await, Ok(()));
    let changed = node.runtime.refresh_volume("refreshed", map("new")).await;
    assert_eq!(changed, Ok(()));
    let one = "grep -q new /mnt/key && grep -q old /made-up/key";
    assert_eq!(shows(one).await, Ok(()), "a subPath keeps what it had");
    node.runtime.stop_sandbox("refreshed").await;
    let gone = node.runtime.refresh_volume("refreshed", map("late")).await;
    assert_eq!(gone, Ok(()), "of a pod that has ended nothing is written");
}
