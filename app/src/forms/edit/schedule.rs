//! The schedule's editor: the expression, what each of its fields means, the sentence, and the next runs.

use super::{Sheet, in_zone};
use crate::cell::Cell;
use crate::forms::paper::Paper;
use crate::lang::Lang;
use crate::paint::{self, Esc};
use crate::timeline::axis;
use crate::tr;

/// Offered while a zone is typed; any name of the time zone database will do.
const ZONES: [&str; 22] = [
    "UTC",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Paris",
    "Pacific/Auckland",
];
/// Values of a field told one by one.
const MOST_VALUES: usize = 12;

/// `cursor` is where one types, in letters from the start.
pub fn draw(paper: &mut Paper, sheet: &Sheet, cursor: usize) {
    let (lang, mine, outlook) = (paper.lang, &sheet.mine, &sheet.outlook);
    paper.put(format_args!(
        r#"<div class="when"><label class="field"><b>{}</b><input name="schedule" class="mono" value="{}" required spellcheck="false" data-cursor=""></label>"#,
        tr!(lang, "col.schedule"),
        Esc(&mine.schedule)
    ));
    paper.put(format_args!(
        r#"<label class="field"><b>{}</b><input name="timeZone" value="{}" placeholder="{}" list="zones" spellcheck="false"></label><datalist id="zones">"#,
        tr!(lang, "edit.zone"),
        Esc(mine.zone.as_deref().unwrap_or_default()),
        tr!(lang, "edit.zone_none")
    ));
    for zone in ZONES {
        paper.put(format_args!(r#"<option value="{zone}">"#));
    }
    paper.html("</datalist></div>");
    fields(paper, sheet, cursor);
    if let Some(why) = &outlook.unreadable {
        match outlook.unreadable_field {
            Some(field) => paper.refused(&format!("{}: {why}", names(lang)[field])),
            None => paper.refused(why),
        }
        return;
    }
    let sentence = match lang {
        Lang::En => &outlook.sentence.en,
        Lang::Ko => &outlook.sentence.ko,
    };
    paper.put(format_args!(
        r#"<p class="sentence" aria-live="polite">{} <span class="sub">{}</span></p>"#,
        Esc(sentence),
        Esc(&outlook.zone)
    ));
}

/// Each field of the expression with the values it stands for; the one at the cursor is explained.
fn fields(paper: &mut Paper, sheet: &Sheet, cursor: usize) {
    let lang = paper.lang;
    let none = Default::default();
    let (values, wrong) = (&sheet.outlook.values, sheet.outlook.unreadable_field);
    let Some(values) = values.as_ref().or(wrong.map(|_| &none)) else {
        return;
    };
    let tokens = tokens(&sheet.mine.schedule);
    let here = tokens
        .iter()
        .rposition(|(start, _)| *start <= cursor)
        .unwrap_or(0);
    paper.html(r#"<ol class="cron">"#);
    for (n, (name, values)) in names(lang).iter().zip(values).enumerate() {
        let token = match tokens.len() {
            5 => tokens[n].1,
            // @hourly and such stand for all five
            _ => "",
        };
        let class = match wrong {
            Some(wrong) if wrong == n => "wrong",
            None if tokens.len() == 5 && n == here => "here",
            _ => "",
        };
        paper.put(format_args!(
            r#"<li class="{class}"><code>{}</code><b>{name}</b><span class="sub">{}</span></li>"#,
            Esc(token),
            said(n, values, lang)
        ));
    }
    paper.html("</ol>");
    let help = match here {
        0 => tr!(lang, "edit.help_minute"),
        1 => tr!(lang, "edit.help_hour"),
        2 => tr!(lang, "edit.help_day"),
        3 => tr!(lang, "edit.help_month"),
        _ => tr!(lang, "edit.help_weekday"),
    };
    if tokens.len() == 5 {
        paper.put(format_args!(r#"<p class="hint">{help}</p>"#));
    }
}

/// Of the fields, in their order.
fn names(lang: Lang) -> [String; 5] {
    [
        tr!(lang, "edit.minute"),
        tr!(lang, "edit.hour"),
        tr!(lang, "edit.day"),
        tr!(lang, "edit.month"),
        tr!(lang, "edit.weekday"),
    ]
}

/// The words of an expression, each with where it starts.
fn tokens(schedule: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - schedule.as_ptr() as usize;
    schedule
        .split_whitespace()
        .map(|word| (start(word), word))
        .collect()
}

fn said(field: usize, values: &[u32], lang: Lang) -> String {
    let whole = [60, 24, 31, 12, 7][field];
    if values.len() == whole {
        return tr!(lang, "edit.every");
    }
    let text = |value: &u32| match field {
        1 => format!("{value:02}"),
        3 => axis::month(*value, lang),
        4 => axis::weekday(*value, lang),
        _ => value.to_string(),
    };
    let mut told: Vec<_> = values.iter().take(MOST_VALUES).map(text).collect();
    if values.len() > MOST_VALUES {
        told.push("…".into());
    }
    told.join(", ")
}

/// The next runs, in the job's zone and in the reader's.
pub fn next(paper: &mut Paper, sheet: &Sheet) {
    let (lang, outlook) = (paper.lang, &sheet.outlook);
    if outlook.next.is_empty() {
        return;
    }
    paper.put(format_args!(
        r#"<table class="next"><thead><tr><th scope="col">{} · {}</th><th scope="col">{}</th><th scope="col"><span class="vh">{}</span></th></tr></thead><tbody>"#,
        tr!(lang, "edit.next"),
        Esc(&outlook.zone),
        tr!(lang, "edit.yours"),
        tr!(lang, "col.in")
    ));
    for at in &outlook.next {
        paper.put(format_args!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            Esc(&in_zone(*at, &outlook.zone, lang)),
            paint::html(&Cell::Date(*at), lang),
            paint::html(&Cell::Until(*at), lang)
        ));
    }
    paper.html("</tbody></table>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_in_the_word_that_began_before_it() {
        let words = tokens("*/5  2 * *  1");
        assert_eq!(words, [(0, "*/5"), (5, "2"), (7, "*"), (9, "*"), (12, "1")]);
    }

    #[test]
    fn values_are_told_in_words() {
        assert_eq!(said(0, &[0, 30], Lang::En), "0, 30");
        assert_eq!(said(1, &[2], Lang::En), "02");
        assert_eq!(said(4, &[1, 5], Lang::En), "Mon, Fri");
        assert_eq!(said(3, &[2], Lang::Ko), "2월");
        let minutes: Vec<u32> = (0..60).collect();
        assert_eq!(said(0, &minutes, Lang::En), "every");
        assert!(said(0, &minutes[..20], Lang::En).ends_with("11, …"));
    }
}
