//! The CronJob controller: one Job for each slot of a schedule (section 1).
//!
//! A sync goes through [`history`], [`active`] and [`slot`], each pure, with the writes and live reads
//! that upstream makes between them in [`sync`]. Reading schedules is the `schedule` room's.
//!
//! The Jobs of a slot come before all else: those that are due together are created before the status of any
//! tells of its own ([`untold`]), and other controllers let them pass
//! ([`Precedence`](orrery_informer::Precedence)). Of each CronJob the order is upstream's.
//!
//! Where upstream delays or loses something by accident, this does not: slots are not padded by
//! 100 ms, and a status change made after a live re-read is written (CJ-07).

mod active;
mod controller;
mod history;
mod new_job;
mod slot;
mod sync;
mod untold;
mod writes;

#[cfg(test)]
mod tests;

pub(crate) use controller::prepare;
pub(crate) use untold::is_untold;
