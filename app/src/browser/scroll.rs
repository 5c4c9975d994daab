//! A long list is a window that moves over it: the server keeps and sorts all of it, the page has the rows around
//! those that are seen, and gaps as high as the others would be.

use std::cell::Cell;

use js_sys::{Date, Reflect};
use orrery_view::Millis;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use super::hold::{Hold, Look};
use super::markup::PLACE;
use super::morph::{key, there};
use super::reach::{Course, Part, Seen};
use super::window::{document, rest_there, scrolled_to};

/// Says on the page's root that it is scrolled: what is under the pointer only passes then.
const MOVING: &str = "data-moving";

/// What was asked for and has not come after so long was lost, or is not wanted any more.
const PATIENCE_MILLIS: Millis = 1_000;
/// How long a window takes to come, before any has: rather more than it takes, for the first to come in time.
const ANSWER_MILLIS: Millis = 250;
/// A window that took longer met something that the next one will not.
const LONGEST_ANSWER_MILLIS: Millis = 500;

/// Rows of which the height is measured: what the first frame of a page has laid out.
const MEASURED: u32 = 30;

thread_local! {
    /// A row's height in thousandths of a pixel, as first measured: gaps must not breathe with what rows say.
    static ROW: Cell<i64> = const { Cell::new(0) };
    /// The window that was asked for and has not come yet, and when it was.
    static ASKED: Cell<Option<(i64, Millis)>> = const { Cell::new(None) };
    /// How long windows take to come.
    static ANSWER: Cell<Millis> = const { Cell::new(ANSWER_MILLIS) };
    static COURSE: Cell<Course> = Cell::default();
    static HOLD: Cell<Hold> = Cell::default();
    /// What waited for the page's rest is put on it before it counts as resting.
    static MOVES: Cell<bool> = const { Cell::new(false) };
}

fn now() -> Millis {
    Date::now() as Millis
}

fn with_hold<T>(change: impl FnOnce(&mut Hold, Millis) -> T) -> T {
    let mut hold = HOLD.get();
    let answer = change(&mut hold, now());
    HOLD.set(hold);
    answer
}

/// The page was scrolled; answers whether it rested before: it is to be looked at until it does again.
pub fn scrolled() -> bool {
    let mut course = COURSE.get();
    course.seen(now(), scrolled_to().0);
    COURSE.set(course);
    let began = with_hold(Hold::moved);
    MOVES.set(true);
    if began && let Some(root) = document().document_element() {
        let _ = root.set_attribute(MOVING, "");
    }
    began
}

/// Something came; answers whether it is put on the page now, with what waits.
pub fn came() -> bool {
    with_hold(Hold::came)
}

/// What waited is put on the page for another reason.
pub fn shown() {
    with_hold(|hold, _| hold.shown());
}

/// Whether the page is scrolled, as far as one has looked.
pub fn is_moving() -> bool {
    MOVES.get()
}

/// Looks whether the page rests: then it is to, once what waits is on it.
pub fn look() -> Look {
    with_hold(Hold::look)
}

/// The page rests.
pub fn rest() {
    MOVES.set(false);
    rest_there();
    if let Some(root) = document().document_element() {
        let _ = root.remove_attribute(MOVING);
    }
}

/// The list and where its window is.
struct Window {
    list: Element,
    body: HtmlElement,
    part: Part,
}

impl Window {
    /// `None` where the list is short, or there is none.
    fn find() -> Option<Self> {
        let list = document().query_selector(".list[data-total]").ok()??;
        let said = |name| list.get_attribute(name)?.parse().ok();
        let (from, total) = (said("data-from")?, said("data-total")?);
        let body: HtmlElement = list.query_selector("tbody").ok()??.dyn_into().ok()?;
        let rows = i64::from(body.child_element_count());
        let part = Part { from, rows, total };
        (rows > 0 && rows < total).then_some(Self { list, body, part })
    }

    fn row_height(&self) -> i64 {
        if ROW.get() == 0 {
            ROW.set(self.measured().unwrap_or(0));
        }
        ROW.get().max(1000)
    }

    fn measured(&self) -> Option<i64> {
        let rows = self.body.children();
        let count = rows.length().min(MEASURED);
        let first: HtmlElement = rows.item(0)?.unchecked_into();
        let last: HtmlElement = rows.item(count - 1)?.unchecked_into();
        let pixels = last.offset_top() + last.offset_height() - first.offset_top();
        Some(i64::from(pixels) * 1000 / i64::from(count))
    }

    /// For the rows that are elsewhere.
    fn make_room(&self) {
        let Part { from, rows, total } = self.part;
        self.gap(".gap", from);
        self.gap(".gap ~ .gap", total - from - rows);
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
        let first = self.part.from + ((at - top(&self.body)) * 1000).div_euclid(row);
        let soon = COURSE.get().speed(now()) * ANSWER.get() / row;
        self.part.wanted(Seen {
            first,
            last: first + height * 1000 / row,
            soon,
        })
    }

    /// Whether it is the one that was asked for; a list that has become shorter ends before that.
    fn answers(&self, asked: i64) -> bool {
        let Part { from, rows, total } = self.part;
        from == asked || from + rows >= total
    }
}

/// Says of each row its place in the whole list to those who hear it.
fn number() -> Option<()> {
    let list = document().query_selector(".list[data-from]").ok()??;
    let from: i64 = list.get_attribute("data-from")?.parse().ok()?;
    let mut next = list.query_selector("tbody > tr").ok()?;
    // the heading is the first
    let mut place = from + 2;
    while let Some(row) = next {
        let said = place.to_string();
        if row.get_attribute(PLACE).as_ref() != Some(&said) {
            row.set_attribute(PLACE, &said).ok()?;
        }
        next = row.next_element_sibling();
        place += 1;
    }
    Some(())
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

/// Numbers the rows and makes room for those that are elsewhere. Call when rows have come; answers the window to ask
/// for next.
pub fn settle() -> Option<i64> {
    number();
    let Some(window) = Window::find() else {
        ASKED.set(None);
        return None;
    };
    if let Some((asked, at)) = ASKED.get()
        && window.answers(asked)
    {
        let took = (now() - at).clamp(0, LONGEST_ANSWER_MILLIS);
        ANSWER.set((ANSWER.get() + took) / 2);
        ASKED.set(None);
    }
    window.make_room();
    next(&window)
}

/// A row in the midst of what is seen, and where: the browser is not to hold on to one while the page is scrolled, since
/// what it holds on to may become another row.
pub struct Held {
    key: String,
    top: i64,
}

impl Held {
    /// `None` while the page rests, and where no rows are.
    pub fn seen() -> Option<Self> {
        if !is_moving() {
            return None;
        }
        let window = Window::find()?;
        let (at, height) = scrolled_to();
        let below = at + height / 2 - top(&window.body);
        let place = u32::try_from((below * 1000).div_euclid(window.row_height())).ok()?;
        let row = window.body.children().item(place)?;
        Some(Self {
            key: key(&row)?,
            top: top(row.unchecked_ref()),
        })
    }

    /// It stays where it was seen, whatever has come above it.
    pub fn stay(&self) {
        let row = there(&self.key);
        let moved = row.map_or(0, |row| top(row.unchecked_ref()) - self.top);
        if moved != 0 {
            super::window().scroll_by_with_x_and_y(0.0, moved as f64);
        }
    }
}

/// The same for the first time: an address may name a window in the midst of a list. Who was there before has been
/// brought back by the browser.
pub fn begin() {
    number();
    let Some(window) = Window::find() else {
        return;
    };
    window.make_room();
    if window.part.from > 0 && scrolled_to().0 == 0 {
        window.body.scroll_into_view();
    }
}

/// The window to ask for, when the reader has scrolled out of this one. One at a time is asked for.
pub fn moved() -> Option<i64> {
    match is_asked() {
        true => None,
        false => next(&Window::find()?),
    }
}

fn next(window: &Window) -> Option<i64> {
    if is_asked() {
        return None;
    }
    let wanted = window.wanted()?;
    ASKED.set(Some((wanted, now())));
    Some(wanted)
}

fn is_asked() -> bool {
    let awaits = |(_, at): (i64, Millis)| (0..PATIENCE_MILLIS).contains(&(now() - at));
    ASKED.get().is_some_and(awaits)
}

/// Whether a page is the one whose window was asked for: its rows come into sight.
pub fn is_awaited(whole: &str) -> bool {
    let says = |(from, _): (i64, Millis)| whole.contains(&format!("data-from=\"{from}\""));
    ASKED.get().is_some_and(says)
}
