//! Pictures of runs, drawn on the server as SVG and HTML: pure strings from rows.
//!
//! Places on an axis are percentages and colours are classes, so a picture fits any width without a script and
//! without inline styles. Each has words for those who hear it.

pub mod axis;
pub mod coverage;
pub mod matrix;
pub mod pulse;
pub mod revisions;
pub mod shape;
