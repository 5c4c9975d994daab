//! What pages of objects say, as values.

use orrery_view::{CronJobDetail, Detail, Kind, ObjectRef, PodWhy, Row, StuckPod};

use super::{a_job, a_sample};
use crate::cell::{Cell, Deed};
use crate::details::{self, Section};
use crate::lang::Lang;
use crate::paint;

/// The first CronJob of the sample.
pub fn a_cronjob() -> CronJobDetail {
    let sample = a_sample();
    let row = sample.cronjobs().remove(0);
    let Detail::CronJob(detail) = sample.around(Row::CronJob(row)) else {
        unreachable!("a CronJob has a CronJob's detail")
    };
    detail
}

#[test]
fn a_job_tells_the_pods_that_are_stuck_and_no_owner_where_it_has_none() {
    let mut job = a_job(0);
    job.row.owner = None;
    job.stuck = vec![StuckPod {
        pod: ObjectRef {
            kind: Kind::Pod,
            namespace: "data".into(),
            name: "pi-1".into(),
        },
        why: PodWhy::OutOfMemory {
            container: "main".into(),
        },
    }];
    for (lang, words) in [(Lang::En, "more memory"), (Lang::Ko, "메모리")] {
        let model = details::model(&Detail::Job(job.clone()), lang);
        assert_eq!(model.sub.len(), 1, "its namespace, and no dash");
        let told = model.sections.iter().any(|section| match section {
            Section::Table { lines, .. } => lines
                .iter()
                .flat_map(|line| &line.cells)
                .any(|cell| matches!(cell, Cell::Text { text, .. } if text.contains(words))),
            _ => false,
        });
        assert!(told, "{words} in {:#?}", model.sections);
    }
}

#[test]
fn a_share_of_successes_says_of_which_time() {
    let mut detail = a_cronjob();
    detail.row.time_zone = Some("Asia/Seoul".into());
    detail.stats.known_since = 1_795_478_400_000;
    let said = |detail: &CronJobDetail| {
        let stats = details::numbers::stats(detail, Lang::En);
        paint::html(&stats[0].cell, Lang::En)
    };
    let html = said(&detail);
    assert!(html.contains("since Nov 24 09:00 KST"), "{html}");
    detail.stats.known_since = 0;
    let html = said(&detail);
    assert!(html.contains("last 30 days"), "{html}");
}

/// What of these is done at once, and what a menu offers, which asks why.
fn deeds(cells: &[Cell]) -> (Vec<Deed>, Vec<Deed>) {
    let (mut at_once, mut asked) = (Vec::new(), Vec::new());
    for cell in cells {
        match cell {
            Cell::Switch { object, on } => at_once.push(Deed::Suspend(object.clone(), *on)),
            Cell::Buttons(buttons) => {
                for button in buttons {
                    match &button.deed {
                        Deed::Menu(_, inner) => {
                            asked.extend(inner.iter().map(|button| button.deed.clone()));
                        }
                        deed if deed.is_at_once() => at_once.push(deed.clone()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    (at_once, asked)
}

#[test]
fn whatever_is_done_at_once_can_be_given_a_reason_beside_it() {
    let sample = a_sample();
    let mut seen = 0;
    for kind in crate::kinds::ALL {
        for row in sample.rows(kind) {
            let here = crate::lists::cells(&row, Lang::En);
            let mut places = vec![("its row", here)];
            if kind != Kind::Event {
                let model = details::model(&sample.around(row.clone()), Lang::En);
                let mut head = vec![Cell::Buttons(model.buttons)];
                head.extend(model.switch);
                places.push(("its page", head));
            }
            for (place, cells) in places {
                let (at_once, asked) = deeds(&cells);
                seen += at_once.len();
                for deed in at_once {
                    assert!(asked.contains(&deed), "{deed:?} in {place}");
                }
            }
        }
    }
    assert!(seen > 10, "{seen}");
}
