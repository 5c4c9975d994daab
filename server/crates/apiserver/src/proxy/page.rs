//! A backend's page on its way to the client: one whose links are rewritten is held until it is whole.

use std::io::Read;

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use futures::{StreamExt, stream};
use http::{HeaderMap, header};

use super::html;

/// A larger page goes as it comes, and so does one that unfolds to more; no page that links by hand is.
const LIMIT_BYTES: usize = 8 << 20;

/// The answer with its links rewritten, if it is a page.
pub async fn told(answer: Response, link: impl Fn(&str) -> Option<String>) -> Response {
    let encoding = answer.headers().get(header::CONTENT_ENCODING);
    let zipped = match encoding.map(|encoding| encoding.as_bytes()) {
        None => Some(false),
        Some(b"gzip") => Some(true),
        Some(_) => None,
    };
    let zipped = zipped.filter(|_| is_page(answer.headers()));
    let Some(zipped) = zipped else {
        return answer;
    };
    let (mut head, body) = answer.into_parts();
    let page = match whole(body).await {
        Ok(page) => page,
        Err(body) => return Response::from_parts(head, body),
    };
    let text = match zipped {
        true => unzipped(&page),
        false => String::from_utf8(page.to_vec()).ok(),
    };
    let Some(text) = text else {
        return Response::from_parts(head, Body::from(page));
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_ENCODING);
    let text = html::rewritten(&text, link);
    Response::from_parts(head, Body::from(text))
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim() == "text/html"
}

/// The whole body, or one that still goes where it is too large or breaks off.
async fn whole(body: Body) -> Result<Bytes, Body> {
    let mut stream = body.into_data_stream();
    let mut page = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let failed = chunk.is_err();
        if let Ok(chunk) = &chunk {
            page.extend_from_slice(chunk);
            if page.len() <= LIMIT_BYTES {
                continue;
            }
        }
        let read = stream::iter([Ok(page.freeze())]);
        let last = stream::iter(failed.then_some(chunk));
        return Err(Body::from_stream(read.chain(last).chain(stream)));
    }
    Ok(page.freeze())
}

fn unzipped(page: &[u8]) -> Option<String> {
    let mut text = String::new();
    let limit = LIMIT_BYTES as u64 + 1;
    let read = GzDecoder::new(page).take(limit).read_to_string(&mut text);
    read.ok()
        .filter(|_| text.len() <= LIMIT_BYTES)
        .map(|_| text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http_body_util::BodyExt;

    use super::*;

    async fn through(kind: &str, encoding: Option<&str>, body: Vec<u8>) -> (Response<()>, Vec<u8>) {
        let mut answer = http::Response::builder().header("content-type", kind);
        if let Some(encoding) = encoding {
            answer = answer.header("content-encoding", encoding);
        }
        let answer = answer.header("content-length", body.len());
        let answer = answer.body(Body::from(body)).expect("a good response");
        let told = told(answer, |link| Some(format!("/p{link}"))).await;
        let (head, body) = told.into_parts();
        let body = body.collect().await.expect("it is whole").to_bytes();
        (Response::from_parts(head, ()), body.to_vec())
    }

    #[tokio::test]
    async fn pages_are_rewritten_and_the_rest_is_not() {
        let page = b"<a href=\"/x\">".to_vec();
        let expect = b"<a href=\"/p/x\">".to_vec();
        let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
        zip.write_all(&page).expect("a Vec takes everything");
        let zip = zip.finish().expect("a Vec takes everything");
        let rows = [
            (
                "text/html; charset=utf-8",
                None,
                page.clone(),
                expect.clone(),
            ),
            ("text/html", Some("gzip"), zip, expect),
            ("text/html", Some("br"), page.clone(), page.clone()),
            ("text/html", Some("gzip"), page.clone(), page.clone()),
            ("text/plain", None, page.clone(), page),
            ("text/html", None, vec![0xff; 9], vec![0xff; 9]),
        ];
        for (kind, encoding, body, expect) in rows {
            let length = body.len();
            let is_kept = body == expect;
            let (head, told) = through(kind, encoding, body).await;
            assert_eq!(told, expect, "{kind} {encoding:?}");
            let said = head.headers().get("content-length").cloned();
            let said = said.and_then(|said| said.to_str().ok()?.parse::<usize>().ok());
            assert_eq!(said, is_kept.then_some(length), "{kind} {encoding:?}");
        }
    }

    #[tokio::test]
    async fn a_page_that_is_too_large_goes_as_it_comes() {
        let mut page = b"<a href=\"/x\">".to_vec();
        page.resize(LIMIT_BYTES + 1, b' ');
        let (_, told) = through("text/html", None, page.clone()).await;
        assert!(told == page, "it is {} bytes", told.len());
    }
}
