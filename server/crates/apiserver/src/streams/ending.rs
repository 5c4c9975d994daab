//! What the error channel says at the end of a session, in upstream's words.

use bytes::Bytes;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Status, StatusCause, StatusDetails};

use crate::go_json;
use crate::go_types;
use crate::nodes::SessionError;
use crate::problem::Problem;
use crate::status;

/// A Status for clients that read one, a text for older ones.
pub struct Ending(Status);

impl Ending {
    /// Of a command that ended with this code; `None` when its pod ended first.
    pub fn of_exit(code: Option<i32>) -> Self {
        match code {
            Some(0) => Self(status::success(200, None)),
            Some(code) => Self(exit_code(code)),
            None => Self::internal("the pod ended before the command did".to_owned()),
        }
    }

    /// Of a session that could not be opened.
    pub fn of_error(error: SessionError) -> Self {
        Self::internal(match error {
            SessionError::NotRunning { container } => {
                format!("unable to upgrade connection: container not found ({container:?})")
            }
            SessionError::CannotRun { message } => {
                format!("error executing command in container: {message}")
            }
            SessionError::Unreachable { node, reason } => {
                format!("node {node:?} cannot be asked: {reason}")
            }
        })
    }

    fn internal(message: String) -> Self {
        Self(Problem::Internal(message).status())
    }

    pub fn json(&self) -> Bytes {
        go_types::ordered(&go_json::to_vec(&self.0)).into()
    }

    /// Empty for success.
    pub fn text(self) -> Bytes {
        self.0.message.unwrap_or_default().into()
    }
}

fn exit_code(code: i32) -> Status {
    let cause = StatusCause {
        reason: Some("ExitCode".to_owned()),
        message: Some(code.to_string()),
        field: None,
    };
    Status {
        status: Some("Failure".to_owned()),
        reason: Some("NonZeroExitCode".to_owned()),
        message: Some(format!(
            "command terminated with non-zero exit code: command terminated with exit code {code}"
        )),
        details: Some(StatusDetails {
            causes: Some(vec![cause]),
            ..StatusDetails::default()
        }),
        ..Status::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_24_an_exit_code_travels_as_a_cause() {
        let json = |ending: Ending| -> serde_json::Value {
            serde_json::from_slice(&ending.json()).expect("it is JSON")
        };
        assert_eq!(
            json(Ending::of_exit(Some(3))),
            serde_json::json!({
                "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
                "reason": "NonZeroExitCode",
                "message": "command terminated with non-zero exit code: command terminated with exit code 3",
                "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
            })
        );
        assert_eq!(json(Ending::of_exit(Some(0)))["status"], "Success");
        let container = "app".to_owned();
        let gone = json(Ending::of_error(SessionError::NotRunning { container }));
        assert_eq!(
            gone["message"],
            "Internal error occurred: unable to upgrade connection: container not found (\"app\")"
        );
    }
}
