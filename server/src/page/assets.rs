//! The files that `build.rs` embedded, in the smallest form the browser takes.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, StatusCode};

/// One embedded file.
pub struct Asset {
    /// As in the browser, e.g. `/favicon.svg`.
    pub path: &'static str,
    /// Its name changes with its content.
    hashed: bool,
    /// Quoted, as in `ETag`.
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

mod site {
    use super::Asset;
    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

/// Where a page finds its script, module and style sheet.
pub fn addresses() -> orrery_app::Assets {
    let output = site::OUTPUT;
    orrery_app::Assets {
        js: format!("/pkg/{output}.js"),
        wasm: format!("/pkg/{output}_bg.wasm"),
        css: format!("/pkg/{output}.css"),
    }
}

/// The files of `public/`.
pub fn at_root() -> impl Iterator<Item = &'static Asset> {
    site::ASSETS
        .iter()
        .filter(|asset| !asset.path.starts_with("/pkg/"))
}

/// A file below `/pkg/`; without a page inside, says how to build one.
pub async fn package(request: Request) -> Response {
    match site::ASSETS.is_empty() {
        true => (
            StatusCode::NOT_FOUND,
            "This server was built without its page; `cargo xtask build` puts it in.\n",
        )
            .into_response(),
        false => file(request).await,
    }
}

/// A file by its address.
pub async fn file(request: Request) -> Response {
    let path = request.uri().path();
    match site::ASSETS.iter().find(|asset| asset.path == path) {
        Some(asset) => asset.answer(request.headers()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Asset {
    fn answer(&self, headers: &HeaderMap) -> Response {
        // for a name that never means anything else, for ever; else ask each time, at the price of a tag
        let caching = if self.hashed {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let common = [
            (ETAG, self.tag),
            (CACHE_CONTROL, caching),
            (VARY, "accept-encoding"),
        ];
        if headers
            .get(IF_NONE_MATCH)
            .is_some_and(|tag| tag == self.tag)
        {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let content_type = [(CONTENT_TYPE, content_type(self.path))];
        match self.form(headers) {
            (bytes, Some(encoding)) => {
                (common, content_type, [(CONTENT_ENCODING, encoding)], bytes).into_response()
            }
            (bytes, None) => (common, content_type, bytes).into_response(),
        }
    }

    fn form(&self, headers: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        let forms = [(self.brotli, "br"), (self.gzip, "gzip")];
        let taken = forms.into_iter().find_map(|(bytes, name)| {
            Some((bytes.filter(|_| accepts(headers, name))?, Some(name)))
        });
        taken.unwrap_or((self.plain, None))
    }
}

/// True when the encoding is listed, and not with quality zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, quality) = item.split_once(';').unwrap_or((item, ""));
        let quality = quality
            .trim()
            .strip_prefix("q=")
            .map_or(Ok(1.0), str::parse::<f32>);
        name.trim().eq_ignore_ascii_case(encoding) && quality.is_ok_and(|quality| quality > 0.0)
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_form_that_the_browser_takes() {
        let asset = Asset {
            path: "/a.js",
            hashed: true,
            tag: "\"1\"",
            plain: b"plain",
            brotli: Some(b"br"),
            gzip: Some(b"gz"),
        };
        let rows = [
            ("", None, "nothing said, nothing packed"),
            (
                "gzip, deflate, br",
                Some("br"),
                "brotli before gzip, whatever the order",
            ),
            ("gzip", Some("gzip"), "gzip where there is no brotli"),
            (
                "br;q=0, gzip;q=0.5",
                Some("gzip"),
                "a quality of zero is a no",
            ),
            ("identity", None, "and others we do not have"),
        ];
        for (header, encoding, sentence) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, header.parse().expect("a literal header"));
            assert_eq!(asset.form(&headers).1, encoding, "{header}: {sentence}");
        }
    }
}
