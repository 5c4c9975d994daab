//! The walks. One binary, so that it is linked once.

mod actions;
mod axe;
mod causes;
mod conflicts;
mod deeds;
mod editor;
mod history;
mod keyboard;
mod kubectl;
mod lists;
mod log_viewer;
mod logs;
mod long_list;
mod many;
mod nodes;
mod page;
mod pages;
mod process;
mod read_only;
mod resilience;
mod shell;
mod streams;
mod terminal;
mod traces;
mod transcripts;
