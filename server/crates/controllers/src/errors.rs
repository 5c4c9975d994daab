//! What the API server's refusals mean to a controller.

use kube::Error;

/// The object is not there.
pub fn is_not_found(error: &Error) -> bool {
    has_code(error, 404)
}

/// Somebody else was sooner.
pub fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 409 && status.reason == "Conflict")
}

/// The write was refused for what it says; a `uid` precondition in a patch fails like this.
pub fn is_invalid(error: &Error) -> bool {
    has_code(error, 422)
}

/// A create met an object of the same name.
pub fn is_already_exists(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 409 && status.reason == "AlreadyExists")
}

/// The namespace is being deleted: every further create in it fails, so nobody need be told (JOB-24).
pub fn is_namespace_terminating(error: &Error) -> bool {
    let Error::Api(status) = error else {
        return false;
    };
    let causes = status
        .details
        .as_ref()
        .map(|details| details.causes.as_slice());
    causes
        .unwrap_or_default()
        .iter()
        .any(|cause| cause.reason == "NamespaceTerminating")
}

/// What an Event says of an error: the server's own message, without our wrapping.
pub fn message(error: &Error) -> String {
    match error {
        Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

fn has_code(error: &Error, code: u16) -> bool {
    matches!(error, Error::Api(status) if status.code == code)
}
