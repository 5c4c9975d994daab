//! What dialogs ask and tell, as HTML.

use std::fmt::Write;

use orrery_view::Cascade;

use super::Esc;
use crate::lang::Lang;
use crate::tr;

/// Asks why something is done.
pub fn reason(out: &mut String, known: &str, lang: Lang) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<label class="field"><b>{}</b><input name="reason" value="{}" maxlength="200" autocomplete="off"></label>"#,
        tr!(lang, "act.reason"),
        Esc(known)
    );
}

/// Asks what becomes of what an object owns.
pub fn cascades(out: &mut String, chosen: Cascade, lang: Lang) {
    let words = [
        (
            Cascade::Background,
            tr!(lang, "delete.background"),
            tr!(lang, "delete.background_text"),
        ),
        (
            Cascade::Foreground,
            tr!(lang, "delete.foreground"),
            tr!(lang, "delete.foreground_text"),
        ),
        (
            Cascade::Orphan,
            tr!(lang, "delete.orphan"),
            tr!(lang, "delete.orphan_text"),
        ),
    ];
    let title = tr!(lang, "delete.cascade");
    // Writing to a string does not fail.
    let _ = write!(out, "<fieldset><legend>{title}</legend>");
    for (cascade, word, text) in words {
        let checked = if cascade == chosen { " checked" } else { "" };
        let value = cascade.code();
        let _ = write!(
            out,
            r#"<label class="choice"><input type="radio" name="cascade" value="{value}"{checked}><span><b>{word}</b><span class="sub">{text}</span></span></label>"#
        );
    }
    out.push_str("</fieldset>");
}

/// A command that can be copied.
pub fn command(out: &mut String, command: &str, lang: Lang) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<span class="command"><code tabindex="0">{}</code><button class="btn small" type="button" data-do="copy">{}</button></span>"#,
        Esc(command),
        tr!(lang, "act.copy")
    );
}
