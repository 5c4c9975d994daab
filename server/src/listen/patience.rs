//! A socket that gives up on a watcher who has stopped reading, and on a client who does not say what it speaks: what a
//! watch owes is bounded, its place among the connections would be held for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a watcher may take nothing of what waits for it. Upstream drops such a watch within
/// seconds; a person who looked away from a pager gets a little more. The next watch goes on where this
/// one was.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// How HTTP/2 begins: as long as no more came than a part of it, nobody knows whether it is that.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The stream, and whether a watch was ever answered over it: an answer that a person pages through, such
/// as a log, may wait as long as it likes.
pub struct Patient<S> {
    stream: S,
    watching: Arc<AtomicBool>,
    /// Runs while something waits to be taken.
    limit: Option<Pin<Box<Sleep>>>,
    /// While it is not known what the client speaks.
    opening: Option<Opening>,
}

struct Opening {
    /// So many bytes of [`PREFACE`] came.
    seen: usize,
    limit: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// `opens_within`: what the client speaks is known by then.
    pub fn new(stream: S, watching: Arc<AtomicBool>, opens_within: Duration) -> Self {
        Self {
            stream,
            watching,
            limit: None,
            opening: Some(Opening {
                seen: 0,
                limit: Box::pin(sleep(opens_within)),
            }),
        }
    }

    /// What came of an attempt to send; an error once the peer has taken nothing for too long.
    fn judge<T>(
        &mut self,
        attempt: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.limit = None;
            return attempt;
        }
        if self.watching.load(Ordering::Relaxed) {
            let limit = self.limit.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
            ready!(limit.as_mut().poll(context));
            let why = "a watcher has stopped reading";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let attempt = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(opening) = &mut self.opening else {
            return attempt;
        };
        if attempt.is_pending() {
            ready!(opening.limit.as_mut().poll(context));
            let why = "a client does not say what it speaks";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        let came = &buffer.filled()[before..];
        let goes_on = !came.is_empty() && PREFACE[opening.seen..].starts_with(came);
        opening.seen += came.len();
        if !goes_on || opening.seen == PREFACE.len() {
            self.opening = None;
        }
        attempt
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(attempt, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.judge(attempt, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(attempt, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
