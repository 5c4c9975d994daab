//! The shape of a detail.

use orrery_view::ObjectRef;

use crate::cell::{Button, Cell, Column, Line, Link, MORE};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::tr;

/// The page of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Beside the name: the status, and what the object is in a line.
    pub status: Cell,
    pub sub: Vec<Cell>,
    pub switch: Option<Cell>,
    pub buttons: Vec<Button>,
    /// The few numbers that matter most.
    pub stats: Vec<Stat>,
    pub sections: Vec<Section>,
}

/// A number or state with its label, large.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    pub label: String,
    pub cell: Cell,
}

/// A label and what there is to say under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub label: String,
    pub cells: Vec<Cell>,
}

/// A part of a detail. The title is its key.
#[derive(Clone, Debug, PartialEq)]
pub enum Section {
    /// Labels and values.
    Facts { title: String, facts: Vec<Fact> },
    Table {
        title: String,
        columns: Vec<Column>,
        lines: Vec<Line>,
        empty: String,
        /// The way to those that are left out here.
        more: Option<Link>,
    },
    /// A picture of [`crate::draw`]: HTML of our own.
    Drawing { title: String, html: String },
    /// A sentence that explains.
    Note {
        tone: Tone,
        title: String,
        text: String,
    },
}

impl Model {
    /// Adds the way to give a reason for those of `buttons` that are done at once; the others ask for one themselves.
    pub fn with_reason(mut self, of: ObjectRef, buttons: &[Button], lang: Lang) -> Self {
        let at_once = buttons.iter().filter(|button| button.deed.is_at_once());
        let at_once: Vec<_> = at_once.cloned().collect();
        if !at_once.is_empty() {
            let about = tr!(lang, "act.with_reason_of", name = of.name);
            // last, as in lists
            self.buttons.push(Button::menu(MORE, about, of, at_once));
        }
        self
    }
}

impl Section {
    pub fn title(&self) -> &str {
        match self {
            Self::Facts { title, .. }
            | Self::Table { title, .. }
            | Self::Drawing { title, .. }
            | Self::Note { title, .. } => title,
        }
    }
}

impl Stat {
    pub fn new(label: impl Into<String>, cell: Cell) -> Self {
        Self {
            label: label.into(),
            cell,
        }
    }
}

impl Fact {
    pub fn new(label: impl Into<String>, cell: Cell) -> Self {
        Self {
            label: label.into(),
            cells: vec![cell],
        }
    }
}
