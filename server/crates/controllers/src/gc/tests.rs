//! The collector's decisions, a row each.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use orrery_informer::ObjectKey;

use super::decide::{Action, Policy, Standing, decide};
use super::graph::Graph;
use super::item::{FOREGROUND, Item, KindName, ORPHAN};

fn item(uid: &str, owners: &[(&str, bool)], finalizers: &[&str], deleting: bool) -> Item {
    let reference = |(uid, blocks): &(&str, bool)| OwnerReference {
        api_version: "batch/v1".into(),
        kind: "Job".into(),
        name: (*uid).into(),
        uid: (*uid).into(),
        block_owner_deletion: Some(*blocks),
        ..OwnerReference::default()
    };
    Item {
        kind: KindName {
            api_version: "batch/v1".into(),
            kind: "Job".into(),
        },
        key: ObjectKey::new("default", uid),
        uid: uid.into(),
        owners: owners.iter().map(reference).collect(),
        finalizers: finalizers.iter().map(|f| (*f).into()).collect(),
        deleting,
    }
}

struct Case {
    why: &'static str,
    item: Item,
    standings: &'static [Standing],
    dependents: Vec<Item>,
    expect: Action,
}

#[test]
fn gc_01_to_05_decisions() {
    use Standing::{Dangling, Solid, Unknown, Waiting};
    let two = || item("p", &[("a", true), ("b", true)], &[], false);
    let one = |finalizers: &[&str]| item("p", &[("a", true)], finalizers, false);
    let cases = [
        Case {
            why: "GC-01 the owner is gone",
            item: one(&[]),
            standings: &[Dangling],
            dependents: vec![],
            expect: Action::Delete(Policy::Background),
        },
        Case {
            why: "GC-04 the object's own finalizer decides the policy",
            item: one(&[ORPHAN]),
            standings: &[Dangling],
            dependents: vec![],
            expect: Action::Delete(Policy::Orphan),
        },
        Case {
            why: "GC-04 so does one that waits for its dependents",
            item: one(&[FOREGROUND]),
            standings: &[Dangling],
            dependents: vec![],
            expect: Action::Delete(Policy::Foreground),
        },
        Case {
            why: "GC-04 of both, the one that lets them go",
            item: one(&[FOREGROUND, ORPHAN]),
            standings: &[Dangling],
            dependents: vec![],
            expect: Action::Delete(Policy::Orphan),
        },
        Case {
            why: "GC-04 one solid owner keeps it; the dangling reference goes",
            item: two(),
            standings: &[Solid, Dangling],
            dependents: vec![],
            expect: Action::DropOwners(vec!["b".into()]),
        },
        Case {
            why: "GC-04 a solid owner keeps it from a foreground deletion of the other",
            item: two(),
            standings: &[Waiting, Solid],
            dependents: vec![],
            expect: Action::DropOwners(vec!["a".into()]),
        },
        Case {
            why: "all owners are there",
            item: two(),
            standings: &[Solid, Solid],
            dependents: vec![],
            expect: Action::Nothing,
        },
        Case {
            why: "GC-05 an owner nobody can look up keeps it",
            item: one(&[]),
            standings: &[Unknown],
            dependents: vec![],
            expect: Action::Nothing,
        },
        Case {
            why: "GC-05 nor does anything become of the owner that is gone beside it",
            item: two(),
            standings: &[Unknown, Dangling],
            dependents: vec![],
            expect: Action::Nothing,
        },
        Case {
            why: "GC-02 the owner waits and the object has dependents: foreground all the way down",
            item: one(&[]),
            standings: &[Waiting],
            dependents: vec![item("x", &[("p", true)], &[], false)],
            expect: Action::Delete(Policy::Foreground),
        },
        Case {
            why: "GC-02 a dependent that waits for it may be its owner: it holds up none first",
            item: two(),
            standings: &[Waiting, Dangling],
            dependents: vec![item("a", &[("p", true)], &[FOREGROUND], true)],
            expect: Action::Unblock(vec!["a".into(), "b".into()]),
        },
        Case {
            why: "GC-02 once it holds up none it goes",
            item: item("p", &[("a", false)], &[], false),
            standings: &[Waiting],
            dependents: vec![item("a", &[("p", true)], &[FOREGROUND], true)],
            expect: Action::Delete(Policy::Foreground),
        },
        Case {
            why: "GC-02 the owner waits and the object has none",
            item: one(&[]),
            standings: &[Waiting],
            dependents: vec![],
            expect: Action::Delete(Policy::Background),
        },
        Case {
            why: "GC-02 dependents that block are waited for",
            item: item("j", &[], &[FOREGROUND], true),
            standings: &[],
            dependents: vec![
                item("p", &[("j", true)], &[], false),
                item("q", &[("j", false)], &[], false),
            ],
            expect: Action::WaitFor(vec!["p".into()]),
        },
        Case {
            why: "GC-02 without blocking dependents it may go",
            item: item("j", &[], &[FOREGROUND], true),
            standings: &[],
            dependents: vec![item("q", &[("j", false)], &[], false)],
            expect: Action::RemoveForegroundFinalizer,
        },
        Case {
            why: "what is being deleted already is left to its deletion",
            item: item("p", &[("a", true)], &[], true),
            standings: &[Dangling],
            dependents: vec![],
            expect: Action::Nothing,
        },
    ];
    for case in cases {
        let owners: Vec<_> = case
            .item
            .owners
            .iter()
            .zip(case.standings.iter().copied())
            .collect();
        let dependents: Vec<_> = case.dependents.iter().collect();
        assert_eq!(
            decide(&case.item, &owners, &dependents),
            case.expect,
            "{}",
            case.why
        );
    }
}

#[test]
fn the_graph_nudges_those_whose_picture_changed() {
    let mut graph = Graph::default();
    let unknown_owner = graph.put(item("p", &[("j", true)], &[], false));
    assert!(
        unknown_owner.collect.contains("p"),
        "an owner never seen is looked up"
    );
    assert_eq!(graph.put(item("j", &[], &[], false)).collect.len(), 0);
    assert_eq!(
        graph
            .put(item("p", &[("j", true)], &[], false))
            .collect
            .len(),
        0,
        "a known owner is trusted"
    );
    let foreground = graph.put(item("j", &[], &[FOREGROUND], true));
    assert!(foreground.collect.contains("j") && foreground.collect.contains("p"));
    assert!(
        graph.remove("p").collect.contains("j"),
        "the owner was waiting for it"
    );
    graph.put(item("r", &[("j", true)], &[], false));
    let released = graph.put(item("r", &[], &[], false));
    assert!(
        released.collect.contains("j"),
        "the owner was waiting for one that is released"
    );
    graph.put(item("q", &[("j", true)], &[], false));
    assert!(graph.remove("j").collect.contains("q"), "its owner is gone");
    assert!(
        graph
            .put(item("k", &[], &[ORPHAN], true))
            .orphan
            .contains("k")
    );
}

#[test]
fn gc_02_who_waits_for_many_is_looked_at_once_none_holds_it_up() {
    let mut graph = Graph::default();
    let pod = |uid: &str, blocks: bool| item(uid, &[("j", blocks)], &[], true);
    graph.put(item("j", &[], &[FOREGROUND], true));
    for (uid, blocks) in [("p", true), ("q", true), ("r", true), ("s", false)] {
        let added = graph.put(pod(uid, blocks));
        assert!(!added.collect.contains("j"), "{uid} is one more");
    }
    let rows = [
        ("two are left", graph.remove("p"), false),
        ("one is left", graph.put(pod("q", false)), false),
        (
            "it is named no more",
            graph.put(item("r", &[], &[], true)),
            true,
        ),
        ("one that held up nothing", graph.remove("s"), true),
    ];
    for (why, nudges, looked_at) in rows {
        assert_eq!(nudges.collect.contains("j"), looked_at, "{why}");
    }
}

#[test]
fn gc_05_owners_in_other_namespaces_are_doubted_and_told_of() {
    let in_namespace = |mut item: Item, namespace: &str| {
        item.key.namespace = namespace.to_owned();
        item
    };
    let names_j = || item("p", &[("j", true)], &[], false);
    let rows = [
        ("the same namespace", "default", "default", false),
        ("another namespace", "other", "default", true),
        ("no namespace, and the owner in one", "", "default", true),
        ("an owner for all namespaces", "other", "", false),
    ];
    for (why, dependent, owner, expected) in rows {
        let child = in_namespace(names_j(), dependent);
        let parent = in_namespace(item("j", &[], &[], false), owner);
        for parent_first in [true, false] {
            let mut graph = Graph::default();
            let (first, second) = match parent_first {
                true => (&parent, &child),
                false => (&child, &parent),
            };
            graph.put(first.clone());
            let nudges = graph.put(second.clone());
            let told: Vec<_> = nudges.misplaced.iter().map(|(item, _)| &item.uid).collect();
            assert_eq!(told.len(), usize::from(expected), "{why}: {told:?}");
            assert_eq!(nudges.collect.contains("p"), expected, "{why}");
            let again = graph.put(child.clone());
            assert!(again.misplaced.is_empty(), "{why}: told once");
        }
    }
}

#[test]
fn gc_04_a_reference_that_names_another_object_than_its_uid_is_doubted() {
    let rows = [
        ("what it is", "batch/v1", "Job", "j", false),
        (
            "another version of its group",
            "batch/v2",
            "Job",
            "j",
            false,
        ),
        ("another name", "batch/v1", "Job", "k", true),
        ("another kind", "batch/v1", "CronJob", "j", true),
        ("another group", "apps/v1", "Job", "j", true),
    ];
    for (why, api_version, kind, name, doubted) in rows {
        let owner = item("j", &[], &[], false);
        let mut child = item("p", &[("j", true)], &[], false);
        child.owners[0].api_version = api_version.to_owned();
        child.owners[0].kind = kind.to_owned();
        child.owners[0].name = name.to_owned();
        for owner_first in [true, false] {
            let mut graph = Graph::default();
            let (first, second) = match owner_first {
                true => (&owner, &child),
                false => (&child, &owner),
            };
            graph.put(first.clone());
            let nudges = graph.put(second.clone());
            assert_eq!(nudges.collect.contains("p"), doubted, "{why}");
            assert!(nudges.misplaced.is_empty(), "{why}");
        }
    }
}
