//! The first HTML of each page, and the phrases in both languages.

mod pages;
mod phrases;

#[path = "../../examples/preview/around.rs"]
mod around;
#[path = "../../examples/preview/sample.rs"]
mod sample;
