//! The state of a page that no single component owns.

use leptos::prelude::*;
use orrery_view::{ListQuery, ObjectRef, Shell};

use super::Toast;
use crate::browser::Clock;
use crate::cell::Button;
use crate::lang::Lang;
use crate::live::Live;
use crate::props::{Props, Theme, View};

/// A question or a menu over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Asking {
    /// Whether to delete, and what becomes of what the object owns.
    Delete(ObjectRef),
    /// What else can be done with an object.
    Menu(ObjectRef, Vec<Button>),
    /// The shortcuts.
    Help,
}

/// A handle on the shared state; cheap to copy.
#[derive(Clone, Copy)]
pub struct Ui {
    pub lang: Lang,
    pub theme: RwSignal<Theme>,
    pub live: Live,
    pub clock: Clock,
    pub shell: RwSignal<Shell>,
    pub namespaces: RwSignal<Vec<String>>,
    /// The query of the list on the page, if it is a list.
    pub query: RwSignal<Option<ListQuery>>,
    pub toasts: RwSignal<Vec<Toast>>,
    pub asking: RwSignal<Option<Asking>>,
    /// Switches that were flipped and whose truth has not come back yet: object, and whether it is on.
    pub flipped: RwSignal<Vec<(ObjectRef, bool)>>,
    pub(super) toasted: StoredValue<u32>,
}

impl Ui {
    pub fn new(props: &Props) -> Self {
        let query = match &props.view {
            View::List { query, .. } => Some(query.clone()),
            _ => None,
        };
        let clock = Clock::new(props.lang);
        Self {
            lang: props.lang,
            theme: RwSignal::new(props.theme),
            live: Live::new(clock),
            clock,
            shell: RwSignal::new(props.shell.clone()),
            namespaces: RwSignal::new(props.namespaces.clone()),
            query: RwSignal::new(query),
            toasts: RwSignal::new(Vec::new()),
            asking: RwSignal::new(None),
            flipped: RwSignal::new(Vec::new()),
            toasted: StoredValue::new(0),
        }
    }

    /// The one that the page provided.
    pub fn here() -> Self {
        expect_context()
    }

    /// Chooses namespaces for this list and for every link to another.
    pub fn choose_namespaces(self, namespaces: Vec<String>) {
        self.namespaces.set(namespaces.clone());
        self.query.update(|query| {
            if let Some(query) = query {
                query.namespaces = namespaces;
                query.offset = 0;
            }
        });
    }
}
