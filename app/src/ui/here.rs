//! What the parts of a page that the server draws all need to know.

use std::sync::Arc;

use leptos::prelude::expect_context;
use orrery_view::{ListQuery, Shell};

use crate::lang::Lang;
use crate::permit::Permits;
use crate::props::{Props, View};

/// Where the reader is.
#[derive(Clone)]
pub struct Here {
    pub lang: Lang,
    pub shell: Arc<Shell>,
    /// The namespaces chosen; links keep them.
    pub namespaces: Vec<String>,
    /// Which buttons are offered.
    pub permits: Arc<Permits>,
    /// The query of the list on the page, if it is a list.
    pub query: Option<ListQuery>,
}

impl Here {
    pub fn of(props: &Props) -> Self {
        let query = match &props.view {
            View::List { query, .. } => Some(query.clone()),
            _ => None,
        };
        Self {
            lang: props.lang,
            shell: Arc::new(props.shell.clone()),
            namespaces: props.namespaces.clone(),
            permits: Arc::new(props.permits.clone()),
            query,
        }
    }

    /// The one that the page provided.
    pub fn now() -> Self {
        expect_context()
    }
}
