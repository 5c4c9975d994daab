//! What the module and its JavaScript call each other, in few letters and no more than is called.
//!
//! wasm-bindgen names each function by a digest, in both files, which nothing compresses; and it binds the classes that
//! crates bring along, with all that they can do, though no page makes one.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use walrus::{ModuleConfig, passes::gc};

use super::wasm::Page;

/// As JavaScript names them.
type Names = HashMap<String, String>;

/// The indent of what the module imports.
const IMPORT: &str = "        ";

/// The same page with short names, without what the page does not call.
pub fn trim(page: &mut Page) -> Result<()> {
    let js = without_classes(&page.js)?;
    let mut module = ModuleConfig::new()
        .parse(&page.wasm)
        .context("reading the module")?;

    let called: HashSet<&str> = words(&js)
        .filter(|(before, _)| before.ends_with("wasm."))
        .map(|(_, word)| word)
        .collect();
    let unused: Vec<_> = module
        .exports
        .iter()
        .filter(|export| !called.contains(export.name.as_str()))
        .map(walrus::Export::id)
        .collect();
    for id in unused {
        module.exports.delete(id);
    }
    gc::run(&mut module);

    let (mut exports, mut imports) = (Names::new(), Names::new());
    for (n, export) in module.exports.iter_mut().enumerate() {
        let old = std::mem::replace(&mut export.name, short(n));
        exports.insert(old, short(n));
    }
    for (n, import) in module.imports.iter_mut().enumerate() {
        let old = std::mem::replace(&mut import.name, short(n));
        imports.insert(old, short(n));
    }
    let js = without_imports(&js, &imports)?;
    page.js = renamed(&js, &imports, &exports);
    page.wasm = module.emit_wasm();
    Ok(())
}

/// Each name, with all that is before it.
fn words(js: &str) -> impl Iterator<Item = (&str, &str)> {
    let of_word = |letter: char| letter.is_ascii_alphanumeric() || "_$".contains(letter);
    let mut at = 0;
    std::iter::from_fn(move || {
        let begin = at + js[at..].find(of_word)?;
        let length = js[begin..].find(|letter| !of_word(letter));
        at = length.map_or(js.len(), |length| begin + length);
        Some((&js[..begin], &js[begin..at]))
    })
}

/// A page calls functions; no class is made by one.
fn without_classes(js: &str) -> Result<String> {
    let classes: Vec<&str> = js
        .lines()
        .filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {"))
        .collect();
    let mut kept = String::new();
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        let begins = |begin: &str, end: &str| {
            let of = |class: &&str| line.starts_with(&format!("{begin}{class}{end}"));
            classes.iter().any(of)
        };
        let is_end: fn(&str) -> bool = if begins("export class ", " {") {
            |line| line == "}"
        } else if begins("const ", "Finalization = ") {
            |line| line.ends_with(';')
        } else if begins("if (Symbol.dispose) ", ".") {
            continue;
        } else {
            kept.push_str(line);
            kept.push('\n');
            continue;
        };
        lines
            .find(|line| is_end(line))
            .context("a class of the page's JavaScript has no end")?;
    }
    for class in classes {
        ensure!(
            words(&kept).all(|(_, word)| word != class),
            "the page makes a {class}"
        );
    }
    Ok(kept)
}

/// Without what the module does not ask for; everything that it asks for is there.
fn without_imports(js: &str, imports: &Names) -> Result<String> {
    let mut kept = String::new();
    let mut found = 0;
    let mut lines = js.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix(IMPORT).and_then(|line| {
            let (name, _) = line.split_once(": ")?;
            name.starts_with("__wb").then_some(name)
        });
        match name {
            Some(name) if imports.contains_key(name) => found += 1,
            Some(_) => {
                if !line.ends_with(',') {
                    let end = format!("{IMPORT}}}");
                    lines
                        .find(|line| line.starts_with(&end))
                        .context("what the module imports has no end")?;
                }
                continue;
            }
            None => {}
        }
        kept.push_str(line);
        kept.push('\n');
    }
    ensure!(
        found == imports.len(),
        "the module imports {} functions, of which its JavaScript has {found}",
        imports.len()
    );
    Ok(kept)
}

fn renamed(js: &str, imports: &Names, exports: &Names) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (before, word) in words(js) {
        let new = match before.ends_with("wasm.") {
            true => exports.get(word),
            false => imports.get(word),
        };
        out.push_str(&js[at..before.len()]);
        out.push_str(new.map_or(word, String::as_str));
        at = before.len() + word.len();
    }
    out.push_str(&js[at..]);
    out
}

/// `a` to `z`, then `aa`: shorter first.
fn short(mut n: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + (n % 26) as u8));
        if n < 26 {
            break;
        }
        n = n / 26 - 1;
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use walrus::{FunctionBuilder, Module, ValType};

    use super::{Page, short, trim};

    /// As wasm-bindgen writes it, in little.
    const JS: &str = "\
export function hydrate() {
    wasm.hydrate();
}
export class Pipe {
    pull() {
        return wasm.pipe_pull(this.__wbg_ptr);
    }
}
if (Symbol.dispose) Pipe.prototype[Symbol.dispose] = Pipe.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_focus_0123456789abcdef: function(arg0) {
            arg0.focus();
        },
        __wbg_now_0123456789abcdef: Date.now,
        __wbg_pipe_0123456789abcdef: function() { return handleError(function (arg0) {
            arg0.pipe();
        }, arguments); },
    };
}
const PipeFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_pipe_free(ptr, 1));
let memory = wasm.memory;
";

    /// `hydrate` calls two functions of JavaScript's, `pipe_pull` the third.
    fn page(js: &str) -> Page {
        let mut module = Module::default();
        let plain = module.types.add(&[], &[]);
        let mut import = |name: &str| {
            let name = format!("__wbg_{name}_0123456789abcdef");
            module.add_import_func("./orrery_bg.js", &name, plain).0
        };
        let (focus, now, pipe) = (import("focus"), import("now"), import("pipe"));
        let memory = module.memories.add_local(false, false, 1, None, None);
        module.exports.add("memory", memory);
        for (name, calls) in [("hydrate", vec![focus, now]), ("pipe_pull", vec![pipe])] {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[] as &[ValType]);
            for call in calls {
                builder.func_body().call(call);
            }
            let function = builder.finish(vec![], &mut module.funcs);
            module.exports.add(name, function);
        }
        Page {
            wasm: module.emit_wasm(),
            js: js.to_owned(),
            snippets: Vec::<(PathBuf, Vec<u8>)>::new(),
        }
    }

    #[test]
    fn what_the_page_does_not_call_goes_and_the_rest_has_short_names() {
        let mut page = page(JS);
        trim(&mut page).expect("it is as wasm-bindgen writes it");
        let module = Module::from_buffer(&page.wasm).expect("a module still");
        let mut names: Vec<&str> = module.imports.iter().map(|import| &*import.name).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["a", "b"],
            "what only the class called is not imported"
        );
        let export = |js: &str| {
            let (before, after) = js.split_once('N').expect("the place of a name");
            let begin = page.js.find(before).expect(before) + before.len();
            let rest = &page.js[begin..];
            let name = &rest[..rest.find(after).expect(after)];
            module.exports.iter().find(|export| export.name == name)
        };
        assert!(export("export function hydrate() {\n    wasm.N();").is_some());
        assert!(export("let memory = wasm.N;").is_some());
        assert_eq!(module.exports.iter().count(), 2);
        assert!(
            !page.js.contains("Pipe") && !page.js.contains("pipe"),
            "{}",
            page.js
        );
        assert!(page.js.contains(": Date.now,") && page.js.contains("arg0.focus();"));
        assert!(!page.js.contains("0123456789abcdef"), "{}", page.js);
    }

    #[test]
    fn a_class_that_the_page_makes_is_no_waste() {
        let error = trim(&mut page(&format!("{JS}new Pipe();\n"))).expect_err("it is used");
        assert!(error.to_string().contains("Pipe"), "{error}");
    }

    #[test]
    fn an_import_that_the_script_has_not_is_told() {
        let js = JS.replace("__wbg_now", "__wbg_then");
        let error = trim(&mut page(&js)).expect_err("nothing to call");
        assert!(error.to_string().contains("has 1"), "{error}");
    }

    #[test]
    fn short_names_are_each_their_own() {
        let names = [0, 1, 25, 26, 27, 701, 702].map(short);
        assert_eq!(names, ["a", "b", "z", "aa", "ab", "zz", "aaa"]);
    }
}
