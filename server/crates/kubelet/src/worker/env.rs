//! `$(VAR)` expansion and downward fields, as upstream's kubelet reads them. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};

/// Linux gives no process a longer word (`MAX_ARG_STRLEN`).
const MAX_WORD_BYTES: usize = 128 * 1024;
/// Nor more than this of words and environment together.
pub const MAX_WORDS_BYTES: usize = 6 * 1024 * 1024;

/// Replaces `$(NAME)` by its value, `$$` by `$`; an unknown name stays as it is written. Values that double each other
/// would fill the memory, so nothing is added to a text that is too long for any process, which starting it tells.
pub fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    // behind a reference that does not end there is none that does
    let mut may_end = true;
    while let Some(at) = rest.find('$') {
        if result.len() > MAX_WORD_BYTES {
            return result;
        }
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let opened = rest.strip_prefix('(').filter(|_| may_end);
        let Some(opened) = opened else {
            result.push('$');
            continue;
        };
        let Some((name, after)) = opened.split_once(')') else {
            may_end = false;
            result.push('$');
            continue;
        };
        match values.get(name) {
            Some(value) => result.push_str(value),
            None => result.push_str(&format!("$({name})")),
        }
        rest = after;
    }
    result + rest
}

/// The value of a `fieldRef`; `addresses` are the host's and the pod's.
pub fn field(pod: &Pod, path: &str, host_ip: &str, pod_ip: &str) -> Option<String> {
    let meta = &pod.metadata;
    let spec = pod.spec.as_ref();
    let keyed = |prefix: &str, map: &Option<BTreeMap<String, String>>| {
        let key = path.strip_prefix(prefix)?.strip_suffix("']")?;
        Some(
            map.as_ref()
                .and_then(|map| map.get(key))
                .cloned()
                .unwrap_or_default(),
        )
    };
    Some(match path {
        "metadata.name" => meta.name.clone()?,
        "metadata.namespace" => meta.namespace.clone()?,
        "metadata.uid" => meta.uid.clone()?,
        "metadata.labels" => lines(meta.labels.as_ref()),
        "metadata.annotations" => lines(meta.annotations.as_ref()),
        "spec.nodeName" => spec?.node_name.clone()?,
        "spec.serviceAccountName" => spec?.service_account_name.clone().unwrap_or_default(),
        "status.hostIP" | "status.hostIPs" => host_ip.to_owned(),
        "status.podIP" | "status.podIPs" => pod_ip.to_owned(),
        _ => {
            return keyed("metadata.labels['", &meta.labels)
                .or_else(|| keyed("metadata.annotations['", &meta.annotations));
        }
    })
}

/// `key="value"` per line, as the downward API writes maps.
fn lines(map: Option<&BTreeMap<String, String>>) -> String {
    let entries = map.into_iter().flatten();
    entries
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The value of a `resourceFieldRef`: in units of `divisor`, rounded up. A limit that is not set is
/// the node's own, as upstream has it.
pub fn resource(
    container: &Container,
    path: &str,
    divisor: f64,
    node: (f64, f64),
) -> Option<String> {
    let (list, name) = path.split_once('.')?;
    let resources = container.resources.as_ref();
    let map = match list {
        "limits" => resources.and_then(|r| r.limits.as_ref()),
        "requests" => resources.and_then(|r| r.requests.as_ref()),
        _ => return None,
    };
    let written = map
        .and_then(|map| map.get(name))
        .and_then(|quantity| amount(&quantity.0));
    let value = match (written, list, name) {
        (Some(value), ..) => value,
        (None, "limits", "cpu") => node.0,
        (None, "limits", "memory") => node.1,
        _ => 0.0,
    };
    let divisor = if divisor > 0.0 { divisor } else { 1.0 };
    Some(format!("{}", (value / divisor).ceil()))
}

/// A quantity as a number. Exact arithmetic is the API's business; here amounts become limits.
pub fn amount(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    if let Ok(number) = text.parse::<f64>() {
        return Some(number);
    }
    let (suffix, factor) = SUFFIXES.iter().find(|(suffix, _)| text.ends_with(suffix))?;
    text.strip_suffix(suffix)?
        .parse::<f64>()
        .ok()
        .map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion() {
        let values: BTreeMap<String, String> = [("A", "1"), ("B", "two words"), ("C", "$(A)")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        let rows = [
            ("plain text", "plain", "plain"),
            ("a reference", "x$(A)y", "x1y"),
            ("two references", "$(A)$(B)", "1two words"),
            ("an unknown name stays", "$(NOPE)", "$(NOPE)"),
            ("an escape", "$$(A)", "$(A)"),
            ("two dollars are one", "a$$b", "a$b"),
            ("an escaped reference after a dollar", "$$$(A)", "$1"),
            ("values are not expanded again", "$(C)", "$(A)"),
            ("an unclosed reference stays", "$(A", "$(A"),
            ("a shell variable stays", "$HOME ${HOME}", "$HOME ${HOME}"),
            ("a dollar at the end stays", "cost$", "cost$"),
            ("what stands behind one, too", "$(A)$(B$$$(", "1$(B$$("),
            (
                "one within another is a part of its name",
                "$($(A))",
                "$($(A))",
            ),
        ];
        for (why, text, want) in rows {
            assert_eq!(expand(text, &values), want, "{why}");
        }
    }

    /// Looked for anew from each, the end of the text would be come to after minutes.
    #[test]
    fn references_that_do_not_end_are_looked_for_once() {
        let text = "$(".repeat(MAX_WORD_BYTES / 2) + &"x".repeat(16 << 20);
        assert!(expand(&text, &BTreeMap::new()) == text, "it stays");
    }

    #[test]
    fn what_doubles_itself_ends() {
        let mut values = BTreeMap::new();
        values.insert("A0".to_owned(), "x".repeat(1_000));
        for n in 1..100 {
            let text = format!("$(A{0})$(A{0})", n - 1);
            let value = expand(&text, &values);
            values.insert(format!("A{n}"), value);
        }
        let lengths = MAX_WORD_BYTES + 1..=2 * MAX_WORD_BYTES;
        assert!(lengths.contains(&values["A99"].len()));
    }

    #[test]
    fn amounts() {
        for (text, want) in [
            ("64Mi", 67_108_864.0),
            ("250m", 0.25),
            ("2", 2.0),
            ("1e3", 1000.0),
            ("1G", 1e9),
        ] {
            assert_eq!(amount(text), Some(want), "{text}");
        }
        assert_eq!(amount("x"), None);
    }
}
