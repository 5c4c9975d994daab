//! What a played container has written, and how its run ended.

use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::runtime::{End, Exit, LogQuery, LogStream};

#[derive(Clone)]
pub struct Log {
    pub id: String,
    pub begun: Timestamp,
    pub lines: Vec<(Timestamp, String)>,
    pub ended: watch::Sender<bool>,
    /// None of a run that has not ended by itself.
    pub end: Option<End>,
}

impl Log {
    pub fn end_at(&self, at: Timestamp, exit: Exit, message: Option<String>) -> End {
        End {
            id: self.id.clone(),
            exit,
            message,
            started_at: self.begun,
            finished_at: at,
        }
    }

    /// As it was asked for; a follower waits for its end.
    pub fn stream(self, query: &LogQuery) -> LogStream {
        let mut lines: Vec<_> = self
            .lines
            .into_iter()
            .filter(|(at, _)| query.since.is_none_or(|since| *at >= since))
            .collect();
        let count = query
            .tail_lines
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(lines.len());
        lines.drain(..lines.len().saturating_sub(count));
        let show = |(at, line): (Timestamp, String)| {
            if query.timestamps {
                format!("{at:.9} {line}\n")
            } else {
                format!("{line}\n")
            }
        };
        let mut bytes = lines.into_iter().map(show).collect::<String>().into_bytes();
        bytes.truncate(
            query
                .limit_bytes
                .and_then(|limit| usize::try_from(limit).ok())
                .unwrap_or(usize::MAX),
        );
        let mut ended = self.ended.subscribe();
        let follow = query.follow;
        let end = async move {
            if follow {
                let _ = ended.wait_for(|ended| *ended).await;
            }
            None
        };
        let first = futures::stream::iter([Ok(Bytes::from(bytes))]);
        first
            .chain(futures::stream::once(end).filter_map(futures::future::ready))
            .boxed()
    }
}
