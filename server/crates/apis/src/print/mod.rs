//! The texts of server-side Tables that several kinds share (section 5.1 of the semantics).

mod columns;
#[cfg(test)]
mod tests;
mod text;

pub use columns::{age, column, integer, name, text as string_column, wide};
pub use text::{
    age_cell, age_text, cell, containers, label_selector_text, labels_text, none_if_empty,
    since_text,
};
