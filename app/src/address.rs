//! The URL is the view: addresses of lists and objects, and queries in them.

use orrery_view::{Kind, ListQuery, Millis, ObjectRef, Sort, SortBy};

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

/// What an address leads to.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Overview,
    Schedule,
    /// Every component, for those who work on them; in debug builds.
    Gallery,
    List(Kind),
    Object(ObjectRef),
    Log(ObjectRef),
    Nowhere,
}

#[cfg(feature = "ssr")]
impl Place {
    /// Of a path as a browser writes it.
    pub fn at(path: &str) -> Self {
        let Ok(path) = percent_encoding::percent_decode_str(path).decode_utf8() else {
            return Self::Nowhere;
        };
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let found = match parts.as_slice() {
            [] => Some(Self::Overview),
            ["schedule"] => Some(Self::Schedule),
            ["gallery"] if cfg!(debug_assertions) => Some(Self::Gallery),
            [kind] => kinds::of_path(kind).map(Self::List),
            ["nodes", name] => named("nodes", "", name).map(Self::Object),
            [kind, namespace, name] => named(kind, namespace, name).map(Self::Object),
            // kubectl says `logs`; people type it
            [kind, namespace, name, "log" | "logs"] => named(kind, namespace, name).map(Self::Log),
            _ => None,
        };
        found.unwrap_or(Self::Nowhere)
    }

    /// Whose page it is.
    pub fn object(self) -> Option<ObjectRef> {
        match self {
            Self::Object(object) | Self::Log(object) => Some(object),
            _ => None,
        }
    }
}

/// The object with a page of its own that parts of an address name.
#[cfg(feature = "ssr")]
pub fn named(kind: &str, namespace: &str, name: &str) -> Option<ObjectRef> {
    let object = ObjectRef {
        kind: kinds::of_path(kind).filter(|kind| *kind != Kind::Event)?,
        namespace: namespace.into(),
        name: name.into(),
    };
    object.can_exist().then_some(object)
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

/// All CronJobs on one axis, with lanes from the `offset`th on.
pub fn schedule(namespaces: &[String], offset: u32) -> String {
    let mut query = ListQuery::of(Kind::CronJob);
    (query.namespaces, query.offset) = (namespaces.to_vec(), offset);
    asked("schedule", &query)
}

/// The CronJobs that start in a minute.
#[cfg(feature = "ssr")]
pub fn due(minute: Millis, namespaces: &[String]) -> String {
    of(&ListQuery {
        namespaces: namespaces.to_vec(),
        within: Some((minute, minute + 60_000)),
        ..ListQuery::of(Kind::CronJob)
    })
}

/// The address of a query; defaults are left out.
pub fn of(query: &ListQuery) -> String {
    asked(kinds::path(query.kind), query)
}

fn asked(path: &str, query: &ListQuery) -> String {
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
    if let Some((from, to)) = query.within {
        put(time_name(query.kind), &format!("{from}-{to}"));
    }
    if query.sort != ListQuery::of(query.kind).sort {
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
            name if name == time_name(kind) => query.within = within(&value),
            "sort" => query.sort = sort(&value).unwrap_or(query.sort),
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

/// Of what the time is that a list is narrowed to.
fn time_name(kind: Kind) -> &'static str {
    match kind {
        Kind::CronJob => "due",
        _ => "seen",
    }
}

/// Two times in milliseconds, the earlier one first.
fn within(value: &str) -> Option<(Millis, Millis)> {
    let (from, to) = value.split_once('-')?;
    let (from, to): (Millis, Millis) = (from.parse().ok()?, to.parse().ok()?);
    (from < to).then_some((from, to))
}

fn sort(value: &str) -> Option<Sort> {
    let (name, descending) = match value.strip_prefix('-') {
        Some(name) => (name, true),
        None => (value, false),
    };
    let (by, _) = SORTS.into_iter().find(|(_, known)| *known == name)?;
    Some(Sort { by, descending })
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
            (vec![("seen", "60000-120000")], "/jobs?seen=60000-120000"),
            (vec![("seen", "2-1")], "/jobs"),
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
        let due = query(Kind::CronJob, [("due".into(), "60000-120000".into())]);
        assert_eq!(due.within, Some((60_000, 120_000)));
        assert_eq!(of(&due), "/cronjobs?due=60000-120000");
    }

    #[test]
    fn events_are_the_newest_first_where_the_address_says_no_order() {
        let newest = Sort {
            by: SortBy::Age,
            descending: false,
        };
        for (value, sort, address) in [
            ("", newest, "/events"),
            ("nonsense", newest, "/events"),
            ("age", newest, "/events"),
            ("name", Sort::default(), "/events?sort=name"),
        ] {
            let query = query(Kind::Event, [("sort".into(), value.into())]);
            assert_eq!(
                (query.sort, of(&query).as_str()),
                (sort, address),
                "{value}"
            );
        }
    }

    #[test]
    fn the_schedule_has_pages_as_a_list_has() {
        for (namespaces, offset, address) in [
            (vec![], 0, "/schedule"),
            (vec![], 100, "/schedule?page=2"),
            (vec!["a", "b"], 200, "/schedule?ns=a,b&page=3"),
        ] {
            let namespaces: Vec<String> = namespaces.into_iter().map(String::from).collect();
            assert_eq!(schedule(&namespaces, offset), address);
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
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn an_address_leads_to_one_place() {
        let job = |name: &str| ObjectRef {
            kind: Kind::Job,
            namespace: "data".into(),
            name: name.into(),
        };
        let node = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "x".into(),
        };
        for (path, place) in [
            ("/", Place::Overview),
            ("", Place::Overview),
            ("/schedule", Place::Schedule),
            ("/jobs", Place::List(Kind::Job)),
            ("/events", Place::List(Kind::Event)),
            ("/nodes/x", Place::Object(node)),
            ("/jobs/data/x", Place::Object(job("x"))),
            ("/jobs/data/x-%31", Place::Object(job("x-1"))),
            ("/jobs/data/x/log", Place::Log(job("x"))),
            ("/jobs/data/x/logs", Place::Log(job("x"))),
            ("/jobs/data/x/yaml", Place::Nowhere),
            ("/jobs/data", Place::Nowhere),
            ("/nodes/x/log", Place::Nowhere),
            ("/nodes/data/x", Place::Nowhere),
            ("/events/data/x", Place::Nowhere),
            ("/secrets/data/x", Place::Nowhere),
            ("/jobs/data/x%3FdryRun=All", Place::Nowhere),
            ("/jobs/data/..%2F..", Place::Nowhere),
            ("/jobs/data/%FF", Place::Nowhere),
            ("/%2Fevil.example/data/x/logs", Place::Nowhere),
        ] {
            assert_eq!(Place::at(path), place, "{path}");
        }
    }
}
