use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::body;
use crate::Kind;
use crate::testing::created;

const LARGE: &str = "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";

fn job(change: Value) -> Job {
    created(body(change))
}

fn sized(completions: i32, parallelism: i32) -> Value {
    json!({"spec": {"completionMode": "Indexed", "completions": completions, "parallelism": parallelism}})
}

#[test]
fn jobv_16_indexed_jobs_too_large_to_track() {
    assert_eq!(job(sized(100_001, 10_001)).warnings(None), [LARGE]);
    assert_eq!(job(sized(100_000, 10_001)).warnings(None), [""; 0]);
    assert_eq!(job(sized(100_001, 10_000)).warnings(None), [""; 0]);
    let plain = json!({"spec": {"completions": 100_001, "parallelism": 10_001}});
    assert_eq!(job(plain).warnings(None), [""; 0], "not Indexed");
}

/// JOBV-04: a name that is no label warns, as a CronJob's does.
#[test]
fn jobv_18_warnings_of_a_create_and_of_an_update() {
    let mut large = sized(100_001, 10_001);
    large["metadata"] = json!({"name": "a.b"});
    large["spec"]["template"] =
        json!({"spec": {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}});
    let mut job = job(large);
    job.metadata.generation = Some(1);
    let all = job.warnings(None);
    assert_eq!(
        all[..2],
        [
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
            LARGE
        ]
    );
    assert!(
        all[2].starts_with("spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated"),
        "{all:?}"
    );
    let mut updated = job.clone();
    assert_eq!(updated.warnings(Some(&job)), [""; 0], "nothing changed");
    updated.metadata.generation = Some(2);
    assert_eq!(
        updated.warnings(Some(&job)),
        all[1..],
        "the name has been told"
    );
}
