//! What every controller stands on: a shared cache fed by a watch ([`Cache`]), an ordered work queue
//! ([`Queue`]), what goes before other work ([`Precedence`]) and event recorders ([`Recorder`], and
//! [`SeriesRecorder`] for the newer form).
//!
//! kube's `watcher`, `Api` and `Client` are used as they are. Its `Controller` is not: its hash maps
//! reorder events within one instant, so a simulated history would replay only as a set. Everything
//! here is ordered by key, or by when it was asked for, instead.

mod answer;
mod backoff;
mod cache;
mod correlate;
mod event_name;
mod precedence;
mod queue;
mod recorder;
mod reference;
mod series;

pub use answer::{Answered, Head};
pub use backoff::Doubling;
pub use cache::{Cache, CacheBuilder, Change, Mark};
pub use precedence::{Precedence, UnderWay};
pub use queue::{Queue, QueueCounts, Requeue};
pub use recorder::{EventType, Recorder};
pub use reference::{ObjectKey, controller_of, object_reference, revision_of};
pub use series::SeriesRecorder;
