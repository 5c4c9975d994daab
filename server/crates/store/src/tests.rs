//! What the store promises, over memory, over a disk, and over a disk that fails.

mod crash;
mod faults;
mod history;
mod replay;
mod writes;

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    Change, Columns, Encoded, Expect, Key, List, MemoryDisk, Op, Options, Store, WriteError,
};

type Wrote = Result<Arc<Change>, WriteError<&'static str>>;

/// A store over a new disk.
fn fresh() -> (Store, MemoryDisk) {
    let folder = MemoryDisk::default();
    let store = folder.open_store(&Options::default());
    (store.expect("an empty disk"), folder)
}

fn key(name: &str) -> Key {
    Key::new("pods", "default", name)
}

fn encoded(value: &str) -> Encoded {
    let columns = Columns {
        uid: format!("uid of {value}").into(),
        labels: [("app".into(), value.into())].into(),
        fields: [("spec.nodeName".into(), "node-1".into())].into(),
    };
    Encoded {
        value: Bytes::from(value.to_owned()),
        columns,
    }
}

async fn write(store: &Store, key: Key, expect: Expect, op: Op) -> Wrote {
    store.write(key, expect, move |_, _| Ok(op)).await
}

async fn put(store: &Store, key: Key, value: &str) -> u64 {
    write(store, key, Expect::Any, Op::Put(encoded(value)))
        .await
        .expect("the disk takes it")
        .revision
}

async fn delete(store: &Store, key: Key) -> u64 {
    write(store, key, Expect::Any, Op::Delete(encoded("last")))
        .await
        .expect("it exists")
        .revision
}

fn names(list: &List) -> Vec<String> {
    let name = |entry: &Arc<crate::Entry>| format!("{}/{}", entry.key.namespace, entry.key.name);
    list.entries.iter().map(name).collect()
}

fn keeping(history: usize) -> Options {
    Options {
        history,
        ..Options::default()
    }
}
