//! Paints what the live stream of a tab brings: the page again, of which only what changed is sent.
//!
//! The server keeps for each open page what it last sent of it, as digests. So a browser needs to know no rows, no
//! phrases for them and no way to draw them: it puts HTML where it belongs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use orrery_view::{Body, Detail, Millis, Page, Topic};

use super::request::Asked;
use super::{data, document};
use crate::backend::{AppError, Backend};
use crate::live::Patch;
use crate::props::{Props, View};
use crate::{paint, tr};

/// A row begins so; rows hold no rows.
const ROW: &str = "<tr data-k=\"";
const ROW_END: &str = "</tr>";

/// One open page.
pub struct Painter {
    props: Props,
    topics: Vec<Topic>,
    /// By topic: nothing was heard yet.
    first: Vec<bool>,
    now: Millis,
    /// When the server's clock was heard last: it has moved on since.
    heard: Instant,
    sent_whole: u64,
    sent_rows: BTreeMap<String, u64>,
}

impl Painter {
    /// Of the page at the address that `asked` names as `at`.
    pub async fn open(backend: &dyn Backend, asked: &Asked) -> Result<Self, AppError> {
        let at = asked.value("at").unwrap_or("/");
        let (path, query) = at.split_once('?').unwrap_or((at, ""));
        let asked = Asked {
            lang: asked.lang,
            theme: asked.theme,
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        };
        let view = data::at(backend, path, &asked).await?;
        let topics = topics(&view, &asked.namespaces());
        let shell = backend.shell().await?;
        let now = shell.now;
        let permits = backend.permits(&view.namespaces()).await;
        Ok(Self {
            props: Props {
                lang: asked.lang,
                theme: asked.theme,
                shell,
                namespaces: asked.namespaces(),
                permits,
                view,
            },
            first: vec![true; topics.len()],
            topics,
            now,
            heard: Instant::now(),
            sent_whole: 0,
            sent_rows: BTreeMap::new(),
        })
    }

    /// What the page is made from; a body's topic is its index here.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Hears of a change; answers what the browser must know of it.
    pub fn hear(&mut self, topic: u16, body: Body) -> Option<Patch> {
        let topic = usize::from(topic);
        let first = self.first.get_mut(topic).is_some_and(std::mem::take);
        self.now += i64::try_from(self.heard.elapsed().as_millis()).unwrap_or(0);
        self.heard = Instant::now();
        match (body, &mut self.props.view) {
            (Body::Log(lines), View::Log(log)) => {
                let of = log.query.as_ref().map(|query| &query.object);
                let lines = lines.iter().map(|line| paint::line(line, of)).collect();
                return Some(Patch::Log { first, lines });
            }
            (Body::LogEnd(why), View::Log(log)) => {
                let lang = self.props.lang;
                let ended = || match log.pods {
                    Some((_, 0)) => tr!(lang, "log.gone"),
                    _ => tr!(lang, "log.ended"),
                };
                return Some(Patch::LogEnd(why.unwrap_or_else(ended)));
            }
            (Body::LogPods { read, of }, View::Log(log)) => log.pods = Some((read, of)),
            (Body::Shell(shell), _) => {
                self.now = shell.now;
                self.props.shell = *shell;
            }
            (body, View::List { page, .. }) => self.now = window(page, body).unwrap_or(self.now),
            (body, View::Overview(overview)) => {
                // the shell is the first topic
                let (_, page) = overview.lists.get_mut(topic.checked_sub(1)?)?;
                self.now = window(page, body).unwrap_or(self.now);
            }
            (Body::Detail(new), View::Detail { detail, gone, .. }) => {
                *gone = new.is_none() && detail.is_some();
                if new.is_some() {
                    *detail = new;
                }
            }
            (Body::Load(new), View::Schedule(load)) => {
                self.now = new.now;
                *load = new;
            }
            (Body::Detail(Some(new)), View::Log(log)) => {
                let is_first =
                    matches!(&*new, Detail::CronJob(cronjob) if !cronjob.runs.is_empty());
                if log.run.is_none() && log.query.is_none() && is_first {
                    return Some(Patch::Again);
                }
                log.detail = Some(new);
            }
            _ => return None,
        }
        // Details say no time of their own.
        self.props.shell.now = self.now;
        self.paint()
    }

    fn paint(&mut self) -> Option<Patch> {
        let (whole, rows) = split(&document::shell(self.props.clone()));
        let digests: BTreeMap<_, _> = rows
            .iter()
            .map(|(key, row)| (key.clone(), digest(row)))
            .collect();
        let sent = std::mem::replace(&mut self.sent_rows, digests);
        let changed = |(key, _): &(String, String)| sent.get(key) != self.sent_rows.get(key);
        let rows: Vec<_> = rows
            .into_iter()
            .filter(changed)
            .map(|(_, row)| row)
            .collect();
        let print = digest(&whole);
        let whole = (std::mem::replace(&mut self.sent_whole, print) != print).then_some(whole);
        (whole.is_some() || !rows.is_empty()).then_some(Patch::Page {
            now: self.now,
            whole,
            rows,
        })
    }
}

/// What a page listens to; the shell first.
fn topics(view: &View, namespaces: &[String]) -> Vec<Topic> {
    let mut topics = vec![Topic::Shell];
    match view {
        View::Overview(overview) => topics.extend(
            overview
                .lists
                .iter()
                .map(|(query, _)| Topic::List(query.clone())),
        ),
        View::List { query, .. } => topics.push(Topic::List(query.clone())),
        View::Schedule(_) => topics.push(Topic::Load(namespaces.to_vec())),
        View::Detail { object, .. } => topics.push(Topic::Detail(object.clone())),
        View::Log(log) => {
            topics.extend(log.query.clone().map(Topic::Log));
            topics.push(Topic::Detail(log.object.clone()));
        }
        View::Gallery | View::Lost | View::Trouble(_) => {}
    }
    topics
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

/// The page with its rows left empty, and the rows by their keys, as the browser reads the keys.
fn split(html: &str) -> (String, Vec<(String, String)>) {
    let (mut whole, mut rows) = (String::with_capacity(html.len() / 4), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find(ROW) {
        let row = &rest[at..];
        let key = &row[ROW.len()..];
        let (Some(quote), Some(end)) = (key.find('"'), row.find(ROW_END)) else {
            break;
        };
        let (key, end) = (&key[..quote], end + ROW_END.len());
        whole.push_str(&rest[..at]);
        whole.push_str(&format!("{ROW}{key}\">{ROW_END}"));
        rows.push((key.to_owned(), row[..end].to_owned()));
        rest = &rest[at + end..];
    }
    whole.push_str(rest);
    (whole, rows)
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sent_apart_from_the_page() {
        let html = r#"<table><tbody><tr data-k="Jobs a"><td>1</td></tr><tr data-k="Jobs b"><td>2</td></tr></tbody></table>"#;
        let (whole, rows) = split(html);
        assert_eq!(
            whole,
            r#"<table><tbody><tr data-k="Jobs a"></tr><tr data-k="Jobs b"></tr></tbody></table>"#
        );
        assert_eq!(rows[1].1, r#"<tr data-k="Jobs b"><td>2</td></tr>"#);
    }
}
