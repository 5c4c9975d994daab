//! Writers, group commit and clocks.

use std::{
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{OBJECTS, VALUE_BYTES, engines::Engine};

/// Long enough for each engine's own compaction to begin.
pub const TIME: Duration = Duration::from_secs(2);

pub struct Writes {
    pub per_second: usize,
    pub p50_ms: f64,
}

impl Writes {
    pub fn better(self, other: Self) -> Self {
        if other.per_second > self.per_second {
            other
        } else {
            self
        }
    }
}

struct Request {
    key: String,
    value: Vec<u8>,
    done: Sender<()>,
}

pub fn value(n: usize) -> Vec<u8> {
    // not compressible: an engine must not win by what real objects do not offer
    let mut state = n as u64 + 1;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..VALUE_BYTES).map(byte).collect()
}

pub fn run<E: Engine>(engine: E, writers: usize) -> Writes {
    let (sender, receiver) = channel();
    let committer = thread::spawn(move || commit(engine, &receiver));
    let until = Instant::now() + TIME;
    let spawn = |writer| {
        let sender = sender.clone();
        thread::spawn(move || write(&sender, writer, until))
    };
    let threads: Vec<_> = (0..writers).map(spawn).collect();
    let took = threads
        .into_iter()
        .flat_map(|thread| thread.join().expect("no panic"))
        .collect();
    drop(sender);
    committer.join().expect("no panic");
    summary(took)
}

pub fn summary(mut took: Vec<Duration>) -> Writes {
    took.sort_unstable();
    let per_second = (took.len() as f64 / TIME.as_secs_f64()) as usize;
    Writes {
        per_second,
        p50_ms: took[took.len() / 2].as_secs_f64() * 1e3,
    }
}

fn write(sender: &Sender<Request>, writer: usize, until: Instant) -> Vec<Duration> {
    let mut took = Vec::new();
    let (done, finished) = channel();
    let value = value(writer);
    while Instant::now() < until {
        let started = Instant::now();
        let key = key(writer, took.len());
        sender
            .send(Request {
                key,
                value: value.clone(),
                done: done.clone(),
            })
            .expect("it listens");
        finished.recv().expect("it answers");
        took.push(started.elapsed());
    }
    took
}

pub fn key(writer: usize, n: usize) -> String {
    format!("pods/default/{writer}-{}", n % 64)
}

fn commit<E: Engine>(mut engine: E, receiver: &Receiver<Request>) {
    let mut revision = 1;
    while let Ok(first) = receiver.recv() {
        let batch: Vec<Request> = std::iter::once(first)
            .chain(receiver.try_iter().take(1023))
            .collect();
        revision += batch.len() as u64;
        engine.commit(
            revision,
            batch.iter().map(|request| (&*request.key, &*request.value)),
        );
        batch
            .iter()
            .for_each(|request| request.done.send(()).expect("it waits"));
    }
}

pub fn fill<E: Engine>(mut engine: E) {
    let objects: Vec<_> = (0..OBJECTS)
        .map(|n| (format!("pods/ns-{}/pod-{n}", n % 20), value(n)))
        .collect();
    for (batch, objects) in objects.chunks(64).enumerate() {
        engine.commit(
            batch as u64,
            objects.iter().map(|(key, value)| (&**key, &**value)),
        );
    }
}

pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let result = work();
    (started.elapsed().as_secs_f64() * 1e3, result)
}

pub fn disk_mb(dir: &Path) -> f64 {
    fn bytes(dir: &Path) -> u64 {
        let entries = std::fs::read_dir(dir).expect("a folder").flatten();
        entries
            .map(|entry| {
                if entry.path().is_dir() {
                    bytes(&entry.path())
                } else {
                    size(&entry.path())
                }
            })
            .sum()
    }
    fn size(path: &Path) -> u64 {
        // what it occupies: some engines reserve files that they have not written
        std::os::unix::fs::MetadataExt::blocks(&std::fs::metadata(path).expect("a file")) * 512
    }
    bytes(dir) as f64 / 1e6
}
