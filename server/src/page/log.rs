//! Logs as the page shows them: through the Kubernetes API, like `kubectl logs -f`.

mod download;
mod level;
mod lines;
mod one;
mod order;
mod several;

use futures::StreamExt;
use futures::stream::BoxStream;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use orrery_view::{Body, Kind, LogLine, LogQuery, MOST_LOG_LINES};

pub use download::download;

/// Lines in one message: a chatty container fills a message, not a message a line; and what a page shows first fits.
const MOST_LINES: usize = 1_000;

/// Lines from the end when the page does not say; more would take longer to paint than to scroll to.
const TAIL: u32 = 1_000;

/// The log so far, then its lines as they come.
pub fn follow(
    readmodel: &ReadModel,
    client: kube::Client,
    clock: Clock,
    query: LogQuery,
) -> BoxStream<'static, Body> {
    match query.object.kind {
        Kind::Pod => one::follow(client, clock, query).boxed(),
        _ => several::follow(readmodel, client, clock, query).boxed(),
    }
}

/// The log so far.
pub async fn read(
    readmodel: &ReadModel,
    client: kube::Client,
    query: &LogQuery,
) -> kube::Result<Vec<LogLine>> {
    match query.object.kind {
        Kind::Pod => {
            let lines = one::Source::of(&client, query).read(tail(query)).await?;
            Ok(lines.into_iter().map(|line| line.of(None)).collect())
        }
        _ => several::read(readmodel, client, query).await,
    }
}

fn tail(query: &LogQuery) -> u32 {
    query.tail.unwrap_or(TAIL).min(MOST_LOG_LINES)
}
