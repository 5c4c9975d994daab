//! SQLite with a write-ahead log, flushed at each commit.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{Engine, Objects};

pub struct Sqlite(Connection);

impl Engine for Sqlite {
    const NAME: &'static str = "SQLite WAL";

    fn open(dir: &Path) -> Self {
        let connection = Connection::open(dir.join("sqlite")).expect("a folder of its own");
        let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY, revision INTEGER);";
        connection.execute_batch(setup).expect("it is SQL");
        Self(connection)
    }

    fn commit<'a>(&mut self, revision: u64, batch: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let write = self.0.transaction().expect("one writer");
        {
            let mut put = write
                .prepare_cached("INSERT OR REPLACE INTO objects VALUES (?1, ?2)")
                .expect("it is SQL");
            for (key, value) in batch {
                put.execute(params![key, value]).expect("the disk takes it");
            }
            let mut mark = write
                .prepare_cached("INSERT OR REPLACE INTO meta VALUES (1, ?1)")
                .expect("it is SQL");
            mark.execute([revision as i64]).expect("the disk takes it");
        }
        write.commit().expect("the disk takes it");
    }

    fn load(&self) -> Objects {
        let mut all = self
            .0
            .prepare("SELECT key, value FROM objects")
            .expect("it is SQL");
        let rows = all
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("it is readable");
        rows.map(|row| row.expect("it is readable")).collect()
    }
}
