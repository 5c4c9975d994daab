use http::HeaderValue;

use super::*;

fn headers(accept: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(accept).expect("a header's value");
    headers.insert(header::ACCEPT, value);
    headers
}

const TABLE: &str = "as=Table;v=v1;g=meta.k8s.io";
const PROTOBUF: &str = protobuf::MEDIA_TYPE;

#[test]
fn k_10_the_first_that_is_had_is_answered() {
    let table = Representation::Table(MetaVersion::V1);
    let rows = [
        (String::new(), Some((Media::Json, Representation::Whole))),
        (
            "*/*;q=0.1".to_owned(),
            Some((Media::Json, Representation::Whole)),
        ),
        ("*".to_owned(), Some((Media::Json, Representation::Whole))),
        (
            "application/json;q=0.2, application/yaml;q=0.9".to_owned(),
            Some((Media::Yaml, Representation::Whole)),
        ),
        (
            "*/*, application/yaml;q=0.1".to_owned(),
            Some((Media::Yaml, Representation::Whole)),
        ),
        (
            // even what is not loved at all is answered
            "application/yaml;q=0".to_owned(),
            Some((Media::Yaml, Representation::Whole)),
        ),
        (
            format!("application/yaml;{TABLE}"),
            Some((Media::Yaml, table)),
        ),
        (format!("*/*;{TABLE}"), Some((Media::Json, table))),
        (
            format!("{PROTOBUF};{TABLE}, application/yaml;{TABLE}"),
            Some((Media::Yaml, table)),
        ),
        (format!("{PROTOBUF};{TABLE}"), None),
        ("application/yaml;stream=watch".to_owned(), None),
        (
            // of all types, the first that can be a stream
            "*/*;stream=watch".to_owned(),
            Some((Media::Json, Representation::Whole)),
        ),
        ("application/json;as=Table".to_owned(), None),
        ("json, text/html".to_owned(), None),
    ];
    for (accept, want) in rows {
        let found = of_kinds(&headers(&accept));
        let found = found.map(|wanted| (wanted.media, wanted.what));
        assert_eq!(found, want, "{accept}");
    }
    let mut two = headers("application/yaml");
    two.append(header::ACCEPT, HeaderValue::from_static("application/json"));
    let found = of_kinds(&two).map(|wanted| wanted.media);
    assert_eq!(found, Some(Media::Yaml), "the first header counts");
}

#[test]
fn k_10_errors_are_made_into_nothing_else() {
    let rows = [
        (
            format!("application/json;{TABLE}, application/yaml"),
            Some(Media::Yaml),
        ),
        (format!("application/json;{TABLE}"), None),
        (PROTOBUF.to_owned(), Some(Media::Protobuf)),
        ("application/*".to_owned(), Some(Media::Json)),
        ("application/json;sv=v1".to_owned(), None),
        ("text/html".to_owned(), None),
    ];
    for (accept, want) in rows {
        let found = of_documents(&headers(&accept));
        assert_eq!(found.map(|wanted| wanted.media), want, "{accept}");
    }
}

#[test]
fn k_10_the_router_knows_types_by_their_names() {
    let rows = [
        ("", true),
        ("*/*;q=0.1", true),
        ("application/*", false),
        ("*", false),
        ("text/html, application/yaml ;q=0.1", true),
        ("text/html", false),
    ];
    for (accept, is_routed) in rows {
        let found = routed(&headers(accept), OFFERED);
        assert_eq!(found.is_ok(), is_routed, "{accept}");
    }
}

#[test]
fn k_01_aggregated_discovery_is_had_wherever_it_is_named() {
    let v2 = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let rows = [
        (
            format!("application/json, application/json;{v2}"),
            Some((Media::Json, "v2")),
        ),
        (
            format!("{PROTOBUF};{v2}, application/json;{v2}"),
            Some((Media::Protobuf, "v2")),
        ),
        (format!("application/yaml;{v2}"), Some((Media::Yaml, "v2"))),
        ("application/json".to_owned(), None),
        (format!("application/json;as=Table;{}", &v2[..26]), None),
    ];
    for (accept, want) in rows {
        let found = of_discovery(&headers(&accept));
        let found = found.map(|wanted| (wanted.media, wanted.what));
        assert_eq!(found, want, "{accept}");
    }
}

#[test]
fn k_10_what_is_no_ascii_is_not_passed_over() {
    let rows: [(&[u8], bool); 4] = [
        (b"", true),
        ("é/json".as_bytes(), false),
        (b"\xe9/json", false),
        ("é/json, application/json".as_bytes(), true),
    ];
    for (accept, is_known) in rows {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(accept).expect("a header's value");
        headers.insert(header::ACCEPT, value);
        let found = routed(&headers, OFFERED);
        assert_eq!(found.is_ok(), is_known, "{accept:?}");
    }
}
