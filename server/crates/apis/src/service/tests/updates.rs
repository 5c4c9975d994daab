//! What an update of a Service may change, by upstream's table.

use k8s_openapi::api::core::v1::Service;
use serde_json::{Value, json};

use crate::testing::{created, texts};
use crate::{Kind, Update};

fn service(change: Value) -> Service {
    let mut value = json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}});
    crate::testing::merge(&mut value, &change);
    created(value)
}

/// A Service of those addresses and families.
fn stacked(addresses: &[&str], families: &[&str], policy: &str) -> Service {
    service(json!({"spec": {
        "clusterIP": addresses.first(), "clusterIPs": addresses, "ipFamilies": families, "ipFamilyPolicy": policy,
    }}))
}

fn told(old: &Service, new: &Service) -> Vec<String> {
    texts(&new.validate_update(old, Update::Main))
}

#[test]
fn addresses_and_families_come_and_go_second() {
    const SINGLE: &str = "SingleStack";
    const BOTH: &str = "RequireDualStack";
    let one = || stacked(&["1.2.3.4"], &["IPv4"], SINGLE);
    let two = || stacked(&["1.2.3.4", "2001::1"], &["IPv4", "IPv6"], BOTH);
    let once = |field: &str, shown: &str| {
        format!("spec.{field}: Invalid value: {shown}: may not change once set")
    };
    let must = |what: &str| {
        format!(
            "spec.ipFamilyPolicy: Invalid value: \"{BOTH}\": must be set to 'SingleStack' when releasing the secondary {what}"
        )
    };
    let rows = [
        (
            "another address",
            one(),
            stacked(&["8.6.7.5"], &["IPv4"], SINGLE),
            vec![once("clusterIPs[0]", r#"["8.6.7.5"]"#)],
        ),
        ("a second of each", one(), two(), vec![]),
        ("one of each again", two(), one(), vec![]),
        (
            "one address again, and both families",
            two(),
            stacked(&["1.2.3.4"], &["IPv4", "IPv6"], SINGLE),
            vec![],
        ),
        (
            "one of each again, and nothing said of it",
            two(),
            stacked(&["1.2.3.4"], &["IPv4"], BOTH),
            vec![must("clusterIP"), must("ipFamily")],
        ),
        (
            "one of each again, another address",
            two(),
            stacked(&["1.2.3.5"], &["IPv4"], SINGLE),
            vec![once("clusterIPs[0]", r#"["1.2.3.5"]"#)],
        ),
        (
            "a second of each, and another first",
            one(),
            stacked(&["1.2.3.5", "2001::1"], &["IPv4", "IPv6"], BOTH),
            vec![once("clusterIPs[0]", r#"["1.2.3.5","2001::1"]"#)],
        ),
        (
            "another first of two",
            two(),
            stacked(&["1.2.3.5", "2001::1"], &["IPv4", "IPv6"], BOTH),
            vec![once("clusterIPs[0]", r#"["1.2.3.5","2001::1"]"#)],
        ),
        (
            "another second",
            two(),
            stacked(&["1.2.3.4", "2002::1"], &["IPv4", "IPv6"], BOTH),
            vec![once("clusterIPs[1]", r#"["1.2.3.4","2002::1"]"#)],
        ),
        (
            "each in the other's place",
            two(),
            stacked(&["2001::1", "1.2.3.4"], &["IPv6", "IPv4"], BOTH),
            vec![
                once("clusterIPs[0]", r#"["2001::1","1.2.3.4"]"#),
                once("clusterIPs[1]", r#"["2001::1","1.2.3.4"]"#),
                once("ipFamilies[0]", r#"["IPv6","IPv4"]"#),
                once("ipFamilies[0]", r#"["IPv6","IPv4"]"#),
            ],
        ),
        (
            "the second of each alone",
            two(),
            stacked(&["2001::1"], &["IPv6"], SINGLE),
            vec![
                once("clusterIPs[0]", r#"["2001::1"]"#),
                once("ipFamilies[0]", r#"["2001::1"]"#),
            ],
        ),
        (
            "families of one without addresses",
            stacked(&["None"], &["IPv4", "IPv6"], BOTH),
            stacked(&["None"], &["IPv6", "IPv4"], BOTH),
            vec![],
        ),
        (
            "an address of one that had none",
            stacked(&["None"], &["IPv4"], SINGLE),
            one(),
            vec![once("clusterIPs[0]", r#"["1.2.3.4"]"#)],
        ),
        (
            "no address of one that had one",
            one(),
            stacked(&["None"], &["IPv4"], SINGLE),
            vec![once("clusterIPs[0]", r#"["None"]"#)],
        ),
    ];
    for (why, old, new, want) in rows {
        assert_eq!(told(&old, &new), want, "{why}");
    }
    let mut bare = one();
    let spec = bare.spec.as_mut().expect("a specification");
    (spec.cluster_ip, spec.cluster_ips, spec.ip_families) = (None, None, None);
    assert_eq!(
        told(&one(), &bare),
        [
            "spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset",
            "spec.ipFamilies[0]: Invalid value: null: primary ipFamily can not be unset",
        ]
    );
}

#[test]
fn ranges_of_an_annotation_that_stay_are_not_looked_at() {
    const SOURCES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let of = |ranges: &str| {
        let annotations = json!({SOURCES: ranges});
        service(json!({"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}}))
    };
    let old = of("010.0.0.0/8");
    assert_eq!(told(&old, &old), [""; 0]);
    assert_eq!(told(&old, &of("10.0.0.0/8")), [""; 0]);
    let wrong = told(&old, &of("010.0.0.0/9"));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with(&format!("metadata.annotations[{SOURCES}]: ")),
        "{wrong:?}"
    );
    let mut plain = old.clone();
    plain.spec.as_mut().expect("a specification").type_ = Some("ClusterIP".to_owned());
    assert!(told(&old, &plain).contains(&format!(
        "metadata.annotations[{SOURCES}]: Forbidden: may only be used when `type` is 'LoadBalancer'"
    )));
}

#[test]
fn classes_of_balancers_stay() {
    let of = |class: Value| {
        service(json!({"spec": {"type": "LoadBalancer", "loadBalancerClass": class}}))
    };
    let (plain, old, new) = (of(Value::Null), of(json!("a.b/old")), of(json!("a.b/new")));
    let rows = [
        ("another", &old, &new, "\"a.b/new\""),
        ("none any more", &old, &plain, "null"),
        ("one, and there was none", &plain, &new, "\"a.b/new\""),
    ];
    for (why, old, new, shown) in rows {
        let want =
            format!("spec.loadBalancerClass: Invalid value: {shown}: may not change once set");
        assert_eq!(told(old, new), [want], "{why}");
    }
    let cluster = service(json!({}));
    assert_eq!(told(&cluster, &new), [""; 0], "with the type");
}
