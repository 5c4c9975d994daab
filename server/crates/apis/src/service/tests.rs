use k8s_openapi::api::core::v1::Service;
use serde_json::json;

use super::{Draw, Refusal, Taken};
use crate::testing::{created, row, texts, update_errors, updated};
use crate::{Kind, Update};

mod updates;

#[test]
fn defaults_and_row() {
    let service: Service = created(json!({"metadata": {"name": "s", "namespace": "d"},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}}));
    assert_eq!(
        row(&service),
        ["s", "ClusterIP", "<none>", "<none>", "80/TCP", "5m", "a=b"]
    );
    assert!(service.validate_create().is_empty());
    let portless: Service = created(json!({"metadata": {"name": "s", "namespace": "d"}}));
    assert_eq!(
        texts(&portless.validate_create()),
        ["spec.ports: Required value"]
    );
}

#[test]
fn where_a_service_is_reached_from_outside() {
    let rows = [
        (
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}}),
            "<none>",
            "80:30080/TCP",
        ),
        (
            json!({"spec": {"externalIPs": ["1.2.3.4", "1.2.3.5"], "ports": [{"port": 80}]}}),
            "1.2.3.4,1.2.3.5",
            "80/TCP",
        ),
        (
            json!({"spec": {"type": "ExternalName", "externalName": "a.b"}}),
            "a.b",
            "<none>",
        ),
        (
            json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}),
            "<pending>",
            "80/TCP",
        ),
        (
            json!({
                "spec": {"type": "LoadBalancer", "externalIPs": ["1.2.3.4"], "ports": [{"port": 80}]},
                "status": {"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}, {"hostname": "a.b"}]}},
            }),
            "5.6.7.8,a.b,1.2.3.4",
            "80/TCP",
        ),
    ];
    for (mut value, external, ports) in rows {
        value["metadata"] = json!({"name": "s", "namespace": "d"});
        let mut service: Service = created(value.clone());
        service.status = serde_json::from_value(value["status"].clone()).expect("a status");
        assert_eq!(row(&service)[3..5], [external, ports]);
    }
}

#[test]
fn what_is_defaulted() {
    let rows = [
        (
            json!({"ports": [{"port": 80, "targetPort": 0}], "sessionAffinity": "ClientIP"}),
            json!({
                "type": "ClusterIP", "internalTrafficPolicy": "Cluster", "sessionAffinity": "ClientIP",
                "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
                "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            }),
        ),
        (
            json!({"type": "LoadBalancer", "clusterIP": "10.0.0.9"}),
            json!({
                "type": "LoadBalancer", "clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"],
                "allocateLoadBalancerNodePorts": true, "externalTrafficPolicy": "Cluster",
                "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
            }),
        ),
        (
            json!({"type": "ExternalName", "externalName": "a.b", "sessionAffinity": "None",
                "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}}),
            json!({"type": "ExternalName", "externalName": "a.b", "sessionAffinity": "None"}),
        ),
    ];
    for (spec, want) in rows {
        let made: Service = created(json!({"metadata": {"name": "s"}, "spec": spec}));
        assert_eq!(serde_json::to_value(made.spec).expect("JSON"), want);
    }
}

/// One wrong thing a row.
#[test]
fn wrong_services() {
    let rows = [
        (
            json!({"clusterIP": "foo"}),
            "spec.clusterIPs[0]: Invalid value: \"foo\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            json!({"clusterIPs": ["10.0.0.1"]}),
            "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: must be empty when `clusterIP` is not specified",
        ),
        (
            json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}),
            "spec.clusterIPs: Invalid value: [\"10.0.0.2\"]: first value must match `clusterIP`",
        ),
        (
            json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"]}),
            "spec.clusterIPs: Invalid value: [\"10.0.0.1\",\"10.0.0.2\"]: may specify no more than one IP for each IP family",
        ),
        (
            json!({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv6"]}),
            "spec.clusterIPs[0]: Invalid value: \"10.0.0.1\": expected an IPv6 value as indicated by `ipFamilies[0]`",
        ),
        (
            json!({"ipFamilies": ["IPv5"]}),
            "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"",
        ),
        (
            json!({"ipFamilyPolicy": "Any"}),
            "spec.ipFamilyPolicy: Unsupported value: \"Any\": supported values: \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"",
        ),
        (
            json!({"ports": [{"port": 80, "nodePort": 30080}]}),
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
        ),
        (
            json!({"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]}),
            "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}",
        ),
        (
            json!({"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]}),
            "spec.ports[1].name: Duplicate value: \"a\"",
        ),
        (
            json!({"ports": [{"name": "a", "port": 80}, {"port": 81}]}),
            "spec.ports[1].name: Required value",
        ),
        (
            json!({"ports": [{"port": 0, "targetPort": "web"}]}),
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            json!({"ports": [{"port": 80, "targetPort": 65536}]}),
            "spec.ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
        ),
        (
            json!({"ports": [{"port": 80, "protocol": "HTTP"}]}),
            "spec.ports[0].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ),
        (
            json!({"type": "Foo"}),
            "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        ),
        (
            json!({"type": "ExternalName"}),
            "spec.externalName: Required value",
        ),
        (
            json!({"type": "NodePort", "clusterIP": "None"}),
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
        ),
        (
            json!({"sessionAffinity": "Cookie"}),
            "spec.sessionAffinity: Unsupported value: \"Cookie\": supported values: \"ClientIP\", \"None\"",
        ),
        (
            json!({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}}),
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400",
        ),
        (
            json!({"externalTrafficPolicy": "Local"}),
            "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
        ),
        (
            json!({"type": "NodePort", "externalTrafficPolicy": "Near"}),
            "spec.externalTrafficPolicy: Unsupported value: \"Near\": supported values: \"Cluster\", \"Local\"",
        ),
        (
            json!({"internalTrafficPolicy": "Near"}),
            "spec.internalTrafficPolicy: Unsupported value: \"Near\": supported values: \"Cluster\", \"Local\"",
        ),
        (
            json!({"trafficDistribution": "Near"}),
            "spec.trafficDistribution: Unsupported value: \"Near\": supported values: \"PreferClose\", \"PreferSameZone\", \"PreferSameNode\"",
        ),
        (
            json!({"externalIPs": ["127.0.0.1"]}),
            "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            json!({"loadBalancerClass": "a.b/c"}),
            "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ),
        (
            json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0"]}),
            "spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ),
        (
            json!({"healthCheckNodePort": 30000}),
            "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
    ];
    for (mut spec, want) in rows {
        if spec.get("ports").is_none() && spec["type"] != "ExternalName" {
            spec["ports"] = json!([{"port": 80}]);
        }
        let service: Service = created(json!({"metadata": {"name": "s"}, "spec": spec}));
        assert_eq!(texts(&service.validate_create()), [want]);
    }
    let selected = json!({"selector": {"a b": "c"}, "ports": [{"port": 80}]});
    let service: Service = created(json!({"metadata": {"name": "s"}, "spec": selected}));
    let told = texts(&service.validate_create());
    assert!(
        told[0].starts_with("spec.selector: Invalid value: \"a b\": name part must"),
        "{told:?}"
    );
}

#[test]
fn annotations_that_mean_something() {
    const SOURCES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let told = |type_: &str, annotations: serde_json::Value| {
        let service: Service = created(json!({
            "metadata": {"name": "s", "annotations": annotations},
            "spec": {"type": type_, "ports": [{"port": 80}]},
        }));
        let told = texts(&service.validate_create());
        // what allocation adds is not there yet
        let told = told.into_iter();
        told.filter(|told| told.starts_with("metadata."))
            .collect::<Vec<_>>()
    };
    let of_sources = |why: &str| format!("metadata.annotations[{SOURCES}]: {why}");
    let for_balancers = of_sources("Forbidden: may only be used when `type` is 'LoadBalancer'");
    let rows = [
        ("LoadBalancer", "10.0.0.0/8, fd00::/8", vec![]),
        ("LoadBalancer", " ", vec![]),
        ("ClusterIP", " ", vec![for_balancers.clone()]),
        (
            "ClusterIP",
            "10.0.0.0/8,x",
            vec![
                for_balancers,
                of_sources(
                    "Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                ),
            ],
        ),
    ];
    for (type_, ranges, want) in rows {
        assert_eq!(
            told(type_, json!({SOURCES: ranges})),
            want,
            "{type_} {ranges}"
        );
    }
    let modes = |mode: &str| {
        json!({
            "service.kubernetes.io/topology-mode": mode,
            "service.kubernetes.io/topology-aware-hints": "Auto",
        })
    };
    assert!(told("ClusterIP", modes("Auto")).is_empty());
    assert_eq!(
        told("ClusterIP", modes("Disabled")),
        [
            "metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: \"Disabled\": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified"
        ]
    );
}

#[test]
fn an_address_stays_and_what_was_taken_is_kept() {
    let spec = json!({"type": "NodePort", "clusterIP": "10.0.0.1", "ports": [{"port": 80, "nodePort": 30080}]});
    let old: Service = created(json!({"metadata": {"name": "s"}, "spec": spec}));
    let rows = [
        (
            json!({"clusterIP": "10.0.0.2"}),
            "spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set",
        ),
        (
            json!({"clusterIP": "x"}),
            "spec.clusterIPs[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
    ];
    for (patch, want) in rows {
        let told = update_errors(&old, &json!({"spec": patch}), Update::Main);
        assert_eq!(told, [want]);
    }
    let again = json!({"spec": {"clusterIP": null, "clusterIPs": null, "ports": [{"port": 81}]}});
    let kept = updated(&old, &again, Update::Main).spec.expect("a spec");
    assert_eq!(
        kept.cluster_ips.as_deref(),
        Some(&["10.0.0.1".to_owned()][..])
    );
    assert_eq!(kept.ports.expect("ports")[0].node_port, Some(30080));
    let named = json!({"spec": {"type": "ExternalName", "externalName": "a.b", "externalTrafficPolicy": null}});
    let named = updated(&old, &named, Update::Main);
    assert_eq!(
        texts(&named.validate_update(&old, Update::Main)),
        Vec::<String>::new()
    );
    let spec = named.spec.expect("a spec");
    assert_eq!((spec.cluster_ip, spec.cluster_ips), (None, None));
    let balanced = json!({"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}});
    assert_eq!(
        update_errors(&old, &balanced, Update::Status),
        [
            "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"
        ]
    );
}

/// Beside a Service that has 10.96.0.9, 30080 and, for its balancer, 30081.
fn taken() -> Taken {
    let other = json!({"spec": {"clusterIPs": ["10.96.0.9"], "healthCheckNodePort": 30081, "ports": [{"nodePort": 30080}]}});
    let mut taken = Taken::default();
    taken.add(&serde_json::to_vec(&other).expect("JSON"));
    taken
}

/// What a new Service becomes where the lowest number is drawn, or why it does not.
fn allocated(spec: &serde_json::Value, dry_run: bool) -> Result<serde_json::Value, Vec<String>> {
    let mut service: Service = created(json!({"metadata": {"name": "s"}, "spec": spec}));
    let mut lowest = |_| 0;
    match Draw::new(taken(), &mut lowest, dry_run).allocate(&mut service, None) {
        Ok(()) => Ok(serde_json::to_value(service.spec).expect("JSON")),
        Err(Refusal::Full(why)) => Err(vec![why]),
        Err(Refusal::Invalid(errors)) => Err(texts(&errors)),
    }
}

#[test]
fn what_is_allocated() {
    let rows = [
        (
            "an address of the upper part, of the one family",
            json!({"ports": [{"port": 80}]}),
            json!({"clusterIP": "10.96.1.1", "clusterIPs": ["10.96.1.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
        ),
        (
            "the address that it names",
            json!({"clusterIP": "10.96.0.10", "ports": [{"port": 80}]}),
            json!({"clusterIPs": ["10.96.0.10"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
        ),
        (
            "a preference for two families is content with one",
            json!({"ipFamilyPolicy": "PreferDualStack", "ports": [{"port": 80}]}),
            json!({"clusterIPs": ["10.96.1.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "PreferDualStack"}),
        ),
        (
            "none for a headless one",
            json!({"clusterIP": "None", "selector": {"a": "b"}}),
            json!({"clusterIP": "None", "clusterIPs": ["None"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
        ),
        (
            "one without a selector either is of any family",
            json!({"clusterIP": "None"}),
            json!({"clusterIPs": ["None"], "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"}),
        ),
        (
            "nothing for a name",
            json!({"type": "ExternalName", "externalName": "a.b"}),
            json!({"clusterIP": null, "clusterIPs": null, "ipFamilies": null, "ipFamilyPolicy": null}),
        ),
        (
            "a port of two protocols is one on the node",
            json!({"type": "NodePort", "ports": [
                {"name": "a", "port": 53, "protocol": "UDP"}, {"name": "b", "port": 53}, {"name": "c", "port": 80},
            ]}),
            json!({"ports": [30086, 30086, 30087]}),
        ),
        (
            "a port that is named counts for its twin, too",
            json!({"type": "NodePort", "ports": [
                {"name": "a", "port": 53, "protocol": "UDP"}, {"name": "b", "port": 53, "nodePort": 30090},
            ]}),
            json!({"ports": [30090, 30090]}),
        ),
        (
            "a balancer may do without",
            json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"port": 80}]}),
            json!({"ports": [null]}),
        ),
        (
            "and asks on a port of its own where pods are near",
            json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 80}]}),
            json!({"ports": [30086], "healthCheckNodePort": 30087}),
        ),
    ];
    for (why, spec, want) in rows {
        let mut made = allocated(&spec, false).unwrap_or_else(|told| panic!("{why}: {told:?}"));
        for (field, want) in want.as_object().expect("an object") {
            let ports = |ports: &serde_json::Value| -> serde_json::Value {
                let each = ports.as_array().into_iter().flatten();
                each.map(|port| port["nodePort"].clone()).collect()
            };
            let got = match field.as_str() {
                "ports" => ports(&made["ports"]),
                _ => made[field].take(),
            };
            assert_eq!(got, *want, "{why}: {field}");
        }
    }
}

#[test]
fn what_cannot_be_allocated() {
    let rows = [
        (
            json!({"clusterIP": "10.96.0.9"}),
            "spec.clusterIPs: Invalid value: [\"10.96.0.9\"]: failed to allocate IP 10.96.0.9: provided IP is already allocated",
        ),
        (
            json!({"clusterIP": "10.0.0.1"}),
            "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: failed to allocate IP 10.0.0.1: the provided network does not match the current range",
        ),
        (
            json!({"clusterIP": "10.96.0.0"}),
            "spec.clusterIPs: Invalid value: [\"10.96.0.0\"]: failed to allocate IP 10.96.0.0: the provided network does not match the current range",
        ),
        (
            json!({"clusterIP": "fd00::1"}),
            "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster",
        ),
        (
            json!({"ipFamilies": ["IPv6"]}),
            "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster",
        ),
        (
            json!({"ipFamilyPolicy": "RequireDualStack"}),
            "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services",
        ),
        (
            json!({"ipFamilies": ["IPv4", "IPv6"]}),
            "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        ),
        (
            json!({"clusterIP": "foo"}),
            "spec.clusterIPs[0]: Invalid value: \"foo\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 1}]}),
            "spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range. The range of valid ports is 30000-32767",
        ),
        (
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}),
            "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated",
        ),
        (
            json!({"type": "NodePort", "ports": [{"name": "a", "port": 80, "nodePort": 30090}, {"name": "b", "port": 81, "nodePort": 30090}]}),
            "spec.ports[1].nodePort: Invalid value: 30090: provided port is already allocated",
        ),
        (
            json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30081}),
            "failed to allocate requested HealthCheck NodePort 30081: provided port is already allocated",
        ),
    ];
    for (mut spec, want) in rows {
        if spec.get("ports").is_none() {
            spec["ports"] = json!([{"port": 80}]);
        }
        assert_eq!(allocated(&spec, false), Err(vec![want.to_owned()]));
    }
}

#[test]
fn a_dry_run_looks_for_nothing() {
    let two = json!({"type": "NodePort", "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]});
    let made = allocated(&two, true).expect("it is not kept");
    assert_eq!(
        (
            &made["clusterIP"],
            &made["ports"][0]["nodePort"],
            &made["ports"][1]["nodePort"]
        ),
        (&json!("10.96.0.0"), &json!(32_769), &json!(32_770))
    );
    let taken = json!({"clusterIP": "10.96.0.9", "ports": [{"port": 80}]});
    assert!(
        allocated(&taken, true).is_ok(),
        "upstream does not look there"
    );
    let outside = json!({"clusterIP": "10.0.0.1", "ports": [{"port": 80}]});
    assert_eq!(
        allocated(&outside, true),
        Err(vec!["spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12".to_owned()])
    );
}

#[test]
fn an_update_is_given_what_it_newly_needs() {
    let old = json!({"type": "NodePort", "clusterIP": "10.0.0.9", "ports": [{"name": "a", "port": 80, "nodePort": 30080}]});
    let old: Service = created(json!({"metadata": {"name": "s"}, "spec": old}));
    let more = json!({"spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}});
    let mut new = updated(&old, &more, Update::Main);
    let mut lowest = |_| 0;
    let done = Draw::new(taken(), &mut lowest, false).allocate(&mut new, Some(&old));
    assert_eq!(done, Ok(()));
    let spec = new.spec.expect("a spec");
    let ports: Vec<_> = spec
        .ports
        .iter()
        .flatten()
        .map(|port| port.node_port)
        .collect();
    assert_eq!(ports, [Some(30_080), Some(30_086)]);
    assert_eq!(
        spec.cluster_ip.as_deref(),
        Some("10.0.0.9"),
        "an older one stays"
    );
    let moved = json!({"spec": {"ports": [{"name": "a", "port": 80, "nodePort": 40000}]}});
    let mut new = updated(&old, &moved, Update::Main);
    let refused = Draw::new(taken(), &mut lowest, false).allocate(&mut new, Some(&old));
    let Err(Refusal::Invalid(errors)) = refused else {
        panic!("a port out of range");
    };
    assert_eq!(
        texts(&errors),
        [
            "spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. The range of valid ports is 30000-32767"
        ]
    );
}

#[test]
fn what_is_warned_of() {
    let rows = [
        (json!({"ports": [{"port": 80}]}), vec![]),
        (
            json!({"clusterIP": "None", "externalIPs": ["1.2.3.4"], "loadBalancerIP": "FD00::1", "sessionAffinity": "ClientIP"}),
            vec![
                "spec.loadBalancerIP is ignored for headless services",
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
                "spec.loadBalancerIP: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")",
            ],
        ),
        (
            json!({"externalIPs": ["1.2.3.4"], "externalName": "a.b", "trafficDistribution": "PreferClose"}),
            vec![
                "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
                "spec.externalName is ignored when spec.type is not \"ExternalName\"",
                "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
            ],
        ),
        (
            json!({"type": "ExternalName", "externalName": "a.b", "externalIPs": ["1.2.3.4"]}),
            vec!["spec.externalIPs is ignored when spec.type is \"ExternalName\""],
        ),
        (
            json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["FD00::/64"]}),
            vec![
                "spec.loadBalancerSourceRanges[0]: IPv6 CIDR value \"FD00::/64\" should be in RFC 5952 canonical format (\"fd00::/64\")",
            ],
        ),
    ];
    for (spec, want) in rows {
        let made: Service = created(json!({"metadata": {"name": "s"}, "spec": spec}));
        assert_eq!(made.warnings(None), want);
    }
}
