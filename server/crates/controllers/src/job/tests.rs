//! The Job controller's pure steps, by id.

mod backoff;
mod counts;
mod ends;
mod indexes;
mod pods;
mod policies;
mod reasons;
mod refusals;
mod rulings;
mod shape;
mod syncs;
mod tracking;
mod words;
