//! `kill -9`, hundreds of times under load: every acknowledged write is there afterwards, with its
//! revision, and no revision is ever used twice.
//!
//! The child is this binary run again. It reports each acknowledged write on its standard output; the
//! parent reads a random number of reports, kills, opens the store itself, and compares. (The page cache
//! survives the kill. Losing power is tested beside the code, on a disk that forgets.)

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use orrery_store::{Columns, Encoded, Expect, Key, Op, Options, Range, Store, WriteError};

const KILLS: u64 = 250;
const WRITERS: u64 = 8;
const KEYS: u64 = 20;
const VALUE_BYTES: usize = 1500;
/// A round's writes are numbered from here times the round, so that every value is written once only.
const ROUND: u64 = 1_000_000;
const DIR: &str = "ORRERY_STORE_KILL_DIR";
const FIRST: &str = "ORRERY_STORE_KILL_FIRST";

/// A log that is compacted every few hundred writes, so that kills hit compactions as well.
fn options() -> Options {
    Options {
        log_slack_bytes: 200 << 10,
        ..Options::default()
    }
}

/// What write `n` of a writer does: to which key, and whether it is a deletion.
fn plan(writer: u64, n: u64) -> (Key, bool) {
    (
        Key::new("pods", "default", format!("{writer}-{}", n % KEYS)),
        n % 7 == 3,
    )
}

fn encoded(n: u64) -> Encoded {
    let mut value = vec![b'.'; VALUE_BYTES];
    value[..8].copy_from_slice(&n.to_le_bytes());
    Encoded {
        value: Bytes::from(value),
        columns: Columns::default(),
    }
}

fn number(value: &[u8]) -> u64 {
    u64::from_le_bytes(value[..8].try_into().expect("values are longer"))
}

/// The child's part of the test: writes until killed.
fn write_until_killed(dir: &str) {
    let first = std::env::var(FIRST).expect("the parent passes it");
    let first = first.parse().expect("the parent passes a number");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(Path::new(dir), options()).expect("a kill is no damage");
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_on(store.clone(), writer, first)))
            .collect();
        for writer in writers {
            writer.await.expect("no panic");
        }
    });
}

async fn write_on(store: Store, writer: u64, first: u64) {
    for n in first.. {
        let (key, deletes) = plan(writer, n);
        let op = if deletes {
            Op::Delete(encoded(n))
        } else {
            Op::Put(encoded(n))
        };
        let revision = match store
            .write(key, Expect::Any, move |_, _| Ok::<_, ()>(op))
            .await
        {
            Ok(change) => change.revision,
            Err(WriteError::Missing) => 0,
            Err(error) => panic!("{error:?}"),
        };
        // one write call each, so that lines do not mix; the parent ignores one that is cut
        let line = format!("\nack {writer} {n} {revision}\n");
        std::io::stdout()
            .lock()
            .write_all(line.as_bytes())
            .expect("the parent listens");
    }
}

/// Key to number of the write and revision.
type Objects = BTreeMap<Key, (u64, u64)>;

/// An acknowledged write: writer, number, and revision (0 when there was nothing to delete).
type Ack = (u64, u64, u64);

#[test]
fn acknowledged_writes_survive_kills() {
    if let Ok(dir) = std::env::var(DIR) {
        return write_until_killed(&dir);
    }
    let dir = Scratch::new();
    let mut random = 0x5EED_u64;
    let (mut objects, mut revision) = (Objects::new(), 1);
    let (mut total, mut compactions_seen) = (0, 0);
    for round in 1..=KILLS {
        let acks = write_and_kill(&dir.0, round * ROUND, reports_to_read(&mut random));
        total += acks.len();
        compactions_seen += u64::from(dir.0.join("objects.log.next").exists());
        let store = Store::open(&dir.0, options()).expect("a kill is no damage");
        let found = listed(&store);
        check_objects(&objects, &found, &acks, round);
        check_revisions(&store, revision, &acks, round);
        (objects, revision) = (found, store.revision());
        store.close();
    }
    println!(
        "{KILLS} kills, {total} acknowledged writes, {compactions_seen} kills within a compaction"
    );
    assert!(total > 10 * KILLS as usize, "the load was real");
}

fn reports_to_read(random: &mut u64) -> u64 {
    // xorshift64
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    match *random % 8 {
        0 => *random / 8 % 3,
        _ => *random / 8 % 300,
    }
}

fn write_and_kill(dir: &Path, first: u64, reports: u64) -> Vec<Ack> {
    let mut child = spawn(dir, first);
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut acks = Vec::new();
    let mut killed = false;
    loop {
        if !killed && acks.len() as u64 >= reports {
            child.kill().expect("it runs");
            killed = true;
        }
        let mut line = String::new();
        lines.read_line(&mut line).expect("a pipe can be read");
        match line.strip_suffix('\n') {
            Some(line) => acks.extend(parse(line)),
            None => break,
        }
    }
    let status = child.wait().expect("it was started here");
    assert!(killed, "the child ended by itself: {status}");
    acks
}

fn spawn(dir: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "acknowledged_writes_survive_kills",
            "--exact",
            "--nocapture",
        ])
        .env(DIR, dir)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this binary runs")
}

fn parse(line: &str) -> Option<Ack> {
    let mut numbers = line
        .strip_prefix("ack ")?
        .split(' ')
        .map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

fn listed(store: &Store) -> Objects {
    let entries = store.list(&Range::all("pods")).entries;
    entries
        .iter()
        .map(|entry| (entry.key.clone(), (number(&entry.value), entry.revision)))
        .collect()
}

/// The objects are those of before, with the acknowledged writes made, and for each writer at most the one
/// that was under way.
fn check_objects(before: &Objects, found: &Objects, acks: &[Ack], round: u64) {
    let mut expected = before.clone();
    for writer in 0..WRITERS {
        let mut next = round * ROUND;
        for &(_, n, revision) in acks.iter().filter(|ack| ack.0 == writer) {
            assert_eq!(n, next, "round {round}: reports are complete");
            apply(&mut expected, writer, n, revision);
            next = n + 1;
        }
        let (key, _) = plan(writer, next);
        let now = found.get(&key).copied();
        if now != expected.get(&key).copied() {
            apply(
                &mut expected,
                writer,
                next,
                now.map_or(0, |(_, revision)| revision),
            );
        }
    }
    assert_eq!(&expected, found, "round {round}");
}

fn apply(objects: &mut Objects, writer: u64, n: u64, revision: u64) {
    let (key, deletes) = plan(writer, n);
    if deletes {
        objects.remove(&key);
    } else {
        objects.insert(key, (n, revision));
    }
}

/// Revisions are new in each round, used once, kept, and in the history with the value they were given for.
fn check_revisions(store: &Store, before: u64, acks: &[Ack], round: u64) {
    let made = acks.iter().filter(|ack| ack.2 > 0);
    let by_revision: BTreeMap<u64, u64> = made
        .clone()
        .map(|&(_, n, revision)| (revision, n))
        .collect();
    assert_eq!(
        by_revision.len(),
        made.count(),
        "round {round}: no revision twice"
    );
    assert!(
        by_revision
            .keys()
            .all(|revision| (before + 1..=store.revision()).contains(revision)),
        "round {round}"
    );
    assert!(
        store.revision() >= before,
        "round {round}: revisions never go back"
    );
    let oldest = store
        .watch("pods", None, before)
        .map_or_else(|gone| gone.oldest, |_| before);
    let mut watch = store
        .watch("pods", None, oldest)
        .expect("the oldest version is kept");
    let mut next = oldest + 1;
    while let Some(change) = watch.try_next().expect("nothing is written now") {
        assert_eq!(
            change.revision, next,
            "round {round}: the history has no gap"
        );
        next += 1;
        if let Some(n) = by_revision.get(&change.revision) {
            assert_eq!(
                number(&change.entry.value),
                *n,
                "round {round}: revision {}",
                change.revision
            );
        }
    }
    assert_eq!(
        next,
        store.revision() + 1,
        "round {round}: the history is complete"
    );
}

/// A folder that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("orrery-store-kill-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
