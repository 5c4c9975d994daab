//! Disks that are full or failing, and folders that cannot be used.

use std::{fs, path::PathBuf};

use super::{encoded, fresh, key, put, write};
use crate::{DiskFaults, Expect, MemoryDisk, Op, OpenError, Options, Range, Store, WriteError};

#[tokio::test]
async fn a_failing_disk_refuses_writes_and_recovers() {
    struct Row {
        says: &'static str,
        faults: DiskFaults,
        full: bool,
    }
    let faults = DiskFaults::default;
    let rows = [
        Row {
            says: "no room at all",
            faults: DiskFaults {
                room_bytes: Some(0),
                ..faults()
            },
            full: true,
        },
        Row {
            says: "room for a part",
            faults: DiskFaults {
                room_bytes: Some(100),
                ..faults()
            },
            full: true,
        },
        Row {
            says: "flushing fails",
            faults: DiskFaults {
                sync: true,
                ..faults()
            },
            full: false,
        },
        Row {
            says: "what was written in part cannot be cut off at once",
            faults: DiskFaults {
                room_bytes: Some(100),
                cut: true,
                ..faults()
            },
            full: true,
        },
        Row {
            says: "a whole batch is written, not flushed, and cannot be cut off at once",
            faults: DiskFaults {
                sync: true,
                cut: true,
                ..faults()
            },
            full: false,
        },
    ];
    for Row { says, faults, full } in rows {
        let (store, folder) = fresh();
        put(&store, key("a"), "1").await;
        let mut watch = store.watch("pods", None, 2).expect("kept");
        folder.set(faults);
        for _ in 0..3 {
            let wrote = write(
                &store,
                key("b"),
                Expect::Any,
                Op::Put(encoded(&"b".repeat(300))),
            )
            .await;
            let as_said = if full {
                matches!(wrote, Err(WriteError::Full(_) | WriteError::Io(_)))
            } else {
                matches!(wrote, Err(WriteError::Io(_)))
            };
            assert!(as_said, "{says}: {wrote:?}");
        }
        assert!(
            store.get(&key("a")).is_some() && store.get(&key("b")).is_none(),
            "{says}: readable, unchanged"
        );
        assert_eq!((store.revision(), store.stats().failures), (2, 3), "{says}");
        assert_eq!(watch.try_next(), Ok(None), "{says}: nobody saw it");
        folder.set(DiskFaults::default());
        assert_eq!(put(&store, key("c"), "3").await, 3, "{says}: it goes on");
        store.close();
        let again = folder
            .open_store(&Options::default())
            .expect("nothing is damaged");
        assert_eq!(
            super::names(&again.list(&Range::all("pods"))),
            ["default/a", "default/c"],
            "{says}"
        );
    }
}

/// A compaction that finds no room leaves the old log in use.
#[tokio::test]
async fn a_compaction_may_fail() {
    let options = Options {
        log_slack_bytes: 4000,
        ..Options::default()
    };
    for sync in [false, true] {
        let folder = MemoryDisk::default();
        let store = folder.open_store(&options).expect("an empty disk");
        let mut revision = 1;
        for n in 0..200 {
            // fails at changing moments, also while a compaction runs
            let room_bytes = (!sync && n % 7 > 3).then_some(700);
            folder.set(DiskFaults {
                room_bytes,
                sync: sync && n % 7 > 3,
                ..DiskFaults::default()
            });
            let wrote = write(
                &store,
                key("a"),
                Expect::Any,
                Op::Put(encoded(&format!("{n:0>300}"))),
            )
            .await;
            revision = wrote.map_or(revision, |change| change.revision);
        }
        folder.set(DiskFaults::default());
        assert_eq!(store.revision(), revision);
        let value = store.get(&key("a"));
        store.close();
        let again = folder.open_store(&options).expect("nothing is damaged");
        assert_eq!((again.revision(), again.get(&key("a"))), (revision, value));
        again.close();
        assert_eq!(folder.names(), ["objects.log"], "nothing is left behind");
    }
}

/// A folder under the system's own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("orrery-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_real_folder_has_one_user() {
    let scratch = Scratch::new("lock");
    let store = Store::open(&scratch.0, Options::default()).expect("the folder is made");
    put(&store, key("a"), "1").await;
    let second = Store::open(&scratch.0, Options::default()).map(|_| ());
    assert!(matches!(second, Err(OpenError::InUse { path }) if path == scratch.0));
    drop(store);
    let again = Store::open(&scratch.0, Options::default()).expect("dropping lets it go");
    assert_eq!(again.revision(), 2);
    again.close();
    let third = Store::open(&scratch.0, Options::default()).expect("closing lets it go");
    assert!(third.get(&key("a")).is_some());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let scratch = Scratch::new("unusable");
    fs::write(&scratch.0, "a file").expect("a temporary file");
    let opened = Store::open(&scratch.0, Options::default()).map(|_| ());
    fs::remove_file(&scratch.0).expect("it was there");
    let said = opened.expect_err("a file is no folder").to_string();
    assert!(said.starts_with(&*scratch.0.to_string_lossy()), "{said}");
}

#[test]
fn a_foreign_log_is_refused() {
    for contents in [
        &b""[..],
        b"orrery",
        b"SQLite format 3\0 and so on, longer than a header",
    ] {
        let opened = MemoryDisk::with("objects.log", contents.to_vec())
            .open_store(&Options::default())
            .map(|_| ());
        assert!(
            matches!(opened, Err(OpenError::Corrupt { offset: 0, .. })),
            "{opened:?}"
        );
    }
}
