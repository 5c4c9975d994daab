//! Empty lists and maps, which Go leaves out (`omitempty`) and our types write once they are there: a
//! patch that takes the last finalizer away must not leave `finalizers: []` behind.
//!
//! Works on the encoded text, whose order of fields is part of the contract (DS-48).

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::shapes::Shape;

/// Objects that Go has by value, or that mean something while empty: no reason to look closer.
const MAY_BE_EMPTY: [&str; 12] = [
    "daemonEndpoints",
    "emptyDir",
    "lastState",
    "loadBalancer",
    "metadata",
    "resources",
    "securityContext",
    "source",
    "spec",
    "state",
    "status",
    "uncountedTerminatedPods",
];

/// The object's JSON without them.
pub fn cut(text: Vec<u8>, shape: &Shape) -> Vec<u8> {
    if !may_have_any(&text) {
        return text;
    }
    let mut scan = Scan {
        text: &text,
        at: 0,
        cuts: Vec::new(),
    };
    scan.value(shape);
    let cuts = scan.cuts;
    let mut kept = Vec::with_capacity(text.len());
    let mut from = 0;
    for span in cuts {
        kept.extend_from_slice(&text[from..span.start]);
        from = span.end;
    }
    kept.extend_from_slice(&text[from..]);
    kept
}

/// One look at the places where something is empty; of most objects no field that may be cut is.
fn may_have_any(text: &[u8]) -> bool {
    static EMPTY: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| [":[]", ":{}"].map(Finder::new));
    let mut ends = EMPTY.iter().flat_map(|empty| empty.find_iter(text));
    ends.any(|end| {
        let before = text[..end].strip_suffix(b"\"").unwrap_or_default();
        let key = before
            .rsplit(|byte| *byte == b'"')
            .next()
            .unwrap_or_default();
        is_name(key) && !MAY_BE_EMPTY.iter().any(|kept| kept.as_bytes() == key)
    })
}

/// A type's field; who owns which field is written in others (`f:name`, `k:{…}`, `.`), each empty.
fn is_name(key: &[u8]) -> bool {
    !key.is_empty() && key.iter().all(u8::is_ascii_alphanumeric)
}

/// Reads compact JSON that our own encoder wrote.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    cuts: Vec<Range<usize>>,
}

impl Scan<'_> {
    fn value(&mut self, shape: &Shape) {
        match self.text.get(self.at) {
            Some(b'{') => self.object(shape),
            Some(b'[') => self.array(shape),
            Some(b'"') => drop(self.string()),
            _ => {
                while !matches!(self.text.get(self.at), None | Some(b',' | b'}' | b']')) {
                    self.at += 1;
                }
            }
        }
    }

    fn object(&mut self, shape: &Shape) {
        self.at += 1;
        let mut kept_until = None;
        while !matches!(self.text.get(self.at), None | Some(b'}')) {
            let start = self.at;
            let key = self.string();
            self.at += 1;
            let below = shape.field(&key);
            let is_empty = matches!(self.text.get(self.at..self.at + 2), Some(b"[]" | b"{}"));
            let goes = is_empty
                && matches!(below, Shape::List { .. } | Shape::Map { .. })
                && shape.declares(&key)
                && !shape.requires(&key);
            self.value(below);
            let comma = self.text.get(self.at) == Some(&b',');
            if goes && comma {
                self.cuts.push(start..self.at + 1);
            } else if goes {
                // the last field: all goes from the last that stays, for no comma follows that one now
                let from = kept_until.unwrap_or(start);
                self.cuts
                    .truncate(self.cuts.partition_point(|cut| cut.start < from));
                self.cuts.push(from..self.at);
            } else {
                kept_until = Some(self.at);
            }
            self.at += usize::from(comma);
        }
        self.at += 1;
    }

    fn array(&mut self, shape: &Shape) {
        self.at += 1;
        while !matches!(self.text.get(self.at), None | Some(b']')) {
            self.value(shape.item());
            self.at += usize::from(self.text.get(self.at) == Some(&b','));
        }
        self.at += 1;
    }

    /// Field names of types have no escapes; other keys are only passed.
    fn string(&mut self) -> String {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
            self.at += 1;
        }
        let end = self.at.min(self.text.len());
        self.at += 1;
        String::from_utf8_lossy(&self.text[start..end]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_17_what_go_omits_when_empty_is_cut() {
        let pod = Shape::Struct("io.k8s.api.core.v1.Pod".to_owned());
        let rows = [
            (
                r#"{"metadata":{"name":"p","finalizers":[]}}"#,
                r#"{"metadata":{"name":"p"}}"#,
            ),
            (
                r#"{"metadata":{"finalizers":[],"labels":{}},"spec":{"containers":[]}}"#,
                r#"{"metadata":{},"spec":{"containers":[]}}"#,
            ),
            (
                r#"{"metadata":{"labels":{},"name":"p"},"spec":{"containers":[{"command":[],"name":"a,]\"","resources":{}}],"nodeSelector":{},"volumes":[{"emptyDir":{}}]}}"#,
                r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a,]\"","resources":{}}],"volumes":[{"emptyDir":{}}]}}"#,
            ),
            (
                r#"{"metadata":{"annotations":{"a":"[]"}},"spec":{"tolerations":[],"containers":[{"env":[]}]}}"#,
                r#"{"metadata":{"annotations":{"a":"[]"}},"spec":{"containers":[{}]}}"#,
            ),
            (
                r#"{"metadata":{"name":"p","finalizers":[],"labels":{}},"spec":{"tolerations":[],"containers":[{"env":[],"name":"c","ports":[],"volumeDevices":[],"volumeMounts":[]}],"imagePullSecrets":[],"volumes":[]}}"#,
                r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c"}]}}"#,
            ),
            (
                r#"{"metadata":{"finalizers":[],"labels":{}}}"#,
                r#"{"metadata":{}}"#,
            ),
        ];
        for (text, want) in rows {
            let cut = cut(text.as_bytes().to_vec(), &pod);
            assert_eq!(String::from_utf8_lossy(&cut), want);
        }
    }

    /// A selector that is a map is none when it is empty; of those that are objects, it selects all.
    #[test]
    fn k_17_an_empty_selector_goes_where_it_is_a_map() {
        let rows = [
            (
                "io.k8s.api.core.v1.Service",
                r#"{"spec":{"ports":[{"port":80}]}}"#,
            ),
            (
                "io.k8s.api.policy.v1.PodDisruptionBudget",
                r#"{"spec":{"ports":[{"port":80}],"selector":{}}}"#,
            ),
        ];
        for (schema, want) in rows {
            let text = br#"{"spec":{"ports":[{"port":80}],"selector":{}}}"#.to_vec();
            let cut = cut(text, &Shape::Struct(schema.to_owned()));
            assert_eq!(String::from_utf8_lossy(&cut), want, "{schema}");
        }
    }
}
