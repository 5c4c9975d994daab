//! What pages of objects say, as values.

use orrery_view::{
    CellState, CronJobDetail, CronJobStatus, Detail, JobStatus, Kind, NodeCell, NodeRow, NotRun,
    ObjectRef, Outcome, PodDetail, PodWhy, Row, SlotWhy, StuckPod,
};

use super::{a_job, a_sample};
use crate::cell::{Cell, Deed};
use crate::details::{self, Section};
use crate::lang::Lang;
use crate::lists;
use crate::paint;
use crate::tone::Tone;

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
fn of_more_nodes_than_are_drawn_those_that_are_not_well_come_first() {
    let cell = |number: usize, state| NodeCell {
        node: format!("node-{number:03}"),
        state,
        pod: None,
        addresses: Vec::new(),
        why: String::new(),
        because: None,
    };
    for (nodes, first) in [
        (paint::MOST_DOTS, "node-000"),
        (paint::MOST_DOTS + 1, "node-060"),
    ] {
        let mut cells: Vec<_> = (0..nodes).map(|n| cell(n, CellState::Ready)).collect();
        cells.last_mut().expect("some").state = CellState::NotReady;
        let html = paint::html(&lists::daemonset::nodes(&cells, "data", Lang::En), Lang::En);
        let squares: Vec<_> = html.split("<a ").skip(1).collect();
        assert_eq!(squares.len(), paint::MOST_DOTS);
        assert!(squares[0].contains(first), "{nodes}: {}", squares[0]);
    }
}

#[test]
fn a_reason_that_says_no_more_than_the_word_is_left_out() {
    let mut job = a_job(0);
    job.row.status = JobStatus::Complete;
    for (reason, said) in [
        ("CompletionsReached", ""),
        ("SuccessPolicy", "SuccessPolicy"),
    ] {
        job.row.reason = reason.into();
        let Cell::Status { note, .. } = crate::lists::job::status(&job.row, Lang::En) else {
            unreachable!("a status is one")
        };
        assert_eq!(note, said);
    }
}

#[test]
fn a_job_that_completed_says_so_in_green_whatever_failed_on_the_way() {
    let mut job = a_job(0);
    job.row.failed = 2;
    for (type_, reason, tone, title) in [
        (
            "Complete",
            "CompletionsReached",
            Tone::Ok,
            "All its pods succeeded.",
        ),
        (
            "FailureTarget",
            "FailedIndexes",
            Tone::Bad,
            "Some of its indexes failed.",
        ),
        (
            "Failed",
            "FailedIndexes",
            Tone::Bad,
            "Some of its indexes failed.",
        ),
        (
            "Suspended",
            "JobSuspended",
            Tone::Off,
            "Suspended: it has no pods meanwhile.",
        ),
    ] {
        job.row.reason = reason.into();
        job.row.message = "in the API's words".into();
        job.conditions = vec![orrery_view::Condition {
            type_: type_.into(),
            status: "True".into(),
            reason: reason.into(),
            message: job.row.message.clone(),
            since: None,
        }];
        let model = details::model(&Detail::Job(job.clone()), Lang::En);
        let Some(Section::Note {
            tone: of,
            title: said,
            text,
        }) = model.sections.first()
        else {
            panic!("what decided is told first: {:?}", model.sections);
        };
        assert_eq!((*of, said.as_str()), (tone, title), "{type_}");
        assert_eq!(*text, format!("{reason}: in the API's words"));
    }
}

#[test]
fn a_pods_address_stands_under_its_node_and_neither_on_the_nodes_own_page() {
    let sample = a_sample();
    let mut pod = sample.pods().remove(0);
    (pod.node, pod.ip, pod.addresses) = ("node-2".into(), "127.1.0.7".into(), Vec::new());
    let html = |cells: &[Cell]| -> String {
        let painted = cells.iter().map(|cell| paint::html(cell, Lang::En));
        painted.collect()
    };
    let row = html(&crate::lists::cells(&Row::Pod(pod.clone()), Lang::En));
    let place = r#">node-2</a> <span class="sub">127.1.0.7</span>"#;
    assert!(row.contains(place), "{row}");
    let Detail::Node(mut node) = sample.around(Row::Node(sample.nodes().remove(0))) else {
        unreachable!("a Node has a Node's detail")
    };
    node.pods = vec![pod];
    let model = details::model(&Detail::Node(node), Lang::En);
    assert_eq!(model.sub.len(), 2, "its address and version, and no roles");
    let Some(Section::Table { columns, lines, .. }) = model.sections.first() else {
        panic!("its pods are told first: {:?}", model.sections);
    };
    assert_eq!(columns.len(), lines[0].cells.len());
    let row = html(&lines[0].cells);
    assert!(!row.contains("node-2"), "{row}");
}

#[test]
fn a_node_without_taints_and_one_without_addresses_say_a_dash() {
    let sample = a_sample();
    let mut node = sample.nodes().remove(0);
    node.taints.clear();
    let cells = crate::lists::cells(&Row::Node(node), Lang::En);
    assert!(cells.contains(&Cell::text("—")), "{cells:?}");
    let row = sample.daemonsets().remove(0);
    let Detail::DaemonSet(mut detail) = sample.around(Row::DaemonSet(row)) else {
        unreachable!("a DaemonSet has a DaemonSet's detail")
    };
    detail.row.cells[0].addresses.clear();
    let model = details::model(&Detail::DaemonSet(detail), Lang::En);
    let nodes = model.sections.iter().find_map(|section| match section {
        Section::Table { title, lines, .. } if title == "Nodes" => Some(lines),
        _ => None,
    });
    let cells = &nodes.expect("its nodes are told")[0].cells;
    assert_eq!(cells.last(), Some(&Cell::text("—")));
}

#[test]
fn a_node_offers_what_can_be_done_to_its_machine() {
    let sample = a_sample();
    let forms = |node: &NodeRow| -> Vec<String> {
        let buttons = crate::lists::buttons(&Row::Node(node.clone()), Lang::En);
        let deeds = buttons.into_iter().filter_map(|button| match button.deed {
            Deed::Form(address) => address.split('/').nth(2).map(str::to_owned),
            _ => None,
        });
        deeds.collect()
    };
    let mut node = sample.nodes().remove(0);
    assert_eq!(forms(&node), ["marks", "drain", "fail", "remove"]);
    node.off = true;
    assert_eq!(forms(&node), ["marks", "recover", "drain", "remove"]);
    let silent = crate::lists::cells(&Row::Node(node.clone()), Lang::En);
    let Cell::Status { word, note, .. } = &silent[0] else {
        panic!("its status comes first: {silent:?}");
    };
    assert_eq!(word, "Ready", "as long as the cluster says so");
    assert!(note.contains("50 seconds"), "{note}");
    node.off = false;
    node.head.name = "edge-1".into();
    assert_eq!(
        forms(&node),
        ["marks", "drain"],
        "no agent of ours is called so"
    );
}

#[test]
fn a_job_whose_pods_are_gone_does_not_wait_for_them() {
    let mut job = a_job(0);
    job.pods.clear();
    for (succeeded, failed, words) in [
        (0, 0, "No pods yet."),
        (1, 0, "Its pods have been deleted."),
        (0, 1, "Its pods have been deleted."),
    ] {
        (job.row.succeeded, job.row.failed) = (succeeded, failed);
        let model = details::model(&Detail::Job(job.clone()), Lang::En);
        let said = model.sections.iter().find_map(|section| match section {
            Section::Table { title, empty, .. } if title == "Pods" => Some(empty.as_str()),
            _ => None,
        });
        assert_eq!(said, Some(words));
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

fn notes(detail: CronJobDetail, lang: Lang) -> Vec<String> {
    let model = details::model(&Detail::CronJob(detail), lang);
    let said = |section: &Section| match section {
        Section::Note { title, text, .. } => Some(format!("{title} {text}")),
        _ => None,
    };
    model.sections.iter().filter_map(said).collect()
}

#[test]
fn a_cronjob_that_makes_no_runs_says_why_even_if_no_slot_was_missed() {
    for (idle, en, ko) in [
        (
            SlotWhy::UnknownZone {
                zone: "Mars/Base".into(),
            },
            "It makes no runs. There is no time zone Mars/Base.",
            "실행을 만들지 않아요. Mars/Base 시간대가 없어요.",
        ),
        (
            SlotWhy::InvalidSchedule {
                error: "end of range (61) above maximum (59)".into(),
            },
            "It makes no runs. The schedule cannot be read: end of range (61) above maximum (59)",
            "실행을 만들지 않아요. 스케줄을 읽을 수 없어요: end of range (61) above maximum (59)",
        ),
        (
            SlotWhy::NeverFires,
            "It makes no runs. The schedule never fires.",
            "실행을 만들지 않아요. 이 스케줄은 실행되지 않아요.",
        ),
        (
            SlotWhy::Suspended,
            "It makes no runs. It is suspended: switch it on, and its next slot runs.",
            "실행을 만들지 않아요. 일시 중지되어 있어요. 스케줄을 켜면 다음 일정부터 실행돼요.",
        ),
    ] {
        let mut detail = a_cronjob();
        (detail.idle, detail.not_run) = (Some(idle), Vec::new());
        assert_eq!(notes(detail.clone(), Lang::En), [en]);
        assert_eq!(notes(detail, Lang::Ko), [ko]);
    }
}

#[test]
fn a_cronjob_has_one_status_in_the_list_and_on_its_own_page() {
    let mut detail = a_cronjob();
    detail.row.status = CronJobStatus::Invalid;
    detail.row.sentence.en = "Never: no time matches this expression".into();
    for (deleting, en, ko) in [
        (false, "Never runs", "실행되지 않음"),
        (true, "Terminating", "삭제 중"),
    ] {
        detail.row.head.deleting = deleting;
        for (lang, said) in [(Lang::En, en), (Lang::Ko, ko)] {
            let page = details::model(&Detail::CronJob(detail.clone()), lang).status;
            assert_eq!(page, lists::cronjob::status(&detail.row, lang));
            assert!(
                matches!(&page, Cell::Status { word, .. } if word == said),
                "{page:?}"
            );
        }
    }
}

#[test]
fn a_slot_that_waits_is_not_one_that_did_not_run_and_each_cause_is_told_once() {
    let slot = |minute: i64, why| NotRun {
        slot: minute * 60_000,
        outcome: Outcome::Skipped,
        why,
    };
    let by = || ObjectRef {
        kind: Kind::Job,
        namespace: "data".into(),
        name: "report-1".into(),
    };
    let mut detail = a_cronjob();
    detail.idle = None;
    detail.not_run = vec![
        slot(9, SlotWhy::Waits { by: by() }),
        slot(8, SlotWhy::Held { by: Some(by()) }),
        slot(7, SlotWhy::Held { by: Some(by()) }),
        slot(6, SlotWhy::Suspended),
        slot(1, SlotWhy::TooMany),
    ];
    // twenty runs have come since the oldest
    detail.row.gaps = detail.not_run[..4].to_vec();
    let told = notes(detail, Lang::En);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("One slot waits. It starts when the run report-1 is over"));
    assert!(told[1].starts_with("3 slots did not run. 2 ×: The run report-1 was still active"));
    assert!(told[1].ends_with("1 ×: It was suspended."), "{}", told[1]);
}

/// The labels of every button in a row of a section, menus opened.
fn offered(sections: &[Section], title: &str) -> Vec<String> {
    let section = sections.iter().find(|section| section.title() == title);
    let Some(Section::Table { lines, .. }) = section else {
        panic!("no table {title}");
    };
    let mut labels = Vec::new();
    for cell in &lines[0].cells {
        let Cell::Buttons(buttons) = cell else {
            continue;
        };
        for button in buttons {
            match &button.deed {
                Deed::Menu(_, inner) => labels.extend(inner.iter().map(|b| b.label.clone())),
                _ => labels.push(button.label.clone()),
            }
        }
    }
    labels
}

#[test]
fn every_run_of_a_cronjob_can_be_run_again_read_and_deleted() {
    let model = details::model(&Detail::CronJob(a_cronjob()), Lang::En);
    let labels = offered(&model.sections, "Runs");
    for label in ["Logs", "Re-run", "Delete"] {
        assert!(
            labels.iter().any(|known| known == label),
            "{label}: {labels:?}"
        );
    }
    let head: Vec<_> = model.buttons.iter().map(|b| b.label.as_str()).collect();
    for label in ["Trigger", "Trigger with…", "Edit…", "Delete"] {
        assert!(head.contains(&label), "{label}: {head:?}");
    }
    assert!(matches!(model.switch, Some(Cell::Switch { .. })));
}

#[test]
fn what_is_done_at_once_is_given_a_reason_from_the_last_of_the_heads_buttons() {
    let head = details::model(&Detail::CronJob(a_cronjob()), Lang::En).buttons;
    let Some(Deed::Menu(_, inner)) = head.last().map(|button| &button.deed) else {
        panic!("a menu is the last: {head:?}")
    };
    assert!(inner.iter().all(|button| button.deed.is_at_once()));
    assert!(inner.iter().any(|button| button.label == "Trigger"));
}

/// The first Pod of the sample.
fn a_pod() -> PodDetail {
    let sample = a_sample();
    let Detail::Pod(detail) = sample.around(Row::Pod(sample.pods().remove(0))) else {
        unreachable!("a Pod has a Pod's detail")
    };
    detail
}

#[test]
fn a_pod_in_trouble_is_told_so_once() {
    let mut pod = a_pod();
    pod.row.status = "CrashLoopBackOff".into();
    pod.row.message = "back-off 40s restarting failed container=main".into();
    let notes = |pod: &PodDetail| -> Vec<String> {
        let model = details::model(&Detail::Pod(pod.clone()), Lang::En);
        let notes = model.sections.iter().filter_map(|section| match section {
            Section::Note { title, text, .. } => Some(format!("{title}: {text}")),
            _ => None,
        });
        notes.collect()
    };
    let said = "CrashLoopBackOff: back-off 40s restarting failed container=main";
    assert_eq!(notes(&pod), [said], "in the cluster's words");
    pod.why = vec![PodWhy::OutOfMemory {
        container: "main".into(),
    }];
    let ours = notes(&pod);
    assert_eq!(ours.len(), 1, "{ours:?}");
    assert!(ours[0].contains("more memory"), "{ours:?}");
}

#[test]
fn the_token_that_each_pod_has_is_told_after_its_own_mounts() {
    let mut pod = a_pod();
    let path = "/var/run/secrets/kubernetes.io/serviceaccount";
    let token = ("kube-api-access-x7k2p".to_owned(), path.to_owned());
    pod.containers[0].mounts = vec![token, ("logs".into(), "/var/log".into())];
    let model = details::model(&Detail::Pod(pod), Lang::En);
    let mut facts = model.sections.iter().filter_map(|section| match section {
        Section::Facts { facts, .. } => facts.iter().find(|fact| fact.label == "Mounts"),
        _ => None,
    });
    let token = Cell::Text {
        text: "ServiceAccount's token".into(),
        sub: path.into(),
    };
    let own = Cell::Chips(vec!["logs → /var/log".into()]);
    let cells = facts.next().map(|fact| &fact.cells[..]);
    assert_eq!(cells, Some(&[own, token][..]));
}

#[test]
fn what_there_is_none_of_is_quiet() {
    let html = |n| paint::html(&Cell::toned(n, Tone::Bad), Lang::En);
    assert_eq!(html(0), r#"<span class="toned off">0</span>"#);
    assert_eq!(html(3), r#"<span class="toned bad">3</span>"#);
}

#[test]
fn a_jobs_deadline_and_its_removal_are_counted_down() {
    let mut job = a_job(0);
    (job.row.deadline, job.expires, job.ttl_secs) = (Some(60_000), Some(90_000), Some(100));
    let model = details::model(&Detail::Job(job), Lang::En);
    for (label, at) in [("Deadline", 60_000), ("Removed", 90_000)] {
        let stat = model.stats.iter().find(|stat| stat.label == label);
        let cell = stat.map(|stat| &stat.cell);
        assert_eq!(cell, Some(&Cell::Until(at)), "{label}");
    }
    let spec = model.sections.iter().find_map(|section| match section {
        Section::Facts { title, facts } if title == "Spec" => Some(facts),
        _ => None,
    });
    let ttl = spec.and_then(|facts| {
        let mut facts = facts.iter();
        facts.find(|fact| fact.label == "ttlSecondsAfterFinished")
    });
    let ttl = ttl.map(|fact| &fact.cells[0]);
    assert_eq!(
        ttl,
        Some(&Cell::text("1 m 40 s")),
        "before it has ended, too"
    );
}

#[test]
fn a_reason_of_the_clusters_own_words_is_code_and_one_of_ours_a_sentence() {
    let sample = a_sample();
    let row = sample.daemonsets().remove(0);
    let Detail::DaemonSet(mut detail) = sample.around(Row::DaemonSet(row)) else {
        unreachable!("a DaemonSet has a DaemonSet's detail")
    };
    let cell = |node: &str, state, why: &str, because| NodeCell {
        node: node.into(),
        state,
        pod: None,
        addresses: Vec::new(),
        why: why.into(),
        because,
    };
    let gates = vec!["example.com/quota".to_owned()];
    detail.row.cells = vec![
        cell("node-1", CellState::Excluded, "nodeSelector disk=ssd", None),
        cell(
            "node-2",
            CellState::Pending,
            "",
            Some(PodWhy::Gated { gates }),
        ),
    ];
    let drawn = crate::draw::coverage::html(&detail, Lang::En);
    assert!(
        drawn.contains("<code>nodeSelector disk=ssd</code> node-1"),
        "{drawn}"
    );
    let (_, sentence) = drawn.split_once("<span>It waits for").unwrap_or_default();
    assert!(
        sentence.contains("example.com/quota") && sentence.contains("</span> node-2"),
        "{drawn}"
    );
}

#[test]
fn a_rollout_says_how_far_it_has_come_and_what_moves_it_on() {
    let sample = a_sample();
    let row = sample.daemonsets().remove(0);
    let Detail::DaemonSet(mut detail) = sample.around(Row::DaemonSet(row)) else {
        unreachable!("a DaemonSet has a DaemonSet's detail")
    };
    (detail.row.desired, detail.row.updated) = (3, 1);
    for (strategy, waits) in [("RollingUpdate", false), ("OnDelete", true)] {
        detail.row.update_strategy = strategy.into();
        for (lang, far, moves) in [
            (
                Lang::En,
                "New template: 1 of 3",
                "when its old pod is deleted",
            ),
            (
                Lang::Ko,
                "노드 3개 중 1개에 새 템플릿 적용",
                "이전 파드를 삭제해야",
            ),
        ] {
            let model = details::model(&Detail::DaemonSet(detail.clone()), lang);
            let drawn = model.sections.iter().find_map(|section| match section {
                Section::Drawing { html, .. } => Some(html),
                _ => None,
            });
            let drawn = drawn.expect("its coverage is drawn");
            assert!(
                drawn.contains(far) && drawn.contains("value=\"1\""),
                "{drawn}"
            );
            assert_eq!(drawn.contains(moves), waits, "{strategy}: {drawn}");
        }
    }
}

#[test]
fn a_manual_run_is_no_warning_in_red_and_is_explained() {
    let mut event = a_sample().events().remove(0);
    (event.warning, event.reason) = (true, "UnexpectedJob".into());
    for (lang, words) in [(Lang::En, "ran it by hand"), (Lang::Ko, "직접 실행한")] {
        let cells = crate::lists::cells(&Row::Event(event.clone()), lang);
        assert!(matches!(
            cells[0],
            Cell::Status {
                tone: Tone::Off,
                ..
            }
        ));
        assert!(
            cells
                .iter()
                .any(|cell| matches!(cell, Cell::Text { sub, .. } if sub.contains(words))),
            "{cells:?}"
        );
    }
    event.reason = "FailedCreate".into();
    let cells = crate::lists::cells(&Row::Event(event), Lang::En);
    assert!(matches!(
        cells[0],
        Cell::Status {
            tone: Tone::Warn,
            ..
        }
    ));
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

/// Whether a table of a page says of each row whose it is, and how its runs began.
fn owners(detail: &Detail) -> (bool, Vec<String>) {
    let model = details::model(detail, Lang::En);
    let (mut named, mut began) = (false, Vec::new());
    for section in &model.sections {
        let Section::Table { columns, lines, .. } = section else {
            continue;
        };
        for line in lines {
            assert_eq!(line.cells.len(), columns.len(), "{}", section.title());
        }
        for (at, column) in columns.iter().enumerate() {
            named |= column.title == "Owner";
            if column.title == "Started" {
                began.extend(
                    lines
                        .iter()
                        .map(|line| paint::html(&line.cells[at], Lang::En)),
                );
            }
        }
    }
    (named, began)
}

#[test]
fn rows_do_not_name_the_owner_whose_page_they_are_on() {
    let sample = a_sample();
    for kind in [Kind::CronJob, Kind::Job, Kind::DaemonSet] {
        for row in sample.rows(kind) {
            assert!(!owners(&sample.around(row)).0, "{kind:?}");
        }
    }
    let node = sample.nodes().remove(0);
    assert!(
        owners(&sample.around(Row::Node(node))).0,
        "a node's pods are of several"
    );
    let (_, began) = owners(&Detail::CronJob(a_cronjob()));
    assert!(!began.is_empty());
    let known = |how: &String| how.contains("manual") || how.contains("scheduled");
    assert!(began.iter().all(known), "{began:?}");
}

#[test]
fn whatever_is_done_at_once_can_be_given_a_reason_beside_it() {
    let sample = a_sample();
    let mut seen = 0;
    for kind in Kind::ALL {
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

#[test]
fn what_keeps_the_cluster_from_making_pods_is_told_while_there_are_none() {
    let sample = a_sample();
    let mut event = sample.events().remove(0);
    (event.warning, event.reason) = (true, "FailedCreate".into());
    event.message = "Error creating: pods \"p-\" is forbidden: no PriorityClass".into();
    for (active, told) in [(0, true), (1, false)] {
        let mut job = a_job(0);
        (job.row.status, job.row.active) = (orrery_view::JobStatus::Running, active);
        job.common.events = vec![event.clone()];
        let model = details::model(&Detail::Job(job), Lang::En);
        let says = |section: &Section| matches!(section, Section::Note { text, .. } if *text == event.message);
        assert_eq!(model.sections.iter().any(says), told, "{active} active");
    }
}

#[test]
fn of_many_pods_the_first_are_listed_and_the_way_to_all() {
    let sample = a_sample();
    let pod = sample.pods().remove(0);
    for (n, listed) in [(50, None), (51, Some("All 51 pods"))] {
        let mut job = a_job(0);
        job.pods = vec![pod.clone(); n];
        let model = details::model(&Detail::Job(job), Lang::En);
        let mut tables = model.sections.into_iter();
        let table = tables.find_map(|section| match section {
            Section::Table {
                title, lines, more, ..
            } if title == "Pods" => Some((lines, more)),
            _ => None,
        });
        let (lines, more) = table.expect("its pods");
        assert_eq!(lines.len(), 50);
        assert_eq!(more.as_ref().map(|link| link.text.as_str()), listed);
        let owner = |link: &crate::cell::Link| link.href.contains("owner=");
        assert!(more.as_ref().is_none_or(owner), "{more:?}");
    }
}

#[test]
fn a_run_that_wrote_nothing_says_a_dash_in_place_of_a_line() {
    let mut detail = a_cronjob();
    for (log, message, html) in [
        (vec!["done".into()], "", "<code>done</code>"),
        (vec![], "", r#"<span class="text">—</span>"#),
        (
            vec![],
            "OOMKilled",
            r#"<span class="text">OOMKilled</span>"#,
        ),
    ] {
        (detail.past[0].log, detail.past[0].message) = (log, message.into());
        let model = details::model(&Detail::CronJob(detail.clone()), Lang::En);
        let gone = "Runs whose Jobs are gone";
        let section = model.sections.iter().find(|each| each.title() == gone);
        let Some(Section::Table { lines, .. }) = section else {
            panic!("no table {gone}");
        };
        assert_eq!(paint::html(&lines[0].cells[2], Lang::En), html);
    }
}
