//! Losing power, at every step and at every byte.

use super::{delete, encoded, fresh, key, put, write};
use crate::{DiskFaults, Expect, MemoryDisk, Op, OpenError, Options, Range, Store, Unflushed};

const LOG: &str = "objects.log";

fn state(store: &Store) -> (u64, Vec<(String, String, u64)>) {
    let list = store.list(&Range::all("pods"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let entry = |entry: &std::sync::Arc<crate::Entry>| {
        (
            entry.key.name.to_string(),
            text(&entry.value),
            entry.revision,
        )
    };
    (list.revision, list.entries.iter().map(entry).collect())
}

#[tokio::test]
async fn everything_comes_back() {
    let (store, folder) = fresh();
    put(&store, key("a"), "1").await;
    put(&store, key("b"), "2").await;
    put(&store, key("a"), "3").await;
    delete(&store, key("b")).await;
    let (before, entry) = (state(&store), store.get(&key("a")));
    store.close();
    let again = folder.open_store(&Options::default()).expect("it is whole");
    assert_eq!(state(&again), before);
    assert_eq!(again.get(&key("a")), entry, "columns and all");
    assert_eq!(put(&again, key("c"), "4").await, 6, "revisions go on");
}

/// The last batch is torn at each byte: the store opens as it was before, and goes on from there.
#[tokio::test]
async fn a_torn_tail_is_cut_at_any_byte() {
    let (store, folder) = fresh();
    put(&store, key("a"), "1").await;
    let before = state(&store);
    let whole = store.stats().log_bytes as usize;
    put(&store, key("a"), "2").await;
    store.close();
    let log = folder.contents(LOG);
    for at in whole..log.len() {
        let zeroed = [&log[..at], &vec![0; log.len() - at]].concat();
        let mut flipped = log.clone();
        flipped[at] ^= 0x10;
        for (how, torn) in [
            ("cut", log[..at].to_vec()),
            ("zeroed", zeroed),
            ("flipped", flipped),
        ] {
            let folder = MemoryDisk::with(LOG, torn);
            let store = folder
                .open_store(&Options::default())
                .expect("a torn tail is no damage");
            assert_eq!(state(&store), before, "{how} at {at}");
            assert_eq!(put(&store, key("b"), "after").await, 3);
            store.close();
            let store = folder
                .open_store(&Options::default())
                .expect("the tail was cut off");
            assert_eq!(
                state(&store).1.len(),
                2,
                "{how} at {at}: what came later is not poisoned"
            );
        }
    }
}

/// A flipped bit before the last batch is damage, and the log is refused rather than shortened.
#[tokio::test]
async fn damage_is_refused_at_any_byte() {
    let (store, folder) = fresh();
    put(&store, key("a"), "1").await;
    let last = store.stats().log_bytes as usize;
    put(&store, key("a"), "2").await;
    store.close();
    let log = folder.contents(LOG);
    for at in 0..last {
        let mut damaged = log.clone();
        damaged[at] ^= 0x10;
        let folder = MemoryDisk::with(LOG, damaged.clone());
        let opened = folder.open_store(&Options::default()).map(|_| ());
        assert!(
            matches!(
                opened,
                Err(OpenError::Corrupt { .. } | OpenError::Format { .. })
            ),
            "{opened:?} at {at}"
        );
        assert_eq!(folder.contents(LOG), damaged, "nothing is changed");
    }
}

/// The log's own bytes, stored as a value in a batch that is torn, are not taken for a later batch.
#[tokio::test]
async fn a_log_within_a_value_is_only_a_value() {
    let (other, elsewhere) = fresh();
    for _ in 0..9 {
        put(&other, key("a"), "1").await;
    }
    let (store, folder) = fresh();
    put(&store, key("a"), "1").await;
    let mut value = encoded("");
    other.close();
    value.value = elsewhere.contents(LOG).into();
    write(&store, key("a"), Expect::Any, Op::Put(value))
        .await
        .expect("written");
    store.close();
    let mut log = folder.contents(LOG);
    log.pop();
    let store = MemoryDisk::with(LOG, log)
        .open_store(&Options::default())
        .expect("a torn tail");
    assert_eq!(store.revision(), 2);
}

/// The power fails after each operation of a run that compacts twice, and leaves more or less of what was
/// not flushed: every acknowledged write is there, and nothing that no writer wrote.
#[tokio::test]
async fn power_may_fail_at_any_operation() {
    let options = Options {
        log_slack_bytes: 4000,
        ..Options::default()
    };
    let steps = run(&MemoryDisk::default(), &options).await.1;
    assert!(steps > 60, "the run is long enough to matter: {steps}");
    for dead_from in 0..steps {
        let folder = MemoryDisk::default();
        folder.set(DiskFaults {
            dead_from: Some(dead_from),
            ..DiskFaults::default()
        });
        let (acknowledged, _) = run(&folder, &options).await;
        for unflushed in [
            Unflushed::Lost,
            Unflushed::Kept,
            Unflushed::Zeroed,
            Unflushed::Half,
        ] {
            let folder = folder.after_power_loss(unflushed);
            let store = folder.open_store(&options).expect("a crash is no damage");
            let (revision, entries) = state(&store);
            let context = format!("dead from {dead_from}, unflushed {unflushed:?}");
            // the write under way at the crash may have come through; the one after cannot
            assert!(
                (acknowledged..=acknowledged + 1).contains(&revision),
                "{revision} of {acknowledged}, {context}"
            );
            assert_eq!(entries, expected(revision), "{context}");
        }
    }
}

/// As long as the new log's name may be lost, nothing is acknowledged that only the new log holds.
#[tokio::test]
async fn a_rename_is_durable_before_the_next_write() {
    let options = Options {
        log_slack_bytes: 4000,
        ..Options::default()
    };
    let folder = MemoryDisk::default();
    let store = folder.open_store(&options).expect("an empty disk");
    folder.set(DiskFaults {
        folder_sync: true,
        ..DiskFaults::default()
    });
    let put_once = || {
        write(
            &store,
            key("a"),
            Expect::Any,
            Op::Put(encoded(&"x".repeat(200))),
        )
    };
    let mut acknowledged = 1;
    // ends when a compaction has renamed its file
    while let Ok(change) = put_once().await {
        acknowledged = change.revision;
        assert!(
            acknowledged < 100_000,
            "writes go on although the name may be lost"
        );
    }
    let again = folder
        .after_power_loss(Unflushed::Lost)
        .open_store(&options)
        .expect("a crash is no damage");
    assert_eq!(again.revision(), acknowledged);
    folder.set(DiskFaults::default());
    assert_eq!(put(&store, key("b"), "later").await, acknowledged + 1);
    let again = folder
        .after_power_loss(Unflushed::Lost)
        .open_store(&options)
        .expect("a crash is no damage");
    assert_eq!(again.revision(), acknowledged + 1);
}

const KEYS: u64 = 5;

/// Writes until a write fails; gives the newest acknowledged revision and the disk's operations.
async fn run(folder: &MemoryDisk, options: &Options) -> (u64, usize) {
    let mut acknowledged = 1;
    if let Ok(store) = folder.open_store(options) {
        for revision in 2..42 {
            let name = format!("{}", revision % KEYS);
            let put = Op::Put(encoded(&format!("{revision:0>200}")));
            match write(&store, key(&name), Expect::Any, put).await {
                Ok(change) => acknowledged = change.revision,
                Err(_) => break,
            }
        }
        store.close();
    }
    (acknowledged, folder.operations())
}

fn expected(revision: u64) -> Vec<(String, String, u64)> {
    let newest = |key: u64| (2..=revision).rev().find(|revision| revision % KEYS == key);
    let entry = |key: u64| {
        newest(key).map(|revision| (key.to_string(), format!("{revision:0>200}"), revision))
    };
    (0..KEYS).filter_map(entry).collect()
}
