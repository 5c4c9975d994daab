//! Who may know whom: the rules of the rooms, as a table.
//!
//! A room's own manifest is read, not the resolved graph: a rule is broken by the line that states a
//! dependency, and that line is what the message names. Dev-dependencies are free.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{cargo, output, say};

/// What a room may have as normal and build dependencies.
struct Rule {
    room: &'static str,
    /// Our own rooms that it may know.
    rooms: Rooms,
    /// It may know Kubernetes' types and client.
    kubernetes: bool,
    /// It may know Leptos.
    leptos: bool,
    why: &'static str,
}

enum Rooms {
    All,
    Only(&'static [&'static str]),
}
use Rooms::{All, Only};

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { room: "view", rooms: Only(&[]), kubernetes: false, leptos: false, why: "rows compile for the browser" },
    Rule { room: "clock", rooms: Only(&[]), kubernetes: false, leptos: false, why: "time knows nobody" },
    Rule { room: "schedule", rooms: Only(&[]), kubernetes: false, leptos: false, why: "cron is pure" },
    Rule { room: "store", rooms: Only(&["clock"]), kubernetes: false, leptos: false, why: "values are opaque bytes" },
    Rule { room: "apis", rooms: Only(&["clock", "schedule"]), kubernetes: true, leptos: false, why: "the kinds are pure" },
    Rule { room: "apiserver", rooms: Only(&["store", "clock", "apis", "schedule"]), kubernetes: true, leptos: false, why: "the API knows no controller" },
    Rule { room: "informer", rooms: Only(&["clock"]), kubernetes: true, leptos: false, why: "the seam is kube::Client" },
    Rule { room: "controllers", rooms: Only(&["informer", "clock", "schedule", "apis", "view"]), kubernetes: true, leptos: false, why: "the seam is kube::Client" },
    Rule { room: "scheduler", rooms: Only(&["informer", "clock", "apis", "view"]), kubernetes: true, leptos: false, why: "the seam is kube::Client" },
    Rule { room: "kubelet", rooms: Only(&["informer", "clock", "apis", "view"]), kubernetes: true, leptos: false, why: "the seam is kube::Client" },
    Rule { room: "readmodel", rooms: Only(&["informer", "clock", "schedule", "apis", "view"]), kubernetes: true, leptos: false, why: "the seam is kube::Client" },
    Rule { room: "sim", rooms: Only(&["store", "apiserver", "apis", "informer", "controllers", "scheduler", "kubelet", "readmodel", "clock", "schedule", "view"]), kubernetes: true, leptos: false, why: "the cluster without its sockets" },
    Rule { room: "app", rooms: Only(&["view"]), kubernetes: false, leptos: true, why: "the page knows only what it shows" },
    Rule { room: "frontend", rooms: Only(&["app"]), kubernetes: false, leptos: true, why: "hydrate, and nothing else" },
    Rule { room: "server", rooms: All, kubernetes: true, leptos: true, why: "it wires everything" },
    Rule { room: "tests", rooms: All, kubernetes: true, leptos: false, why: "they look at the whole" },
    Rule { room: "xtask", rooms: Only(&[]), kubernetes: false, leptos: false, why: "it builds before anything else does" },
];

/// Fails with one line for every broken rule.
pub fn lint() -> Result<()> {
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let manifests = manifests(&metadata).context("cargo's metadata has another shape")?;
    let broken = broken(&manifests);
    if !broken.is_empty() {
        bail!("the rooms' rules are broken:\n  {}", broken.join("\n  "));
    }
    say(format!(
        "the dependencies of {} rooms are as the rules say",
        manifests.len()
    ));
    Ok(())
}

/// The dependencies, dev ones left out, of every package.
fn manifests(metadata: &Value) -> Option<BTreeMap<String, Vec<String>>> {
    let mut manifests = BTreeMap::new();
    for package in metadata["packages"].as_array()? {
        let dependencies = package["dependencies"].as_array()?.iter();
        let names = dependencies
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| Some(room(dependency["name"].as_str()?).to_owned()));
        manifests.insert(room(package["name"].as_str()?).to_owned(), names.collect());
    }
    Some(manifests)
}

fn room(package: &str) -> &str {
    package.strip_prefix("orrery-").unwrap_or(package)
}

fn broken(manifests: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (room, dependencies) in manifests {
        let Some(rule) = RULES.iter().find(|rule| rule.room == room) else {
            broken.push(format!(
                "{room} has no rule; say in xtask/src/lint.rs whom it may know"
            ));
            continue;
        };
        for dependency in dependencies.iter().filter(|name| !allows(rule, name)) {
            broken.push(format!("{room} must not know {dependency}: {}", rule.why));
        }
    }
    broken
}

fn allows(rule: &Rule, dependency: &str) -> bool {
    let ours = RULES.iter().any(|other| other.room == dependency);
    match dependency {
        // whole-system tests may drive the server in process; nothing else may
        "server" => rule.room == "tests",
        name if ours => match rule.rooms {
            All => true,
            Only(rooms) => rooms.contains(&name),
        },
        name if name == "kube" || name.starts_with("k8s-") => rule.kubernetes,
        name if name.starts_with("leptos") => rule.leptos,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_is_named() {
        let rows = [
            ("app", "view", true, "the page knows rows"),
            ("app", "readmodel", false, "and nothing else of ours"),
            ("app", "leptos_router", true, "it is made of Leptos"),
            (
                "app",
                "k8s-openapi",
                false,
                "which no Kubernetes type may reach",
            ),
            ("controllers", "kube", true, "the seam"),
            ("controllers", "store", false, "never below the seam"),
            ("kubelet", "apiserver", false, "never below the seam"),
            ("readmodel", "leptos", false, "Leptos stays in the page"),
            (
                "apiserver",
                "controllers",
                false,
                "the API knows no controller",
            ),
            ("sim", "server", false, "nothing knows the server"),
            ("tests", "server", true, "but the whole-system tests"),
            ("server", "kubelet", true, "which knows all"),
            ("unheard-of", "serde", false, "every room needs a rule"),
        ];
        for (room, dependency, fine, sentence) in rows {
            let manifests = BTreeMap::from([(room.to_owned(), vec![dependency.to_owned()])]);
            let broken = broken(&manifests);
            assert_eq!(
                broken.is_empty(),
                fine,
                "{room} → {dependency}: {sentence} {broken:?}"
            );
        }
    }
}
