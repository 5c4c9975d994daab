//! redb: a copy-on-write B-tree.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::{Engine, Objects};

const OBJECTS: TableDefinition<&str, &[u8]> = TableDefinition::new("objects");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");

pub struct Redb(Database);

impl Engine for Redb {
    const NAME: &'static str = "redb";

    fn open(dir: &Path) -> Self {
        Self(Database::create(dir.join("redb")).expect("a folder of its own"))
    }

    fn commit<'a>(&mut self, revision: u64, batch: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let write = self.0.begin_write().expect("one writer");
        {
            let mut objects = write.open_table(OBJECTS).expect("it can be made");
            for (key, value) in batch {
                objects.insert(key, value).expect("the disk takes it");
            }
            let mut meta = write.open_table(META).expect("it can be made");
            meta.insert("revision", revision)
                .expect("the disk takes it");
        }
        write.commit().expect("the disk takes it");
    }

    fn load(&self) -> Objects {
        let read = self.0.begin_read().expect("it is readable");
        let objects = read.open_table(OBJECTS).expect("it was made");
        let pairs = objects
            .iter()
            .expect("it is readable")
            .map(|pair| pair.expect("it is readable"));
        pairs
            .map(|(key, value)| (key.value().to_owned(), value.value().to_vec()))
            .collect()
    }
}
