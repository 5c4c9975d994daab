//! `orrery version`.

/// Prints Orrery's version and the Kubernetes API that it speaks.
pub fn print() {
    println!(
        "orrery {} (Kubernetes API v1.36)",
        env!("CARGO_PKG_VERSION")
    );
}
