use orrery_view::Kind;

use super::*;

fn object(kind: Kind) -> ObjectRef {
    ObjectRef {
        kind,
        namespace: "data".into(),
        name: "backup".into(),
    }
}

/// The page writes by hand what the server reads by serde.
#[test]
fn each_deed_is_read_as_it_was_written() {
    let token = String::from("a\"\\\n 한");
    for action in [
        Action::Trigger {
            cronjob: object(Kind::CronJob),
            token: token.clone(),
        },
        Action::TriggerWith {
            cronjob: object(Kind::CronJob),
            overrides: Overrides {
                name: "n".into(),
                reason: token.clone(),
                env: "A=1".into(),
                args: "--all".into(),
                image: "i".into(),
                parallelism: "2".into(),
                deadline: "60".into(),
            },
            token: token.clone(),
            dry_run: true,
        },
        Action::Rerun {
            job: object(Kind::Job),
            token: token.clone(),
        },
        Action::Suspend {
            object: object(Kind::DaemonSet),
            suspend: true,
        },
        Action::Delete {
            object: object(Kind::Pod),
            cascade: Cascade::Background,
        },
        Action::Delete {
            object: object(Kind::Event),
            cascade: Cascade::Foreground,
        },
        Action::Delete {
            object: object(Kind::Job),
            cascade: Cascade::Orphan,
        },
        Action::Restart {
            daemonset: object(Kind::DaemonSet),
        },
        Action::Pause {
            daemonset: object(Kind::DaemonSet),
            pause: true,
        },
        Action::Cordon {
            node: object(Kind::Node),
            cordon: false,
        },
        Action::LoadExamples {
            namespace: token,
            page: String::new(),
        },
    ] {
        let written: serde_json::Value =
            serde_json::from_str(&action.json("")).expect("it is JSON");
        let read: Action =
            serde_json::from_value(written["action"].clone()).expect("it is an action");
        assert_eq!(read, action);
    }
}

#[test]
fn each_deed_knows_on_what_it_is_done() {
    let job = object(Kind::Job);
    let token = String::from("t");
    let rerun = Action::Rerun {
        job: job.clone(),
        token,
    };
    assert_eq!(rerun.on(), ("rerun", Some(&job)));
    let delete = Action::Delete {
        object: job.clone(),
        cascade: Cascade::Orphan,
    };
    assert_eq!(delete.on(), ("delete", Some(&job)));
}

#[test]
fn what_can_be_taken_back_says_how() {
    let suspend = Action::Suspend {
        object: object(Kind::CronJob),
        suspend: true,
    };
    let undo = suspend.undo().expect("it can");
    let undo: crate::cell::Deed = serde_json::from_str(&undo).expect("a deed");
    assert_eq!(
        undo,
        crate::cell::Deed::Suspend(object(Kind::CronJob), false)
    );
    let cordon = Action::Cordon {
        node: object(Kind::Node),
        cordon: false,
    };
    let undo = cordon.undo().expect("it can");
    let undo: crate::cell::Deed = serde_json::from_str(&undo).expect("a deed");
    assert_eq!(undo, crate::cell::Deed::Cordon(object(Kind::Node), true));
    let delete = Action::Delete {
        object: object(Kind::Job),
        cascade: Cascade::Background,
    };
    assert_eq!(delete.undo(), None);
}

fn with(overrides: Overrides) -> Action {
    Action::TriggerWith {
        cronjob: object(Kind::CronJob),
        overrides,
        token: "t".into(),
        dry_run: false,
    }
}

#[test]
fn each_deed_has_its_command() {
    let token = String::from("t");
    for (action, command) in [
        (
            Action::Trigger {
                cronjob: object(Kind::CronJob),
                token,
            },
            "kubectl create job backup-manual --from=cronjob/backup -n data",
        ),
        (
            with(Overrides::default()),
            "kubectl create job backup-manual --from=cronjob/backup -n data",
        ),
        (
            with(Overrides {
                name: "once".into(),
                args: "it's\n--all".into(),
                parallelism: "2".into(),
                ..Overrides::default()
            }),
            r#"kubectl create job once --from=cronjob/backup -n data --dry-run=client -o json | jq '.spec.template.spec.containers[0].args=["it'\''s","--all"] | .spec.parallelism=2' | kubectl create -f -"#,
        ),
        (
            with(Overrides {
                env: "A".into(),
                ..Overrides::default()
            }),
            "# env: line 1 is “A”, not KEY=value.",
        ),
        (
            Action::Suspend {
                object: object(Kind::Job),
                suspend: true,
            },
            "kubectl patch job backup -n data -p '{\"spec\":{\"suspend\":true}}'",
        ),
        (
            Action::Delete {
                object: object(Kind::Pod),
                cascade: Cascade::Background,
            },
            "kubectl delete pod backup -n data",
        ),
        (
            Action::Delete {
                object: object(Kind::CronJob),
                cascade: Cascade::Orphan,
            },
            "kubectl delete cronjob backup -n data --cascade=orphan",
        ),
        (
            Action::Restart {
                daemonset: object(Kind::DaemonSet),
            },
            "kubectl rollout restart daemonset backup -n data",
        ),
        (
            Action::Pause {
                daemonset: object(Kind::DaemonSet),
                pause: true,
            },
            r#"kubectl patch daemonset backup -n data -p '{"spec":{"updateStrategy":{"type":"OnDelete"}}}'"#,
        ),
        (
            Action::Cordon {
                node: object(Kind::Node),
                cordon: true,
            },
            "kubectl cordon backup",
        ),
        (
            Action::LoadExamples {
                namespace: "data".into(),
                page: "http://127.0.0.1:8080".into(),
            },
            "kubectl create -n data -f http://127.0.0.1:8080/examples.yaml",
        ),
    ] {
        assert_eq!(action.kubectl(None), command);
    }
}
