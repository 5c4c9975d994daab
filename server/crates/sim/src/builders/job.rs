//! Jobs.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::Build;
use super::script::Template;

/// A Job in words.
pub struct JobBuilder {
    metadata: Value,
    spec: Value,
    template: Template,
}

/// One pod that runs for a second.
pub fn job(name: &str) -> JobBuilder {
    JobBuilder {
        metadata: json!({"name": name}),
        spec: json!({}),
        template: Template::new("Never"),
    }
}

/// What `kubectl create job NAME --from=cronjob/X` writes (CJ-61).
pub fn manual_job(name: &str, of: &CronJob) -> Job {
    let template = of.spec.job_template.clone();
    let owner = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "name": of.name_any(), "uid": of.uid(),
        "controller": true,
    });
    let job = json!({
        "metadata": {
            "name": name, "ownerReferences": [owner],
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
        },
        "spec": template.spec,
    });
    serde_json::from_value(job).expect("a literal and a Job's own spec")
}

impl JobBuilder {
    /// Any field of the spec.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.spec[field] = value;
        self
    }

    fn plays(mut self, key: &str, value: impl ToString) -> Self {
        self.template.set(key, value);
        self
    }

    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.metadata["namespace"] = json!(namespace);
        self
    }

    #[must_use]
    pub fn completions(self, count: i32) -> Self {
        self.with("completions", json!(count))
    }

    #[must_use]
    pub fn parallelism(self, count: i32) -> Self {
        self.with("parallelism", json!(count))
    }

    #[must_use]
    pub fn indexed(self) -> Self {
        self.with("completionMode", json!("Indexed"))
    }

    #[must_use]
    pub fn suspended(self) -> Self {
        self.with("suspend", json!(true))
    }

    #[must_use]
    pub fn backoff_limit(self, count: i32) -> Self {
        self.with("backoffLimit", json!(count))
    }

    #[must_use]
    pub fn active_deadline_secs(self, secs: i64) -> Self {
        self.with("activeDeadlineSeconds", json!(secs))
    }

    #[must_use]
    pub fn ttl_secs(self, secs: i32) -> Self {
        self.with("ttlSecondsAfterFinished", json!(secs))
    }

    /// How long each container runs.
    #[must_use]
    pub fn runs_for(self, secs: u64) -> Self {
        self.plays("run-seconds", secs)
    }

    #[must_use]
    pub fn runs_forever(self) -> Self {
        self.plays("run-seconds", "forever")
    }

    #[must_use]
    pub fn exits_with(self, code: i32) -> Self {
        self.plays("exit-code", code)
    }

    /// Its containers end as those that the kernel kills for their memory.
    #[must_use]
    pub fn runs_out_of_memory(self) -> Self {
        self.plays("out-of-memory", "true")
    }

    /// How long a pod takes to start.
    #[must_use]
    pub fn starts_in(self, secs: u64) -> Self {
        self.plays("start-seconds", secs)
    }

    /// The first `count` attempts to start a container are refused.
    #[must_use]
    pub fn refuses_starts(self, count: u32) -> Self {
        self.plays("refuse-starts", count)
    }

    /// Restarts containers in place; the first `count` starts of each fail.
    #[must_use]
    pub fn restarts_after(mut self, count: u32) -> Self {
        self.template.0["spec"]["restartPolicy"] = json!("OnFailure");
        self.plays("fail-first", count)
    }

    /// Ends only when it is killed.
    #[must_use]
    pub fn ignores_sigterm(mut self, grace_secs: i64) -> Self {
        self.template.0["spec"]["terminationGracePeriodSeconds"] = json!(grace_secs);
        self.plays("ignore-sigterm", "true")
    }

    pub(super) fn into_spec(mut self) -> Value {
        self.spec["template"] = self.template.0;
        self.spec
    }
}

impl Build for JobBuilder {
    type Object = Job;

    fn build(self) -> Job {
        let job = json!({"metadata": self.metadata.clone(), "spec": self.into_spec()});
        serde_json::from_value(job).expect("builders write Jobs")
    }
}

impl Build for Job {
    type Object = Job;

    fn build(self) -> Job {
        self
    }
}
