//! What a pod finds in its /dev.

use std::fs;
use std::os::unix::fs::FileTypeExt;

use orrery_kubelet::runtime::*;

use super::Node;

const EVERYBODYS: [&str; 14] = [
    "fd",
    "full",
    "null",
    "ptmx",
    "pts",
    "random",
    "shm",
    "stderr",
    "stdin",
    "stdout",
    "termination-log",
    "tty",
    "urandom",
    "zero",
];

pub async fn devices(node: &Node) {
    let script = "echo > /dev/null || exit 9; [ \"$(head -c 2 /dev/zero | wc -c)\" -eq 2 ] || exit 8; \
        head -c 1 /dev/urandom > /tmp/random || exit 7; true <> /dev/ptmx || exit 6; \
        echo shared > /dev/shm/mine || exit 5; echo told > /dev/stdout";
    assert_eq!(node.run("devices", script).await, (0, "told\n".to_owned()));
    // who may make no devices finds of the host's those that he may open himself
    if may_make_devices() {
        no_others(node, "before").await;
        if let Some(other) = other_device() {
            lent(node, &other).await;
        }
        no_others(node, "afterwards").await;
    }
}

/// Nor can a pod's root get at them.
async fn no_others(node: &Node, uid: &str) {
    let script =
        "umount -l /dev 2>/dev/null; mknod /tmp/disk b 7 0 2>/dev/null && exit 9; ls -A /dev";
    let (code, text) = node.run(uid, script).await;
    assert_eq!((code, text), (0, EVERYBODYS.join("\n") + "\n"), "{uid}");
}

/// To a pod that mounts them, and to one that is privileged.
async fn lent(node: &Node, device: &str) {
    let volume = Volume {
        name: "devices".into(),
        source: VolumeSource::HostPath {
            path: "/dev".into(),
            kind: "Directory".into(),
        },
    };
    let mount = Mount {
        volume: "devices".into(),
        path: "/mnt".into(),
        sub_path: String::new(),
        read_only: false,
    };
    let rows = [
        ("mounts", false, vec![volume], vec![mount]),
        ("privileged", true, Vec::new(), Vec::new()),
    ];
    for (uid, privileged, volumes, mounts) in rows {
        let place = match privileged {
            true => format!("[ -e /dev/.host/{device} ] || [ -e /dev/{device} ]"),
            false => format!("[ -e /mnt/{device} ]"),
        };
        node.sandbox(uid, |sandbox| {
            sandbox.privileged = privileged;
            sandbox.volumes = volumes;
        })
        .await;
        let started = node.start(uid, &["sh", "-c", &place], mounts).await;
        started.expect("it starts");
        assert_eq!(node.exit(uid).await.code, 0, "{uid}: {device}");
        node.runtime.stop_sandbox(uid).await;
    }
}

/// One of the host's that not every container has.
fn other_device() -> Option<String> {
    let mut entries = fs::read_dir("/dev").expect("a /dev").flatten();
    let found = entries.find(|entry| {
        let is_everybodys = EVERYBODYS.iter().any(|name| entry.file_name() == **name);
        let kind = entry.file_type();
        !is_everybodys && kind.is_ok_and(|kind| kind.is_block_device() || kind.is_char_device())
    });
    found.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// Whether this process is root of the machine, with the rights to mount and to make devices.
fn may_make_devices() -> bool {
    const WANTED: u64 = (1 << 21) | (1 << 27);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let granted = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let granted = granted.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    let users = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let all: Vec<&str> = users.split_whitespace().collect();
    all == ["0", "0", "4294967295"] && granted.is_some_and(|granted| granted & WANTED == WANTED)
}
