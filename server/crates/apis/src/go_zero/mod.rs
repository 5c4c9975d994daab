//! Fields that are not set, as Go's encoder has them. Upstream's structs by value are written even when
//! they are empty (`lastProbeTime: null`, `source: {}`), and its numbers, flags and texts by value are
//! left out when they are zero (`hostNetwork: false`), whether somebody said so or not. Absent: empty
//! lists and maps, which are the caller's.

mod encoder;
mod rules;
#[cfg(test)]
mod tests;

pub use encoder::AsGo;
