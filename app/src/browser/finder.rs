//! Finds a pattern in the lines of a log, by the browser's own regular expressions, and paints where it is without
//! touching the lines (CSS custom highlights). Lines are looked through by chunks, as texts of many lines.

use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

use super::lines::chunks;
use super::window::{document, window};

/// Places painted at most, the latest first: more than a screen has, few enough to be painted at each change.
const MOST_PAINTED: u32 = 2_000;
/// `NodeFilter.SHOW_TEXT`.
const SHOW_TEXT: u32 = 4;
/// On a chunk: how often the pattern is there.
const FOUND: &str = "data-found";

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type RegExp;
    #[wasm_bindgen(constructor, catch)]
    fn new(pattern: &str, flags: &str) -> Result<RegExp, JsValue>;
    #[wasm_bindgen(method)]
    fn test(this: &RegExp, text: &str) -> bool;
    #[wasm_bindgen(method)]
    fn exec(this: &RegExp, text: &JsString) -> Option<Match>;
    #[wasm_bindgen(method, setter, js_name = lastIndex)]
    fn set_last_index(this: &RegExp, at: u32);
    type Match;
    #[wasm_bindgen(method, getter)]
    fn index(this: &Match) -> u32;
    #[wasm_bindgen(method, indexing_getter)]
    fn get(this: &Match, n: u32) -> JsString;

    type Text;
    #[wasm_bindgen(method, js_name = match)]
    fn all(this: &Text, pattern: &RegExp) -> Option<Array>;

    type Range;
    #[wasm_bindgen(constructor)]
    fn new() -> Range;
    #[wasm_bindgen(method, getter, js_name = startContainer)]
    fn start(this: &Range) -> Node;
    #[wasm_bindgen(method, js_name = setStart)]
    fn set_start(this: &Range, node: &Node, at: u32);
    #[wasm_bindgen(method, js_name = setEnd)]
    fn set_end(this: &Range, node: &Node, at: u32);

    type Walker;
    #[wasm_bindgen(method, js_name = nextNode)]
    fn next(this: &Walker) -> Option<Node>;
    type Walked;
    #[wasm_bindgen(method, js_name = createTreeWalker)]
    fn walk(this: &Walked, root: &Node, what: u32) -> Walker;

    type Highlight;
    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<Highlight, JsValue>;
    #[wasm_bindgen(method)]
    fn add(this: &Highlight, range: &Range);
    #[wasm_bindgen(method, setter)]
    fn set_priority(this: &Highlight, priority: i32);
    type Highlights;
    #[wasm_bindgen(method)]
    fn set(this: &Highlights, name: &str, highlight: &Highlight);
}

/// What is searched for.
#[derive(Clone)]
pub struct Pattern(RegExp);

impl Pattern {
    /// `None`: it is no regular expression, or one that finds nothing at every place.
    pub fn of(text: &str, regex: bool) -> Option<Self> {
        let escaped: String = match regex {
            true => text.to_owned(),
            false => text.chars().flat_map(escape).collect(),
        };
        let pattern = RegExp::new(&escaped, "gim").ok()?;
        (!pattern.test("")).then_some(Self(pattern))
    }
}

fn escape(c: char) -> impl Iterator<Item = char> {
    let special = c.is_ascii_punctuation().then_some('\\');
    special.into_iter().chain([c])
}

fn text(chunk: &Element) -> JsValue {
    Reflect::get(chunk, &"textContent".into()).unwrap_or_default()
}

/// How often a chunk has it; known of those that have not changed since it was counted.
fn count(chunk: &Element, pattern: &Pattern) -> u32 {
    if let Some(known) = chunk.get_attribute(FOUND) {
        return known.parse().unwrap_or(0);
    }
    let all = text(chunk).unchecked_ref::<Text>().all(&pattern.0);
    let count = all.map_or(0, |all| all.length());
    let _ = chunk.set_attribute(FOUND, &count.to_string());
    count
}

/// Counts it anew in a chunk that has changed.
pub fn changed(chunk: &Element) {
    let _ = chunk.remove_attribute(FOUND);
}

/// Another pattern than before, or none.
pub fn begin() {
    chunks().iter().for_each(changed);
    paint("found", []);
    paint("current", []);
}

/// Paints where the pattern is; answers how often.
pub fn mark(pattern: &Pattern) -> u32 {
    let chunks = chunks();
    let mut found = 0;
    let mut places = Vec::new();
    for chunk in chunks.iter().rev() {
        let here = count(chunk, pattern);
        if here > 0 && found < MOST_PAINTED {
            let most = here.min(MOST_PAINTED - found);
            places.extend(ranges(chunk, pattern, here - most, most));
        }
        found += here;
    }
    paint("found", places);
    found
}

/// Brings the nth place into sight.
pub fn show(pattern: &Pattern, nth: u32) {
    let mut before = 0;
    for chunk in chunks() {
        let here = count(&chunk, pattern);
        if nth < before + here {
            let range = ranges(&chunk, pattern, nth - before, 1);
            return range.into_iter().for_each(look_at);
        }
        before += here;
    }
}

fn look_at(range: Range) {
    if let Some(line) = range.start().parent_element() {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Center);
        line.scroll_into_view_with_scroll_into_view_options(&options);
    }
    paint("current", [range]);
}

/// Where it is in a chunk, so many places from the nth on: offsets in its text, found again in its nodes. A line may
/// have it a thousand times.
fn ranges(chunk: &Element, pattern: &Pattern, nth: u32, most: u32) -> Vec<Range> {
    let text: JsString = text(chunk).unchecked_into();
    let mut nodes = Nodes::of(chunk);
    let (mut passed, mut ranges) = (0, Vec::new());
    pattern.0.set_last_index(0);
    while ranges.len() < most as usize
        && let Some(found) = pattern.0.exec(&text)
    {
        let (from, length) = (found.index(), found.get(0).length());
        if length == 0 {
            pattern.0.set_last_index(from + 1);
            continue;
        }
        passed += 1;
        if passed <= nth {
            continue;
        }
        let range = Range::new();
        if let Some((node, at)) = nodes.at(from) {
            range.set_start(&node, at);
        }
        if let Some((node, at)) = nodes.at(from + length - 1) {
            range.set_end(&node, at + 1);
        }
        ranges.push(range);
    }
    ranges
}

/// The texts of a chunk, in order, walked once.
struct Nodes {
    walker: Walker,
    here: Option<Node>,
    begin: u32,
    end: u32,
}

impl Nodes {
    fn of(chunk: &Element) -> Self {
        let document: Walked = document().unchecked_into();
        Self {
            walker: document.walk(chunk, SHOW_TEXT),
            here: None,
            begin: 0,
            end: 0,
        }
    }

    /// The node at an offset that is not before the last one asked for, and where in it.
    fn at(&mut self, offset: u32) -> Option<(Node, u32)> {
        while self.here.is_none() || offset >= self.end {
            let next = self.walker.next()?;
            let length = Reflect::get(&next, &"length".into()).ok()?.as_f64()?;
            (self.begin, self.end) = (self.end, self.end + length as u32);
            self.here = Some(next);
        }
        Some((self.here.clone()?, offset - self.begin))
    }
}

/// Gives places a look of `style/app.css`; a browser without highlights shows where it is by scrolling alone.
fn paint(name: &str, places: impl IntoIterator<Item = Range>) {
    let registry = Reflect::get(&window(), &"CSS".into());
    let registry = registry.and_then(|css| Reflect::get(&css, &"highlights".into()));
    let (Ok(registry), Ok(highlight)) = (registry, Highlight::new()) else {
        return;
    };
    if registry.is_undefined() {
        return;
    }
    places.into_iter().for_each(|range| highlight.add(&range));
    // the current place is one of those found, and is to be seen as the current one
    highlight.set_priority(i32::from(name == "current"));
    registry.unchecked_ref::<Highlights>().set(name, &highlight);
}
