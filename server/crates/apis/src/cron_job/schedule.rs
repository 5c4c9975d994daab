//! Adaptor to the schedule crate: is an expression, is a zone acceptable?

/// Upstream's error text of an expression that cannot be read.
pub(super) fn expression_error(expression: &str) -> Option<String> {
    orrery_schedule::Schedule::parse(expression)
        .err()
        .map(|error| error.to_string())
}

/// Upstream's error texts of a zone's name (CJV-04).
pub(super) fn time_zone_errors(name: &str) -> Vec<String> {
    orrery_schedule::time_zone_errors(name)
}
