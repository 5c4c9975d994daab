//! One request to a resource, taken apart, and what a handler answers to it.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;

use parking_lot::Mutex;

use crate::core::Core;
use crate::events_v1::NewerEvent;
use crate::params::Params;
use crate::problem::Outcome;
use crate::registry::Resource;
use crate::render;
use crate::spare;

/// Everything a handler needs to know of the request but its body.
pub struct Call {
    pub core: Arc<Core>,
    pub resource: Arc<Resource>,
    pub namespace: Option<String>,
    /// Empty for a request to the collection.
    pub name: String,
    pub params: Params,
    pub headers: HeaderMap,
    /// Who owns what this writes (K-09); `None` for Orrery's own components, which keep no count.
    pub manager: Option<String>,
    /// An event comes through events.k8s.io, which asks more of it.
    pub newer_event: Option<NewerEvent>,
    /// One of Orrery's own components asks: it is spared what it does not read.
    pub is_component: bool,
    /// What is to be told though the request is refused.
    pub told: Told,
}

/// Warnings that a refusal carries: upstream says them as it comes upon them, whatever becomes of the request.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    /// The outcome as an answer, if it is a refusal with something to tell.
    pub fn with(&self, outcome: Outcome<Response>) -> Outcome<Response> {
        let texts = std::mem::take(&mut *self.0.lock());
        match outcome {
            Err(problem) if !texts.is_empty() => {
                let mut refused = problem.into_response();
                render::warn(&mut refused, &texts);
                Ok(refused)
            }
            outcome => outcome,
        }
    }
}

impl Call {
    /// Keeps warnings that were found before what made of the request a refusal, ahead of those found later.
    pub fn or_tell<T>(&self, outcome: Outcome<T>, warnings: &[String]) -> Outcome<T> {
        if outcome.is_err() {
            self.told.0.lock().splice(0..0, warnings.iter().cloned());
        }
        outcome
    }

    /// A stored object as the sender gets it.
    pub fn shown(&self, stored: &Bytes) -> Bytes {
        match self.is_component {
            true => spare::managers(stored),
            false => stored.clone(),
        }
    }
}

/// What a handler that answers one object or Status has to say.
pub struct Answer {
    pub code: StatusCode,
    pub content: Content,
    /// Texts of Warning headers (K-04).
    pub warnings: Vec<String>,
}

/// The body of an [`Answer`].
pub enum Content {
    /// An object's JSON as it is stored; becomes a Table when the client wants one.
    Object(Bytes),
    Status(Box<Status>),
}

impl Answer {
    /// 200 with an object.
    pub fn object(value: Bytes) -> Self {
        Self {
            code: StatusCode::OK,
            content: Content::Object(value),
            warnings: Vec::new(),
        }
    }

    /// A Status with its own code.
    pub fn status(status: Status) -> Self {
        let code = status
            .code
            .and_then(|c| StatusCode::from_u16(c as u16).ok());
        Self {
            code: code.unwrap_or(StatusCode::OK),
            content: Content::Status(Box::new(status)),
            warnings: Vec::new(),
        }
    }

    /// The same under another code.
    #[must_use]
    pub fn code(mut self, code: StatusCode) -> Self {
        self.code = code;
        self
    }

    /// The same with warnings before those that it has.
    #[must_use]
    pub fn warn_first(mut self, warnings: Vec<String>) -> Self {
        self.warnings.splice(0..0, warnings);
        self
    }

    /// The same with warnings added.
    #[must_use]
    pub fn warn(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }
}
