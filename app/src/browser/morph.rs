//! Makes the page what the server drew, touching only what differs: what is focused, selected, open or scrolled
//! stays so. Islands are left alone, they draw
//! themselves, and so is what says `data-keep`.

use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTemplateElement, Node};

use super::window::document;

/// What a node is found again by when its neighbours come and go.
const KEY: &str = "data-k";
const ISLAND: &str = "LEPTOS-ISLAND";

type Rows = BTreeMap<String, Element>;

/// Draws the page (its rows may be empty: they stay) and rows.
pub fn patch(whole: Option<&str>, rows: &[String]) {
    let document = document();
    let focused = document.active_element();
    let mut drawn: Rows = rows
        .iter()
        .filter_map(|row| parse(row))
        .filter_map(|row| Some((row.get_attribute(KEY)?, row)))
        .collect();
    let shell = document.query_selector(".shell").ok().flatten();
    if let (Some(old), Some(new)) = (shell, whole.and_then(parse)) {
        element(&old, &new, &mut drawn);
    }
    // What is left changed in its place.
    if !drawn.is_empty()
        && let Ok(old) = document.query_selector_all("tr[data-k]")
    {
        for old in (0..old.length()).filter_map(|i| old.get(i)) {
            let old: Element = old.unchecked_into();
            let key = old.get_attribute(KEY).unwrap_or_default();
            if let Some(new) = drawn.remove(&key) {
                element(&old, &new, &mut Rows::new());
            }
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
    super::pick::again();
}

/// Makes one element what HTML says.
pub fn become_html(old: &Element, html: &str) {
    if let Some(new) = parse(html) {
        element(old, &new, &mut Rows::new());
    }
}

fn parse(html: &str) -> Option<Element> {
    let template = document().create_element("template").ok()?;
    let template: HtmlTemplateElement = template.unchecked_into();
    template.set_inner_html(html);
    template.content().first_element_child()
}

fn element(old: &Element, new: &Element, rows: &mut Rows) {
    if old.tag_name() == ISLAND || old.has_attribute("data-keep") {
        return;
    }
    if is_slot(new) {
        if let Some(row) = key(new).and_then(|key| rows.remove(&key)) {
            element(old, &row, rows);
        }
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
    children(old, new, rows);
}

/// A row that is only named: it stays as it is, or comes apart.
fn is_slot(element: &Element) -> bool {
    element.tag_name() == "TR" && element.has_attribute(KEY) && element.first_child().is_none()
}

fn attributes(old: &Element, new: &Element) {
    for name in names(new) {
        let value = new.get_attribute(&name);
        if old.get_attribute(&name) != value {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
    for name in names(old) {
        // What the reader opened stays open.
        if name != "open" && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}

fn names(element: &Element) -> Vec<String> {
    let names = element.get_attribute_names();
    names.iter().filter_map(|name| name.as_string()).collect()
}

fn children(old: &Element, new: &Element, rows: &mut Rows) {
    let mut wanted = new.first_child();
    let mut at = old.first_child();
    while let Some(new) = wanted {
        // It may be moved into the page.
        wanted = new.next_sibling();
        match find(at.as_ref(), &new) {
            Some(found) => {
                if at.as_ref() != Some(&found) {
                    let _ = old.insert_before(&found, at.as_ref());
                }
                node(&found, &new, rows);
                at = found.next_sibling();
            }
            None => {
                let row = as_element(&new)
                    .filter(|new| is_slot(new))
                    .and_then(|new| rows.remove(&key(new)?));
                let new = row.map_or(new, Node::from);
                let _ = old.insert_before(&new, at.as_ref());
            }
        }
    }
    while let Some(extra) = at {
        at = extra.next_sibling();
        let _ = old.remove_child(&extra);
    }
}

/// The node that becomes another: of its key, or the next one if that is of its kind.
fn find(at: Option<&Node>, new: &Node) -> Option<Node> {
    let wanted = as_element(new).and_then(key);
    let island = new.node_name() == ISLAND;
    let mut here = at.cloned();
    while let Some(node) = here {
        let same = node.node_name() == new.node_name() && as_element(&node).and_then(key) == wanted;
        if same {
            return Some(node);
        }
        if wanted.is_none() && !island {
            return None;
        }
        here = node.next_sibling();
    }
    None
}

fn node(old: &Node, new: &Node, rows: &mut Rows) {
    match (as_element(old), as_element(new)) {
        (Some(old), Some(new)) => element(old, new, rows),
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

fn key(element: &Element) -> Option<String> {
    element.get_attribute(KEY)
}
