//! A page's HTML cut into pieces that change by themselves: the parts around a table, its rows, and their cells.
//!
//! In place of a piece that is sent apart, or that the browser has already, stands an empty element that says
//! `data-slot`.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The tags of pieces that have a key before any other attribute; none holds another of its kind. What holds others
/// comes after them.
const TAGS: [&str; 5] = ["tr", "tbody", "nav", "header", "p"];
const CELL: &str = "<td";
const CELL_END: &str = "</td>";
const ROW_END: &str = "</tr>";
const KEPT_CELL: &str = "<td data-slot></td>";
/// The letters of a print.
const PRINT: usize = 8;

/// What the browser was sent of a page, as digests.
#[derive(Default)]
pub struct Sent {
    whole: u64,
    /// By key; of a row its tag and each cell, of anything else one.
    pieces: BTreeMap<String, Vec<u64>>,
    /// Prints of the rows that its first HTML has, until the page is sent for the first time: from then on it is what
    /// was sent.
    drawn: HashSet<u32>,
}

impl Sent {
    /// To a browser whose first HTML has rows of these [`prints`].
    pub fn after(drawn: &str) -> Self {
        let print = |at: usize| u32::from_str_radix(drawn.get(at..at + PRINT)?, 16).ok();
        Self {
            drawn: (0..drawn.len()).step_by(PRINT).filter_map(print).collect(),
            ..Self::default()
        }
    }

    /// The same pieces; the page around them counts as not sent.
    pub fn around_forgotten(self) -> Self {
        Self { whole: 0, ..self }
    }

    /// What of a whole page the browser has not: the page around its pieces, and pieces. Of pieces that are only named
    /// it has what it was sent.
    pub fn of_page(&mut self, html: &str) -> (Option<String>, Vec<String>) {
        let (mut whole, mut found) = (html.to_owned(), Vec::new());
        for tag in TAGS {
            let (rest, pieces) = cut(&whole, tag);
            whole = rest;
            found.extend(pieces);
        }
        let mut before = std::mem::take(&mut self.pieces);
        let mut changed = Vec::new();
        // the last that were cut hold the others
        for (key, piece) in found.iter().rev() {
            changed.extend(self.piece(key, piece, before.remove(key).as_deref()));
        }
        let around = found.iter().map(|(_, piece)| piece.as_str());
        for key in around.chain([whole.as_str()]).flat_map(named) {
            if let Some(sent) = before.remove(key) {
                self.pieces.insert(key.to_owned(), sent);
            }
        }
        self.drawn.clear();
        let print = digest(&whole);
        let whole = (std::mem::replace(&mut self.whole, print) != print).then_some(whole);
        (whole, changed)
    }

    /// What of these rows the browser has not.
    pub fn of_rows(&mut self, rows: &str) -> Vec<String> {
        let (_, rows) = cut(rows, "tr");
        let changed = rows.iter().filter_map(|(key, row)| {
            let sent = self.pieces.remove(key);
            self.piece(key, row, sent.as_deref())
        });
        changed.collect()
    }

    fn piece(&mut self, key: &str, piece: &str, sent: Option<&[u64]>) -> Option<String> {
        let cells = cells(piece).unwrap_or_else(|| vec![piece]);
        let digests: Vec<u64> = cells.iter().map(|cell| digest(cell)).collect();
        let changed = match sent {
            Some(sent) if *sent == digests => None,
            None if self.drawn.contains(&print(piece)) => None,
            Some(sent) if sent.len() == cells.len() && sent[0] == digests[0] => {
                let pairs = cells.iter().zip(digests.iter().zip(sent)).skip(1);
                let kept = |(cell, (new, old)): (&&str, (&u64, &u64))| match new == old {
                    true => KEPT_CELL.to_owned(),
                    false => (*cell).to_owned(),
                };
                Some(format!(
                    "{}{}{ROW_END}",
                    cells[0],
                    pairs.map(kept).collect::<String>()
                ))
            }
            _ => Some(piece.to_owned()),
        };
        self.pieces.insert(key.to_owned(), digests);
        changed
    }
}

/// The page with its pieces of a tag left empty, and the pieces by their keys, as the browser reads the keys.
fn cut(html: &str, tag: &str) -> (String, Vec<(String, String)>) {
    let (begin, finish) = (format!("<{tag} data-k=\""), format!("</{tag}>"));
    let (mut whole, mut pieces) = (String::with_capacity(html.len()), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find(&begin) {
        let piece = &rest[at..];
        let key = &piece[begin.len()..];
        let (Some(quote), Some(end)) = (key.find('"'), piece.find(&finish)) else {
            break;
        };
        let (key, end) = (&key[..quote], end + finish.len());
        let is_slot = piece[begin.len() + quote..].starts_with("\" data-slot");
        whole.push_str(&rest[..at]);
        whole.push_str(&format!("{begin}{key}\" data-slot>{finish}"));
        if !is_slot {
            pieces.push((key.to_owned(), piece[..end].to_owned()));
        }
        rest = &piece[end..];
    }
    whole.push_str(rest);
    (whole, pieces)
}

/// The keys of the slots.
fn named(html: &str) -> impl Iterator<Item = &str> {
    let ends = html.match_indices("\" data-slot").map(|(end, _)| end);
    ends.filter_map(|end| {
        let begin = html[..end].rfind('"')?;
        html[..begin]
            .ends_with(" data-k=")
            .then(|| &html[begin + 1..end])
    })
}

/// The beginning of a row and each of its cells; `None` of what is no row of cells alone.
fn cells(row: &str) -> Option<Vec<&str>> {
    let at = row.find(CELL)?;
    let mut rest = row[at..].strip_suffix(ROW_END)?;
    if row[..at].matches('<').count() != 1 {
        return None;
    }
    let mut cells = vec![&row[..at]];
    while rest.starts_with(CELL) {
        let (cell, after) = rest.split_at(rest.find(CELL_END)? + CELL_END.len());
        cells.push(cell);
        rest = after;
    }
    rest.is_empty().then_some(cells)
}

/// Rows by what they are drawn as, one after the other. One that has changed is taken for one that is there once in
/// forty million times.
pub fn prints(rows: &str) -> String {
    let (_, rows) = cut(rows, "tr");
    let prints = rows.iter().map(|(_, row)| format!("{:08x}", print(row)));
    prints.collect()
}

fn print(piece: &str) -> u32 {
    // as long as it must be: a stream's address has one for each row
    digest(piece) as u32
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(chips: &str, rows: &str) -> String {
        format!(
            r#"<main><nav data-k="chips">{chips}</nav><table><tbody data-k="rows">{rows}</tbody></table></main>"#
        )
    }

    const A: &str = r#"<tr data-k="Jobs a"><td class="x">1</td><td>2</td></tr>"#;
    const B: &str = r#"<tr data-k="Jobs b"><td class="x">3</td><td>4</td></tr>"#;

    #[test]
    fn pieces_are_sent_apart_from_the_page_and_once() {
        let mut sent = Sent::default();
        let (whole, pieces) = sent.of_page(&page("2", &format!("{A}{B}")));
        assert_eq!(
            whole.as_deref(),
            Some(
                r#"<main><nav data-k="chips" data-slot></nav><table><tbody data-k="rows" data-slot></tbody></table></main>"#
            )
        );
        let body = r#"<tbody data-k="rows"><tr data-k="Jobs a" data-slot></tr><tr data-k="Jobs b" data-slot></tr></tbody>"#;
        assert_eq!(pieces, [r#"<nav data-k="chips">2</nav>"#, body, B, A]);
        let again = sent.of_page(&page("2", &format!("{A}{B}")));
        assert_eq!(again, (None, vec![]));
    }

    #[test]
    fn rows_that_the_first_html_has_are_not_sent_with_the_first_page() {
        let drawn = prints(&format!("{A}{B}"));
        let mut sent = Sent::after(&drawn);
        let changed = B.replace("<td>4", "<td>four");
        let (whole, pieces) = sent.of_page(&page("2", &format!("{A}{changed}")));
        assert!(whole.is_some(), "what is around them is sent");
        assert_eq!(pieces.len(), 3, "{pieces:?}");
        assert_eq!(pieces[2], changed, "a row that is drawn otherwise is whole");
        assert_eq!(
            sent.of_rows(&A.replace("<td>2", "<td>two")),
            [r#"<tr data-k="Jobs a"><td data-slot></td><td>two</td></tr>"#],
            "of one that was drawn a cell"
        );
        // gone from the page and back as it was drawn first
        sent.of_page(&page("1", &changed));
        let (_, pieces) = sent.of_page(&page("2", &format!("{A}{changed}")));
        assert!(pieces.contains(&A.to_owned()), "{pieces:?}");
    }

    #[test]
    fn what_is_no_print_is_no_row_that_is_there() {
        for drawn in ["", "0", "zzzzzzzz", "0123456", "닫기닫기닫기"] {
            let (_, pieces) = Sent::after(drawn).of_page(&page("2", &format!("{A}{B}")));
            assert_eq!(pieces.len(), 4, "{drawn}");
        }
    }

    #[test]
    fn of_a_row_that_changed_only_the_cells_that_did_are_sent() {
        let mut sent = Sent::default();
        sent.of_page(&page("2", &format!("{A}{B}")));
        let changed = A.replace("<td>2", "<td>two");
        assert_eq!(
            sent.of_rows(&changed),
            [r#"<tr data-k="Jobs a"><td data-slot></td><td>two</td></tr>"#]
        );
        assert_eq!(sent.of_rows(&changed), [""; 0], "nothing twice");
        let taller = r#"<tr data-k="Jobs b"><th>3</th><td>4</td></tr>"#;
        assert_eq!(
            sent.of_rows(taller),
            [taller],
            "what is no row of cells is sent whole"
        );
    }

    #[test]
    fn a_row_that_is_only_named_keeps_what_was_sent_of_it() {
        let mut sent = Sent::default();
        sent.of_page(&page("2", &format!("{A}{B}")));
        let slot = |key: &str| format!(r#"<tr data-k="Jobs {key}" data-slot=""></tr>"#);
        let (whole, pieces) = sent.of_page(&page("2", &(slot("b") + &slot("a"))));
        assert_eq!(whole, None);
        assert_eq!(pieces.len(), 1, "the order alone: {pieces:?}");
        assert_eq!(sent.of_rows(A), [""; 0]);
        // gone from the page and back again
        sent.of_page(&page("1", &slot("a")));
        sent.of_page(&page("2", &(slot("a") + &slot("b"))));
        assert_eq!(sent.of_rows(B), [B]);
    }
}
