//! How many pods, which ones, and what they look like.

use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::pod_facts::COMPLETION_INDEX;
use super::shape::{Shape, job, merge, pod, pods, sync};

#[test]
fn job_31_to_35_how_many_pods() {
    let running = |n: usize| {
        (0..n)
            .map(|n| pod(&format!("p{n}"), "Running"))
            .collect::<Vec<_>>()
    };
    let indexed = json!({"completionMode": "Indexed"});
    let rows = [
        (
            "JOB-32: up to parallelism",
            json!({}),
            json!({}),
            vec![],
            2,
            0,
        ),
        (
            "JOB-32: no more than what is left",
            json!({}),
            json!({"succeeded": 2}),
            vec![],
            1,
            0,
        ),
        (
            "JOB-32: parallelism 0",
            json!({"parallelism": 0}),
            json!({}),
            vec![],
            0,
            0,
        ),
        (
            "JOB-32: a parallelism that no API server of today lets in is none",
            json!({"completions": null, "parallelism": i32::MIN}),
            json!({}),
            running(1),
            0,
            1,
        ),
        (
            "JOB-32: nor does a count that nobody counted overflow",
            json!({"completions": i32::MAX}),
            json!({"succeeded": -1, "failed": -1}),
            vec![],
            2,
            0,
        ),
        (
            "JOB-31: a work queue starts with parallelism",
            json!({"completions": null}),
            json!({}),
            vec![],
            2,
            0,
        ),
        (
            "JOB-31: and gets no more after a success",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            running(1),
            0,
            0,
        ),
        (
            "JOB-34: the deficit",
            json!({}),
            json!({}),
            running(1),
            1,
            0,
        ),
        (
            "JOB-33: the surplus",
            json!({}),
            json!({}),
            running(5),
            0,
            3,
        ),
        (
            "JOB-34: a leaving pod is replaced at once",
            json!({}),
            json!({}),
            vec![
                pod("a", "Running"),
                pod("b", "Running").leaving().untracked(),
            ],
            1,
            0,
        ),
        (
            "JOB-34: with replacement Failed it is waited for",
            json!({"podReplacementPolicy": "Failed"}),
            json!({}),
            vec![pod("a", "Running"), pod("b", "Running").leaving()],
            0,
            0,
        ),
        (
            "JOB-34: with a failure policy it is waited for",
            json!({"podFailurePolicy": {"rules": []}}),
            json!({}),
            vec![pod("a", "Running"), pod("b", "Running").leaving()],
            0,
            0,
        ),
        (
            "JOB-33: at most 500 deletions in one sync",
            json!({"parallelism": 0}),
            json!({}),
            running(510),
            0,
            500,
        ),
        (
            "JOB-33: but all of them when it is suspended",
            json!({"suspend": true}),
            json!({}),
            running(510),
            0,
            510,
        ),
        (
            "JOB-24: at most 500 in one sync",
            json!({"parallelism": 900, "completions": 900}),
            json!({}),
            vec![],
            500,
            0,
        ),
        (
            "JOB-71: an index out of range goes",
            indexed.clone(),
            json!({}),
            vec![pod("a", "Running").index(7)],
            0,
            1,
        ),
        (
            "JOB-71: so does a pod without one",
            indexed.clone(),
            json!({}),
            vec![pod("a", "Running"), pod("b", "Running").index(0)],
            0,
            1,
        ),
        (
            "JOB-33: a duplicate index goes",
            indexed.clone(),
            json!({}),
            vec![pod("a", "Running").index(1), pod("b", "Pending").index(1)],
            0,
            1,
        ),
        (
            "JOB-90: suspended, nothing is made",
            json!({"suspend": true}),
            json!({}),
            vec![],
            0,
            0,
        ),
        (
            "JOB-91: suspended, all go",
            json!({"suspend": true}),
            json!({}),
            running(2),
            0,
            2,
        ),
    ];
    for (why, spec, status, seen, created, deleted) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        assert_eq!(
            (sync.created.len(), sync.deleted.len()),
            (created, deleted),
            "{why}"
        );
        assert!(
            deleted == 0 || sync.untracked_first,
            "{why}: the finalizer goes first"
        );
    }
}

#[test]
fn job_33_the_least_useful_goes_first() {
    let rows = [
        (
            "unscheduled before scheduled",
            pod("a", "Running").node(),
            pod("b", "Running"),
        ),
        (
            "Pending before Unknown",
            pod("a", "Unknown").node(),
            pod("b", "Pending").node(),
        ),
        (
            "Unknown before Running",
            pod("a", "Running").node(),
            pod("b", "Unknown").node(),
        ),
        (
            "newer first",
            pod("a", "Running").node(),
            pod("b", "Running").node().created(9),
        ),
        (
            "Pending before Running",
            pod("a", "Running").node(),
            pod("b", "Pending").node(),
        ),
        (
            "not ready before ready",
            pod("a", "Running").node().ready(0),
            pod("b", "Running").node(),
        ),
        (
            "ready more recently first",
            pod("a", "Running").node().ready(0),
            pod("b", "Running").node().ready(9),
        ),
        (
            "more restarts first",
            pod("a", "Running").node().restarts(1),
            pod("b", "Running").node().restarts(3),
        ),
        (
            "of the rest more restarts of sidecars",
            pod("a", "Running").node().restarts(1).sidecar_restarts(1),
            pod("b", "Running").node().restarts(1).sidecar_restarts(2),
        ),
        (
            "those of main containers come first",
            pod("a", "Running").node().restarts(1).sidecar_restarts(9),
            pod("b", "Running").node().restarts(2),
        ),
        (
            "those of other init containers do not count",
            pod("c", "Running").node().init_restarts(9),
            pod("b", "Running").node(),
        ),
    ];
    for (why, keep, go) in rows {
        let sync = sync(
            &job(json!({"parallelism": 1}), json!({})),
            &pods(vec![keep, go]),
            1,
        );
        assert_eq!(sync.deleted, ["b"], "{why}");
    }
}

#[test]
fn job_33_of_one_index_the_most_useful_stays() {
    let spec = json!({"completionMode": "Indexed", "parallelism": 3});
    let seen = pods(vec![
        pod("a", "Running").node().index(1),
        pod("b", "Running").node().ready(0).index(1),
        pod("c", "Pending").index(1),
        pod("d", "Pending").index(2),
    ]);
    assert_eq!(sync(&job(spec, json!({})), &seen, 1).deleted, ["c", "a"]);
}

#[test]
fn job_35_failed_indexes_and_those_that_are_waited_for_get_no_pod() {
    let indexes = |spec: Value, status: Value, seen: Vec<Value>| {
        let mut all = json!({"completionMode": "Indexed", "completions": 5, "parallelism": 3});
        merge(&mut all, spec);
        let sync = sync(&job(all, status), &pods(seen), 1);
        let made = sync.created.iter();
        made.map(|pod| pod.annotations()[COMPLETION_INDEX].clone())
            .collect::<Vec<_>>()
    };
    let done = |name: &str, index| pod(name, "Succeeded").index(index);
    let twice = vec![done("a", 0), done("b", 1), done("c", 1)];
    assert_eq!(indexes(json!({}), json!({}), twice), ["2", "3", "4"]);
    let many = json!({"completions": 20, "parallelism": 8});
    let mut seen: Vec<_> = [2, 4, 5, 7, 8, 9].map(|n| done(&format!("s{n}"), n)).into();
    seen.extend([pod("a", "Running").index(0), pod("b", "Pending").index(3)]);
    let free = ["1", "6", "10", "11", "12", "13"];
    assert_eq!(indexes(many, json!({}), seen), free);
    let long_ago = |name: &str, index| pod(name, "Failed").exit(1, -600).index(index);
    let again = vec![
        long_ago("a", 0),
        pod("b", "Pending").index(1),
        long_ago("c", 2),
    ];
    assert_eq!(indexes(json!({}), json!({}), again), ["0", "2"]);
    let failed = json!({"failedIndexes": "0-1"});
    let per_index = json!({"backoffLimitPerIndex": 1});
    assert_eq!(indexes(per_index, failed, vec![]), ["2", "3", "4"]);
    let leaving = || vec![pod("a", "Running").index(0).leaving()];
    let waits = json!({"podReplacementPolicy": "Failed"});
    assert_eq!(indexes(waits, json!({}), leaving()), ["1", "2"]);
    // it is a failure at once: none is made until the Job has waited for it (JOB-45)
    assert!(indexes(json!({}), json!({}), leaving()).is_empty());
}

#[test]
fn job_35_the_lowest_free_indexes_are_next() {
    let spec = json!({"completionMode": "Indexed", "completions": 9, "parallelism": 4});
    let status = json!({"completedIndexes": "0,2", "succeeded": 2});
    let sync = sync(
        &job(spec, status),
        &pods(vec![pod("a", "Running").index(3)]),
        1,
    );
    let indexes: Vec<_> = sync
        .created
        .iter()
        .map(|pod| pod.annotations()[COMPLETION_INDEX].clone())
        .collect();
    assert_eq!(indexes, ["1", "4", "5"]);
}

#[test]
fn job_20_names_leave_room_for_the_suffix() {
    let long = "j".repeat(62);
    let rows = [
        ("plain", "pi".to_owned(), "NonIndexed", "pi-".to_owned()),
        ("indexed", "pi".to_owned(), "Indexed", "pi-0-".to_owned()),
        (
            "indexed and cut",
            long.clone(),
            "Indexed",
            format!("{}-0-", "j".repeat(55)),
        ),
        (
            "indexed and just short enough",
            "j".repeat(55),
            "Indexed",
            format!("{}-0-", "j".repeat(55)),
        ),
        (
            "indexed and cut by a letter",
            "j".repeat(56),
            "Indexed",
            format!("{}-0-", "j".repeat(55)),
        ),
        (
            "plain is cut by the server",
            long.clone(),
            "NonIndexed",
            format!("{long}-"),
        ),
        (
            "the longest name there is, too",
            "j".repeat(253),
            "NonIndexed",
            format!("{}-", "j".repeat(253)),
        ),
    ];
    for (why, name, mode, want) in rows {
        let mut job = job(json!({"completionMode": mode}), json!({}));
        job.metadata.name = Some(name);
        let sync = sync(&job, &[], 1);
        assert_eq!(
            sync.created[0].metadata.generate_name.as_deref(),
            Some(want.as_str()),
            "{why}"
        );
    }
}

#[test]
fn job_21_22_a_pod_is_the_template_and_what_tracks_it() {
    let container = |name: &str, env: Value| json!({"name": name, "env": env});
    let own = json!([{"name": "JOB_COMPLETION_INDEX", "value": "mine"}]);
    let template = json!({
        "metadata": {"labels": {"app": "pi"}, "annotations": {"note": "kept"}, "finalizers": ["x/y"]},
        "spec": {
            "restartPolicy": "Never",
            "initContainers": [container("init", json!([]))],
            "containers": [container("main", json!([])), container("own", own.clone())],
        },
    });
    let spec = json!({"template": template, "completionMode": "Indexed", "parallelism": 1});
    let made = sync(&job(spec, json!({})), &[], 1).created.remove(0);
    assert_eq!(made.labels()["app"], "pi");
    assert_eq!(made.annotations()["note"], "kept");
    assert_eq!(
        made.finalizers(),
        ["x/y", "batch.kubernetes.io/job-tracking"]
    );
    let owner = &made.owner_references()[0];
    assert_eq!(
        (
            owner.api_version.as_str(),
            owner.kind.as_str(),
            owner.name.as_str(),
            owner.uid.as_str()
        ),
        ("batch/v1", "Job", "pi", "job")
    );
    assert_eq!(
        (owner.controller, owner.block_owner_deletion),
        (Some(true), Some(true))
    );
    assert_eq!(
        (
            &made.labels()[COMPLETION_INDEX],
            &made.annotations()[COMPLETION_INDEX]
        ),
        (&"0".to_owned(), &"0".to_owned())
    );
    let spec = made.spec.expect("it has a spec");
    assert_eq!(spec.hostname.as_deref(), Some("pi-0"));
    let field = json!([{"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {
        "fieldPath": "metadata.labels['batch.kubernetes.io/job-completion-index']",
    }}}]);
    let env = |env: &Option<Vec<_>>| serde_json::to_value(env).expect("a list");
    assert_eq!(env(&spec.init_containers.expect("one")[0].env), field);
    assert_eq!(env(&spec.containers[0].env), field);
    assert_eq!(env(&spec.containers[1].env), own, "one of its own stays");
    let tracked = json!({
        "metadata": {"finalizers": ["batch.kubernetes.io/job-tracking"]},
        "spec": {"restartPolicy": "Never", "containers": [container("main", json!([]))]},
    });
    let plain = json!({"template": tracked, "parallelism": 1});
    let made = sync(&job(plain, json!({})), &[], 1).created.remove(0);
    assert_eq!(
        made.finalizers(),
        ["batch.kubernetes.io/job-tracking"],
        "once, whatever the template says"
    );
    assert_eq!(made.metadata.labels, None, "JOB-22: no index is told of");
    let spec = made.spec.expect("it has a spec");
    assert_eq!(spec.hostname, None);
    assert!(spec.containers[0].env.iter().flatten().next().is_none());
}
