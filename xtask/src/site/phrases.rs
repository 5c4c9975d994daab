//! The browser's module has every phrase that it shows.

use std::fs;

use anyhow::{Context, Result, ensure};
use wasmparser::{Parser, Payload};

use crate::shell::root;

/// The phrases of the server alone; the browser's are in `browser/` beside it.
const SERVER: &str = "app/locales/app.yml";

/// Fails when the module names a phrase that only the server has: the page would show its key.
pub fn check(module: &[u8]) -> Result<()> {
    let text =
        fs::read_to_string(root().join(SERVER)).with_context(|| format!("reading {SERVER}"))?;
    let literals = literals(module)?;
    let shown: Vec<&str> = keys(&text)
        .filter(|key| literals.windows(key.len()).any(|at| at == key.as_bytes()))
        .collect();
    ensure!(
        shown.is_empty(),
        "the browser shows {}, which it does not have: move them from {SERVER} to \
         app/locales/browser/browser.yml",
        shown.join(", ")
    );
    Ok(())
}

/// Every literal of the module, one after the other.
fn literals(module: &[u8]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::DataSection(section) = payload? {
            for segment in section {
                all.extend_from_slice(segment?.data);
            }
        }
    }
    Ok(all)
}

/// The lines that begin a phrase.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with([' ', '#', '_']))
        .filter_map(|line| line.strip_suffix(':'))
}

#[cfg(test)]
mod tests {
    use super::{check, keys};

    #[test]
    fn a_phrase_begins_at_the_margin() {
        let text = "# one: two:\n_version: 2\nact.copy:\n  en: \"Copy:\"\n";
        assert_eq!(keys(text).collect::<Vec<_>>(), ["act.copy"]);
    }

    #[test]
    fn a_phrase_of_the_server_in_the_module_is_named() {
        // magic, version, then a data section of one passive segment
        let module = |literal: &[u8]| {
            let mut bytes = b"\0asm\x01\0\0\0\x0b".to_vec();
            bytes.push(literal.len() as u8 + 3);
            bytes.extend([1, 1, literal.len() as u8]);
            bytes.extend(literal);
            bytes
        };
        check(&module(b"act.cancel")).expect("the browser has this one");
        let error = check(&module(b"kind.jobs")).expect_err("the server alone has it");
        assert!(error.to_string().contains("kind.jobs"), "{error}");
    }
}
