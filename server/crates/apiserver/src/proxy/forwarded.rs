//! What a backend is told of who asks it and by which path, as Go's reverse proxy and upstream's transport write it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

use super::unreachable;
use crate::problem::Outcome;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_URI: &str = "x-forwarded-uri";

/// Whom a request comes from, by the connection that it came on.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Puts the client behind those that it came from itself; of nobody's connection nothing is told.
pub fn tell_peer(headers: &mut HeaderMap, peer: Option<Peer>) {
    let Some(Peer(address)) = peer else { return };
    let prior = headers.get_all(FORWARDED_FOR).iter();
    let mut all: Vec<&[u8]> = prior.map(HeaderValue::as_bytes).collect();
    let address = address.to_canonical().to_string();
    all.push(address.as_bytes());
    let all = all.join(&b", "[..]);
    if let Ok(all) = HeaderValue::from_bytes(&all) {
        headers.insert(FORWARDED_FOR, all);
    }
}

/// The path that was asked for, decoded and made straight.
pub fn tell_path(headers: &mut HeaderMap, asked: &str) -> Outcome<()> {
    let path = straight(&percent_decode_str(asked).decode_utf8_lossy());
    let path = HeaderValue::from_bytes(path.as_bytes())
        .map_err(|_| unreachable("net/http: invalid header field value for \"X-Forwarded-Uri\""))?;
    headers.insert(FORWARDED_URI, path);
    Ok(())
}

/// Go's `path.Join`, with the last slash that it takes.
fn straight(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = kept.pop(),
            segment => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_stands_behind_those_that_it_came_from() {
        let here: IpAddr = "192.0.2.1".parse().expect("a literal address");
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("a literal address");
        let rows: [(&[&str], Option<IpAddr>, Option<&str>); 5] = [
            (&[], Some(here), Some("192.0.2.1")),
            (&[], Some(mapped), Some("192.0.2.1")),
            (&["10.0.0.1"], Some(here), Some("10.0.0.1, 192.0.2.1")),
            (
                &["10.0.0.1, 10.0.0.2", "10.0.0.3"],
                Some(here),
                Some("10.0.0.1, 10.0.0.2, 10.0.0.3, 192.0.2.1"),
            ),
            (&["10.0.0.1"], None, Some("10.0.0.1")),
        ];
        for (prior, peer, told) in rows {
            let mut headers = HeaderMap::new();
            for value in prior {
                let value = HeaderValue::from_str(value).expect("a header's value");
                headers.append(FORWARDED_FOR, value);
            }
            tell_peer(&mut headers, peer.map(Peer));
            let found = headers.get(FORWARDED_FOR).map(HeaderValue::as_bytes);
            assert_eq!(found, told.map(str::as_bytes), "{prior:?}");
        }
    }

    #[test]
    fn a_path_is_told_as_go_joins_it() {
        let rows = [
            ("/p/proxy/a", "/p/proxy/a"),
            ("/p/proxy/", "/p/proxy/"),
            ("/p/proxy/a%2Fb//c/", "/p/proxy/a/b/c/"),
            ("/p/proxy/a/./b/../c", "/p/proxy/a/c"),
            ("/p/proxy/%C3%A9", "/p/proxy/\u{e9}"),
        ];
        for (asked, told) in rows {
            let mut headers = HeaderMap::new();
            tell_path(&mut headers, asked).expect("a path");
            let found = headers[FORWARDED_URI].as_bytes();
            assert_eq!(found, told.as_bytes(), "{asked}");
        }
        let refused = tell_path(&mut HeaderMap::new(), "/p/proxy/%0A");
        assert!(refused.is_err(), "no header has a line break");
    }
}
