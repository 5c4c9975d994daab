//! The schedules against upstream's corpus, the ids of semantics.md, and laws that hold for any.

mod corpus;
mod foreign;
mod inverse;
mod library;
mod missed;
mod properties;
mod refused;
mod samples;
mod semantics;
mod transitions;
mod upstream;
