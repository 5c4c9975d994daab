//! What has come and is not on the page yet.

/// Changes of a page in the order in which they came: what is named twice is as the later says. They wait for half a
/// second at most, in which a server sends a dozen.
#[derive(Default)]
pub struct Waiting {
    /// The page around its pieces, as the newest has it.
    pub whole: Option<String>,
    pub pieces: Vec<String>,
}

impl Waiting {
    pub fn page(&mut self, whole: Option<String>, pieces: Vec<String>) {
        self.whole = whole.or(self.whole.take());
        self.pieces.extend(pieces);
    }

    pub fn has_page(&self) -> bool {
        self.whole.is_some() || !self.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_the_newest_page_and_all_pieces_in_their_order() {
        let mut waiting = Waiting::default();
        assert!(!waiting.has_page());
        waiting.page(Some("old".into()), vec!["a".into(), "b".into()]);
        waiting.page(None, vec!["a again".into()]);
        assert_eq!(waiting.whole.as_deref(), Some("old"));
        waiting.page(Some("new".into()), Vec::new());
        assert_eq!(waiting.whole.as_deref(), Some("new"));
        assert_eq!(waiting.pieces, ["a", "b", "a again"]);
        assert!(waiting.has_page());
    }
}
