//! What has come and is not on the page yet.

/// Changes of a page in the order in which they came: what is named twice is as the later says. They wait for half a
/// second at most, in which a server sends a dozen.
#[derive(Default)]
pub struct Waiting {
    /// The page around its pieces, as the newest has it.
    pub whole: Option<String>,
    pub pieces: Vec<String>,
    /// The times on the page are to be said anew.
    pub ticked: bool,
}

impl Waiting {
    pub fn page(&mut self, whole: Option<String>, pieces: Vec<String>) {
        self.whole = whole.or(self.whole.take());
        self.pieces.extend(pieces);
    }

    pub fn tick(&mut self) {
        self.ticked = true;
    }

    pub fn has_page(&self) -> bool {
        self.whole.is_some() || !self.pieces.is_empty()
    }
}
