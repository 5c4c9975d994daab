//! What the islands of a page share.

use leptos::prelude::*;
use orrery_view::ObjectRef;

use crate::cell::Button;
use crate::lang::Lang;
use crate::live::{Connection, Live};
use crate::props::Theme;

/// A question or a menu over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Asking {
    /// Whether to delete, and what becomes of what the object owns.
    Delete(ObjectRef),
    /// What else can be done with an object.
    Menu(ObjectRef, Vec<Button>),
    /// A form as the server painted it.
    Sheet(String),
    /// The shortcuts.
    Help,
}

/// A handle on the shared state; cheap to copy.
#[derive(Clone, Copy)]
pub struct Ui {
    pub lang: Lang,
    pub theme: RwSignal<Theme>,
    pub connection: RwSignal<Connection>,
    pub live: Live,
    pub asking: RwSignal<Option<Asking>>,
}

#[cfg(not(feature = "ssr"))]
thread_local! {
    /// Islands are roots of their own; what they share lives beside them, as long as the page does.
    static UI: (Owner, Ui) = {
        let owner = Owner::new();
        let (lang, theme) = crate::browser::reader();
        let ui = owner.with(|| Ui::new(lang, theme));
        (owner, ui)
    };
}

impl Ui {
    pub fn new(lang: Lang, theme: Theme) -> Self {
        let connection = RwSignal::new(Connection::Opening);
        Self {
            lang,
            theme: RwSignal::new(theme),
            connection,
            live: Live::new(connection, lang),
            asking: RwSignal::new(None),
        }
    }

    /// The one of this page.
    #[cfg(not(feature = "ssr"))]
    pub fn here() -> Self {
        UI.with(|(_, ui)| *ui)
    }

    /// The one that the page provided.
    #[cfg(feature = "ssr")]
    pub fn here() -> Self {
        expect_context()
    }
}
