//! fjall: a log-structured merge tree.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Engine, Objects};

pub struct Fjall {
    database: Database,
    objects: Keyspace,
    meta: Keyspace,
}

impl Engine for Fjall {
    const NAME: &'static str = "fjall";

    fn open(dir: &Path) -> Self {
        let database = Database::builder(dir.join("fjall"))
            .open()
            .expect("a folder of its own");
        let keyspace = |name| {
            database
                .keyspace(name, KeyspaceCreateOptions::default)
                .expect("it can be made")
        };
        let (objects, meta) = (keyspace("objects"), keyspace("meta"));
        Self {
            database,
            objects,
            meta,
        }
    }

    fn commit<'a>(&mut self, revision: u64, batch: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let mut write = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        batch.for_each(|(key, value)| write.insert(&self.objects, key, value));
        write.insert(&self.meta, "revision", revision.to_le_bytes());
        write.commit().expect("the disk takes it");
    }

    fn load(&self) -> Objects {
        let pair = |(key, value): fjall::KvPair| {
            (String::from_utf8_lossy(&key).into_owned(), value.to_vec())
        };
        self.objects
            .iter()
            .map(|guard| pair(guard.into_inner().expect("it is readable")))
            .collect()
    }
}
