//! Sign-in codes: each works once, within ten minutes.
//!
//! A code is a file in the data folder, named by the code's digest. Whoever may write there may sign
//! in, which is the owner alone; so a second process makes a link without asking the first.

use std::io;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use orrery_clock::Clock;

use crate::data_dir::DataDir;
use crate::secret;

/// From the terminal to the browser takes seconds; ten minutes allow for a cup of tea.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// Files of codes long past are removed when a new one is made.
const STALE: Duration = Duration::from_secs(60 * 60);

const FOLDER: &str = "codes";

/// Makes codes and takes them back.
#[derive(Clone)]
pub struct Codes {
    dir: DataDir,
    clock: Clock,
}

impl Codes {
    pub fn new(dir: DataDir, clock: Clock) -> Self {
        Self { dir, clock }
    }

    /// A link that signs in at the page with that URL.
    pub fn link(&self, page: &str) -> io::Result<String> {
        self.dir.make_folder(FOLDER)?;
        self.sweep()?;
        let code = secret::fresh();
        let expires = self.clock.now() + LASTS;
        self.dir
            .write(&file(&code), expires.to_string().as_bytes())?;
        Ok(format!("{page}/sign-in?code={code}"))
    }

    /// True when the code is good; it is not, the next time. Of two who come at once, one removes the
    /// file, and only that one is let in.
    pub fn take(&self, code: &str) -> bool {
        let file = file(code);
        let Ok(Some(expires)) = self.dir.read(&file) else {
            return false;
        };
        let removed = std::fs::remove_file(self.dir.join(&file)).is_ok();
        let fresh = expires
            .parse::<Timestamp>()
            .is_ok_and(|expires| self.clock.now() < expires);
        removed && fresh
    }

    fn sweep(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(self.dir.join(FOLDER))? {
            let entry = entry?;
            // the page takes codes meanwhile
            let made = entry.metadata().and_then(|file| file.modified());
            let age = made.map(|made| SystemTime::now().duration_since(made));
            if age.is_ok_and(|age| age.is_ok_and(|age| age > STALE)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

fn file(code: &str) -> String {
    format!("{FOLDER}/{}", secret::digest(code))
}
