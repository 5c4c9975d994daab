//! The URL is the view: addresses of lists and objects, and queries in them.

use orrery_view::{Kind, ListQuery, ObjectRef, Sort, SortBy};

use crate::kinds;

/// Rows on a page of a list: more than a screen, small enough to paint at once.
pub const ROWS: u32 = 100;

const SORTS: [(SortBy, &str); 9] = [
    (SortBy::Name, "name"),
    (SortBy::Namespace, "namespace"),
    (SortBy::Status, "status"),
    (SortBy::Age, "age"),
    (SortBy::NextRun, "next"),
    (SortBy::LastRun, "last"),
    (SortBy::Duration, "duration"),
    (SortBy::Restarts, "restarts"),
    (SortBy::Node, "node"),
];

/// `/jobs/data/backup-1`, `/nodes/node-1`. Events have no page of their own.
pub fn object(object: &ObjectRef) -> String {
    let path = kinds::path(object.kind);
    match object.kind {
        Kind::Node => format!("/{path}/{}", object.name),
        Kind::Event => "/events".into(),
        _ => format!("/{path}/{}/{}", object.namespace, object.name),
    }
}

/// Whose page is at a path; its log is its page too.
pub fn named(path: &str) -> Option<ObjectRef> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (kind, namespace, name) = match parts.as_slice() {
        ["nodes", name] => ("nodes", "", name),
        [kind, namespace, name] | [kind, namespace, name, "log"] => (*kind, *namespace, name),
        _ => return None,
    };
    let kind = kinds::of_path(kind).filter(|kind| *kind != Kind::Event)?;
    Some(ObjectRef {
        kind,
        namespace: namespace.into(),
        name: (*name).into(),
    })
}

/// The log of a pod, of all pods of a Job or DaemonSet, or of a run of a CronJob.
pub fn log(object: &ObjectRef) -> String {
    format!("{}/log", self::object(object))
}

/// A list with nothing but its namespaces.
pub fn list(kind: Kind, namespaces: &[String]) -> String {
    let mut query = ListQuery::of(kind);
    query.namespaces = namespaces.to_vec();
    of(&query)
}

/// The address of a query; defaults are left out.
pub fn of(query: &ListQuery) -> String {
    let path = kinds::path(query.kind);
    let pair = |(name, value): (&str, String)| match name {
        // names of namespaces have nothing to escape, and their commas are easier read
        "ns" => format!("ns={value}"),
        name => format!("{name}={}", escape(&value)),
    };
    let pairs: Vec<String> = pairs(query).into_iter().map(pair).collect();
    match pairs.is_empty() {
        true => format!("/{path}"),
        false => format!("/{path}?{}", pairs.join("&")),
    }
}

/// What of a query is in its address, by name.
pub fn pairs(query: &ListQuery) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    let mut put = |name, value: &str| {
        if !value.is_empty() {
            pairs.push((name, value.to_owned()));
        }
    };
    put("ns", &query.namespaces.join(","));
    put("q", &query.text);
    put("labels", &query.labels);
    put("status", query.status.as_deref().unwrap_or_default());
    put("owner", query.owner.as_deref().unwrap_or_default());
    if query.sort != Sort::default() {
        let minus = if query.sort.descending { "-" } else { "" };
        put("sort", &format!("{minus}{}", sort_name(query.sort.by)));
    }
    match (query.offset, query.offset % ROWS) {
        (0, _) => {}
        (offset, 0) => put("page", &(offset / ROWS + 1).to_string()),
        (offset, _) => put("from", &offset.to_string()),
    }
    pairs
}

/// The query of an address's decoded pairs; what it does not know it leaves.
pub fn query(kind: Kind, pairs: impl IntoIterator<Item = (String, String)>) -> ListQuery {
    let mut query = ListQuery {
        limit: ROWS,
        ..ListQuery::of(kind)
    };
    for (key, value) in pairs {
        match key.as_str() {
            "ns" => {
                let names = value.split(',').filter(|name| !name.is_empty());
                query.namespaces.extend(names.map(String::from));
            }
            "q" => query.text = value.trim().into(),
            "labels" => query.labels = value.trim().into(),
            "status" => query.status = Some(value).filter(|status| !status.is_empty()),
            "owner" => query.owner = Some(value),
            "sort" => query.sort = sort(&value),
            "page" => {
                let page: u32 = value.parse().unwrap_or(1);
                query.offset = page.saturating_sub(1).saturating_mul(ROWS);
            }
            "from" => query.offset = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    query.namespaces.sort();
    query.namespaces.dedup();
    query
}

fn sort(value: &str) -> Sort {
    let (name, descending) = match value.strip_prefix('-') {
        Some(name) => (name, true),
        None => (value, false),
    };
    SORTS
        .iter()
        .find(|(_, known)| *known == name)
        .map_or_else(Sort::default, |(by, _)| Sort {
            by: *by,
            descending,
        })
}

fn sort_name(by: SortBy) -> &'static str {
    SORTS
        .iter()
        .find(|(known, _)| *known == by)
        .map_or("name", |(_, name)| name)
}

/// Percent-encodes what has a meaning in a query.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char)
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_query() {
        for (pairs, address) in [
            (vec![], "/jobs"),
            (vec![("ns", "b,a,,b")], "/jobs?ns=a,b"),
            (
                vec![("q", "two words"), ("status", "failed")],
                "/jobs?q=two+words&status=failed",
            ),
            (
                vec![("labels", "app in (a,b)")],
                "/jobs?labels=app+in+%28a%2Cb%29",
            ),
            (
                vec![("sort", "-age"), ("page", "3")],
                "/jobs?sort=-age&page=3",
            ),
            // where a reader has scrolled to
            (vec![("from", "8953")], "/jobs?from=8953"),
            (
                vec![("sort", "nonsense"), ("page", "0"), ("x", "y")],
                "/jobs",
            ),
        ] {
            let pairs: Vec<_> = pairs
                .into_iter()
                .map(|(k, v)| (String::from(k), String::from(v)))
                .collect();
            assert_eq!(of(&query(Kind::Job, pairs)), address);
        }
    }

    #[test]
    fn objects_have_addresses() {
        let at = |kind, namespace: &str| {
            object(&ObjectRef {
                kind,
                namespace: namespace.into(),
                name: "x".into(),
            })
        };
        assert_eq!(at(Kind::CronJob, "data"), "/cronjobs/data/x");
        assert_eq!(at(Kind::Node, ""), "/nodes/x");
        for (path, kind) in [
            ("/cronjobs/data/x", Some(Kind::CronJob)),
            ("/jobs/data/x/log", Some(Kind::Job)),
            ("/nodes/x", Some(Kind::Node)),
            ("/jobs", None),
            ("/", None),
        ] {
            assert_eq!(named(path).map(|object| object.kind), kind, "{path}");
        }
    }
}
