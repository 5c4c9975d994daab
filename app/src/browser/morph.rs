//! Makes the page what the server drew, touching only what differs: what is focused, selected, open or scrolled
//! stays so. Islands are left alone, they draw
//! themselves, and so is what says `data-keep`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTemplateElement, Node};

use super::markup::PLACE;
use super::pending::{HEAD, PENDING};
use super::recycle;
use super::window::document;

/// What a node is found again by when its neighbours come and go.
pub(super) const KEY: &str = "data-k";
/// Marks the row of what was just made, for a moment.
pub(super) const FRESH: &str = "data-fresh";
/// As long as the mark takes to fade; see `style/app.css`.
const FRESH_MILLIS: u32 = 2_500;
const ISLAND: &str = "LEPTOS-ISLAND";

/// What there is to fill slots with.
#[derive(Default)]
struct Pieces {
    /// What has come, by key; of a row perhaps only the cells that changed.
    drawn: BTreeMap<String, Element>,
    /// What was on the page when it came.
    there: BTreeMap<String, Element>,
}

impl Pieces {
    fn of(pieces: &[String]) -> Self {
        // a reader for each of many rows takes longer than the rows
        let (rows, parts): (Vec<_>, Vec<_>) = pieces.iter().partition(|piece| is_row(piece));
        let rows: String = rows.into_iter().map(String::as_str).collect();
        let parts = parts.into_iter().filter_map(|part| parse(part));
        let mut drawn: BTreeMap<String, Element> = BTreeMap::new();
        for piece in parts.chain(elements(&rows)) {
            let Some(key) = key(&piece) else { continue };
            if let Some(earlier) = drawn.insert(key, piece.clone())
                && !is_part(&piece)
            {
                complete(&piece, &earlier);
            }
        }
        Self {
            drawn,
            there: BTreeMap::new(),
        }
    }

    fn find(&mut self) {
        let Ok(found) = document().query_selector_all(&format!(".shell [{KEY}]")) else {
            return;
        };
        let found = (0..found.length()).filter_map(|i| found.get(i));
        let found = found.filter_map(|old| old.dyn_into::<Element>().ok());
        self.there = found.filter_map(|old| Some((key(&old)?, old))).collect();
    }

    /// What belongs in a slot where the page has nothing of its key: what has come, or what is elsewhere on the page.
    fn take(&mut self, slot: &Element) -> Option<Element> {
        let key = key(slot)?;
        match (self.there.remove(&key), self.drawn.remove(&key)) {
            (Some(old), Some(new)) => {
                element(&old, &new, self);
                Some(old)
            }
            (old, new) => new.or(old),
        }
    }

    /// What is left: first what holds rows, then rows.
    fn next(&mut self) -> Option<(String, Element)> {
        let first = self.drawn.iter().find(|(_, piece)| is_part(piece));
        let first = first.map(|(key, _)| key.clone());
        match first {
            Some(key) => self.drawn.remove_entry(&key),
            None => self.drawn.pop_first(),
        }
    }
}

fn is_row(html: &str) -> bool {
    html.starts_with("<tr")
}

fn is_part(piece: &Element) -> bool {
    piece.tag_name() != "TR"
}

fn holds_rows(piece: &Element) -> bool {
    piece.tag_name() == "TBODY"
}

/// A row that came twice is as the later says, and where that leaves cells as they are, as the earlier does.
fn complete(row: &Element, earlier: &Element) {
    let cells = |row: &Element| siblings(row.first_child()).collect::<Vec<_>>();
    for (cell, before) in cells(row).iter().zip(cells(earlier)) {
        if as_element(cell).is_some_and(is_slot) {
            let _ = row.replace_child(&before, cell);
        }
    }
}

/// Draws the page and pieces of it: what they leave empty stays, and of two with one key the later counts. Answers
/// whether rows came or went.
pub fn patch(whole: Option<&str>, pieces: &[String]) -> bool {
    let document = document();
    let focused = document.active_element();
    let left = recycle::rewrite(pieces);
    let mut pieces = Pieces::of(left.as_deref().unwrap_or(pieces));
    if whole.is_some() || pieces.drawn.values().any(is_part) {
        pieces.find();
    }
    let moved = whole.is_some() || left.is_some() || pieces.drawn.values().any(holds_rows);
    let shell = document.query_selector(".shell").ok().flatten();
    if let (Some(old), Some(new)) = (shell, whole.and_then(parse)) {
        element(&old, &new, &mut pieces);
    }
    // What is left changed in its place.
    while let Some((key, new)) = pieces.next() {
        if let Some(old) = there(&key) {
            element(&old, &new, &mut pieces);
        }
    }
    // Moving an element takes the focus from it.
    if let Some(focused) = focused
        && focused.is_connected()
        && document.active_element().as_ref() != Some(&focused)
        && let Ok(focused) = focused.dyn_into::<HtmlElement>()
    {
        let _ = focused.focus();
    }
    super::pick::renew();
    flash();
    moved
}

thread_local! {
    /// The address of what was just made, until its row is there.
    static MADE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Marks the row of what was just made, now or when it comes.
pub fn made(href: &str) {
    MADE.replace(href.to_owned());
    flash();
}

fn flash() {
    if MADE.with_borrow(String::is_empty) {
        return;
    }
    let href = MADE.with_borrow(|href| format!("main tr a[href='{href}']"));
    let link = document().query_selector(&href).ok().flatten();
    if let Some(row) = link.and_then(|link| link.closest("tr").ok().flatten()) {
        MADE.take();
        let _ = row.set_attribute(FRESH, "");
        let gone = move || _ = row.remove_attribute(FRESH);
        Timeout::new(FRESH_MILLIS, gone).forget();
    }
}

/// Makes one element what HTML says.
pub fn become_html(old: &Element, html: &str) {
    if let Some(new) = parse(html) {
        element(old, &new, &mut Pieces::default());
    }
}

fn parse(html: &str) -> Option<Element> {
    let template = document().create_element("template").ok()?;
    let template: HtmlTemplateElement = template.unchecked_into();
    template.set_inner_html(html);
    template.content().first_element_child()
}

/// Elements that stand beside each other.
fn elements(html: &str) -> impl Iterator<Item = Element> {
    let first = parse(html).map(Node::from);
    siblings(first).filter_map(|node| node.dyn_into().ok())
}

fn element(old: &Element, new: &Element, pieces: &mut Pieces) {
    if old.tag_name() == ISLAND || old.has_attribute("data-keep") {
        return;
    }
    if is_slot(new) {
        if let Some(piece) = key(new).and_then(|key| pieces.drawn.remove(&key)) {
            element(old, &piece, pieces);
        }
        return;
    }
    // most of a page is as it was, and the browser sees that in a fraction of the time that a walk through it takes
    if old.is_equal_node(Some(new)) {
        return;
    }
    if new.has_attribute("data-at") {
        // The clock says it in the reader's words.
        if old.get_attribute("data-at") == new.get_attribute("data-at")
            && old.get_attribute("data-say") == new.get_attribute("data-say")
        {
            return;
        }
        let _ = old.remove_attribute("title");
    }
    attributes(old, new);
    children(old, new, pieces);
}

/// What is only named: it stays as it is, or comes apart.
fn is_slot(element: &Element) -> bool {
    element.has_attribute("data-slot")
}

fn attributes(old: &Element, new: &Element) {
    for name in names(new) {
        let value = new.get_attribute(&name);
        if old.get_attribute(&name) != value {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
    for name in names(old) {
        // What the reader opened stays open, what was just made stays marked, and so is a page with a deed under way.
        let marked = name == FRESH || name == PENDING && old.tag_name() == HEAD;
        let stays = name == "open" || name == PLACE || marked;
        if !stays && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}

fn names(element: &Element) -> Vec<String> {
    let names = element.get_attribute_names();
    names.iter().filter_map(|name| name.as_string()).collect()
}

fn children(old: &Element, new: &Element, pieces: &mut Pieces) {
    let (wanted, names) = named(new);
    let (_, mut here) = named(old);
    // What is gone goes first: what comes after it need not move then, which would cost it focus and place.
    for (name, child) in &here {
        if !names.contains_key(name) {
            child.remove();
        }
    }
    let mut at = old.first_child();
    for (i, (node, name)) in wanted.iter().enumerate() {
        let found = match name {
            Some(name) => here.remove(name).map(Node::from),
            None => next_of_kind(&mut at, node, &wanted[i + 1..]),
        };
        match found {
            Some(found) => {
                if at.as_ref() != Some(&found) {
                    let _ = old.insert_before(&found, at.as_ref());
                }
                become_node(&found, node, pieces);
                // only now: what comes after it may have been moved elsewhere meanwhile
                at = found.next_sibling();
            }
            None => {
                let slot = as_element(node).filter(|new| is_slot(new));
                let piece = slot.and_then(|new| pieces.take(new));
                let new = piece.map_or_else(|| node.clone(), Node::from);
                if let Some(new) = as_element(&new) {
                    fill(new, pieces);
                }
                let _ = old.insert_before(&new, at.as_ref());
            }
        }
    }
    for extra in siblings(at) {
        let _ = old.remove_child(&extra);
    }
}

/// A child and its name among its siblings, if it has one.
type Child = (Node, Option<String>);

/// The children of an element, and by name those that are told from their neighbours by more than their place.
fn named(parent: &Element) -> (Vec<Child>, BTreeMap<String, Element>) {
    let mut names = BTreeMap::new();
    let child = |node: Node| {
        let element = as_element(&node);
        let name = element.and_then(|element| {
            let mut name = name(element)?;
            while names.contains_key(&name) {
                name.push('+');
            }
            names.insert(name.clone(), element.clone());
            Some(name)
        });
        (node, name)
    };
    (siblings(parent.first_child()).map(child).collect(), names)
}

/// The node that becomes one without a name: the next, if that is of its kind. What is of no kind that is still to
/// come goes.
fn next_of_kind(at: &mut Option<Node>, new: &Node, later: &[Child]) -> Option<Node> {
    let kind = new.node_name();
    while let Some(here) = at.clone() {
        if as_element(&here).and_then(name).is_some() {
            return None;
        }
        let its = here.node_name();
        if its == kind {
            return Some(here);
        }
        let is_its = |(node, name): &Child| name.is_none() && node.node_name() == its;
        if later.iter().any(is_its) {
            return None;
        }
        *at = here.next_sibling();
        let _ = here.parent_node()?.remove_child(&here);
    }
    None
}

/// A node and what follows it; each is looked up before the one before it is given, which may then go.
fn siblings(first: Option<Node>) -> impl Iterator<Item = Node> {
    let mut next = first;
    std::iter::from_fn(move || {
        let node = next.take()?;
        next = node.next_sibling();
        Some(node)
    })
}

/// What has a key on the page.
pub(super) fn there(key: &str) -> Option<Element> {
    let key = key.replace('\\', "\\\\").replace('"', "\\\"");
    let selector = format!("[{KEY}=\"{key}\"]:not([data-slot])");
    document().query_selector(&selector).ok()?
}

/// Puts what has come into the slots of a new element.
fn fill(new: &Element, pieces: &mut Pieces) {
    let Ok(slots) = new.query_selector_all("[data-slot]") else {
        return;
    };
    for slot in (0..slots.length()).filter_map(|i| slots.get(i)) {
        let slot: Element = slot.unchecked_into();
        if let Some(piece) = pieces.take(&slot) {
            let _ = slot.replace_with_with_node_1(&piece);
            fill(&piece, pieces);
        }
    }
}

fn become_node(old: &Node, new: &Node, pieces: &mut Pieces) {
    match (as_element(old), as_element(new)) {
        (Some(old), Some(new)) => element(old, new, pieces),
        _ => {
            let text = new.node_value();
            if old.node_value() != text {
                old.set_node_value(text.as_deref());
            }
        }
    }
}

fn as_element(node: &Node) -> Option<&Element> {
    node.dyn_ref()
}

pub(super) fn key(element: &Element) -> Option<String> {
    element.get_attribute(KEY)
}

/// What tells an element from its neighbours: its key, or what it does. A button never becomes another under the hand
/// that presses it; Suspend becomes Resume. An island is found again wherever it is.
fn name(element: &Element) -> Option<String> {
    key(element).or_else(|| {
        if element.tag_name() == ISLAND {
            return Some(String::new());
        }
        let deed = element.get_attribute("data-deed")?;
        Some(deed.split(':').next()?.to_owned())
    })
}
