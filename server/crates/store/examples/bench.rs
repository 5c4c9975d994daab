//! Prints what the store does on this machine: `cargo run --release -p orrery-store --example bench [DIR]`.
#![allow(clippy::disallowed_methods)] // measures real time

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::Bytes;
use orrery_store::{Columns, Encoded, Expect, Key, Op, Options, Range, Store};

const VALUE_BYTES: usize = 1500;
const OBJECTS: usize = 20_000;
const WATCHERS: usize = 1000;

#[tokio::main]
async fn main() {
    let base = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = base.join(format!("orrery-store-bench-{}", std::process::id()));
    for writers in [1, 64] {
        writes(&dir.join(format!("w{writers}")), writers).await;
    }
    restart(&dir.join("restart")).await;
    fan_out().await;
    let _ = std::fs::remove_dir_all(&dir);
}

fn row(what: &str, value: String) {
    println!("{what:<44}{value:>12}");
}

fn encoded(n: usize) -> Encoded {
    let mut value = vec![b'x'; VALUE_BYTES];
    value[..8].copy_from_slice(&(n as u64).to_le_bytes());
    let columns = Columns {
        uid: format!("uid-{n}").into(),
        ..Columns::default()
    };
    Encoded {
        value: Bytes::from(value),
        columns,
    }
}

async fn put(store: &Store, key: Key, n: usize) {
    let wrote = store
        .write(key, Expect::Any, move |_, _| {
            Ok::<_, ()>(Op::Put(encoded(n)))
        })
        .await;
    wrote.expect("the disk takes it");
}

async fn writes(dir: &Path, writers: usize) {
    let store = Store::open(dir, Options::default()).expect("the folder is ours");
    let until = Instant::now() + Duration::from_secs(3);
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < until {
                    let started = Instant::now();
                    put(
                        &store,
                        Key::new("pods", "default", format!("{writer}-{}", took.len() % 64)),
                        took.len(),
                    )
                    .await;
                    took.push(started.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("a writer does not panic"));
    }
    took.sort_unstable();
    let at = |part: f64| {
        format!(
            "{:.3} ms",
            took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3
        )
    };
    row(
        &format!("{writers} writers: writes/s"),
        format!("{}", took.len() / 3),
    );
    row(&format!("{writers} writers: p50"), at(0.5));
    row(&format!("{writers} writers: p99"), at(0.99));
    row(&format!("{writers} writers: max"), at(1.0));
    let stats = store.stats();
    row(
        &format!("{writers} writers: fsyncs, compactions"),
        format!("{} {}", stats.fsyncs, stats.compactions),
    );
    store.close();
}

async fn restart(dir: &Path) {
    let store = Store::open(dir, Options::default()).expect("the folder is ours");
    let tasks: Vec<_> = (0..64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (writer..OBJECTS).step_by(64) {
                    put(
                        &store,
                        Key::new("pods", format!("ns-{}", n % 20), format!("pod-{n}")),
                        n,
                    )
                    .await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a writer does not panic");
    }
    store.close();
    drop(store);
    let before = resident_kb();
    let started = Instant::now();
    let store = Store::open(
        dir,
        Options {
            history: 1,
            ..Options::default()
        },
    )
    .expect("the folder is ours");
    row(
        "20,000 objects: restart",
        format!("{:.1} ms", started.elapsed().as_secs_f64() * 1e3),
    );
    row(
        "20,000 objects: memory each",
        format!("{} B", (resident_kb() - before) * 1024 / OBJECTS),
    );
    let started = Instant::now();
    let list = store.list(&Range::all("pods"));
    row(
        "20,000 objects: list",
        format!("{:.2} ms", started.elapsed().as_secs_f64() * 1e3),
    );
    assert_eq!(list.entries.len(), OBJECTS);
}

fn resident_kb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// Every change is received by every watch.
async fn fan_out() {
    const CHANGES: usize = 1000;
    let store = Store::in_memory(Options::default());
    let watches: Vec<_> = (0..WATCHERS)
        .map(|_| {
            let mut watch = store
                .watch("pods", None, 1)
                .expect("nothing is forgotten yet");
            tokio::spawn(async move {
                for _ in 0..CHANGES {
                    watch.next().await.expect("the history is long enough");
                }
            })
        })
        .collect();
    let started = Instant::now();
    for n in 0..CHANGES {
        put(
            &store,
            Key::new("pods", "default", format!("{}", n % 64)),
            n,
        )
        .await;
        tokio::task::yield_now().await;
    }
    for watch in watches {
        watch.await.expect("a watch does not panic");
    }
    let rate = (WATCHERS * CHANGES) as f64 / started.elapsed().as_secs_f64();
    row("1,000 watches: deliveries/s", format!("{rate:.0}"));
}
