use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, Endpoints, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_json::{Value, json};

use super::*;
use crate::{Column, Kind};

/// `Name=name` has that format, `Active:integer` is no string, `Selector*` is of `-o wide` only.
fn said(column: &Column) -> String {
    assert!(!column.description.is_empty(), "{}", column.name);
    let wide = if column.priority == 0 { "" } else { "*" };
    let type_ = match column.type_ {
        "string" => String::new(),
        other => format!(":{other}"),
    };
    let format = match column.format {
        "" => String::new(),
        format => format!("={format}"),
    };
    format!("{}{wide}{type_}{format}", column.name)
}

fn columns<K: Kind>() -> String {
    let said: Vec<_> = K::columns().iter().map(said).collect();
    said.join(", ")
}

#[test]
fn pr_01_the_columns_of_every_kind() {
    let rows = [
        (columns::<ConfigMap>(), "Name=name, Data, Age"),
        (
            columns::<ControllerRevision>(),
            "Name=name, Controller, Revision, Age",
        ),
        (
            columns::<CronJob>(),
            "Name=name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers*, Images*, Selector*",
        ),
        (
            columns::<DaemonSet>(),
            "Name=name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers*, Images*, Selector*",
        ),
        (columns::<Endpoints>(), "Name=name, Endpoints, Age"),
        (
            columns::<EndpointSlice>(),
            "Name=name, AddressType, Ports, Endpoints, Age",
        ),
        (
            columns::<Event>(),
            "Last Seen, Type, Reason, Object, Subobject*, Source*, Message, First Seen*, Count*, Name*=name",
        ),
        (
            columns::<Job>(),
            "Name=name, Status, Completions, Duration, Age, Containers*, Images*, Selector*",
        ),
        (columns::<Lease>(), "Name=name, Holder, Age"),
        (columns::<Namespace>(), "Name=name, Status, Age"),
        (
            columns::<Node>(),
            "Name=name, Status, Roles, Age, Version, Internal-IP*, External-IP*, OS-Image*, Kernel-Version*, Container-Runtime*",
        ),
        (
            columns::<Pod>(),
            "Name=name, Ready, Status, Restarts, Age, IP*, Node*, Nominated Node*, Readiness Gates*",
        ),
        (
            columns::<PodDisruptionBudget>(),
            "Name=name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age",
        ),
        (
            columns::<PriorityClass>(),
            "Name=name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy",
        ),
        (columns::<Secret>(), "Name=name, Type, Data, Age"),
        (
            columns::<Service>(),
            "Name=name, Type, Cluster-IP, External-IP, Port(s), Age, Selector*",
        ),
        (columns::<ServiceAccount>(), "Name=name, Secrets, Age"),
    ];
    for (columns, want) in rows {
        assert_eq!(columns, want);
    }
}

#[test]
fn pr_02_the_age_of_an_object() {
    let now = crate::testing::now();
    let rows = [
        (json!({}), "<unknown>"),
        (json!({"creationTimestamp": "2026-01-01T00:59:30Z"}), "30s"),
        (
            json!({"creationTimestamp": "2026-01-01T01:00:01.900Z"}),
            "0s",
        ),
        (
            json!({"creationTimestamp": "2026-01-01T01:00:02.100Z"}),
            "<invalid>",
        ),
    ];
    for (meta, want) in rows {
        let read: ObjectMeta = serde_json::from_value(meta.clone()).expect("metadata");
        assert_eq!(age_cell(&read, now), want, "{meta}");
    }
}

#[test]
fn pr_03_maps_selectors_and_lists() {
    let labels = |value: Value| -> BTreeMap<String, String> {
        serde_json::from_value(value).expect("labels")
    };
    assert_eq!(
        labels_text(Some(&labels(json!({"b": "2", "a": "1"})))),
        "a=1,b=2"
    );
    assert_eq!(labels_text(Some(&labels(json!({})))), "<none>");
    assert_eq!(labels_text(None), "<none>");
    let rows = [
        (json!({}), "<none>"),
        (json!({"matchLabels": {"b": "2", "a": "1"}}), "a=1,b=2"),
        (
            json!({"matchLabels": {"c": "3"}, "matchExpressions": [
                {"key": "b", "operator": "In", "values": ["y", "x"]}, {"key": "a", "operator": "DoesNotExist"}]}),
            "!a,b in (x,y),c=3",
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "Near"}]}),
            "<error>",
        ),
    ];
    for (value, want) in rows {
        let selector: LabelSelector = serde_json::from_value(value.clone()).expect("a selector");
        assert_eq!(label_selector_text(Some(&selector)), want, "{value}");
    }
    assert_eq!(label_selector_text(None), "<none>");
    let both = json!([{"name": "a", "image": "i"}, {"name": "b"}]);
    let both: Vec<Container> = serde_json::from_value(both).expect("containers");
    assert_eq!(containers(&both), [json!("a,b"), json!("i,")]);
    assert_eq!(containers(&[]), [json!(""), json!("")]);
}
