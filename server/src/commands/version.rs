//! `orrery version`, and `--version`.

/// Orrery's version and the Kubernetes API that it speaks.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (Kubernetes API v1.36)");

/// Prints it.
pub fn print() {
    println!("orrery {VERSION}");
}
