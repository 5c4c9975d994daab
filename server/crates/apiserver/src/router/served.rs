//! From a method and what it names to its handler.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use orrery_apis::Update;

use crate::auth::Identity;
use crate::body;
use crate::bootstrap;
use crate::call::{Answer, Call, Told};
use crate::core::Core;
use crate::events_v1;
use crate::handlers::{
    binding, create, delete, deletecollection, eviction, finalize, get, list, patch, token, update,
    watch,
};
use crate::negotiate::{self, Representation};
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::render;
use crate::streams::{self, Stream};
use crate::target::Target;
use crate::tracking;

/// Answers a request for a kind that is stored as it is served.
pub async fn served(core: Arc<Core>, target: Target, request: Request) -> Outcome<Response> {
    let (mut parts, body) = request.into_parts();
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    let newer_event = parts.extensions.remove::<events_v1::NewerEvent>();
    let named = target.name.is_some();
    let mut params = Params::parse(parts.uri.query());
    let sender: Option<&Identity> = parts.extensions.get();
    let manager = tracking::manager(sender, &params, &parts.headers);
    let is_component = sender.is_some_and(Identity::is_component);
    if is_component {
        params.default_to("fieldValidation", "Ignore");
    }
    if parts.extensions.get::<events_v1::Validated>().is_some() {
        params.overrule("fieldValidation", "Ignore");
    }
    let lists = parts.method == Method::GET && !named;
    let call = Call {
        core,
        resource: target.resource,
        namespace: target.namespace.filter(|name| !lists || !name.is_empty()),
        name: target.name.unwrap_or_default(),
        params,
        headers: parts.headers,
        manager,
        newer_event,
        is_component,
        told: Told::default(),
    };
    let told = call.told.clone();
    let outcome = match (target.subresource, named) {
        (Some(name), _) if name == "log" && parts.method == Method::GET => {
            streams::log(&call, upgrade).await
        }
        (Some(name), _) if let Some(stream) = Stream::of(&name) => {
            streams::serve(call, stream, &parts.method, upgrade).await
        }
        (Some(name), _) => subresource(call, &name, &parts.method, body).await,
        (None, true) => object(call, &parts.method, body).await,
        (None, false) => collection(call, &parts.method, body).await,
    };
    told.with(outcome)
}

async fn collection(mut call: Call, method: &Method, body: Body) -> Outcome<Response> {
    let offered = match *method {
        Method::GET => negotiate::OFFERED_OF_LISTS,
        _ => negotiate::OFFERED,
    };
    let representation = negotiate::representation(&call.headers, offered)?;
    match *method {
        Method::GET if call.params.flag("watch") => watch::watch(call, representation),
        Method::GET => {
            let page = list::list(&call)?;
            render::page(&call, representation, page)
        }
        Method::POST if call.resource.info.namespaced == call.namespace.is_some() => {
            let body = body::read(body).await?;
            let answer = create::create(&call, body).await?;
            render::answer(&call, representation, answer)
        }
        // never over all namespaces
        Method::DELETE
            if call.resource.verbs.contains(&"deletecollection")
                && call.resource.info.namespaced == call.namespace.is_some() =>
        {
            let body = body::read(body).await?;
            let (page, warnings) = deletecollection::deletecollection(&mut call, body).await?;
            let mut response = render::page(&call, representation, page)?;
            render::warn(&mut response, &warnings);
            Ok(response)
        }
        _ => Err(Problem::MethodNotAllowed),
    }
}

async fn object(call: Call, method: &Method, body: Body) -> Outcome<Response> {
    let representation = negotiate::representation(&call.headers, negotiate::OFFERED)?;
    let answer = match *method {
        Method::GET => get::get(&call)?,
        Method::PUT => update::update(&call, body::read(body).await?, Update::Main).await?,
        Method::PATCH => patch::patch(&call, body::read(body).await?, Update::Main).await?,
        Method::DELETE => delete::delete(&call, body::read(body).await?).await?,
        _ => return Err(Problem::MethodNotAllowed),
    };
    if matches!(*method, Method::PUT | Method::PATCH) && call.resource.name.plural == "configmaps" {
        let namespace = call.namespace.as_deref();
        bootstrap::refurnish(&call.core, "configmaps", namespace, &call.name).await;
    }
    render::answer(&call, representation, answer)
}

async fn subresource(call: Call, name: &str, method: &Method, body: Body) -> Outcome<Response> {
    let representation = negotiate::representation(&call.headers, negotiate::OFFERED)?;
    let answer = match (name, method) {
        (name, method) if let Some(door) = Update::through(name) => {
            part(&call, door, method, body).await?
        }
        ("binding", &Method::POST) => binding::binding(&call, body::read(body).await?).await?,
        ("eviction", &Method::POST) => eviction::eviction(&call, body::read(body).await?).await?,
        ("token", &Method::POST) => token::token(&call, body::read(body).await?).await?,
        ("finalize", &Method::PUT) => finalize::finalize(&call, body::read(body).await?).await?,
        _ => return Err(Problem::MethodNotAllowed),
    };
    let shown = match answer.code {
        StatusCode::CREATED => Representation::Whole,
        _ => representation,
    };
    render::answer(&call, shown, answer)
}

/// A part of the object that has a door of its own.
async fn part(call: &Call, door: Update, method: &Method, body: Body) -> Outcome<Answer> {
    match *method {
        Method::GET => get::get(call),
        Method::PUT => update::update(call, body::read(body).await?, door).await,
        Method::PATCH => patch::patch(call, body::read(body).await?, door).await,
        _ => Err(Problem::MethodNotAllowed),
    }
}
