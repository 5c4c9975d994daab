//! The routes, and how an answer becomes a document with its headers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, Uri, header};
use leptos::prelude::provide_context;
use orrery_view::ObjectRef;

use super::request::Asked;
use super::{data, document};
use crate::address::{self, Place};
use crate::backend::{AppError, Backend};
use crate::forms::{self, Desk, Fields};
use crate::kinds;
use crate::props::{Props, View};

/// Where the browser finds what it needs besides the page; addresses with content hashes in them.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The module that wasm-bindgen wrote, e.g. `/pkg/orrery-0a1b2c.js`.
    pub js: String,
    /// The wasm it loads.
    pub wasm: String,
    /// The stylesheet.
    pub css: String,
}

#[derive(Clone)]
struct Site {
    backend: Arc<dyn Backend>,
    assets: Arc<Assets>,
}

/// The pages and the server functions, ready to be mounted at `/`.
pub fn routes(backend: Arc<dyn Backend>, assets: Assets) -> Router {
    let site = Site {
        backend,
        assets: Arc::new(assets),
    };
    Router::new()
        .route("/api/act", post(server_function))
        .route(forms::palette::ADDRESS, post(palette))
        .route("/form/{deed}/{kind}", post(form_about_kind))
        .route(
            "/form/{deed}/{kind}/{namespace}/{name}",
            post(form_about_one),
        )
        .route("/form/{deed}/{kind}/{name}", post(form_about_node))
        .fallback(get(page))
        .with_state(site)
}

async fn page(State(site): State<Site>, uri: Uri, asked: Asked) -> Response {
    let view = data::of(&*site.backend, Place::at(uri.path()), &asked, true).await;
    answer(&site, &asked, view).await
}

async fn server_function(State(site): State<Site>, request: Request) -> Response {
    let backend = site.backend;
    let context = move || provide_context(backend.clone());
    leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response()
}

type FormPath = Path<(String, String, String, String)>;

async fn form_about_one(
    State(site): State<Site>,
    Path((deed, kind, namespace, name)): FormPath,
    RawQuery(query): RawQuery,
    asked: Asked,
    body: Bytes,
) -> Response {
    let object = address::named(&kind, &namespace, &name);
    form_about(site, &deed, object, query, asked, body).await
}

async fn form_about_node(
    State(site): State<Site>,
    Path((deed, kind, name)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    asked: Asked,
    body: Bytes,
) -> Response {
    let object = address::named(&kind, "", &name);
    form_about(site, &deed, object, query, asked, body).await
}

async fn form_about(
    site: Site,
    deed: &str,
    object: Option<ObjectRef>,
    query: Option<String>,
    asked: Asked,
    body: Bytes,
) -> Response {
    let fields = Fields::read(&query.unwrap_or_default(), &body);
    let answer = match object {
        Some(object) => forms::about_one(&desk(&site, &asked), deed, object, &fields).await,
        None => None,
    };
    form(answer)
}

async fn form_about_kind(
    State(site): State<Site>,
    Path((deed, kind)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    asked: Asked,
    body: Bytes,
) -> Response {
    let fields = Fields::read(&query.unwrap_or_default(), &body);
    form(match kinds::of_path(&kind) {
        Some(kind) => forms::about_kind(&desk(&site, &asked), &deed, kind, &fields).await,
        None => None,
    })
}

async fn palette(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    asked: Asked,
    body: Bytes,
) -> Response {
    let fields = Fields::read(&query.unwrap_or_default(), &body);
    form(Some(
        forms::palette::answer(&desk(&site, &asked), &fields).await,
    ))
}

fn desk<'a>(site: &'a Site, asked: &Asked) -> Desk<'a> {
    Desk {
        backend: &*site.backend,
        lang: asked.lang,
    }
}

/// A form or a report as HTML; an error as the server functions answer it.
fn form(answer: Option<Result<String, AppError>>) -> Response {
    match answer {
        Some(Ok(html)) => axum::response::Html(html).into_response(),
        Some(Err(error)) => (error_status(&error), axum::Json(error)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn answer(site: &Site, asked: &Asked, view: Result<View, AppError>) -> Response {
    let shell = site.backend.shell().await;
    let (shell, view) = match (shell, view) {
        (Ok(shell), Ok(view)) => (shell, view),
        (Err(error), _) => (Default::default(), View::Trouble(error)),
        (Ok(shell), Err(error)) => (shell, View::Trouble(error)),
    };
    let (status, namespaces) = (status(&view), asked.namespaces());
    let permits = site.backend.permits(&view.namespaces(&namespaces)).await;
    let props = Props {
        lang: asked.lang,
        theme: asked.theme,
        shell,
        namespaces,
        permits,
        view,
    };
    let (html, policy) = document::render(props, &site.assets);
    let mut response = (status, Body::from(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("cookie, accept-language"),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn status(view: &View) -> StatusCode {
    match view {
        View::Lost | View::Detail { detail: None, .. } => StatusCode::NOT_FOUND,
        View::Trouble(error) => error_status(error),
        _ => StatusCode::OK,
    }
}

fn error_status(error: &AppError) -> StatusCode {
    match error {
        AppError::SignIn => StatusCode::UNAUTHORIZED,
        AppError::Gone { .. } => StatusCode::NOT_FOUND,
        AppError::Refused { .. } => StatusCode::FORBIDDEN,
        AppError::Away { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}
