//! The other engines, each committing data and revision at once, flushed to the disk.

mod fjall;
mod redb;
mod sqlite;

use std::{collections::BTreeMap, path::Path};

pub use fjall::Fjall;
pub use redb::Redb;
pub use sqlite::Sqlite;

/// Objects by key, as a server holds them.
pub type Objects = BTreeMap<String, Vec<u8>>;

pub trait Engine: Send + 'static {
    const NAME: &'static str;

    fn open(dir: &Path) -> Self;

    /// Makes a batch and its revision durable.
    fn commit<'a>(&mut self, revision: u64, batch: impl Iterator<Item = (&'a str, &'a [u8])>);

    /// Reads everything.
    fn load(&self) -> Objects;
}
