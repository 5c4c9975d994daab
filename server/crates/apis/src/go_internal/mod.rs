//! Objects as upstream has them inside, in the JSON that Go makes of those: what its messages show of a field that
//! may not change is no v1. Every field has its Go name and stands in the order of its declaration, whatever is
//! unset by its zero.
//!
//! `types.txt` holds one type a line, in alphabetical order: its name, then its fields. A field is a Go name, with
//! `=` the v1 name where that is not the same one in small letters (`^`: the object around has it), and what it
//! holds: nothing more for what is `null` when unset, `:` and the zero for a value, `*`, `[]` or `.` and the name
//! for a pointer to a type, a list of it, or one that is always there. `+` before it: the type's fields stand in this
//! one. `?` after the name of a type: it has JSON tags, so that what is unset is left out.

mod difference;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use difference::difference;
pub use value::{Internal, escaped};
