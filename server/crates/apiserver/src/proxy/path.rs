//! What a path below `proxy` asks for.

use crate::target;

/// A request to something that runs in the cluster.
#[derive(Debug, PartialEq, Eq)]
pub struct Proxied {
    pub plural: &'static str,
    /// `None` for nodes.
    pub namespace: Option<String>,
    /// The name, and what it says of scheme and port.
    pub id: String,
    /// As the client wrote it, `proxy` included.
    pub prefix: String,
    /// What the backend is asked for, as the client wrote it: empty, or from a slash on.
    pub path: String,
}

impl Proxied {
    /// Reads a path; `None` for any other.
    pub fn of(path: &str) -> Option<Self> {
        // nearly every path is another, and all requests come by here
        if !path.contains("/proxy") {
            return None;
        }
        let rest = path.strip_prefix("/api/v1/")?;
        let (namespace, rest) = match rest.strip_prefix("namespaces/") {
            Some(rest) => {
                let (namespace, rest) = rest.split_once('/')?;
                (Some(target::decode_segment(namespace).ok()?), rest)
            }
            None => (None, rest),
        };
        let (plural, rest) = rest.split_once('/')?;
        let plural = match (plural, namespace.is_some()) {
            ("pods", true) => "pods",
            ("services", true) => "services",
            ("nodes", false) => "nodes",
            _ => return None,
        };
        let (id, rest) = rest.split_once('/')?;
        let below = rest.strip_prefix("proxy")?;
        if !below.is_empty() && !below.starts_with('/') {
            return None;
        }
        Some(Self {
            plural,
            namespace,
            id: target::decode_segment(id).ok()?,
            prefix: path[..path.len() - below.len()].to_owned(),
            path: below.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_proxy_is_kept_as_it_was_written() {
        let pods = "/api/v1/namespaces/a/pods";
        let rows = [
            (format!("{pods}/web/proxy"), Some(("web", ""))),
            (format!("{pods}/web/proxy/"), Some(("web", "/"))),
            (
                format!("{pods}/https%3Aweb:443/proxy/a%2Fb//c/"),
                Some(("https:web:443", "/a%2Fb//c/")),
            ),
            (
                format!("{pods}/proxy/proxy/proxy"),
                Some(("proxy", "/proxy")),
            ),
            (format!("{pods}/web/proxying"), None),
            (format!("{pods}/web/log/proxy"), None),
            ("/api/v1/pods/web/proxy".to_owned(), None),
            ("/api/v1/namespaces/a/configmaps/web/proxy".to_owned(), None),
            ("/api/v1/namespaces/a/nodes/web/proxy".to_owned(), None),
            ("/apis/apps/v1/namespaces/a/pods/web/proxy".to_owned(), None),
            (
                "/api/v1/nodes/n/proxy/healthz".to_owned(),
                Some(("n", "/healthz")),
            ),
        ];
        for (path, expect) in rows {
            let read = Proxied::of(&path);
            let parts = read.as_ref();
            let parts = parts.map(|read| (read.id.as_str(), read.path.as_str()));
            assert_eq!(parts, expect, "{path}");
            if let Some(read) = read {
                assert_eq!(format!("{}{}", read.prefix, read.path), path);
            }
        }
    }
}
