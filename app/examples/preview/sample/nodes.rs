//! What can be done to the nodes of a made-up cluster, and to the pods there.

use async_trait::async_trait;
use orrery_app::action::Done;
use orrery_app::backend::{AppError, Machines};
use orrery_app::forms::drain::{Consent, Fate, Leaving};
use orrery_app::forms::evict::{After, Evicting};
use orrery_app::forms::marks::{Changes, Marks};
use orrery_view::{Kind, ObjectRef};

use super::Sample;

#[async_trait]
impl Machines for Sample {
    async fn next(&self) -> Result<Option<(ObjectRef, String)>, AppError> {
        let node = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "node-4".into(),
        };
        // an empty cluster has no room for more, so that this can be looked at, too
        Ok((!self.empty).then(|| (node, "127.0.1.4".into())))
    }
    async fn add(&self, _node: ObjectRef) -> Result<(), AppError> {
        Ok(())
    }
    async fn remove(&self, _node: ObjectRef) -> Result<(), AppError> {
        Ok(())
    }
    async fn fail(&self, _node: ObjectRef) -> Result<(), AppError> {
        Ok(())
    }
    async fn recover(&self, _node: ObjectRef) -> Result<(), AppError> {
        Ok(())
    }
}

pub fn drain(node: &ObjectRef, consent: Consent, dry_run: bool) -> Vec<Leaving> {
    let fates = [
        ("pi-1", Fate::Evicted),
        ("logs-x", Fate::OfDaemonSet),
        (
            "by-hand",
            match consent.unmanaged {
                true => Fate::Evicted,
                false => Fate::Needs(Consent {
                    unmanaged: true,
                    local_data: false,
                }),
            },
        ),
        (
            "held",
            match dry_run || node.name == "node-1" {
                true => Fate::Refused("The disruption budget one needs 1 healthy pods".into()),
                false => Fate::Evicted,
            },
        ),
    ];
    let leaving = fates.map(|(name, fate)| Leaving {
        pod: ObjectRef {
            kind: Kind::Pod,
            namespace: "data".into(),
            name: name.into(),
        },
        fate,
    });
    leaving.into()
}

pub fn evict(pod: &ObjectRef) -> Evicting {
    let owned = |kind: &str| After::Another {
        kind: kind.into(),
        name: "pi".into(),
    };
    let (after, fate) = match pod.name.as_str() {
        "logs-x" => (owned("DaemonSet"), Fate::Evicted),
        "by-hand" => (After::Nothing, Fate::Evicted),
        "static" => (After::Nothing, Fate::OfNode),
        "held" => (
            owned("ReplicaSet"),
            Fate::Refused("The disruption budget one needs 1 healthy pods".into()),
        ),
        _ => (owned("Job"), Fate::Evicted),
    };
    Evicting {
        after,
        local_data: pod.name == "by-hand",
        fate,
    }
}

pub fn marks(node: ObjectRef) -> Marks {
    let taint = ("gpu".into(), "NoSchedule".into());
    Marks {
        labels: [("kubernetes.io/hostname".into(), node.name)].into(),
        taints: [(taint, "yes".into())].into(),
    }
}

pub fn set_marks(changes: &Changes) -> Result<Done, AppError> {
    match changes.labels.contains_key("no spaces") {
        true => Err(AppError::Refused {
            message: "metadata.labels: Invalid value: \"no spaces\"".into(),
        }),
        false => Ok(Done {
            diff: " labels:\n+  disk: ssd\n".into(),
            ..Done::default()
        }),
    }
}
