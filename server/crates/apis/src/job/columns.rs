//! The table of Jobs (PR-11).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;

use crate::conditions::job_has;
use crate::human_duration::human_duration;
use crate::print::{
    age, age_cell, cell, containers, label_selector_text, name, string_column, wide,
};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    name(),
    string_column("Status", "Status of the job."),
    string_column(
        "Completions",
        "The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.",
    ),
    string_column("Duration", "Time required to complete the job."),
    age(),
    wide("Containers", "Names of each container in the template."),
    wide(
        "Images",
        "Images referenced by each container in the template.",
    ),
    wide(
        "Selector",
        "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

pub(super) fn print(job: &Job, now: Timestamp) -> Printed {
    let template = job
        .spec
        .as_ref()
        .and_then(|spec| spec.template.spec.as_ref());
    let [names, images] = containers(
        template
            .map(|spec| spec.containers.as_slice())
            .unwrap_or_default(),
    );
    let selector = job.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    Printed {
        cells: vec![
            cell(job.metadata.name.clone().unwrap_or_default()),
            cell(status_word(job)),
            cell(completions(job)),
            cell(duration(job, now)),
            age_cell(&job.metadata, now),
            names,
            images,
            cell(label_selector_text(selector)),
        ],
        conditions: Vec::new(),
    }
}

fn status_word(job: &Job) -> &'static str {
    if job_has(job, "Complete") {
        "Complete"
    } else if job_has(job, "Failed") {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if job_has(job, "Suspended") {
        "Suspended"
    } else if job_has(job, "FailureTarget") {
        "FailureTarget"
    } else if job_has(job, "SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(job: &Job) -> String {
    let succeeded = job
        .status
        .as_ref()
        .and_then(|status| status.succeeded)
        .unwrap_or_default();
    let spec = job.spec.as_ref();
    let parallelism = spec.and_then(|spec| spec.parallelism).unwrap_or_default();
    match spec.and_then(|spec| spec.completions) {
        Some(completions) => format!("{succeeded}/{completions}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    }
}

fn duration(job: &Job, now: Timestamp) -> String {
    let status = job.status.as_ref();
    let start = status.and_then(|status| status.start_time.as_ref());
    let end = status
        .and_then(|status| status.completion_time.as_ref())
        .map_or(now, |time| time.0);
    start.map_or_else(String::new, |start| {
        human_duration(end.duration_since(start.0))
    })
}
