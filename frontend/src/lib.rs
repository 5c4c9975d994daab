//! The browser's entry: wakes the islands of a page that the server rendered, and nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

// The islands are reached by name from the page; naming the crate keeps them in the binary.
use orrery_app as _;

/// Called by the page's boot script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
