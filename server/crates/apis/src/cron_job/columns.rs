//! The table of CronJobs (PR-10).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use serde_json::json;

use crate::print::{
    age, age_cell, age_text, cell, column, containers, integer, label_selector_text, name,
    string_column, wide,
};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Schedule",
        "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.",
    ),
    string_column(
        "Timezone",
        "The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
    ),
    column(
        "Suspend",
        "boolean",
        "This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.",
    ),
    integer("Active", "A list of pointers to currently running jobs."),
    string_column(
        "Last Schedule",
        "Information when was the last time the job was successfully scheduled.",
    ),
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

pub(super) fn print(cron_job: &CronJob, now: Timestamp) -> Printed {
    let (spec, status) = (&cron_job.spec, cron_job.status.as_ref());
    let job = spec.job_template.spec.as_ref();
    let pod = job.and_then(|job| job.template.spec.as_ref());
    let [names, images] = containers(pod.map(|pod| pod.containers.as_slice()).unwrap_or_default());
    let suspend = match spec.suspend {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    };
    let active = status
        .and_then(|status| status.active.as_ref())
        .map_or(0, Vec::len);
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    Printed {
        cells: vec![
            cell(cron_job.metadata.name.clone().unwrap_or_default()),
            cell(spec.schedule.clone()),
            cell(
                spec.time_zone
                    .clone()
                    .unwrap_or_else(|| "<none>".to_owned()),
            ),
            cell(suspend),
            json!(active),
            cell(last.map_or_else(|| "<none>".to_owned(), |last| age_text(Some(last), now))),
            age_cell(&cron_job.metadata, now),
            names,
            images,
            cell(label_selector_text(
                job.and_then(|job| job.selector.as_ref()),
            )),
        ],
        conditions: Vec::new(),
    }
}
