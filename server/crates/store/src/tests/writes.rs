//! Preconditions, operations and revisions.

use std::sync::Arc;

use futures::FutureExt;

use super::{encoded, key, put, write};
use crate::{ChangeKind, Expect, Key, Op, Options, Store, WriteError};

/// The object `a` was written at revision 2 and `b` at 3; `none` was never there.
async fn two_objects() -> Store {
    let store = Store::in_memory(Options::default());
    assert_eq!(store.revision(), 1, "an empty store is at 1, never 0");
    put(&store, key("a"), "a").await;
    put(&store, key("b"), "b").await;
    store
}

struct Row {
    says: &'static str,
    name: &'static str,
    expect: Expect,
    op: Op,
    /// Kind of the change and the store's revision afterwards, or the error's name.
    gives: Result<(ChangeKind, u64), &'static str>,
}

fn row(
    says: &'static str,
    name: &'static str,
    expect: Expect,
    op: Op,
    gives: Result<(ChangeKind, u64), &'static str>,
) -> Row {
    Row {
        says,
        name,
        expect,
        op,
        gives,
    }
}

fn error_name<E>(error: &WriteError<E>) -> &'static str {
    match error {
        WriteError::Exists => "exists",
        WriteError::Missing => "missing",
        WriteError::Conflict { .. } => "conflict",
        WriteError::Refused(_) => "refused",
        WriteError::Full(_) => "full",
        WriteError::Io(_) => "io",
        WriteError::Closed => "closed",
    }
}

#[tokio::test]
async fn preconditions() {
    use ChangeKind::{Delete, Put};
    let (new, last) = (|| Op::Put(encoded("new")), || Op::Delete(encoded("last")));
    let rows = [
        row("any creates", "none", Expect::Any, new(), Ok((Put, 4))),
        row("any replaces", "a", Expect::Any, new(), Ok((Put, 4))),
        row(
            "absent creates",
            "none",
            Expect::Absent,
            new(),
            Ok((Put, 4)),
        ),
        row(
            "absent meets an object",
            "a",
            Expect::Absent,
            new(),
            Err("exists"),
        ),
        row(
            "the right revision replaces",
            "a",
            Expect::Revision(2),
            new(),
            Ok((Put, 4)),
        ),
        row(
            "a stale revision conflicts",
            "b",
            Expect::Revision(2),
            new(),
            Err("conflict"),
        ),
        row(
            "a revision of nothing",
            "none",
            Expect::Revision(2),
            new(),
            Err("missing"),
        ),
        row("any removes", "a", Expect::Any, last(), Ok((Delete, 4))),
        row(
            "nothing to remove",
            "none",
            Expect::Any,
            last(),
            Err("missing"),
        ),
        row(
            "a stale revision removes nothing",
            "b",
            Expect::Revision(1),
            last(),
            Err("conflict"),
        ),
        row(
            "keep answers with what is there",
            "a",
            Expect::Any,
            Op::Keep,
            Ok((Put, 3)),
        ),
        row(
            "keep of nothing",
            "none",
            Expect::Any,
            Op::Keep,
            Err("missing"),
        ),
    ];
    for Row {
        says,
        name,
        expect,
        op,
        gives,
    } in rows
    {
        let store = two_objects().await;
        let wrote = write(&store, key(name), expect, op).await;
        let got = wrote
            .as_ref()
            .map(|change| (change.kind, store.revision()))
            .map_err(error_name);
        assert_eq!(got, gives, "{says}");
        if got.is_err() {
            assert_eq!(
                store.revision(),
                3,
                "{says}: a refused write uses no revision"
            );
        }
    }
}

#[tokio::test]
async fn encode_sees_its_revision_and_the_current_version() {
    let store = two_objects().await;
    let encode = |revision: u64, current: Option<&Arc<crate::Entry>>| {
        let current = current.expect("a is there");
        Ok::<_, ()>(Op::Put(encoded(&format!(
            "{revision} after {}",
            current.revision
        ))))
    };
    let change = store
        .write(key("a"), Expect::Any, encode)
        .await
        .expect("it is made");
    assert_eq!(&change.entry.value[..], b"4 after 2");
    assert_eq!(
        change.previous.as_ref().map(|entry| entry.revision),
        Some(2)
    );
    assert_eq!(store.get(&key("a")), Some(change.entry.clone()));
}

#[tokio::test]
async fn a_refusal_reaches_the_caller() {
    let store = two_objects().await;
    let wrote = store
        .write(key("a"), Expect::Any, |_, _| Err("the name is taboo"))
        .await;
    assert!(matches!(
        wrote,
        Err(WriteError::Refused("the name is taboo"))
    ));
}

#[tokio::test]
async fn a_conflict_carries_the_current_version() {
    let store = two_objects().await;
    let wrote = write(&store, key("b"), Expect::Revision(2), Op::Keep).await;
    assert!(matches!(wrote, Err(WriteError::Conflict { current }) if current.revision == 3));
}

#[tokio::test]
async fn keys_share_their_text() {
    let store = two_objects().await;
    let (a, b) = (store.get(&key("a")), store.get(&key("b")));
    let (a, b) = (a.expect("written"), b.expect("written"));
    assert!(Arc::ptr_eq(&a.key.resource, &b.key.resource));
    assert!(Arc::ptr_eq(&a.key.namespace, &b.key.namespace));
}

#[tokio::test]
async fn a_panic_stays_with_its_caller() {
    for store in [Store::in_memory(Options::default()), super::fresh().0] {
        let other = store.clone();
        let write = async move {
            other
                .write(key("a"), Expect::Any, |_, _| -> Result<Op, ()> {
                    panic!("a bug")
                })
                .await
        };
        assert!(
            tokio::spawn(write)
                .await
                .is_err_and(|error| error.is_panic())
        );
        assert_eq!(put(&store, key("a"), "later").await, 2, "the store goes on");
    }
}

#[tokio::test]
async fn a_closed_store_reads_and_refuses() {
    for store in [Store::in_memory(Options::default()), super::fresh().0] {
        put(&store, key("a"), "a").await;
        store.close();
        let wrote = write(&store, key("b"), Expect::Any, Op::Put(encoded("b"))).await;
        assert!(matches!(wrote, Err(WriteError::Closed)));
        assert!(store.get(&key("a")).is_some());
        store.close();
    }
}

#[tokio::test]
async fn stats_count() {
    let store = two_objects().await;
    put(&store, Key::new("nodes", "", "node-1"), "n").await;
    let _watch = store.watch("pods", None, 1).expect("kept");
    let stats = store.stats();
    assert_eq!(
        (stats.revision, stats.history, stats.changes, stats.batches),
        (4, 3, 3, 3)
    );
    assert_eq!(
        (
            stats.watchers,
            stats.batch_sizes[0],
            stats.fsyncs,
            stats.log_bytes
        ),
        (1, 3, 0, 0)
    );
    let objects: Vec<_> = stats
        .objects
        .iter()
        .map(|(resource, count)| (&**resource, *count))
        .collect();
    assert_eq!(objects, [("nodes", 1), ("pods", 2)]);
}

#[tokio::test]
async fn what_was_handed_in_before_is_settled() {
    let (store, _disk) = super::fresh();
    for name in ["a", "b", "c"] {
        // its caller goes away at once
        let _ = put(&store, key(name), name).now_or_never();
        store.settled().await;
        assert!(store.get(&key(name)).is_some(), "{name}");
    }
    assert_eq!(store.revision(), 4, "waiting is no write");
}
