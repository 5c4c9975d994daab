//! Cron expressions as Kubernetes v1.36 reads them: parse, next, previous, missed, describe.
//!
//! The grammar, the error texts and the walk over changes of clocks are those of the library that
//! Kubernetes uses (semantics.md `CRON-*`, `DST-*`), quirks included, because a CronJob tried here
//! has to run at the same instants on a production cluster.
//!
//! # What the `cron` crate does here
//!
//! The `cron` crate reads other rules (a seconds field, weekdays 1–7, day-of-month AND day-of-week,
//! no `@every`) and knows no zone rules of Kubernetes. So the expression is parsed here, written out
//! as one or two normalised `cron::Schedule`s (two when day-of-month and day-of-week are alternatives,
//! `CRON-12`), and `cron` answers, over zoneless wall time, which wall time comes next or came before
//! ([`wall`]). That answer is the result wherever no change of clocks is near, which is nearly always.
//! Near one, [`walk`] repeats upstream's steps exactly. Outside the years 1970–2100, which `cron`
//! does not know, `walk` answers alone.
//!
//! # Where Orrery differs from upstream on purpose
//!
//! A search that never ends upstream (`0 12 30 12 *` in Pacific/Apia across the day that was left
//! out) continues on the far side of the missing day; nothing here searches without a bound.
//!
//! Deliberately absent: reading clocks, files or the environment. The local zone is UTC.

mod calendar;
mod describe;
mod error;
mod field;
mod fields;
mod instant;
mod missed;
mod parse;
mod previous;
mod schedule;
mod text;
mod walk;
mod wall;
mod zone;

#[cfg(feature = "zones")]
pub use chrono_tz::Tz;
pub use describe::Lang;
pub use error::{ParseError, ScheduleError, UnknownTimeZone};
pub use instant::{from_jiff, to_jiff};
pub use missed::{Missed, NeverTwice, earliest, requeue_reference};
pub use parse::mentions_time_zone;
pub use schedule::{Schedule, Upcoming};
pub use text::{is_printable, parse_duration_nanos, strconv_quote};
pub use zone::{load_time_zone, rfc3339_in, time_zone_errors};
