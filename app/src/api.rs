//! The server functions. Each is a public endpoint: the server's layers check who calls and from where, the
//! cluster checks what is asked.

use leptos::prelude::*;
use leptos::server_fn::codec::{Json, JsonEncoding};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
#[cfg(feature = "ssr")]
use orrery_view::{Kind, is_name};

use crate::action::{Action, Done};
use crate::backend::AppError;

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// For a person the server is away, whatever goes wrong on the way to it; but for what it cannot read.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(why)
            | ServerFnErrorErr::MissingArg(why)
            | ServerFnErrorErr::Deserialization(why) => Self::Refused {
                message: format!("the request cannot be read: {why}"),
            },
            error => Self::Away {
                message: error.to_string(),
            },
        }
    }
}

/// Does one deed.
#[server(prefix = "/api", endpoint = "act", input = Json, output = Json)]
pub async fn act(
    action: Action,
    /// Why, in the person's words.
    reason: Option<String>,
) -> Result<Done, AppError> {
    let backend = expect_context::<std::sync::Arc<dyn crate::backend::Backend>>();
    let reason = reason.unwrap_or_default();
    let because = reasoned(&*backend, &reason);
    perform(because.as_deref().unwrap_or(&*backend), action).await
}

/// The backend that leaves a reason, if one was given.
#[cfg(feature = "ssr")]
pub fn reasoned(
    backend: &dyn crate::backend::Backend,
    reason: &str,
) -> Option<Box<dyn crate::backend::Backend>> {
    let reason = reason.trim();
    (!reason.is_empty())
        .then(|| backend.because(reason))
        .flatten()
}

/// The one way from a deed to the cluster.
#[cfg(feature = "ssr")]
pub async fn perform(
    backend: &dyn crate::backend::Backend,
    action: Action,
) -> Result<Done, AppError> {
    if !fits(&action) {
        return Err(AppError::Refused {
            message: "no such object can have this done to it".into(),
        });
    }
    let made = |object| Done {
        made: Some(object),
        count: 1,
        ..Done::default()
    };
    Ok(match action {
        Action::Trigger { cronjob, token } => made(backend.trigger(cronjob, token).await?),
        Action::TriggerWith {
            cronjob,
            overrides,
            token,
            dry_run,
        } => {
            backend
                .trigger_with(cronjob, overrides, token, dry_run)
                .await?
        }
        Action::Rerun { job, token } => made(backend.rerun(job, token).await?),
        Action::Suspend { object, suspend } => {
            backend.suspend(object, suspend).await?;
            Done::default()
        }
        Action::Delete { object, cascade } => {
            backend.delete(object, cascade).await?;
            Done::default()
        }
        Action::Restart { daemonset } => {
            backend.restart(daemonset).await?;
            Done::default()
        }
        Action::Pause { daemonset, pause } => {
            backend.pause(daemonset, pause).await?;
            Done::default()
        }
        Action::Cordon { node, cordon } => {
            backend.cordon(node, cordon).await?;
            Done::default()
        }
        Action::LoadExamples { namespace, .. } => Done {
            count: backend.load_examples(namespace).await?,
            ..Done::default()
        },
    })
}

/// Whether there can be such an object, and it is of a kind that this is done to.
#[cfg(feature = "ssr")]
fn fits(action: &Action) -> bool {
    let (object, kinds): (_, &[Kind]) = match action {
        Action::Trigger { cronjob, .. } | Action::TriggerWith { cronjob, .. } => {
            (cronjob, &[Kind::CronJob])
        }
        Action::Rerun { job, .. } => (job, &[Kind::Job]),
        Action::Suspend { object, .. } => (object, &[Kind::CronJob, Kind::Job]),
        Action::Delete { object, .. } => (
            object,
            &[Kind::CronJob, Kind::Job, Kind::DaemonSet, Kind::Pod],
        ),
        Action::Restart { daemonset } | Action::Pause { daemonset, .. } => {
            (daemonset, &[Kind::DaemonSet])
        }
        Action::Cordon { node, .. } => (node, &[Kind::Node]),
        Action::LoadExamples { namespace, .. } => return is_name(namespace),
    };
    kinds.contains(&object.kind) && object.can_exist()
}
