//! What the compiler needs besides what rustup installs by itself.

use anyhow::{Context, Result, bail};

use crate::shell::{find, output, program, run, say};

/// The browser's target.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that Rust can compile for the browser. `targets` in a rust-toolchain.toml would not do:
/// it is ignored where rustup's automatic installs are off.
pub fn ensure_wasm() -> Result<()> {
    let sysroot = output(program("rustc").args(["--print", "sysroot"]))?;
    let library = std::path::Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM);
    if library.is_dir() {
        return Ok(());
    }
    if find(&["rustup"]).is_none() {
        bail!(
            "Rust's target {WASM} is missing and there is no rustup to add it; install the target with whatever installed Rust"
        );
    }
    say(format!("adding Rust's target {WASM} (rustup target add)"));
    run(program("rustup").args(["target", "add", WASM])).context("the page needs that target")
}
