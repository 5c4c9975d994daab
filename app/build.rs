//! The phrases as a table for the compiler, read by rust-i18n's own reader; see `src/phrase.rs`.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // read by a macro too, which cargo cannot see
    println!("cargo::rerun-if-changed=locales");
    let by_lang = rust_i18n_support::load_locales("locales", |_| false);
    let keys: BTreeSet<&String> = by_lang.values().flat_map(|said| said.keys()).collect();
    let phrases: Vec<(&String, Vec<&String>)> = keys
        .into_iter()
        .map(|key| {
            let in_each = by_lang.values().map(|said| match said.get(key) {
                Some(phrase) => phrase,
                None => panic!("{key} is missing in a language"),
            });
            (key, in_each.collect())
        })
        .collect();
    let langs: Vec<&String> = by_lang.keys().collect();
    let mut rust = format!(
        "/// In which each phrase is, in this order.\n\
         pub const LANGS: [&str; {}] = {langs:?};\n\
         const PHRASES: &[(&str, Phrase)] = &[\n",
        langs.len()
    );
    for (key, in_each) in phrases {
        rust.push_str(&format!("({key:?}, {in_each:?}),\n"));
    }
    rust.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("phrases.rs"), rust)
        .expect("the build's own folder can be written");
}
