//! The routes, and how an answer becomes a document with its headers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::provide_context;
use orrery_view::{Kind, ObjectRef};

use super::request::Asked;
use super::{data, document};
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

/// The addresses of pages, as axum writes them. All are `GET`.
pub const PATHS: [&str; 7] = [
    "/",
    "/schedule",
    "/{kind}",
    "/nodes/{name}",
    "/{kind}/{namespace}/{name}",
    "/{kind}/{namespace}/{name}/log",
    "/{kind}/{namespace}/{name}/logs",
];

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
    let router = match cfg!(debug_assertions) {
        true => Router::new().route("/gallery", get(gallery)),
        false => Router::new(),
    };
    router
        .route("/", get(overview))
        .route("/schedule", get(schedule))
        .route("/{kind}", get(list))
        .route("/nodes/{name}", get(node))
        .route("/{kind}/{namespace}/{name}", get(detail))
        .route("/{kind}/{namespace}/{name}/log", get(log))
        .route("/{kind}/{namespace}/{name}/logs", get(logs))
        .route("/api/{function}", post(server_function))
        .route(forms::palette::ADDRESS, post(palette))
        .route("/form/bulk/{kind}", post(form_about_several))
        .route(
            "/form/{deed}/{kind}/{namespace}/{name}",
            post(form_about_one),
        )
        .with_state(site)
}

async fn overview(State(site): State<Site>, asked: Asked) -> Response {
    let view = data::overview(&*site.backend, &asked).await;
    answer(&site, &asked, view).await
}

async fn schedule(State(site): State<Site>, asked: Asked) -> Response {
    let view = data::schedule(&*site.backend, &asked).await;
    answer(&site, &asked, view).await
}

async fn gallery(State(site): State<Site>, asked: Asked) -> Response {
    answer(&site, &asked, Ok(View::Gallery)).await
}

async fn list(State(site): State<Site>, Path(kind): Path<String>, asked: Asked) -> Response {
    let view = match kinds::of_path(&kind) {
        Some(kind) => data::list(&*site.backend, kind, &asked).await,
        None => Ok(View::Lost),
    };
    answer(&site, &asked, view).await
}

async fn node(State(site): State<Site>, Path(name): Path<String>, asked: Asked) -> Response {
    let object = ObjectRef {
        kind: Kind::Node,
        namespace: String::new(),
        name,
    };
    let view = data::detail(&*site.backend, object, &asked).await;
    answer(&site, &asked, view).await
}

type ObjectPath = Path<(String, String, String)>;

async fn detail(State(site): State<Site>, path: ObjectPath, asked: Asked) -> Response {
    let view = match namespaced(path) {
        Some(object) => data::detail(&*site.backend, object, &asked).await,
        None => Ok(View::Lost),
    };
    answer(&site, &asked, view).await
}

async fn log(State(site): State<Site>, path: ObjectPath, asked: Asked) -> Response {
    let view = match namespaced(path) {
        Some(object) => data::log(&*site.backend, object, &asked, true).await,
        None => Ok(View::Lost),
    };
    answer(&site, &asked, view).await
}

/// kubectl says `logs`; people type it.
async fn logs(Path((kind, namespace, name)): ObjectPath) -> Redirect {
    Redirect::permanent(&format!("/{kind}/{namespace}/{name}/log"))
}

fn namespaced(Path((kind, namespace, name)): ObjectPath) -> Option<ObjectRef> {
    let kind = kinds::of_path(&kind)?;
    let has_page = !matches!(kind, Kind::Node | Kind::Event);
    has_page.then_some(ObjectRef {
        kind,
        namespace,
        name,
    })
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
    let fields = Fields::read(&query.unwrap_or_default(), &body);
    let answer = match namespaced(Path((kind, namespace, name))) {
        Some(object) => forms::about_one(&desk(&site, &asked), &deed, object, &fields).await,
        None => None,
    };
    form(answer)
}

async fn form_about_several(
    State(site): State<Site>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    asked: Asked,
    body: Bytes,
) -> Response {
    let fields = Fields::read(&query.unwrap_or_default(), &body);
    form(match kinds::of_path(&kind) {
        Some(kind) => Some(forms::about_several(&desk(&site, &asked), kind, &fields).await),
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
    let status = status(&view);
    let permits = site.backend.permits(&view.namespaces()).await;
    let props = Props {
        lang: asked.lang,
        theme: asked.theme,
        shell,
        namespaces: asked.namespaces(),
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
