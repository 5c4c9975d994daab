//! What a request says about the reader: language, theme, and the query string.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;

use crate::lang::Lang;
use crate::props::Theme;

/// Read from every page's request; it never fails.
#[derive(Clone)]
pub struct Asked {
    pub lang: Lang,
    pub theme: Theme,
    pub pairs: Vec<(String, String)>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let lang = cookie(&parts.headers, "lang").and_then(Lang::of_code);
        let accepted = || {
            let header = parts
                .headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok());
            Lang::accepted(header.unwrap_or_default())
        };
        Ok(Self {
            lang: lang.unwrap_or_else(accepted),
            theme: Theme::of_code(cookie(&parts.headers, "theme").unwrap_or_default()),
            pairs,
        })
    }
}

impl Asked {
    /// The last value of a key in the query string.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    /// The namespaces that the reader chose.
    pub fn namespaces(&self) -> Vec<String> {
        crate::address::query(orrery_view::Kind::Event, self.pairs.iter().cloned()).namespaces
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
