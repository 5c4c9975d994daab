//! What one would want to know before saving: in sentences, the gravest first.

use orrery_view::Millis;

use super::{Sheet, in_zone};
use crate::forms::paper::Paper;
use crate::lang::Lang;
use crate::{format, tr, why};

const MINUTE: Millis = 60_000;
/// Runs closer than this are told by their number a day.
const OFTEN: Millis = 15 * MINUTE;
/// Others in the same minute before it is worth a word.
const CROWD: u32 = 5;

pub fn draw(paper: &mut Paper, sheet: &Sheet) {
    for (class, text) in warnings(sheet, paper.lang) {
        paper.note(class, &text);
    }
}

fn warnings(sheet: &Sheet, lang: Lang) -> Vec<(&'static str, String)> {
    let (outlook, mine) = (&sheet.outlook, &sheet.mine);
    let mut out = Vec::new();
    if outlook.unreadable.is_some() {
        return out;
    }
    if outlook.next.is_empty() {
        out.push(("bad", tr!(lang, "edit.never")));
    }
    if let Some(secs) = below_every(sheet) {
        out.push(("bad", tr!(lang, "why.every", n = secs)));
    }
    if mine.suspend {
        out.push(("run", tr!(lang, "edit.suspended")));
    }
    if let Some(text) = overlap(sheet, lang) {
        out.push(("warn", text));
    }
    if outlook.ored {
        out.push(("warn", tr!(lang, "edit.ored")));
    }
    if let Some(day) = outlook.short_month {
        out.push(("warn", tr!(lang, "edit.short_month", day = day)));
    }
    if let Some(wall) = &outlook.left_out {
        out.push(("warn", tr!(lang, "edit.left_out", at = wall)));
    }
    if let Some(at) = outlook.twice {
        let at = in_zone(at, &outlook.zone, lang);
        out.push(("warn", tr!(lang, "edit.twice", at = at)));
    }
    if let Some(gap) = outlook.gap.filter(|gap| *gap < OFTEN) {
        let n = format::number(outlook.a_day);
        out.push(match gap <= MINUTE {
            true => ("warn", tr!(lang, "edit.minutely", n = n)),
            false => ("run", tr!(lang, "edit.often", n = n)),
        });
    }
    if let Some((at, n, some)) = outlook.company.as_ref().filter(|(_, n, _)| *n >= CROWD) {
        let at = in_zone(*at, &outlook.zone, lang);
        let some = some.join(", ");
        out.push((
            "warn",
            tr!(
                lang,
                "edit.company",
                n = format::number(*n),
                at = at,
                some = some
            ),
        ));
    }
    if mine.deadline_secs.is_some_and(|secs| secs < 10) {
        out.push(("warn", tr!(lang, "edit.short_deadline")));
    }
    out
}

/// The seconds of an `@every` that its deadline is shorter than, so that no slot is ever due (CJ-35).
fn below_every(sheet: &Sheet) -> Option<i64> {
    let every = sheet.outlook.gap? / 1000;
    let is_shorter = sheet.mine.deadline_secs? < every;
    (is_shorter && sheet.mine.schedule.contains("@every")).then_some(every)
}

/// What the policy makes of runs that take longer than the time between two slots.
fn overlap(sheet: &Sheet, lang: Lang) -> Option<String> {
    let outlook = &sheet.outlook;
    let gap = outlook.gap?;
    let known = [sheet.takes, outlook.usual, outlook.rarely];
    let long = known.into_iter().flatten().find(|takes| *takes > gap)?;
    Some(why::overlap(sheet.mine.policy, long, gap, lang))
}

#[cfg(test)]
mod tests {
    use orrery_view::Concurrency;

    use super::super::super::draft::Settings;
    use super::super::super::outlook::Outlook;
    use super::*;

    fn told(outlook: Outlook, mine: Settings) -> String {
        let outlook = Outlook {
            next: vec![1],
            zone: "Europe/Berlin".into(),
            ..outlook
        };
        let sheet = Sheet {
            was: mine.clone(),
            mine,
            generation: 1,
            wrong: Vec::new(),
            refused: None,
            takes: None,
            outlook,
        };
        let both: Vec<_> = Lang::ALL
            .iter()
            .map(|lang| warnings(&sheet, *lang))
            .collect();
        assert_eq!(both[0].len(), both[1].len(), "in both languages");
        let texts: Vec<_> = both[0].iter().map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    }

    #[test]
    fn each_oddity_of_a_schedule_is_a_sentence() {
        let plain = Outlook::default;
        let settings = Settings::default;
        let rows = [
            (plain(), settings(), ""),
            (
                Outlook {
                    ored: true,
                    ..plain()
                },
                settings(),
                "either",
            ),
            (
                Outlook {
                    short_month: Some(31),
                    ..plain()
                },
                settings(),
                "31",
            ),
            (
                Outlook {
                    left_out: Some("2027-03-28 02:30".into()),
                    ..plain()
                },
                settings(),
                "02:30",
            ),
            (
                Outlook {
                    twice: Some(1_792_884_600_000),
                    ..plain()
                },
                settings(),
                "twice",
            ),
            (
                Outlook {
                    gap: Some(MINUTE),
                    a_day: 1_440,
                    ..plain()
                },
                settings(),
                "1,440",
            ),
            (
                Outlook {
                    gap: Some(5 * MINUTE),
                    a_day: 288,
                    ..plain()
                },
                settings(),
                "288",
            ),
            (
                Outlook {
                    company: Some((0, 37, vec!["a".into()])),
                    ..plain()
                },
                settings(),
                "37 other",
            ),
            (
                Outlook {
                    company: Some((0, 2, vec!["a".into()])),
                    ..plain()
                },
                settings(),
                "",
            ),
            (
                plain(),
                Settings {
                    deadline_secs: Some(5),
                    ..settings()
                },
                "10 seconds",
            ),
            (
                Outlook {
                    gap: Some(60 * MINUTE),
                    ..plain()
                },
                Settings {
                    schedule: "@every 1h".into(),
                    deadline_secs: Some(1800),
                    ..settings()
                },
                "less than 3600 s",
            ),
            (
                Outlook {
                    gap: Some(60 * MINUTE),
                    ..plain()
                },
                Settings {
                    schedule: "@every 1h".into(),
                    deadline_secs: Some(3600),
                    ..settings()
                },
                "",
            ),
            (
                Outlook {
                    gap: Some(60 * MINUTE),
                    ..plain()
                },
                Settings {
                    schedule: "0 * * * *".into(),
                    deadline_secs: Some(1800),
                    ..settings()
                },
                "",
            ),
            (
                plain(),
                Settings {
                    suspend: true,
                    ..settings()
                },
                "uspended",
            ),
            (
                Outlook {
                    gap: Some(30 * MINUTE),
                    usual: Some(40 * MINUTE),
                    ..plain()
                },
                Settings {
                    policy: Concurrency::Forbid,
                    ..settings()
                },
                "40 m",
            ),
        ];
        for (outlook, mine, says) in rows {
            let text = told(outlook, mine);
            match says {
                "" => assert_eq!(text, ""),
                says => assert!(text.contains(says), "{says} in {text}"),
            }
        }
    }
}
