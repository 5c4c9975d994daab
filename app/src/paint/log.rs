//! Lines of a log as HTML.

use std::fmt::Write;

use orrery_view::{Level, LogLine, ObjectRef};

use super::{CHUNK, Esc};
use crate::format;
use crate::log::{laid_out, pieces};

/// Colours for the pods of a log; beyond them they begin anew, and the names tell them apart.
const POD_COLOURS: u16 = 8;

/// Lines of a log as the page holds them.
pub fn lines(lines: &[LogLine], of: Option<&ObjectRef>, json: bool) -> String {
    let chunk = |chunk: &[LogLine]| {
        let lines: String = chunk.iter().map(|each| line(each, of, json)).collect();
        format!(r#"<div class="chunk">{lines}</div>"#)
    };
    lines.chunks(CHUNK as usize).map(chunk).collect()
}

/// A line of a log; of which of its pods, where `of` has several. Its time is an attribute and its plain text no element
/// of its own: a page may hold a hundred thousand of them. It ends as a line of a text does, so that it can be searched
/// and copied as one.
pub fn line(line: &LogLine, of: Option<&ObjectRef>, json: bool) -> String {
    let class = match line.level {
        Some(Level::Error) => "line l-bad",
        Some(Level::Warn) => "line l-warn",
        _ => "line",
    };
    let mut out = format!(r#"<div class="{class}""#);
    // Writing to a string does not fail.
    if let Some(at) = line.at {
        let _ = write!(out, r#" data-t="{}""#, format::iso(at));
    }
    out.push('>');
    if let (Some(pod), Some(of)) = (&line.pod, of) {
        let (name, colour) = (Esc(&pod.name), pod.place % POD_COLOURS);
        let own = pod.name.strip_prefix(of.name.as_str());
        let own = own.and_then(|own| own.strip_prefix('-'));
        let _ = write!(
            out,
            r#"<a class="pod p{colour}" href="/pods/{}/{name}/log" title="{name}">{}</a> "#,
            Esc(&of.namespace),
            Esc(own.unwrap_or(&pod.name))
        );
    }
    match json.then(|| laid_out(&line.text)).flatten() {
        Some(laid_out) => out.push_str(&laid_out),
        None => pieces(&line.text).iter().for_each(|(class, text)| {
            let _ = match class.as_str() {
                "" => write!(out, "{}", Esc(text)),
                class => write!(out, r#"<span class="{class}">{}</span>"#, Esc(text)),
            };
        }),
    }
    out.push_str("\n</div>");
    out
}
