//! Rows of a long list while that is scrolled: those that leave become those that come, each where it stands.
//!
//! To lay out a row that is new, or is put elsewhere, takes a browser over a hundred kilobytes; a name and a time that
//! change within one take fifteen. It collects them late, so that a tab grows by what passes. So rows are rewritten in
//! their order while nobody has one in hand: at rest, and where one is focused, pressed, selected or marked, rows come
//! and go as what they are.

use std::borrow::Cow;

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::markup::{Change, Edit, edits, elements, value};
use super::morph::{FRESH, KEY};
use super::pending::PENDING;
use super::scroll::is_moving;
use super::window::{document, window};

const BODY: &str = "<tbody";
const BODY_END: &str = "</tbody>";
const ROW: &str = "<tr";
const SLOT: &str = " data-slot";

/// Rewrites the rows of a long list by what has come, if that moves them; answers what is still to be drawn of it.
pub fn rewrite(pieces: &[String]) -> Option<Vec<String>> {
    if !is_moving() {
        return None;
    }
    let coming = Coming::of(pieces)?;
    let body = body(&coming.body)?;
    if is_in_hand(&body) {
        return None;
    }
    // a text that is in two nodes is written as one
    body.normalize();
    let html = body.inner_html();
    let old = elements(&html, KEY)?;
    let row = |key: &Cow<str>| {
        // the one that came counts
        let mut rows = coming.rows.iter().rev().chain(&old);
        rows.find(|(known, _)| known == key).map(|(_, row)| *row)
    };
    let new: Vec<&str> = coming.order.iter().map(row).collect::<Option<_>>()?;
    let pairs = old.iter().zip(&new);
    let changes: Vec<_> = pairs
        .map(|((_, old), new)| edits(old, new))
        .collect::<Option<_>>()?;
    let mut next = body.first_element_child();
    for (edits, new) in changes.iter().zip(&new) {
        let row = next?;
        next = row.next_element_sibling();
        if apply(&row, edits).is_none() {
            row.set_outer_html(new);
        }
    }
    while let Some(extra) = next {
        next = extra.next_element_sibling();
        extra.remove();
    }
    let more: String = new.into_iter().skip(old.len()).collect();
    let _ = body.insert_adjacent_html("beforeend", &more);
    Some(coming.left)
}

/// What has come of a list.
struct Coming<'a> {
    /// The key of what holds its rows.
    body: Cow<'a, str>,
    /// The keys of its rows.
    order: Vec<Cow<'a, str>>,
    /// Those that came whole; of two the later counts.
    rows: Vec<(Cow<'a, str>, &'a str)>,
    /// All else: parts of the page, and of rows the cells that changed since.
    left: Vec<String>,
}

impl<'a> Coming<'a> {
    /// `None` where no list of rows alone has come.
    fn of(pieces: &'a [String]) -> Option<Self> {
        let whole = pieces.iter().rfind(|piece| piece.starts_with(BODY))?;
        let (body, order) = (value(whole, KEY)?, order(whole)?);
        let mut rows = Vec::new();
        let mut left: Vec<(Option<Cow<str>>, &String)> = Vec::new();
        for piece in pieces {
            let name = value(piece, KEY);
            let is_whole_row = piece.starts_with(ROW) && !piece.contains(SLOT);
            match name {
                Some(name) if piece.starts_with(BODY) && name == body => {}
                Some(name) if is_whole_row && order.contains(&name) => {
                    // cells of it that changed before are in it
                    left.retain(|(other, _)| other.as_ref() != Some(&name));
                    rows.push((name, piece.as_str()));
                }
                name => left.push((name, piece)),
            }
        }
        Some(Self {
            body,
            order,
            rows,
            left: left.into_iter().map(|(_, piece)| piece.clone()).collect(),
        })
    }
}

/// The keys of rows that are only named.
fn order(body: &str) -> Option<Vec<Cow<'_, str>>> {
    let rows = body.split_once('>')?.1.strip_suffix(BODY_END)?;
    let rows = elements(rows, KEY)?;
    let are_named = rows.iter().all(|(_, row)| row.contains(SLOT));
    are_named.then(|| rows.into_iter().map(|(key, _)| key).collect())
}

fn body(key: &str) -> Option<Element> {
    let body = document().query_selector(".list.long tbody").ok()??;
    (body.get_attribute(KEY).as_deref() == Some(key)).then_some(body)
}

/// Whether a row of it is more to its reader than one of many.
fn is_in_hand(body: &Element) -> bool {
    let has = |within: &Element, what: &str| !matches!(within.query_selector(what), Ok(None));
    let marked = format!(":active, [open], [data-keep], [{FRESH}], [{PENDING}]");
    let selection = window().get_selection().ok().flatten();
    let document = document();
    body.contains(document.active_element().as_deref())
        || selection.is_some_and(|selection| !selection.is_collapsed())
        || has(body, &marked)
        || document
            .document_element()
            .is_none_or(|root| has(&root, "dialog[open]"))
}

/// Goes through a row from one change to the next: to begin at the row for each takes three times as many steps.
struct Walk {
    row: Node,
    /// The way to where it is.
    way: Vec<(u32, Node)>,
}

impl Walk {
    fn through(row: &Element) -> Self {
        Self {
            row: row.clone().into(),
            way: Vec::new(),
        }
    }

    /// `None` where the row is not as the change says.
    fn to(&mut self, path: &[u32]) -> Option<&Node> {
        let same = |((here, _), place): &(&(u32, Node), &u32)| here == *place;
        let common = self.way.iter().zip(path).take_while(same).count();
        let near = match (self.way.get(common), path.get(common)) {
            (Some(near), Some(place)) if near.0 < *place => Some(near.clone()),
            _ => None,
        };
        self.way.truncate(common);
        let mut near = near;
        for place in &path[common..] {
            let above = self.way.last().map_or(&self.row, |(_, node)| node);
            let (mut at, mut node) = match near.take() {
                Some(near) => near,
                None => (0, above.first_child()?),
            };
            while at < *place {
                (at, node) = (at + 1, node.next_sibling()?);
            }
            self.way.push((at, node));
        }
        Some(self.way.last().map_or(&self.row, |(_, node)| node))
    }
}

/// `None` where a row is not as it says.
fn apply(row: &Element, edits: &[Edit]) -> Option<()> {
    let mut walk = Walk::through(row);
    for Edit { path, change } in edits {
        let node = walk.to(path)?;
        match change {
            Change::Text(text) if node.node_type() == Node::TEXT_NODE => {
                node.set_node_value(Some(text));
            }
            Change::Text(_) => return None,
            change => {
                let element: &Element = node.dyn_ref()?;
                match change {
                    Change::Put(name, value) => element.set_attribute(name, value).ok()?,
                    Change::Take(name) => element.remove_attribute(name).ok()?,
                    Change::Text(_) => {}
                    Change::Inner(html) => element.set_inner_html(html),
                }
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_has_come_rows_are_told_from_all_else() {
        let list = |keys: &[&str]| {
            let row = |key: &&str| format!(r#"<tr data-k="{key}" data-slot></tr>"#);
            let rows: String = keys.iter().map(row).collect();
            format!(r#"<tbody data-k="rows">{rows}<!></tbody>"#)
        };
        let row = |key: &str, word: &str| format!(r#"<tr data-k="{key}"><td>{word}</td></tr>"#);
        let part = |key: &str, word: &str| {
            format!(r#"<tr data-k="{key}"><td data-slot></td><td>{word}</td></tr>"#)
        };
        let nav = r#"<nav data-k="chips">1</nav>"#.to_owned();
        let pieces = [
            list(&["a", "b"]),
            row("a", "old"),
            part("b", "before"),
            row("x", "of another window"),
            nav.clone(),
            list(&["b", "c"]),
            row("b", "new"),
            row("c", "new"),
            part("c", "after"),
        ];
        let coming = Coming::of(&pieces).expect("a list is among them");
        assert_eq!(
            (&*coming.body, coming.order),
            ("rows", vec!["b".into(), "c".into()])
        );
        let (b, c) = (row("b", "new"), row("c", "new"));
        let rows = [("b".into(), b.as_str()), ("c".into(), c.as_str())];
        assert_eq!(coming.rows, rows);
        let (a, x) = (row("a", "old"), row("x", "of another window"));
        assert_eq!(coming.left, [a, x, nav, part("c", "after")]);
    }

    #[test]
    fn a_list_that_is_not_of_names_alone_is_none() {
        let row = r#"<tr data-k="a"><td>1</td></tr>"#;
        let lists = [
            String::new(),
            row.to_owned(),
            format!(r#"<tbody data-k="rows">{row}</tbody>"#),
            r#"<tbody data-k="rows">none</tbody>"#.to_owned(),
            r#"<tbody data-k="rows"><tr data-slot></tr></tbody>"#.to_owned(),
            r#"<tbody data-k="rows"><tr data-k="a" data-slot></tr>"#.to_owned(),
        ];
        for list in lists {
            assert!(Coming::of(std::slice::from_ref(&list)).is_none(), "{list}");
        }
    }
}
