//! The style sheet: the tokens, the utility classes that the pages use, and our own rules.

use std::fs;

use anyhow::Result;
use encre_css::{Config, Preflight};

use super::Profile;
use crate::shell::root;
use crate::stamp::files;

/// Our own sheets, in order; the utility classes come between them and are found by encre-css in the
/// pages' source, so that a rule of our own wins over a class of the same weight.
const TOKENS: &str = "style/tokens.css";
const RULES: [&str; 8] = [
    "style/app.css",
    "style/cards.css",
    "style/work.css",
    "style/timeline.css",
    "style/schedule.css",
    "style/forms.css",
    "style/editor.css",
    "style/list.css",
];
/// Of a page that only debug builds have.
const GALLERY: &str = "style/gallery.css";

/// The whole sheet as one.
pub fn sheet(profile: Profile) -> Result<String> {
    let mut config = Config::default();
    // our own reset is in app.css
    config.preflight = Preflight::None;
    let sources = files(&root().join("app/src"))?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .map(fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()?;
    let utilities = encre_css::generate(sources.iter().map(String::as_str), &config);
    let gallery = (profile == Profile::Dev).then_some(GALLERY);
    let rules = RULES
        .into_iter()
        .chain(gallery)
        .map(own)
        .collect::<Result<Vec<_>>>()?;
    Ok([own(TOKENS)?, utilities, rules.join("\n")].join("\n"))
}

fn own(path: &str) -> Result<String> {
    let file = root().join(path);
    match file.exists() {
        true => Ok(fs::read_to_string(file)?),
        false => Ok(String::new()),
    }
}
