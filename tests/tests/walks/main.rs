//! The walks. One binary, so that it is linked once.

mod actions;
mod kubectl;
mod page;
mod pages;
mod process;
mod transcripts;
