//! What the server draws a page from.

use orrery_view::{Detail, LastDay, ListQuery, Load, LogLine, LogQuery, ObjectRef, Page, Shell};

use crate::backend::AppError;
use crate::lang::Lang;
use crate::log::Filter;
use crate::permit::Permits;
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
    /// Which buttons are offered.
    pub permits: Permits,
    pub view: View,
}

impl Props {
    /// Whether one row is drawn alike on both.
    pub fn drawn_as(&self, other: &Self) -> bool {
        self.lang == other.lang
            && self.namespaces == other.namespaces
            && self.permits == other.permits
    }
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
    /// All CronJobs on one axis.
    Schedule(Box<Load>),
    Log(Box<LogView>),
    Terminal(Box<TerminalView>),
    /// Every component in every state, for those who change them; in debug builds.
    Gallery,
    /// No such address.
    Lost,
    Trouble(AppError),
}

/// The windows of the overview, in the order of its queries, and the day in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    pub lists: Vec<(ListQuery, Page)>,
    pub last_day: LastDay,
    /// All that needs attention is told, not the worst of it alone.
    pub whole: bool,
}

/// The log of a pod, of all pods of a Job or DaemonSet, or of a CronJob's run.
#[derive(Clone, Debug, PartialEq)]
pub struct LogView {
    pub object: ObjectRef,
    /// The object that was asked for, for its runs and containers.
    pub detail: Option<Box<Detail>>,
    /// What is read: `None` where a CronJob has not run, and for a run whose Job is gone.
    pub query: Option<LogQuery>,
    /// It was there when the page was opened.
    pub gone: bool,
    /// Whose run is shown, of a CronJob.
    pub run: Option<String>,
    /// Of how many pods the log is read, and how many there are, once that is known.
    pub pods: Option<(u32, u32)>,
    pub filter: Filter,
    pub lines: Vec<LogLine>,
    pub trouble: Option<AppError>,
}

/// The terminal of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct TerminalView {
    pub object: ObjectRef,
    pub detail: Box<Detail>,
    /// It was there when the page was opened.
    pub gone: bool,
    /// The container that was asked for; may be empty.
    pub container: String,
}

/// Where the examples go when none of these is chosen.
const EXAMPLES_NAMESPACE: &str = "default";

/// The namespace that the examples are loaded into.
pub fn for_examples(chosen: &[String]) -> String {
    let first = chosen.first().cloned();
    first.unwrap_or_else(|| EXAMPLES_NAMESPACE.into())
}

impl View {
    /// The namespaces of what is shown, and that in which objects are made.
    pub fn namespaces(&self, chosen: &[String]) -> Vec<String> {
        let of = |page: &Page| -> Vec<String> {
            let heads = page.rows.iter().map(orrery_view::Row::head);
            heads.map(|head| head.namespace.to_string()).collect()
        };
        let mut found = match self {
            Self::Overview(overview) => overview
                .lists
                .iter()
                .flat_map(|(_, page)| of(page))
                .collect(),
            Self::List { page, .. } => of(page),
            Self::Detail { object, .. } => vec![object.namespace.clone()],
            Self::Log(log) => vec![log.object.namespace.clone()],
            Self::Terminal(terminal) => vec![terminal.object.namespace.clone()],
            _ => Vec::new(),
        };
        found.sort_unstable();
        found.dedup();
        found.retain(|namespace| !namespace.is_empty());
        let new = for_examples(chosen);
        if !found.contains(&new) {
            found.push(new);
        }
        found
    }
}

/// The tabs of a detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Summary,
    Logs,
    /// Of a Pod.
    Terminal,
    Events,
    Yaml,
}

impl Tab {
    pub const ALL: [Self; 5] = [
        Self::Summary,
        Self::Logs,
        Self::Terminal,
        Self::Events,
        Self::Yaml,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Logs => "logs",
            Self::Terminal => "terminal",
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
