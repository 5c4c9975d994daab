//! Every cause of a slot without a run and of a pod that does not start, as a sentence in each language.

use std::collections::BTreeSet;

use orrery_view::{
    ContainerDot, ContainerState, CronJobDetail, Detail, Exit, Kind, NodeCause, NodeWhy, NotRun,
    ObjectRef, Outcome, PodWhy, Row, SlotWhy,
};

use crate::lang::Lang;
use crate::{timeline, why};

/// A cause, and what of it the sentence must hold.
type Cause<W> = (W, &'static [&'static str]);

fn slots() -> Vec<Cause<SlotWhy>> {
    use SlotWhy::*;
    let by = ObjectRef {
        kind: Kind::Job,
        namespace: "data".into(),
        name: "etl-29".into(),
    };
    vec![
        (Suspended, &[]),
        (
            Held {
                by: Some(by.clone()),
            },
            &["etl-29", "Forbid"],
        ),
        (Waits { by }, &["etl-29", "Forbid"]),
        (Held { by: None }, &["Forbid"]),
        (
            PastDeadline { secs: 61 },
            &["61", "startingDeadlineSeconds"],
        ),
        (
            InvalidSchedule {
                error: "no such minute".into(),
            },
            &["no such minute"],
        ),
        (
            UnknownZone {
                zone: "Mars/Base".into(),
            },
            &["Mars/Base"],
        ),
        (TooMany, &["100"]),
        (NeverFires, &[]),
        (
            DeadlineBelowEvery { secs: 3600 },
            &["3600", "startingDeadlineSeconds", "@every"],
        ),
        (ControllerDown { from: 0, until: 1 }, &[]),
        (
            CreateFailed {
                message: "exceeded quota: small".into(),
            },
            &["exceeded quota: small"],
        ),
        (NamespaceTerminating, &[]),
        (Replaced, &["Replace"]),
        (
            NameTaken {
                name: "etl-30".into(),
            },
            &["etl-30"],
        ),
        (
            Overtaken {
                slot: 1_795_443_900_000,
            },
            &["14:25"],
        ),
        (Unknown, &[]),
    ]
}

/// A cause without a number here does not compile, and a number without a row above fails.
fn slot(why: &SlotWhy) -> usize {
    match why {
        SlotWhy::Suspended => 0,
        SlotWhy::Held { .. } => 1,
        SlotWhy::PastDeadline { .. } => 2,
        SlotWhy::InvalidSchedule { .. } => 3,
        SlotWhy::UnknownZone { .. } => 4,
        SlotWhy::TooMany => 5,
        SlotWhy::NeverFires => 6,
        SlotWhy::ControllerDown { .. } => 7,
        SlotWhy::CreateFailed { .. } => 8,
        SlotWhy::NamespaceTerminating => 9,
        SlotWhy::Replaced => 10,
        SlotWhy::NameTaken { .. } => 11,
        SlotWhy::Overtaken { .. } => 12,
        SlotWhy::Unknown => 13,
        SlotWhy::Waits { .. } => 14,
        SlotWhy::DeadlineBelowEvery { .. } => 15,
    }
}
const SLOTS: usize = 16;

fn pods() -> Vec<Cause<PodWhy>> {
    use PodWhy::*;
    let main = || String::from("main");
    let message = || String::from("the kubelet's words");
    let crash = |exit_code| CrashLoop {
        container: main(),
        exit_code,
        reason: "Error".into(),
        restarts: 41,
        message: String::new(),
    };
    vec![
        (
            Unschedulable {
                nodes: 5,
                causes: vec![],
            },
            &["5"],
        ),
        (
            PortTaken {
                port: "18080/TCP".into(),
                pod: "shop/web-x".into(),
            },
            &["hostPort 18080/TCP", "shop/web-x"],
        ),
        (
            Gated {
                gates: vec!["example.com/a".into(), "b".into()],
            },
            &["example.com/a, b"],
        ),
        (
            Image {
                container: main(),
                image: "busybox:1.99".into(),
                reason: "ErrImagePull".into(),
                message: message(),
            },
            &["busybox:1.99", "the kubelet's words"],
        ),
        (
            Config {
                container: main(),
                message: message(),
            },
            &["main", "the kubelet's words"],
        ),
        (crash(Some(137)), &["main", "137", "41"]),
        (crash(None), &["main", "41"]),
        (
            InitFailed {
                container: "migrate".into(),
                exit_code: 3,
                reason: "Error".into(),
                message: message(),
            },
            &["migrate", "3", "“the kubelet's words”"],
        ),
        (
            Probe {
                container: main(),
                probe: "liveness".into(),
                restarts: 41,
                message: message(),
            },
            &["main", "liveness", "41", "“the kubelet's words”"],
        ),
        (
            Unready {
                container: main(),
                probe: "readiness".into(),
                message: message(),
            },
            &["main", "readiness", "“the kubelet's words”"],
        ),
        (Volume { message: message() }, &["the kubelet's words"]),
        (OutOfMemory { container: main() }, &["main"]),
        (DeadlineExceeded, &["activeDeadlineSeconds"]),
        (Evicted { message: message() }, &["the kubelet's words"]),
        (
            NodeLost {
                node: "node-7".into(),
            },
            &["node-7"],
        ),
        (
            Failed {
                container: main(),
                exit_code: 9,
                reason: "Error".into(),
                message: message(),
            },
            &["main", "9", "“the kubelet's words”"],
        ),
    ]
}

fn pod(why: &PodWhy) -> usize {
    match why {
        PodWhy::Unschedulable { .. } => 0,
        PodWhy::Gated { .. } => 1,
        PodWhy::Image { .. } => 2,
        PodWhy::Config { .. } => 3,
        PodWhy::CrashLoop { .. } => 4,
        PodWhy::InitFailed { .. } => 5,
        PodWhy::Volume { .. } => 6,
        PodWhy::OutOfMemory { .. } => 7,
        PodWhy::DeadlineExceeded => 8,
        PodWhy::Evicted { .. } => 9,
        PodWhy::NodeLost { .. } => 10,
        PodWhy::Failed { .. } => 11,
        PodWhy::Probe { .. } => 12,
        PodWhy::Unready { .. } => 13,
        PodWhy::PortTaken { .. } => 14,
    }
}
const PODS: usize = 15;

fn nodes() -> Vec<Cause<NodeCause>> {
    use NodeCause::*;
    vec![
        (Taint("gpu=yes".into()), &["gpu=yes"]),
        (Taint(String::new()), &[]),
        (Selector, &[]),
        (PodAffinity, &[]),
        (PodAntiAffinity, &[]),
        (TopologySpread, &[]),
        (Insufficient("nvidia.com/gpu".into()), &["nvidia.com/gpu"]),
        (TooManyPods, &[]),
        (HostPort, &[]),
        (NodeName, &[]),
        (Cordoned, &[]),
        (Volume, &[]),
    ]
}

fn node(cause: &NodeCause) -> usize {
    match cause {
        NodeCause::Taint(_) => 0,
        NodeCause::Selector => 1,
        NodeCause::PodAffinity => 2,
        NodeCause::PodAntiAffinity => 3,
        NodeCause::TopologySpread => 4,
        NodeCause::Insufficient(_) => 5,
        NodeCause::TooManyPods => 6,
        NodeCause::HostPort => 7,
        NodeCause::NodeName => 8,
        NodeCause::Cordoned => 9,
        NodeCause::Volume => 10,
        // the scheduler's words, which have no sentence of ours
        NodeCause::Other(_) => 11,
    }
}
const NODES: usize = 11;

fn a_cronjob() -> CronJobDetail {
    let sample = super::a_sample();
    let row = sample.cronjobs().remove(0);
    match sample.around(Row::CronJob(row)) {
        Detail::CronJob(detail) => detail,
        _ => unreachable!("a CronJob has a CronJob's detail"),
    }
}

/// Each cause has a row, and each row a sentence of its own in each language that holds its facts.
fn hold<W>(
    causes: &[Cause<W>],
    all: usize,
    number: impl Fn(&W) -> usize,
    say: impl Fn(&W, Lang) -> String,
) {
    let told: BTreeSet<usize> = causes.iter().map(|(cause, _)| number(cause)).collect();
    assert_eq!(told, (0..all).collect(), "a row for each cause");
    let mut sentences = BTreeSet::new();
    for (cause, facts) in causes {
        for lang in Lang::ALL {
            let said = say(cause, lang);
            for fact in *facts {
                assert!(said.contains(fact), "{said} lacks {fact}");
            }
            let ours = facts
                .iter()
                .fold(said.clone(), |said, fact| said.replace(fact, ""));
            let korean = ours.chars().any(|c| ('가'..='힣').contains(&c));
            assert_eq!(korean, lang == Lang::Ko, "{said} is {lang:?}");
            for raw in ["%{", "{", "}", "why.", "because."] {
                assert!(!ours.contains(raw), "{said} holds {raw}");
            }
            assert!(
                sentences.insert(said.clone()),
                "{said} is said of two causes"
            );
        }
    }
}

#[test]
fn every_cause_of_a_slot_without_a_run_is_a_sentence_in_each_language() {
    let mut detail = a_cronjob();
    detail.row.suspend = false;
    detail.starting_deadline_secs = None;
    detail.row.time_zone = Some("Etc/UTC".into());
    hold(&slots(), SLOTS, slot, |why, lang| {
        let slot = NotRun {
            slot: 0,
            outcome: Outcome::Missed,
            why: why.clone(),
        };
        timeline::marks::why_not(
            &slot,
            &detail.row,
            detail.starting_deadline_secs.is_some(),
            lang,
        )
    });
}

#[test]
fn every_cause_of_a_pod_that_does_not_start_is_a_sentence_in_each_language() {
    hold(&pods(), PODS, pod, why::pod);
}

#[test]
fn every_cause_of_a_node_that_takes_no_pod_is_a_part_of_the_sentence() {
    hold(&nodes(), NODES, node, |cause, lang| {
        let causes = vec![
            NodeWhy {
                nodes: 3,
                cause: cause.clone(),
            },
            NodeWhy {
                nodes: 2,
                cause: NodeCause::Other("node(s) were on fire".into()),
            },
        ];
        let said = why::pod(&PodWhy::Unschedulable { nodes: 5, causes }, lang);
        let rest = said
            .strip_suffix("; 2 node(s) were on fire.")
            .expect("the scheduler's own words last");
        rest.to_owned()
    });
}

#[test]
fn why_no_node_takes_a_pod_is_told_of_the_node_that_it_needs() {
    use NodeCause::*;
    let many = |nodes, cause| NodeWhy { nodes, cause };
    let gpu = || Taint("gpu=true:NoSchedule".into());
    let rows = [
        (
            3,
            vec![many(2, NodeName), many(1, Cordoned)],
            "The only node that it may run on is cordoned.",
            "실행할 수 있는 유일한 노드: 스케줄링이 중지되었어요.",
        ),
        (
            1_000,
            vec![many(1, gpu()), many(999, NodeName)],
            "The only node that it may run on is tainted with gpu=true:NoSchedule, which it does not tolerate.",
            "실행할 수 있는 유일한 노드: 허용하지 않는 테인트가 있어요(gpu=true:NoSchedule).",
        ),
        (
            3,
            vec![
                many(1, Insufficient("cpu".into())),
                many(1, TooManyPods),
                many(2, NodeName),
            ],
            "The only node that it may run on is short of cpu; full of pods.",
            "실행할 수 있는 유일한 노드: 남은 리소스가 부족해요(cpu); 파드 수가 한도에 이르렀어요.",
        ),
        (
            1,
            vec![many(1, HostPort)],
            "The only node is already using its host port.",
            "하나뿐인 노드: 호스트 포트를 이미 쓰고 있어요.",
        ),
        (
            3,
            vec![many(3, NodeName)],
            "The node that it must run on is not in the cluster.",
            "실행하도록 지정한 노드가 클러스터에 없어요.",
        ),
        (
            3,
            vec![
                many(2, NodeName),
                many(1, Other("node(s) were on fire".into())),
            ],
            "None of the 3 nodes can take it: 2 ruled out, as it must run on another; 1 node(s) were on fire.",
            "노드 3개 중 실행할 수 있는 곳이 없어요: 2개는 다른 노드를 지정해서 제외돼요; 1 node(s) were on fire.",
        ),
        // of the fourth nothing is told
        (
            4,
            vec![many(2, NodeName), many(1, Cordoned)],
            "None of the 4 nodes can take it: 2 ruled out, as it must run on another; 1 cordoned.",
            "노드 4개 중 실행할 수 있는 곳이 없어요: 2개는 다른 노드를 지정해서 제외돼요; 1개는 스케줄링이 중지되었어요.",
        ),
        (
            1_204,
            vec![
                many(1_203, gpu()),
                many(1, Other("node(s) were on fire.".into())),
            ],
            "None of the 1,204 nodes can take it: 1,203 tainted with gpu=true:NoSchedule, which it does not tolerate; 1 node(s) were on fire.",
            "노드 1,204개 중 실행할 수 있는 곳이 없어요: 1,203개는 허용하지 않는 테인트가 있어요(gpu=true:NoSchedule); 1 node(s) were on fire.",
        ),
    ];
    for (nodes, causes, en, ko) in rows {
        let why = PodWhy::Unschedulable { nodes, causes };
        assert_eq!(why::pod(&why, Lang::En), en);
        assert_eq!(why::pod(&why, Lang::Ko), ko);
    }
}

#[test]
fn how_a_container_failed_is_told_in_the_readers_words() {
    for (reason, exit, lang, says) in [
        ("Error", Some(Exit::Code(1)), Lang::En, "Error, exit code 1"),
        ("Error", Some(Exit::Code(1)), Lang::Ko, "Error, 종료 코드 1"),
        ("Error", Some(Exit::Signal(9)), Lang::Ko, "Error, 시그널 9"),
        ("ErrImagePull", None, Lang::Ko, "ErrImagePull"),
        ("", None, Lang::En, ""),
    ] {
        let dot = ContainerDot {
            name: "main".into(),
            state: ContainerState::Failed,
            ready: false,
            reason: reason.into(),
            exit,
        };
        assert_eq!(why::container(&dot, lang), says);
    }
}
