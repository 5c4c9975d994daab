use k8s_openapi::api::core::v1::Service;
use serde_json::json;

use crate::testing::{created, row, texts, update_errors, updated};
use crate::{Kind, Update};

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
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 1}]}),
            "spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range. The range of valid ports is 30000-32767",
        ),
        (
            json!({"type": "NodePort", "ports": [{"name": "a", "port": 80, "nodePort": 30080}, {"name": "b", "port": 81, "nodePort": 30080}]}),
            "spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated",
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
        (
            json!({"ports": [{"port": 80, "nodePort": 40000}]}),
            "spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. The range of valid ports is 30000-32767",
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
