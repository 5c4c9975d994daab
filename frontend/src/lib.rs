//! The browser's entry: wakes a page that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's boot script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    orrery_app::browser::wake();
}
