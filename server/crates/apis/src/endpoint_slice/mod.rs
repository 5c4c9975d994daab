//! EndpointSlices, as plain objects: no controller fills them.

mod kind;
#[cfg(test)]
mod tests;
mod validation;
