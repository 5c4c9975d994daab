//! Who did what, when and by which button: on the object itself, so that kubectl shows it too.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Dashboard;

/// Annotations of what the page did last to an object.
const BY: &str = "orrery.dev/changed-by";
const AT: &str = "orrery.dev/changed-at";
pub const WHY: &str = "orrery.dev/change-reason";

/// Whose hands the page is: the one person who can sign in.
pub const DASHBOARD: &str = "orrery-admin (dashboard)";

impl Dashboard {
    /// The annotations to add to what is changed: what was done, and why if a reason was given.
    pub fn mark(&self, did: &str) -> BTreeMap<String, String> {
        mark(self.clock.now(), &self.why(did))
    }

    /// What was done, and why.
    pub fn why(&self, did: &str) -> String {
        match self.reason.as_str() {
            "" => did.to_owned(),
            reason => format!("{did}: {reason}"),
        }
    }
}

/// The annotations to add.
pub fn mark(now: Timestamp, why: &str) -> BTreeMap<String, String> {
    // whole seconds, as the API writes its times
    let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    [(BY, DASHBOARD), (AT, at.as_str()), (WHY, why)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

/// Takes them off again, to compare what else is there.
pub fn unmark(annotations: &mut BTreeMap<String, String>) {
    for name in [BY, AT, WHY] {
        annotations.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::DaemonSet;
    use k8s_openapi::api::batch::v1::{CronJob, Job};
    use k8s_openapi::api::core::v1::Node;
    use kube::api::{ListParams, PostParams};
    use kube::{Api, ResourceExt};
    use orrery_app::action::Action;
    use orrery_app::api::perform;
    use orrery_app::overrides::Overrides;
    use orrery_view::{Kind, ObjectRef};
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::objects::api;
    use crate::backend::tests::{House, object};

    const REASON: &str = "the disk is full";

    fn pod() -> Value {
        json!({ "restartPolicy": "Never", "containers": [{ "name": "c", "image": "busybox" }] })
    }

    async fn objects(house: &House) {
        let node = json!({ "metadata": { "name": "node-1" } });
        let node: Node = serde_json::from_value(node).expect("a literal Node");
        let nodes: Api<Node> = Api::all(house.client.clone());
        let made = nodes.create(&PostParams::default(), &node).await;
        made.expect("created");
        let job = json!({ "spec": { "template": { "spec": pod() } } });
        let mut with = job.clone();
        with["metadata"] = json!({ "name": "pi" });
        house.create::<Job>(with).await;
        let spec = json!({ "schedule": "0 0 1 1 *", "jobTemplate": job });
        let backup = json!({ "metadata": { "name": "backup" }, "spec": spec });
        house.create::<CronJob>(backup).await;
        let labels = json!({ "app": "logs" });
        let template = json!({ "metadata": { "labels": labels }, "spec": { "containers": pod()["containers"] } });
        let spec = json!({ "selector": { "matchLabels": labels }, "template": template });
        let logs = json!({ "metadata": { "name": "logs" }, "spec": spec });
        house.create::<DaemonSet>(logs).await;
    }

    /// Each deed that is done at once, what it is called, and on which object where it makes none.
    fn deeds(token: &str, reason: &str) -> Vec<(Action, &'static str, ObjectRef)> {
        let (pi, backup, logs) = (
            object(Kind::Job, "pi"),
            object(Kind::CronJob, "backup"),
            object(Kind::DaemonSet, "logs"),
        );
        let node = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "node-1".into(),
        };
        let suspend = |object: &ObjectRef, suspend| Action::Suspend {
            object: object.clone(),
            suspend,
        };
        let pause = |pause| Action::Pause {
            daemonset: logs.clone(),
            pause,
        };
        let cordon = |cordon| Action::Cordon {
            node: node.clone(),
            cordon,
        };
        let trigger = Action::Trigger {
            cronjob: backup.clone(),
            token: token.into(),
        };
        // its form has a field for the reason
        let with = Action::TriggerWith {
            cronjob: backup.clone(),
            overrides: Overrides {
                name: format!("once-{token}"),
                reason: reason.into(),
                ..Overrides::default()
            },
            token: token.into(),
            dry_run: false,
        };
        let rerun = Action::Rerun {
            job: pi.clone(),
            token: token.into(),
        };
        let restart = Action::Restart {
            daemonset: logs.clone(),
        };
        vec![
            (trigger, "Trigger", backup.clone()),
            (with, "Trigger", backup.clone()),
            (rerun, "Run again", pi.clone()),
            (suspend(&backup, true), "Suspend", backup.clone()),
            (suspend(&backup, false), "Resume", backup.clone()),
            (suspend(&pi, true), "Suspend", pi.clone()),
            (suspend(&pi, false), "Resume", pi.clone()),
            (restart, "Restart", logs.clone()),
            (pause(true), "Pause", logs.clone()),
            (pause(false), "Resume", logs.clone()),
            (cordon(true), "Cordon", node.clone()),
            (cordon(false), "Uncordon", node.clone()),
        ]
    }

    /// By an exhaustive match, so that a new deed finds its way into the table.
    fn is_in_the_table(action: &Action) -> bool {
        match action {
            Action::Trigger { .. }
            | Action::TriggerWith { .. }
            | Action::Rerun { .. }
            | Action::Suspend { .. }
            | Action::Restart { .. }
            | Action::Pause { .. }
            | Action::Cordon { .. } => true,
            // an Event tells of it
            Action::Delete { .. } => false,
            // below
            Action::LoadExamples { .. } => false,
        }
    }

    async fn left(house: &House, on: &ObjectRef) -> [String; 3] {
        let now = api(&house.client, on).get(&on.name).await.expect("there");
        [BY, AT, WHY].map(|name| now.annotations().get(name).cloned().unwrap_or_default())
    }

    fn is_of_now(at: &str) -> bool {
        let at: Timestamp = at.parse().expect("a time");
        Timestamp::now().duration_since(at) < jiff::SignedDuration::from_mins(1)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_deed_leaves_who_when_and_why() {
        let house = House::new().await;
        objects(&house).await;
        for (token, reason) in [("a", ""), ("b", REASON)] {
            let because = house.backend.because(reason).expect("it leaves one");
            for (action, did, on) in deeds(token, reason) {
                assert!(is_in_the_table(&action));
                let done = perform(&*because, action.clone()).await.expect("done");
                let on = done.made.unwrap_or(on);
                let [by, at, why] = left(&house, &on).await;
                assert_eq!(by, DASHBOARD, "{action:?}");
                assert!(is_of_now(&at), "{action:?}: {at}");
                let wanted = match (&action, reason) {
                    (_, "") => did.to_owned(),
                    (Action::TriggerWith { .. }, reason) => reason.to_owned(),
                    (_, reason) => format!("{did}: {reason}"),
                };
                assert_eq!(why, wanted, "{action:?}");
            }
        }
        house.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_example_says_who_loaded_it() {
        let house = House::new().await;
        let namespace = "default".to_owned();
        let action = Action::LoadExamples {
            namespace,
            page: String::new(),
        };
        let done = perform(&*house.backend, action).await.expect("done");
        assert_eq!(done.count, 6);
        for kind in [Kind::CronJob, Kind::Job, Kind::DaemonSet] {
            let all = api(&house.client, &object(kind, ""));
            let all = all.list(&ListParams::default()).await.expect("listed");
            let ours = all.iter().filter(|each| each.owner_references().is_empty());
            for each in ours {
                let [by, at, why] = [BY, AT, WHY].map(|name| each.annotations()[name].clone());
                assert_eq!(
                    (by.as_str(), why.as_str()),
                    (DASHBOARD, "Load the examples")
                );
                assert!(is_of_now(&at), "{at}");
            }
        }
        house.stop().await;
    }
}
