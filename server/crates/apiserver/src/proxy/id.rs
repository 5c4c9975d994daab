//! What the name of something that is proxied to says of scheme and port.

/// `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`, as upstream's SplitSchemeNamePort reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<'a> {
    pub tls: bool,
    pub name: &'a str,
    /// A number or a name; empty where none is said.
    pub port: &'a str,
}

impl<'a> Id<'a> {
    /// `None` for what is no such name.
    pub fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (scheme, name, port) = match parts.as_slice() {
            [name] => ("", *name, ""),
            [name, port] => ("", *name, *port),
            [scheme, name, port] => (*scheme, *name, *port),
            _ => return None,
        };
        let is_known = matches!(scheme, "" | "http" | "https");
        (is_known && !name.is_empty()).then_some(Self {
            tls: scheme == "https",
            name,
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_say_scheme_and_port() {
        let id = |tls, name, port| Some(Id { tls, name, port });
        let rows = [
            ("web", id(false, "web", "")),
            ("web:", id(false, "web", "")),
            ("web:80", id(false, "web", "80")),
            ("web:http", id(false, "web", "http")),
            (":web:80", id(false, "web", "80")),
            ("http:web:", id(false, "web", "")),
            ("https:web:443", id(true, "web", "443")),
            ("ftp:web:21", None),
            ("", None),
            (":80", None),
            ("https::443", None),
            ("a:b:c:d", None),
        ];
        for (text, expect) in rows {
            assert_eq!(Id::read(text), expect, "{text:?}");
        }
    }
}
