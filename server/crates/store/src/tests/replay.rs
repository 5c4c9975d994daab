//! Random histories: whatever was written, lists, watches and restarts agree.

use std::{collections::BTreeMap, sync::Arc};

use super::{delete, key, put};
use crate::{ChangeKind, Entry, Key, MemoryDisk, Options, Range, Store};

/// A small generator, so that a seed means the same for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

type Objects = BTreeMap<Key, Arc<Entry>>;

fn listed(store: &Store, revision: u64) -> Option<Objects> {
    let list = store.list_at(&Range::all("pods"), revision).ok()?;
    Some(
        list.entries
            .into_iter()
            .map(|entry| (entry.key.clone(), entry))
            .collect(),
    )
}

async fn random_write(store: &Store, random: &mut Random) {
    let namespace = format!("ns-{}", random.below(3));
    let key = Key::new("pods", namespace, format!("pod-{}", random.below(12)));
    match (random.below(10), store.get(&key)) {
        (0, _) => drop(put(store, Key::new("jobs", "default", "other"), "noise").await),
        (1..4, Some(_)) => drop(delete(store, key).await),
        (value, _) => drop(put(store, key, &format!("{value:0>100}")).await),
    }
}

/// A list at any version, with the watch from there applied, is the list of today.
fn check(store: &Store, models: &BTreeMap<u64, Objects>, context: &str) {
    let mut served = 0;
    for (&revision, model) in models {
        let Some(mut objects) = listed(store, revision) else {
            assert!(
                store.watch("pods", None, revision).is_err(),
                "{context}: gone for lists, gone for watches"
            );
            continue;
        };
        served += 1;
        assert_eq!(&objects, model, "{context}: the list at {revision}");
        let mut watch = store
            .watch("pods", None, revision)
            .expect("listed, so kept");
        while let Some(change) = watch.try_next().expect("kept") {
            let previous = match change.kind {
                ChangeKind::Put => objects.insert(change.entry.key.clone(), change.entry.clone()),
                ChangeKind::Delete => objects.remove(&change.entry.key),
            };
            assert_eq!(
                previous, change.previous,
                "{context}: before {}",
                change.revision
            );
        }
        assert_eq!(
            Some(objects),
            listed(store, store.revision()),
            "{context}: replayed from {revision}"
        );
    }
    assert!(served > 0, "{context}: the newest version is always served");
}

#[tokio::test]
async fn replaying_a_watch_gives_the_list() {
    for seed in 1..=20 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15u64.wrapping_mul(seed));
        let history = 1 + random.below(150) as usize;
        let log_slack_bytes = 2000 + random.below(40_000);
        let options = Options {
            history,
            log_slack_bytes,
            ..Options::default()
        };
        let folder = MemoryDisk::default();
        let mut store = match seed % 2 {
            0 => Store::in_memory(options.clone()),
            _ => folder.open_store(&options).expect("an empty disk"),
        };
        let mut models = BTreeMap::new();
        for _ in 0..200 {
            random_write(&store, &mut random).await;
            models.insert(
                store.revision(),
                listed(&store, store.revision()).expect("now"),
            );
            if seed % 2 == 1 && random.below(60) == 0 {
                store.close();
                store = folder.open_store(&options).expect("it was closed");
                check(&store, &models, &format!("seed {seed}, restarted"));
            }
        }
        check(&store, &models, &format!("seed {seed}"));
    }
}

/// Many writers at once: revisions are all different and without gaps, and a watch sees them in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_share_one_order() {
    let options = Options {
        log_slack_bytes: 20_000,
        ..Options::default()
    };
    let folder = MemoryDisk::default();
    let store = folder.open_store(&options).expect("an empty disk");
    let mut watch = store.watch("pods", None, 1).expect("kept");
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    put(
                        &store,
                        key(&format!("{writer}-{}", n % 3)),
                        &format!("{n:0>100}"),
                    )
                    .await;
                }
            })
        })
        .collect();
    for revision in 2..=1601 {
        assert_eq!(watch.next().await.expect("kept").revision, revision);
    }
    for writer in writers {
        writer.await.expect("no panic");
    }
    let before = listed(&store, 1601);
    store.close();
    let stats = store.stats();
    assert!(
        stats.compactions > 0 && stats.fsyncs > 0,
        "compacted under load: {stats:?}"
    );
    assert_eq!(stats.changes, 1600);
    let again = folder.open_store(&options).expect("it was closed");
    assert_eq!(listed(&again, 1601), before);
}
