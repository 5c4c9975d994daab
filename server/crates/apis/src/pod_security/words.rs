//! How upstream lists what it refuses.

/// `"a", "b"`
pub(super) fn quoted<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let items = items.into_iter();
    let items: Vec<String> = items.map(|item| format!("\"{}\"", item.as_ref())).collect();
    items.join(", ")
}

/// The word for so many of them.
pub(super) fn plural(word: &str, count: usize) -> String {
    match count {
        1 => word.to_owned(),
        _ => format!("{word}s"),
    }
}

/// `container "a"`, or `containers "a", "b"`
pub(super) fn containers(names: &[&str]) -> String {
    let word = plural("container", names.len());
    format!("{word} {}", quoted(names))
}

/// What one or several do with it: `uses`, or `use`.
pub(super) fn uses(count: usize) -> &'static str {
    match count {
        1 => "uses",
        _ => "use",
    }
}

/// `pod and containers "a", "b"`; `None` for nobody.
pub(super) fn setters(pod: bool, names: &[&str]) -> Option<String> {
    let pod = pod.then(|| "pod".to_owned());
    let listed = (!names.is_empty()).then(|| containers(names));
    let setters: Vec<String> = pod.into_iter().chain(listed).collect();
    (!setters.is_empty()).then(|| setters.join(" and "))
}
