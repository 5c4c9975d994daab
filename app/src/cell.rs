//! A cell of a table or a fact of a detail, as a value: what it says, before anything draws it.
//!
//! Equal values draw equal cells, so a change in the cluster repaints only the cells whose value changed.

use orrery_view::{Millis, ObjectRef, SortBy};
use serde::{Deserialize, Serialize};

use crate::tone::Tone;

/// What a cell says.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    /// A dot and a word; the note is the reason, in the API's words.
    Status {
        tone: Tone,
        word: String,
        note: String,
    },
    /// The row's own name, which opens it.
    Name {
        href: String,
        name: String,
        sub: String,
    },
    /// A line of text and a quieter one under it.
    Text {
        text: String,
        sub: String,
    },
    /// Something typed by machines: an expression, an image, a command.
    Code {
        code: String,
        sub: String,
    },
    Number {
        n: u32,
        tone: Option<Tone>,
    },
    /// Relative once awake, absolute before.
    Ago(Millis),
    /// An absolute date in the reader's zone.
    Date(Millis),
    /// The next slot: a countdown, or "would run" while suspended; `zoned` is its time in the job's own zone.
    Next {
        at: Option<Millis>,
        suspended: bool,
        zoned: String,
    },
    /// `in 3 m`
    Until(Millis),
    /// The same under a heading that says it is what is left: `3 m`.
    Left(Millis),
    /// A word with how long it took and when.
    Last {
        tone: Tone,
        word: String,
        start: Option<Millis>,
        end: Option<Millis>,
        href: String,
    },
    /// A duration: stands still once there is an end.
    Lasting {
        start: Option<Millis>,
        end: Option<Millis>,
    },
    /// One cell and a quieter one under it.
    Under {
        cell: Box<Cell>,
        under: Box<Cell>,
    },
    /// One after the other, as a list.
    Each(Vec<Cell>),
    /// How many times longer than usual it has taken since it began.
    Times {
        start: Millis,
        usual: Millis,
    },
    Strip {
        bars: Vec<Bar>,
        summary: String,
    },
    Progress {
        done: u32,
        of: Option<u32>,
        tone: Tone,
    },
    /// On means "not suspended".
    Switch {
        object: ObjectRef,
        on: bool,
    },
    /// One square or dot each; the label names it in words.
    Dots {
        dots: Vec<Dot>,
        square: bool,
    },
    Chips(Vec<String>),
    Links(Vec<Link>),
    Buttons(Vec<Button>),
    /// Ticks the row's object, `namespace/name`, for a deed on several; `may` names what not every object allows.
    Pick {
        object: String,
        may: String,
    },
}

/// One run in a strip. Heights and widths are in the strip's own units.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub tone: Tone,
    /// 1–20; a slot that did not run has 3.
    pub height: u32,
    pub gap: bool,
    pub manual: bool,
    pub label: String,
    pub href: String,
}

/// One container, node or pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    pub tone: Tone,
    pub label: String,
    pub href: String,
}

/// A link; `away` opens what is not this page.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub text: String,
    pub href: String,
    pub away: bool,
}

/// A button and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    /// Said to those who hear the page, where the label alone is ambiguous.
    pub about: String,
    pub prime: bool,
    pub danger: bool,
    pub deed: Deed,
    /// Why it cannot be pressed; empty when it can.
    #[serde(default)]
    pub refused: String,
}

/// What a button does; the token of a request is made when it is pressed.
///
/// A painted button carries it as its `data-deed`; the browser reads it when the button is pressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Deed {
    Go(String),
    /// Loads the examples into a namespace.
    Examples(String),
    Trigger(ObjectRef),
    Rerun(ObjectRef),
    Suspend(ObjectRef, bool),
    Restart(ObjectRef),
    /// Pauses the rollouts of a DaemonSet, or resumes them.
    Pause(ObjectRef, bool),
    Cordon(ObjectRef, bool),
    /// Asks first.
    Delete(ObjectRef),
    /// Opens a form that the server paints, by its address.
    Form(String),
    /// Opens the other deeds of an object, each with its kubectl equal.
    Menu(ObjectRef, Vec<Button>),
}

/// A line of a table or of facts: a key that stays the same while its object lives, and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub key: String,
    pub cells: Vec<Cell>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub title: String,
    /// A class of `style/app.css`: `num`, `wide`, `narrow`…
    pub class: &'static str,
    pub sort: Option<SortBy>,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            sub: String::new(),
        }
    }

    pub fn code(code: impl Into<String>) -> Self {
        Self::Code {
            code: code.into(),
            sub: String::new(),
        }
    }

    pub fn number(n: u32) -> Self {
        Self::Number { n, tone: None }
    }

    /// A number that has a colour, and is quiet while it is zero.
    pub fn toned(n: u32, tone: Tone) -> Self {
        let tone = if n > 0 { tone } else { Tone::Off };
        Self::Number {
            n,
            tone: Some(tone),
        }
    }

    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Links(vec![Link {
            text: text.into(),
            href: href.into(),
            away: false,
        }])
    }
}

impl Deed {
    /// Whether it is done when it is pressed, with nothing asked before.
    pub fn is_at_once(&self) -> bool {
        !matches!(
            self,
            Self::Go(_) | Self::Delete(_) | Self::Form(_) | Self::Menu(..)
        )
    }

    /// As in `data-deed`.
    pub fn code(&self) -> String {
        serde_json::to_string(self).expect("deeds are plain values")
    }
}

/// What a button says that opens others. Every font has it: a browser that must look for one that does paints later.
pub const MORE: &str = "•••";

impl Button {
    pub fn new(label: impl Into<String>, about: &str, deed: Deed) -> Self {
        let label = label.into();
        let about = if about.is_empty() {
            label.clone()
        } else {
            format!("{label}: {about}")
        };
        Self {
            label,
            about,
            prime: false,
            danger: false,
            deed,
            refused: String::new(),
        }
    }

    /// Opens these by a dialog that asks for a reason and tells their commands.
    pub fn menu(label: impl Into<String>, about: String, of: ObjectRef, inner: Vec<Self>) -> Self {
        Self {
            about,
            ..Self::new(label, "", Deed::Menu(of, inner))
        }
    }

    pub fn prime(mut self) -> Self {
        self.prime = true;
        self
    }

    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }
}

impl Column {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            class: "",
            sort: None,
        }
    }

    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    pub fn sort(mut self, by: SortBy) -> Self {
        self.sort = Some(by);
        self
    }
}
