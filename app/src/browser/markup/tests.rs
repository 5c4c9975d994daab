//! What is changed, and that it comes to what was wanted.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::paint::Esc;
use Change::{Inner, Put, Take, Text};

fn edit<'a>(path: &[u32], change: Change<'a>) -> Edit<'a> {
    Edit {
        path: path.to_vec(),
        change,
    }
}

#[test]
fn only_what_differs_is_changed() {
    struct Case {
        why: &'static str,
        old: &'static str,
        new: &'static str,
        want: Vec<Edit<'static>>,
    }
    let cases = [
        Case {
            why: "nothing of what is the same",
            old: r#"<tr data-k="a"><td class="x">1</td><td><input type="checkbox">b</td></tr>"#,
            new: r#"<tr data-k="a"><td class="x">1</td><td><input type="checkbox">b</td></tr>"#,
            want: vec![],
        },
        Case {
            why: "the browser numbers the rows, what comes does not",
            old: r#"<tr data-k="a" aria-rowindex="7"><td>1</td></tr>"#,
            new: r#"<tr data-k="b"><td>1</td></tr>"#,
            want: vec![edit(&[], Put("data-k", "b".into()))],
        },
        Case {
            why: "an attribute of the row and a text far within it",
            old: r#"<tr data-k="a"><td>1</td><td><a href="/a">one</a> <b>x</b></td></tr>"#,
            new: r#"<tr data-k="b"><td>1</td><td><a href="/a">one</a> <b>y</b></td></tr>"#,
            want: vec![
                edit(&[], Put("data-k", "b".into())),
                edit(&[1, 2, 0], Text("y".into())),
            ],
        },
        Case {
            why: "attributes come and go, in any order",
            old: r#"<td title="t" class="x"><input value="1" data-all></td>"#,
            new: r#"<td class="x" id="i"><input data-all="" value="2"></td>"#,
            want: vec![
                edit(&[], Put("id", "i".into())),
                edit(&[], Take("title")),
                edit(&[0], Put("value", "2".into())),
            ],
        },
        Case {
            why: "a painter and a browser write one thing in two ways",
            old: "<td title=\"'a' > <b> & c\">'d' &gt; e&nbsp;f</td>",
            new: "<td title=\"&#39;a&#39; &gt; &lt;b&gt; &amp; c\">&#39;d&#39; &gt; e\u{a0}f</td>",
            want: vec![],
        },
        Case {
            why: "a value that holds quotes stands in the others",
            old: "<td data-deed=\"{&quot;a&quot;:'>'}\">1</td>",
            new: "<td data-deed='{\"a\":&#39;>&#39;}'>1</td>",
            want: vec![],
        },
        Case {
            why: "what is changed is said as it is meant",
            old: r#"<td title="a">b</td>"#,
            new: r#"<td title="&quot;a&quot;">&lt;b&gt; &amp;lt; &more</td>"#,
            want: vec![
                edit(&[], Put("title", "\"a\"".into())),
                edit(&[0], Text("<b> &lt; &more".into())),
            ],
        },
        Case {
            why: "what is made otherwise is made anew, as little of it as can be",
            old: r#"<td><span class="dots"><a class="ct"></a></span><i>1</i></td>"#,
            new: r#"<td><span class="dots"><a class="sq"></a><a class="sq"></a></span><i>2</i></td>"#,
            want: vec![
                edit(&[0], Inner(r#"<a class="sq"></a><a class="sq"></a>"#)),
                edit(&[1, 0], Text("2".into())),
            ],
        },
        Case {
            why: "a text that comes, one that goes, and another element",
            old: "<tr><td></td><td>a</td><td><i>a</i></td></tr>",
            new: "<tr><td>b</td><td></td><td><b>a</b></td></tr>",
            want: vec![
                edit(&[0], Inner("b")),
                edit(&[1], Inner("")),
                edit(&[2], Inner("<b>a</b>")),
            ],
        },
        Case {
            why: "a mark between parts is one of them",
            old: "<td><!---->a<!----></td>",
            new: "<td><!>b<!></td>",
            want: vec![edit(&[1], Text("b".into()))],
        },
        Case {
            why: "what the clock has said of a time stays while it is that time",
            old: r#"<td><time data-at="5" data-say="ago" title="Monday">7 s ago</time></td>"#,
            new: r#"<td><time data-at="5" data-say="ago">00:05 UTC</time></td>"#,
            want: vec![],
        },
        Case {
            why: "of another time the clock says the words",
            old: r#"<td><time datetime="5" data-at="5" data-say="ago" title="Monday">7 s ago</time></td>"#,
            new: r#"<td><time datetime="6" data-at="6" data-say="ago" title="Monday">6 s ago</time></td>"#,
            want: vec![
                edit(&[0], Put("datetime", "6".into())),
                edit(&[0], Put("data-at", "6".into())),
                edit(&[0], Take("title")),
            ],
        },
        Case {
            why: "a time that another is compared with, too",
            old: r#"<i data-at="5" data-say="times" data-usual="1">x</i>"#,
            new: r#"<i data-at="5" data-say="times" data-usual="2">x</i>"#,
            want: vec![edit(&[], Put("data-usual", "2".into()))],
        },
    ];
    for case in cases {
        let got = edits(case.old, case.new);
        assert_eq!(got, Some(case.want), "{}", case.why);
    }
}

#[test]
fn what_is_no_pair_of_elements_is_not_changed() {
    let row = "<tr><td>a</td></tr>";
    let deep = "<i>".repeat(10_000) + &"</i>".repeat(10_000);
    let others = [
        "",
        "a",
        "<",
        "<>",
        "</tr>",
        "<tr",
        "<tr>",
        "<tr><td>",
        "<tr><td>a</td>",
        "<td></td>",
        "<tr><td>a</td></tr>b",
        "<!-- a --><tr></tr>",
        "<tr><td title=\"></td></tr>",
        deep.as_str(),
    ];
    for other in others {
        assert_eq!(edits(row, other), None, "{other:.40}");
        assert_eq!(edits(other, row), None, "{other:.40}");
    }
    assert_eq!(edits(&deep, &deep), None, "deeper than a row is");
}

#[test]
fn elements_beside_each_other_are_told_apart() {
    let (a, b) = (
        r#"<tr class="x" data-k="a &amp; b"><td><tr>1</tr>&gt;</td></tr>"#,
        r#"<input data-k="c" title=">">"#,
    );
    let html = format!("{a}<!---->{b}<!>");
    let want = vec![("a & b".into(), a), ("c".into(), b)];
    assert_eq!(elements(&html, "data-k"), Some(want));
    for html in [
        "text",
        "<tr></tr>",
        "<tr data-k=\"a\">",
        "<tr data-k=\"a\"></tr> ",
    ] {
        assert_eq!(elements(html, "data-k"), None, "{html}");
    }
    assert_eq!(elements("", "data-k"), Some(vec![]));
}

/// A tree as a browser would have it.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Element(String, BTreeMap<String, String>, Vec<Tree>),
    Text(String),
}

impl Tree {
    fn html(&self) -> String {
        match self {
            Self::Text(text) => Esc(text).to_string(),
            Self::Element(name, attributes, children) => {
                let attribute =
                    |(name, value): (&String, &String)| format!(" {name}=\"{}\"", Esc(value));
                let attributes: String = attributes.iter().map(attribute).collect();
                let children: String = children.iter().map(Self::html).collect();
                format!("<{name}{attributes}>{children}</{name}>")
            }
        }
    }

    fn apply(&mut self, edit: &Edit, parsed: &BTreeMap<String, Vec<Tree>>) {
        let mut node = self;
        for place in &edit.path {
            let Self::Element(_, _, children) = node else {
                panic!("a text holds nothing");
            };
            node = &mut children[*place as usize];
        }
        match (node, &edit.change) {
            (Self::Text(text), Text(new)) => *text = new.to_string(),
            (Self::Element(_, attributes, _), Put(name, value)) => {
                attributes.insert((*name).to_owned(), value.to_string());
            }
            (Self::Element(_, attributes, _), Take(name)) => {
                attributes.remove(*name).expect("it was there");
            }
            (Self::Element(_, _, children), Inner(html)) => *children = parsed[*html].clone(),
            (node, change) => panic!("{change:?} of {node:?}"),
        }
    }

    /// What is within each element, by how it is written.
    fn inner(&self, all: &mut BTreeMap<String, Vec<Tree>>) {
        if let Self::Element(_, _, children) = self {
            all.insert(children.iter().map(Self::html).collect(), children.clone());
            children.iter().for_each(|child| child.inner(all));
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let attributes = || btree_map("class|href|title", "[a&<>\"' ]{0,3}", 0..3);
    let element = move |children| {
        let parts = ("[abi]", attributes(), children);
        parts.prop_map(|(name, attributes, children)| Tree::Element(name, attributes, children))
    };
    let leaf = prop_oneof![
        "[a&<>\"' ;]{1,4}".prop_map(Tree::Text),
        element(Just(Vec::new()).boxed()),
    ];
    let grown = leaf.prop_recursive(4, 24, 4, move |inner| {
        let children = vec(inner, 0..4).prop_map(|mut children| {
            // a browser has no two texts beside each other
            children.dedup_by(|one, other| matches!((one, other), (Tree::Text(_), Tree::Text(_))));
            children
        });
        element(children.boxed())
    });
    let root = |tree| Tree::Element("tr".into(), BTreeMap::new(), vec![tree]);
    grown.prop_map(root)
}

proptest! {
    #[test]
    fn what_is_changed_so_is_what_was_wanted(old in tree(), new in tree()) {
        let (before, after) = (old.html(), new.html());
        let edits = edits(&before, &after).expect("both are rows");
        let (mut parsed, mut got) = (BTreeMap::new(), old);
        new.inner(&mut parsed);
        for edit in &edits {
            got.apply(edit, &parsed);
        }
        prop_assert_eq!(got, new);
    }

    #[test]
    fn nothing_is_too_odd_to_be_read(old in "[<>/a =\"'&;!\\-é]{0,24}", new in "[<>/a =\"'&;!\\-é]{0,24}") {
        let _ = edits(&old, &new);
        let _ = edits(&format!("<a>{old}</a>"), &format!("<a>{new}</a>"));
        let _ = elements(&old, "a");
    }
}
