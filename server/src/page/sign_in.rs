//! Signing in: a link's code for a cookie.

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderName, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;

use super::{Site, assets};

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// What a sign-in link carries.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    code: String,
}

/// Takes the code and leads to the page, whose address carries none.
pub async fn exchange(
    State(site): State<Site>,
    Query(link): Query<Link>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    // who only looks, and a browser that guesses where the person will go, must not use up the code
    if method == Method::HEAD || headers.contains_key(SEC_PURPOSE) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if !site.0.codes.take(&link.code) {
        return match site.0.sessions.knows(&headers) {
            true => Redirect::to("/").into_response(),
            false => invitation(&headers),
        };
    }
    match site.0.sessions.begin() {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Err(error) => {
            tracing::error!(%error, "a session cannot be written to the data folder");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "The session cannot be kept: the data folder cannot be written.\n",
            )
                .into_response()
        }
    }
}

/// Says how to sign in.
pub fn invitation(headers: &HeaderMap) -> Response {
    let says = |name, word: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|text| text.contains(word))
    };
    if !says(ACCEPT, "text/html") {
        return (
            StatusCode::UNAUTHORIZED,
            "Sign in first: `orrery sign-in` prints a link.\n",
        )
            .into_response();
    }
    let korean = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.starts_with("ko"));
    let (lang, title, how) = match korean {
        true => (
            "ko",
            "로그인",
            "터미널에서 다음 명령을 실행하고 출력된 링크를 열어 주세요. 링크는 한 번, 10분 안에 쓸 수 있어요.",
        ),
        false => (
            "en",
            "Sign in",
            "Run this in a terminal and open the link it prints. A link works once, within ten minutes.",
        ),
    };
    let css = assets::addresses().css;
    let page = format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} · Orrery</title><link rel=\"stylesheet\" href=\"{css}\"></head>\
         <body><main id=\"main\"><h1>{title}</h1><p>{how}</p><pre>orrery sign-in</pre></main></body></html>"
    );
    (StatusCode::UNAUTHORIZED, Html(page)).into_response()
}
