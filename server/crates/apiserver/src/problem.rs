//! What can go wrong with a request, as facts. `status` alone knows how each is told to a client.

use orrery_apis::FieldErrors;

use crate::apply::Conflict;
use crate::registry::Name;

/// The result of everything a handler does.
pub type Outcome<T> = Result<T, Problem>;

/// What a Status says in its causes, for programs to read.
#[derive(Clone, Debug)]
pub struct Cause {
    pub reason: &'static str,
    pub message: String,
    pub field: Option<&'static str>,
}

/// A fact that ends a request.
#[derive(Clone, Debug)]
pub enum Problem {
    /// No such object.
    NotFound { resource: Name, name: String },
    /// No such path in this API.
    NoSuchPath,
    /// The path exists, the verb does not.
    MethodNotAllowed,
    /// The kind is there, and this cannot be done with it.
    Unsupported { verb: &'static str, resource: Name },
    /// Nobody we know sent this.
    Unauthorized,
    /// Known, and not allowed.
    Forbidden {
        resource: Name,
        name: String,
        message: String,
        cause: Option<Box<Cause>>,
    },
    /// Known, and not allowed whatever it asks for.
    ForbiddenRequest(String),
    /// A create over an existing object. `generated` when the server chose the name and found none
    /// free (NAME-01); `terminating` when the existing one is being deleted.
    AlreadyExists {
        resource: Name,
        name: String,
        generated: bool,
        terminating: bool,
    },
    /// Another writer was faster, or a precondition does not hold.
    Conflict {
        resource: Name,
        name: String,
        detail: String,
    },
    /// An apply would change what other managers own (K-18).
    ApplyConflict(Vec<Conflict>),
    /// The request's own options contradict each other, e.g. those of a patch: `PatchOptions`.
    InvalidOptions {
        kind: &'static str,
        errors: FieldErrors,
    },
    /// The object breaks the kind's rules.
    Invalid {
        group: &'static str,
        kind: &'static str,
        name: String,
        errors: FieldErrors,
    },
    /// The request makes no sense.
    BadRequest(String),
    /// A patch that does not fit the object (JSON patch's failed test or missing path).
    Unprocessable(String),
    /// A patch that says too much, under fieldValidation=Strict (K-08).
    InvalidPatch(FieldErrors),
    /// The version asked for has left the history (K-03).
    Expired {
        message: String,
        /// A token that goes on with the list as it is now, for who can bear that.
        continue_token: Option<String>,
    },
    /// A resourceVersion of the future.
    TooLargeVersion { asked: u64, current: u64 },
    /// The body's media type is not understood.
    UnsupportedMediaType(String),
    /// No representation that the client accepts.
    NotAcceptable(String),
    /// None of these media types is one that the client accepts, which the router sees.
    NoRepresentation(&'static str),
    /// No patch is of that media type, which the router sees.
    UnknownPatchType,
    /// The client took too long to say what it wants.
    TimedOut,
    /// The body is larger than a limit, which this tells.
    TooLarge(String),
    /// Come back later (an eviction that a budget refuses). With seconds, clients themselves ask again
    /// after them; without, they tell their user.
    TooManyRequests {
        message: String,
        cause: Option<Box<Cause>>,
        retry_after_secs: Option<i32>,
    },
    /// The node that should answer cannot be asked.
    Unavailable(String),
    /// What upstream does not turn into a Status: 500 with these words and no reason.
    Unmapped(String),
    /// Our own fault, or the disk's.
    Internal(String),
}

impl Problem {
    /// The one message of optimistic concurrency (K-03).
    pub fn modified(resource: Name, name: &str) -> Self {
        Self::Conflict {
            resource,
            name: name.to_owned(),
            detail: "the object has been modified; please apply your changes to the latest version and try again"
                .to_owned(),
        }
    }

    /// No such object.
    pub fn not_found(resource: Name, name: &str) -> Self {
        Self::NotFound {
            resource,
            name: name.to_owned(),
        }
    }

    /// A version that has left the history.
    pub fn too_old(asked: u64, oldest: u64) -> Self {
        Self::Expired {
            message: format!("too old resource version: {asked} ({oldest})"),
            continue_token: None,
        }
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest(message.into())
    }
}
