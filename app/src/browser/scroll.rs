//! A long list is a window that moves over it: the server keeps and sorts all of it, the page has the rows around
//! those that are seen, and gaps as high as the others would be.

use std::cell::Cell;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use super::window::{document, scrolled_to};

/// Rows in reserve above and below: when fewer are left on one side, the window moves.
const RESERVE: i64 = 15;
/// Rows left on the side that the reader comes from: enough to turn round without another window.
const BEHIND: i64 = 2 * RESERVE;

thread_local! {
    /// A row's height in thousandths of a pixel, as first measured: gaps must not breathe with what rows say.
    static ROW: Cell<i64> = const { Cell::new(0) };
    /// A window was asked for and has not come yet.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// The list and where its window is, by rows.
struct Window {
    list: Element,
    body: HtmlElement,
    from: i64,
    rows: i64,
    total: i64,
}

impl Window {
    /// `None` where the list is short, or there is none.
    fn find() -> Option<Self> {
        let list = document().query_selector(".list[data-total]").ok()??;
        let said = |name| list.get_attribute(name)?.parse().ok();
        let (from, total) = (said("data-from")?, said("data-total")?);
        let body: HtmlElement = list.query_selector("tbody").ok()??.dyn_into().ok()?;
        let rows = i64::from(body.child_element_count());
        (rows > 0 && rows < total).then_some(Self {
            list,
            body,
            from,
            rows,
            total,
        })
    }

    fn row_height(&self) -> i64 {
        if ROW.get() == 0 {
            ROW.set(i64::from(self.body.offset_height()) * 1000 / self.rows);
        }
        ROW.get().max(1000)
    }

    fn gap(&self, which: &str, rows: i64) {
        let gap = self.list.query_selector(which).ok().flatten();
        let style = gap.and_then(|gap| Reflect::get(&gap, &"style".into()).ok());
        if let Some(style) = style {
            let height = format!("{}px", rows * self.row_height() / 1000);
            let _ = Reflect::set(&style, &"height".into(), &JsValue::from_str(&height));
        }
    }

    /// From which row on the window should begin, if it should move.
    fn wanted(&self) -> Option<i64> {
        let (at, height) = scrolled_to();
        let row = self.row_height();
        let first = self.from + (at - top(&self.body)) * 1000 / row;
        let last = first + height * 1000 / row;
        let end = self.from + self.rows;
        let above = self.from > 0 && first - RESERVE < self.from;
        let below = end < self.total && last + RESERVE > end;
        // most of it lies where the reader is going
        let wanted = match (above, below) {
            (false, false) => return None,
            (true, false) => last + BEHIND - self.rows,
            (false, true) => first - BEHIND,
            (true, true) => (first + last - self.rows) / 2,
        };
        let wanted = wanted.clamp(0, self.total - self.rows);
        (wanted != self.from).then_some(wanted)
    }
}

/// Pixels from the top of the document.
fn top(element: &HtmlElement) -> i64 {
    let mut top = i64::from(element.offset_top());
    let mut above = element.offset_parent();
    while let Some(parent) = above.and_then(|parent| parent.dyn_into::<HtmlElement>().ok()) {
        top += i64::from(parent.offset_top());
        above = parent.offset_parent();
    }
    top
}

/// Makes room for the rows that are elsewhere. Call when rows have come; answers the window to ask for next.
pub fn settle() -> Option<i64> {
    ASKED.set(false);
    let window = Window::find()?;
    window.gap(".gap", window.from);
    window.gap(".gap ~ .gap", window.total - window.from - window.rows);
    moved()
}

/// The same for the first time: an address may name a window in the midst of a list.
pub fn begin() {
    let Some(window) = Window::find() else {
        return;
    };
    let _ = settle();
    if window.from > 0 {
        window.body.scroll_into_view();
    }
}

/// The window to ask for, when the reader has scrolled out of this one. One at a time is asked for.
pub fn moved() -> Option<i64> {
    if ASKED.get() {
        return None;
    }
    let wanted = Window::find()?.wanted()?;
    ASKED.set(true);
    Some(wanted)
}
