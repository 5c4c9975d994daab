//! What the server draws a page from.

use orrery_view::{Detail, ListQuery, LogLine, LogQuery, ObjectRef, Page, Shell};

use crate::backend::AppError;
use crate::lang::Lang;
use crate::timeline::Span;

/// The theme that the reader chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As in the cookie and in `data-theme`.
    pub fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn of_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.code() == code)
            .unwrap_or_default()
    }
}

/// One page with its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Props {
    pub lang: Lang,
    pub theme: Theme,
    pub shell: Shell,
    /// The namespaces chosen; links keep them.
    pub namespaces: Vec<String>,
    pub view: View,
}

/// What the page is about.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    Overview(Box<Overview>),
    List {
        query: ListQuery,
        page: Page,
    },
    Detail {
        object: ObjectRef,
        tab: Tab,
        detail: Option<Box<Detail>>,
        /// The part of its timeline that is looked at.
        span: Span,
        /// It was there when the page was opened.
        gone: bool,
        yaml: Option<String>,
    },
    Log(Box<LogView>),
    /// No such address.
    Lost,
    Trouble(AppError),
}

/// The four lists of the overview, in the order of [`crate::page`]'s queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub lists: Vec<(ListQuery, Page)>,
}

/// The log of a pod, or of the newest pod of a Job.
#[derive(Clone, Debug, PartialEq)]
pub struct LogView {
    pub object: ObjectRef,
    /// The object that was asked for, for its pods and containers.
    pub detail: Option<Box<Detail>>,
    /// `None` while a Job has no pod yet.
    pub query: Option<LogQuery>,
    pub lines: Vec<LogLine>,
    pub trouble: Option<AppError>,
}

/// The tabs of a detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Summary,
    Events,
    Yaml,
}

impl Tab {
    pub const ALL: [Self; 3] = [Self::Summary, Self::Events, Self::Yaml];

    pub fn code(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Events => "events",
            Self::Yaml => "yaml",
        }
    }

    pub fn of_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|tab| tab.code() == code)
            .unwrap_or_default()
    }
}
