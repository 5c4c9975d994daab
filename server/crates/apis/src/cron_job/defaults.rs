//! Defaults of a CronJob (CJV-01).

use k8s_openapi::api::batch::v1::CronJob;

use crate::job_template::default_policy;
use crate::pod_template::defaults::default_pod_template;

const SUCCESSFUL_KEPT: i32 = 3;
const FAILED_KEPT: i32 = 1;

pub(super) fn default_cron_job(cron_job: &mut CronJob) {
    let spec = &mut cron_job.spec;
    if spec.concurrency_policy.as_deref().is_none_or(str::is_empty) {
        spec.concurrency_policy = Some("Allow".to_owned());
    }
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit
        .get_or_insert(SUCCESSFUL_KEPT);
    spec.failed_jobs_history_limit.get_or_insert(FAILED_KEPT);
    spec.job_template.metadata.get_or_insert_default();
    // a Job's own defaults appear only on the Jobs made from the template
    let job = spec.job_template.spec.get_or_insert_default();
    default_pod_template(&mut job.template);
    default_policy(job);
    cron_job.status.get_or_insert_default();
}
