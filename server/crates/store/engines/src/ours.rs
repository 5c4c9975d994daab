//! Our log, through the store's own front door.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use orrery_store::{Columns, Encoded, Expect, Key, Op, Options, Range, Store};

use crate::{MANY, OBJECTS, Row, harness};

pub fn measure(dir: &Path) -> Row {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let one = runtime.block_on(run(&dir.join("one"), 1));
    let many = runtime.block_on(run(&dir.join("many"), MANY));
    let restart = dir.join("restart");
    runtime.block_on(fill(&restart));
    let (restart_ms, store) = harness::timed(|| open(&restart));
    assert_eq!(store.list(&Range::all("pods")).entries.len(), OBJECTS);
    Row {
        name: "our log",
        one,
        many,
        restart_ms,
        disk_mb: harness::disk_mb(&restart),
    }
}

fn open(dir: &Path) -> Store {
    Store::open(dir, Options::default()).expect("a folder of its own")
}

async fn put(store: &Store, key: Key, value: Bytes) {
    let op = Op::Put(Encoded {
        value,
        columns: Columns::default(),
    });
    store
        .write(key, Expect::Any, move |_, _| Ok::<_, ()>(op))
        .await
        .expect("the disk takes it");
}

async fn run(dir: &Path, writers: usize) -> harness::Writes {
    let store = open(dir);
    let until = Instant::now() + harness::TIME;
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(store.clone(), writer, until)))
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("no panic"));
    }
    store.close();
    harness::summary(took)
}

async fn write(store: Store, writer: usize, until: Instant) -> Vec<Duration> {
    let mut took = Vec::new();
    let value = harness::value(writer);
    while Instant::now() < until {
        let started = Instant::now();
        let key = Key::new("pods", "default", harness::key(writer, took.len()));
        put(&store, key, Bytes::from(value.clone())).await;
        took.push(started.elapsed());
    }
    took
}

async fn fill(dir: &Path) {
    let store = open(dir);
    let fill = |writer: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in (writer..OBJECTS).step_by(MANY) {
                let key = Key::new("pods", format!("ns-{}", n % 20), format!("pod-{n}"));
                put(&store, key, harness::value(n).into()).await;
            }
        })
    };
    let tasks: Vec<_> = (0..MANY).map(fill).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    store.close();
}
