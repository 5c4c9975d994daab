use std::sync::Arc;

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube::ResourceExt;
use orrery_apis::pod_template::defaults::default_pod_template;
use serde_json::{Value, json};

use super::super::history::{expendable, new_revision, revision_data, revision_hash, sort_out};
use super::super::spec::Spec;
use super::scene::{a_pod, daemonset, leaving, phase, pod, with};

fn revision(name: &str, number: i64, data: Value) -> Arc<ControllerRevision> {
    let labels = json!({"controller-revision-hash": name});
    let revision =
        json!({"metadata": {"name": name, "labels": labels}, "data": data, "revision": number});
    Arc::new(serde_json::from_value(revision).expect("a literal ControllerRevision"))
}

fn names<'a>(revisions: impl IntoIterator<Item = &'a ControllerRevision>) -> Vec<String> {
    revisions.into_iter().map(ResourceExt::name_any).collect()
}

#[test]
fn ds_41_hashes_are_short_stable_and_differ() {
    let hash = revision_hash("{}", None);
    assert_eq!(hash, revision_hash("{}", None), "the same each time");
    assert!(hash.len() <= 10, "ten digits at most: {hash}");
    assert!(
        hash.bytes()
            .all(|letter| orrery_clock::NAME_ALPHABET.contains(&letter)),
        "{hash}"
    );
    assert_ne!(hash, revision_hash("{ }", None), "another template");
    assert_ne!(hash, revision_hash("{}", Some(0)), "a collision count");
    assert_ne!(
        revision_hash("{}", Some(0)),
        revision_hash("{}", Some(1)),
        "another count"
    );
    // FNV-1a of "a" is 0xe40c292c, 3826002220 in decimal.
    assert_eq!(
        revision_hash("a", None),
        "7d6b446664",
        "digits become letters"
    );
}

#[test]
fn ds_48_data_is_what_gos_typed_encoder_writes() {
    let mut template: PodTemplateSpec = serde_json::from_value(json!({
        "metadata": {"labels": {"prefix": "", "app": "logs"}, "annotations": {}},
        "spec": {
            "containers": [{
                "name": "main", "image": "busybox:1.36", "args": [],
                "tty": false, "workingDir": "",
                "env": [{"name": "Z", "value": "1"}, {"name": "A", "value": ""}],
                "ports": [{"containerPort": 80, "name": ""}],
                "livenessProbe": {"httpGet": {"port": 80, "host": ""}},
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            }],
            "nodeSelector": {},
            "tolerations": [{"key": "a", "operator": "Exists", "value": ""}],
            "dnsConfig": {"options": [{"value": "", "name": "debug"}]},
            "volumes": [
                {"name": "tmp", "emptyDir": {}},
                {"name": "share", "nfs": {"server": "s", "path": "/p", "readOnly": false}},
                {"name": "disk", "csi": {"driver": "d", "readOnly": false}},
                {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "p", "audience": ""}}]}},
            ],
        },
    }))
    .expect("a literal template");
    default_pod_template(&mut template);
    let want = concat!(
        r#"{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"logs","prefix":""}},"spec":{"#,
        r#""containers":[{"env":[{"name":"Z","value":"1"},{"name":"A"}],"image":"busybox:1.36","#,
        r#""imagePullPolicy":"IfNotPresent","livenessProbe":{"failureThreshold":3,"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"#,
        r#""periodSeconds":10,"successThreshold":1,"timeoutSeconds":1},"name":"main","#,
        r#""ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{},"#,
        r#""terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","#,
        r#""volumeMounts":[{"mountPath":"/tmp","name":"tmp"}]}],"#,
        r#""dnsConfig":{"options":[{"name":"debug","value":""}]},"#,
        r#""dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","#,
        r#""securityContext":{},"terminationGracePeriodSeconds":30,"#,
        r#""tolerations":[{"key":"a","operator":"Exists"}],"#,
        r#""volumes":[{"emptyDir":{},"name":"tmp"},{"name":"share","nfs":{"path":"/p","server":"s"}},"#,
        r#"{"csi":{"driver":"d","readOnly":false},"name":"disk"},"#,
        r#"{"name":"token","projected":{"defaultMode":420,"sources":[{"serviceAccountToken":{"expirationSeconds":3600,"path":"p"}}]}}]}}}}"#,
    );
    assert_eq!(revision_data(&template).to_string(), want);
    let empty = revision_data(&PodTemplateSpec::default()).to_string();
    assert_eq!(
        empty, r#"{"spec":{"template":{"$patch":"replace","metadata":{},"spec":{}}}}"#,
        "structs are there"
    );
}

#[test]
fn ds_40_a_revision_as_it_is_created() {
    let daemonset = daemonset(json!({"status": {"collisionCount": 1}}));
    let spec = Spec::of(&daemonset).expect("it has a spec");
    let data = revision_data(&spec.spec.template);
    let made = new_revision(spec, &data, 3);
    let hash = revision_hash(&data.to_string(), Some(1));
    assert_eq!(made.name_any(), format!("logs-{hash}"));
    assert_eq!(made.revision, 3);
    assert_eq!(made.data.map(|data| data.0), Some(data));
    let labels = serde_json::to_value(&made.metadata.labels).expect("labels");
    assert_eq!(
        labels,
        json!({"app": "logs", "controller-revision-hash": hash})
    );
    assert_eq!(made.metadata.annotations, daemonset.metadata.annotations);
    let owner = made.metadata.owner_references.expect("an owner").remove(0);
    assert_eq!(
        (owner.kind.as_str(), owner.uid.as_str(), owner.controller),
        ("DaemonSet", "ds", Some(true))
    );
}

#[test]
fn ds_42_43_revisions_of_the_current_template() {
    let (current, other) = (json!({"spec": 1}), json!({"spec": 2}));
    let rows = [
        (
            "DS-40 none: the first is 1",
            vec![],
            None,
            vec![],
            vec![],
            1,
        ),
        (
            "DS-40 none: the next number",
            vec![revision("o", 4, other.clone())],
            None,
            vec![],
            vec!["o"],
            5,
        ),
        (
            "one",
            vec![
                revision("c", 2, current.clone()),
                revision("o", 1, other.clone()),
            ],
            Some("c"),
            vec![],
            vec!["o"],
            2,
        ),
        (
            "DS-42 a template that came back is to be raised",
            vec![
                revision("c", 1, current.clone()),
                revision("o", 2, other.clone()),
            ],
            Some("c"),
            vec![],
            vec!["o"],
            3,
        ),
        (
            "DS-43 the highest of several is kept",
            vec![
                revision("c2", 3, current.clone()),
                revision("c1", 2, current.clone()),
                revision("o", 1, other),
            ],
            Some("c2"),
            vec!["c1"],
            vec!["o"],
            2,
        ),
    ];
    for (why, revisions, kept, duplicates, old, number) in rows {
        let sorted = sort_out(&current, revisions);
        assert_eq!(
            sorted.current.map(|current| current.name_any()).as_deref(),
            kept,
            "{why}"
        );
        assert_eq!(
            names(sorted.duplicates.iter().map(Arc::as_ref)),
            duplicates,
            "{why}"
        );
        assert_eq!(names(sorted.old.iter().map(Arc::as_ref)), old, "{why}");
        assert_eq!(sorted.number, number, "{why}");
    }
}

#[test]
fn ds_45_old_revisions_are_kept_to_a_limit() {
    let old: Vec<_> = (1..=4)
        .map(|n| revision(&format!("r{n}"), n, json!({})))
        .collect();
    let ended = with(with(pod("p", "a", "r1"), leaving()), phase("Failed"));
    let rows = [
        ("within the limit", vec![], 4, vec![]),
        ("the lowest go", vec![], 2, vec!["r1", "r2"]),
        (
            "not one that a pod carries: the next in its place",
            vec![pod("p", "a", "r1")],
            2,
            vec!["r2", "r3"],
        ),
        (
            "not even a pod that has ended and is going",
            vec![ended],
            3,
            vec!["r2"],
        ),
        (
            "none kept",
            vec![pod("p", "a", "r4")],
            0,
            vec!["r1", "r2", "r3"],
        ),
    ];
    for (why, pods, kept, gone) in rows {
        let pods: Vec<_> = pods.into_iter().map(|pod| Arc::new(a_pod(pod))).collect();
        assert_eq!(names(expendable(&old, &pods, kept)), gone, "{why}");
    }
}
