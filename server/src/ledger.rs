//! The run ledger's file, one a cluster: `runs/<cluster>.log` in the data folder, private to its owner.
//!
//! Lines are added at the end and on disk before the call returns. What a crash leaves of a line at the end is
//! cut off when the file is opened, and a line that could not be written whole before the next one is.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use orrery_readmodel::{Keep, Kept};
use parking_lot::Mutex;

use crate::data_dir::DataDir;

pub const FOLDER: &str = "runs";

/// What was kept of the cluster's runs, and the file for more.
pub fn open(dir: &DataDir, cluster: &str) -> io::Result<Kept> {
    dir.make_folder(FOLDER)?;
    let name = format!("{FOLDER}/{cluster}.log");
    let mut bytes = Vec::new();
    let mut file = dir.open(&name)?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(whole.map_or(0, |end| end + 1));
    let ledger = Ledger {
        dir: dir.clone(),
        name,
        length: Mutex::new(bytes.len() as u64),
    };
    Ok(Kept {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        keep: Arc::new(LedgerFile(Arc::new(ledger))),
    })
}

/// What tells a cluster from all others and lasts as long as it does: the uid of its `kube-system`. Where that
/// may not be read, the address it is reached by.
pub async fn cluster_id(client: &Client, address: &str) -> String {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let system = namespaces.get_opt("kube-system").await.ok().flatten();
    let id = system.and_then(|system| system.metadata.uid);
    let id = id.unwrap_or_else(|| address.to_owned());
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    id.chars().map(plain).collect()
}

struct LedgerFile(Arc<Ledger>);

struct Ledger {
    dir: DataDir,
    name: String,
    /// Up to here every line is whole.
    length: Mutex<u64>,
}

impl Keep for LedgerFile {
    fn append(&self, lines: Vec<String>) -> BoxFuture<'_, io::Result<()>> {
        let ledger = self.0.clone();
        blocking(move || ledger.append(&text(&lines))).boxed()
    }

    fn rewrite(&self, lines: Vec<String>) -> BoxFuture<'_, io::Result<()>> {
        let ledger = self.0.clone();
        blocking(move || ledger.rewrite(&text(&lines))).boxed()
    }
}

impl Ledger {
    fn append(&self, text: &str) -> io::Result<()> {
        let mut length = self.length.lock();
        let mut file = self.dir.open(&self.name)?;
        // of one that somebody emptied or took away, what there is: to be filled up it would begin with a hole
        let end = file.metadata()?.len().min(*length);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        *length = end + text.len() as u64;
        Ok(())
    }

    fn rewrite(&self, text: &str) -> io::Result<()> {
        let mut length = self.length.lock();
        self.dir.write(&self.name, text.as_bytes())?;
        *length = text.len() as u64;
        Ok(())
    }
}

/// Waits for the disk where nobody else waits.
async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn text(lines: &[String]) -> String {
    lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder() -> (tempfile::TempDir, DataDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = DataDir::choose(Some(folder.path().to_owned())).expect("it was given");
        (folder, dir)
    }

    async fn append(kept: &Kept, line: &str) {
        let lines = vec![line.to_owned()];
        kept.keep.append(lines).await.expect("there is space");
    }

    #[tokio::test]
    async fn a_file_cut_at_any_byte_keeps_every_whole_line_and_takes_more() {
        let (_folder, dir) = folder();
        let path = dir.join("runs/c.log");
        let whole = "first\nsecond\nthird\n";
        for cut in 0..=whole.len() {
            dir.make_folder(FOLDER).expect("a folder");
            fs::write(&path, &whole[..cut]).expect("written");
            let kept = open(&dir, "c").expect("it opens");
            let lines = whole[..cut].matches('\n').count();
            assert_eq!(kept.text.lines().count(), lines, "cut at {cut}");
            append(&kept, "fourth").await;
            let text = fs::read_to_string(&path).expect("text");
            assert_eq!(text, format!("{}fourth\n", kept.text), "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn a_file_that_was_taken_away_begins_anew_and_without_a_hole() {
        let (_folder, dir) = folder();
        let kept = open(&dir, "c").expect("it opens");
        append(&kept, "old").await;
        fs::remove_file(dir.join("runs/c.log")).expect("it was there");
        append(&kept, "new").await;
        append(&kept, "newer").await;
        assert_eq!(open(&dir, "c").expect("again").text, "new\nnewer\n");
    }

    #[tokio::test]
    async fn a_new_file_takes_the_old_ones_place_and_grows_on() {
        let (_folder, dir) = folder();
        let kept = open(&dir, "c").expect("it opens");
        append(&kept, "old").await;
        let anew = vec!["new".to_owned()];
        kept.keep.rewrite(anew).await.expect("there is space");
        append(&kept, "newer").await;
        assert_eq!(open(&dir, "c").expect("again").text, "new\nnewer\n");
        assert_eq!(open(&dir, "d").expect("another cluster").text, "");
    }
}
