//! Where a backend sends its client, told as the client reaches it.

/// How the parties to a request are called.
#[derive(Clone, Copy, Debug)]
pub struct Hosts<'a> {
    /// The pod's address and port.
    pub backend: &'a str,
    /// What the client calls this server.
    pub client: &'a str,
}

/// A `Location` below `prefix` if it is one of the backend's own, as upstream's `rewriteURL` has it.
pub fn rewritten(location: &str, prefix: &str, hosts: Hosts<'_>) -> Option<String> {
    let (origin, host, path) = parts(location);
    let is_own = host.is_empty() || host == hosts.backend || host == hosts.client;
    if !is_own || !path.starts_with('/') {
        return None;
    }
    let origin = match host == hosts.client {
        true => origin,
        false => "",
    };
    let prefix = match path.starts_with(prefix) {
        true => "",
        false => prefix,
    };
    Some(format!("{origin}{prefix}{path}"))
}

/// `http://host`, `host` and the rest; the first two are empty in a path.
fn parts(location: &str) -> (&str, &str, &str) {
    let after_scheme = ["http://", "https://", "//"]
        .iter()
        .find_map(|start| location.strip_prefix(start));
    let Some(after_scheme) = after_scheme else {
        return ("", "", location);
    };
    let end = after_scheme.find(['/', '?', '#']);
    let (host, path) = after_scheme.split_at(end.unwrap_or(after_scheme.len()));
    let origin = &location[..location.len() - path.len()];
    (origin, host, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_of_the_backend_is_one_below_proxy() {
        let hosts = Hosts {
            backend: "127.101.0.1:8080",
            client: "localhost:8001",
        };
        let rows = [
            ("/login?to=/", Some("/p/proxy/login?to=/")),
            ("/p/proxy/login", Some("/p/proxy/login")),
            ("http://127.101.0.1:8080/a/", Some("/p/proxy/a/")),
            ("//127.101.0.1:8080/a", Some("/p/proxy/a")),
            (
                "http://localhost:8001/a",
                Some("http://localhost:8001/p/proxy/a"),
            ),
            ("https://example.com/a", None),
            ("login", None),
            ("?page=2", None),
            ("http://127.101.0.1:8080", None),
        ];
        for (location, expect) in rows {
            let told = rewritten(location, "/p/proxy", hosts);
            assert_eq!(told.as_deref(), expect, "{location}");
        }
    }
}
