//! Paints what the live stream of a tab brings: the page again, of which only what changed is sent.
//!
//! The server keeps for each open page what it last sent of it, as digests. So a browser needs to know no rows, no
//! phrases for them and no way to draw them: it puts HTML where it belongs. Of a list, only rows that changed are
//! painted, and what is around them only when it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use orrery_view::{Body, Detail, ListQuery, LoadQuery, LogQuery, Millis, Page, Topic};

use super::pieces::Sent;
use super::request::Asked;
use super::{data, document};
use crate::address::Place;
use crate::backend::{AppError, Backend};
use crate::live::Patch;
use crate::props::{Props, View};
use crate::{paint, tr};

/// One open page.
pub struct Painter {
    props: Props,
    topics: Vec<Topic>,
    /// By topic: nothing was heard yet.
    first: Vec<bool>,
    /// A line of the log has come.
    lined: bool,
    now: Millis,
    /// When the server's clock was heard last: it has moved on since.
    heard: Instant,
    stale: Stale,
    sent: Sent,
}

/// What is to be painted anew.
#[derive(Default)]
struct Stale {
    /// More than rows.
    page: bool,
    /// All rows, whatever is known of them.
    rows: bool,
    /// Rows by their uids.
    some: BTreeSet<String>,
}

impl Painter {
    /// Of the page at the address that `asked` names as `at`; `drawn` are the rows that its first HTML had.
    pub async fn open(backend: &dyn Backend, asked: &Asked) -> Result<Self, AppError> {
        let sent = Sent::after(asked.value("drawn").unwrap_or_default());
        let at = asked.value("at").unwrap_or("/");
        let (path, query) = at.split_once('?').unwrap_or((at, ""));
        let asked = Asked {
            lang: asked.lang,
            theme: asked.theme,
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        };
        let view = data::of(backend, Place::at(path), &asked, false).await?;
        let namespaces = asked.namespaces();
        let topics = topics(&view, &namespaces);
        let shell = backend.shell().await?;
        let now = shell.now;
        let permits = backend.permits(&view.namespaces(&namespaces)).await;
        let mut stale = Stale::default();
        if matches!(view, View::List { .. }) {
            // a browser has perhaps no row of it as it is now: none may only be named
            stale.all();
        }
        Ok(Self {
            props: Props {
                lang: asked.lang,
                theme: asked.theme,
                shell,
                namespaces,
                permits,
                view,
            },
            first: vec![true; topics.len()],
            lined: false,
            topics,
            now,
            heard: Instant::now(),
            stale,
            sent,
        })
    }

    /// Looks at another part of the page, which that one would begin with. What the browser has of it stays good; what
    /// is around it is sent in any case, so that the browser hears that it came.
    pub fn turn_to(&mut self, other: Self) {
        let stale = self.unlike(&other);
        let sent = std::mem::take(&mut self.sent).around_forgotten();
        *self = Self {
            sent,
            stale,
            ..other
        };
    }

    /// What is to be painted of another part of the page: of a list, rows that are not in this part as they are in that.
    fn unlike(&self, other: &Self) -> Stale {
        let (here, there) = (&self.props, &other.props);
        let mut stale = Stale {
            page: true,
            ..Stale::default()
        };
        match (&here.view, &there.view) {
            (
                View::List { query, page: old },
                View::List {
                    query: asked,
                    page: new,
                },
            ) if !self.stale.rows && is_window_of(query, asked) && here.drawn_as(there) => {
                let known = old.rows.iter().map(|row| (&row.head().uid, row));
                let known: BTreeMap<_, _> = known.collect();
                let uids = new.rows.iter().filter_map(|row| {
                    let uid = &row.head().uid;
                    let same = known.get(uid).is_some_and(|known| *known == row);
                    (!same || self.stale.some.contains(uid)).then(|| uid.clone())
                });
                stale.some = uids.collect();
            }
            _ => stale.all(),
        }
        stale
    }

    /// What the page is made from; a body's topic is its index here.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Hears of a change; answers what the browser must know of it at once. Whatever it changes of the page waits to
    /// be painted, so that several changes are painted together.
    pub fn hear(&mut self, topic: u16, body: Body) -> Option<Patch> {
        let topic = usize::from(topic);
        let first = self.first.get_mut(topic).is_some_and(std::mem::take);
        self.now += i64::try_from(self.heard.elapsed().as_millis()).unwrap_or(0);
        self.heard = Instant::now();
        match (body, &mut self.props.view) {
            (Body::Log(lines), View::Log(log)) => {
                self.lined |= !lines.is_empty();
                let of = log.query.as_ref().map(|query| &query.object);
                let json = log.filter.json;
                let lines = lines.iter().map(|line| paint::line(line, of, json));
                let lines = lines.collect();
                return Some(Patch::Log { first, lines });
            }
            (Body::LogEnd(why), View::Log(log)) => {
                let lang = self.props.lang;
                let filtered = log.query.as_ref().is_some_and(LogQuery::is_filtered);
                let ended = || match log.pods {
                    Some((_, 0)) => tr!(lang, "log.gone"),
                    _ if filtered && !self.lined => tr!(lang, "log.none_such"),
                    _ => tr!(lang, "log.ended"),
                };
                return Some(Patch::LogEnd(why.unwrap_or_else(ended)));
            }
            (Body::LogPods { read, of }, View::Log(log)) => {
                log.pods = Some((read, of));
                self.stale.all();
            }
            (Body::Shell(shell), View::List { .. }) => {
                self.now = shell.now;
                let mut before = std::mem::replace(&mut self.props.shell, *shell);
                before.now = self.now;
                // a list that is opened is painted whole with the shell of then; no row of it says anything of that
                self.stale.page |= before != self.props.shell;
            }
            (Body::Shell(shell), _) => {
                self.now = shell.now;
                self.props.shell = *shell;
                self.stale.all();
            }
            (body, View::List { page, .. }) => {
                self.stale.list(page, &body);
                self.now = window(page, body).unwrap_or(self.now);
            }
            (Body::LastDay(day), View::Overview(overview)) => {
                overview.last_day = *day;
                self.stale.all();
            }
            (body, View::Overview(overview)) => {
                // the shell is the first topic
                let (_, page) = overview.lists.get_mut(topic.checked_sub(1)?)?;
                self.now = window(page, body).unwrap_or(self.now);
                self.stale.all();
            }
            (Body::Detail(new), View::Detail { detail, gone, .. }) => {
                *gone = new.is_none() && detail.is_some();
                if new.is_some() {
                    *detail = new;
                }
                self.stale.all();
            }
            (Body::Detail(new), View::Terminal(terminal)) => {
                terminal.gone = new.is_none();
                if let Some(new) = new {
                    terminal.detail = new;
                }
                self.stale.all();
            }
            (Body::Load(new), View::Schedule(load)) => {
                self.now = new.now;
                *load = new;
                self.stale.all();
            }
            (Body::Detail(Some(new)), View::Log(log)) => {
                let is_first =
                    matches!(&*new, Detail::CronJob(cronjob) if !cronjob.runs.is_empty());
                if log.run.is_none() && log.query.is_none() && is_first {
                    return Some(Patch::Again);
                }
                (log.detail, log.gone) = (Some(new), false);
                self.stale.all();
            }
            (Body::Detail(None), View::Log(log)) => {
                log.gone = true;
                self.stale.all();
            }
            _ => return None,
        }
        None
    }

    /// What changed of the page since it was painted last.
    pub fn paint(&mut self) -> Option<Patch> {
        let stale = std::mem::take(&mut self.stale);
        // Details say no time of their own.
        self.props.shell.now = self.now;
        let (whole, mut pieces) = match (stale.page, stale.rows) {
            (true, rows) => {
                let html = match rows {
                    true => document::shell(self.props.clone()),
                    false => document::around(self.props.clone()),
                };
                self.sent.of_page(&html)
            }
            (false, _) => (None, Vec::new()),
        };
        if !stale.rows && !stale.some.is_empty() {
            let rows = document::rows(&self.props, &stale.some);
            pieces.extend(self.sent.of_rows(&rows));
        }
        (whole.is_some() || !pieces.is_empty()).then_some(Patch::Page {
            now: self.now,
            whole,
            pieces,
        })
    }
}

impl Stale {
    fn all(&mut self) {
        (self.page, self.rows) = (true, true);
    }

    /// What a change of a list's window makes stale.
    fn list(&mut self, page: &Page, body: &Body) {
        let delta = match body {
            Body::Delta(delta) => delta,
            Body::Page(new) => return self.anew(page, new),
            _ => return self.all(),
        };
        let counts = (page.total, &page.statuses) != (delta.total, &delta.statuses);
        let pulse = delta.pulse.is_some() && page.pulse != delta.pulse;
        self.page |= counts || pulse || delta.order.is_some();
        let uids = delta.upserts.iter().map(|row| row.head().uid.clone());
        self.some.extend(uids);
    }

    /// What a window that is heard of as a whole makes stale: mostly nothing, it is as it was opened.
    fn anew(&mut self, old: &Page, new: &Page) {
        let uids = |page: &Page| -> Vec<String> {
            let rows = page.rows.iter();
            rows.map(|row| row.head().uid.clone()).collect()
        };
        let said = |page: &Page| (page.synced, page.unread_labels.clone());
        if uids(old) != uids(new) || said(old) != said(new) {
            return self.all();
        }
        self.page |= (old.total, &old.statuses) != (new.total, &new.statuses);
        let pairs = old.rows.iter().zip(&new.rows);
        let changed = pairs.filter(|(old, new)| old != new);
        self.some
            .extend(changed.map(|(_, new)| new.head().uid.clone()));
    }
}

/// What a page listens to; the shell first.
fn topics(view: &View, namespaces: &[String]) -> Vec<Topic> {
    let mut topics = vec![Topic::Shell];
    match view {
        View::Overview(overview) => {
            let lists = overview.lists.iter();
            topics.extend(lists.map(|(query, _)| Topic::List(query.clone())));
            topics.push(Topic::LastDay(namespaces.to_vec()));
        }
        View::List { query, .. } => topics.push(Topic::List(query.clone())),
        View::Schedule(load) => topics.push(Topic::Load(LoadQuery {
            namespaces: namespaces.to_vec(),
            offset: load.offset,
        })),
        View::Detail { object, .. } => topics.push(Topic::Detail(object.clone())),
        View::Log(log) => {
            topics.extend(log.query.clone().map(Topic::Log));
            topics.push(Topic::Detail(log.object.clone()));
        }
        View::Terminal(terminal) => topics.push(Topic::Detail(terminal.object.clone())),
        View::Gallery | View::Lost | View::Trouble(_) => {}
    }
    topics
}

/// Whether two queries ask for windows of one list.
fn is_window_of(one: &ListQuery, other: &ListQuery) -> bool {
    let moved = ListQuery {
        offset: other.offset,
        ..one.clone()
    };
    moved == *other
}

/// Applies what was heard of a list; answers the server's clock.
fn window(page: &mut Page, body: Body) -> Option<Millis> {
    match body {
        Body::Page(new) => *page = new,
        Body::Delta(delta) => page.apply(delta),
        _ => return None,
    }
    Some(page.now)
}
