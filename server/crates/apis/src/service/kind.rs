//! What the API server asks of the kind.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{LoadBalancerIngress, Service, ServicePort};

use super::{defaults, prepare, validation, warnings};
use crate::meta::NameRule;
use crate::print::{age, age_cell, cell, labels_text, name, none_if_empty, string_column, wide};
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Type",
        "type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. \"ClusterIP\" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is \"None\", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. \"NodePort\" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. \"LoadBalancer\" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. \"ExternalName\" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
    ),
    string_column(
        "Cluster-IP",
        "clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are \"None\", empty string (\"\"), or a valid IP address. Setting this to \"None\" makes a \"headless service\" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies",
    ),
    string_column(
        "External-IP",
        "externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.",
    ),
    string_column(
        "Port(s)",
        "The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies",
    ),
    age(),
    wide(
        "Selector",
        "Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/",
    ),
];

impl Kind for Service {
    const INFO: Info = Info {
        short_names: &["svc"],
        categories: &["all"],
        has_status: true,
        create_on_update: true,
        delete_returns_object: true,
        ..Info::namespaced("", "v1", "Service", "services", "service")
    };
    // a digit may come first since 1.36 (KEP-5311)
    const NAME_RULE: NameRule = NameRule::DnsLabel;

    fn default_fields(&mut self) {
        defaults::default_fields(self);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        self.status = Some(Default::default());
        self.default_fields();
        prepare::prepare_create(self);
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        match door {
            Update::Status => self.spec.clone_from(&old.spec),
            _ => {
                self.status.clone_from(&old.status);
                prepare::prepare_update(self, old);
            }
        }
    }

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate_create(self)
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        match door {
            Update::Status => validation::validate_status(self, old),
            _ => validation::validate_update(self, old),
        }
    }

    fn warnings(&self, old: Option<&Self>) -> Vec<String> {
        warnings::warnings(self, old)
    }

    fn status_warnings(&self) -> Vec<String> {
        warnings::of_status(self)
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let spec = self.spec.as_ref();
        vec![
            (
                "spec.clusterIP",
                spec.and_then(|spec| spec.cluster_ip.clone())
                    .unwrap_or_default(),
            ),
            (
                "spec.type",
                spec.and_then(|spec| spec.type_.clone()).unwrap_or_default(),
            ),
        ]
    }

    fn field_labels() -> &'static [&'static str] {
        &["spec.clusterIP", "spec.type"]
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        let spec = self.spec.clone().unwrap_or_default();
        let external = match spec.type_.as_deref() {
            Some("ExternalName") => spec.external_name.unwrap_or_default(),
            Some("LoadBalancer") => balancers(self),
            _ => spec.external_ips.unwrap_or_default().join(","),
        };
        let ports: Vec<_> = spec.ports.iter().flatten().map(port_text).collect();
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                cell(spec.type_.unwrap_or_default()),
                cell(none_if_empty(spec.cluster_ip.unwrap_or_default())),
                cell(none_if_empty(external)),
                cell(none_if_empty(ports.join(","))),
                age_cell(&self.metadata, now),
                cell(labels_text(spec.selector.as_ref())),
            ],
            conditions: Vec::new(),
        }
    }
}

/// The balancer's addresses and those given beside; `<pending>` while there is none.
fn balancers(service: &Service) -> String {
    let status = service.status.as_ref();
    let ingress = status
        .and_then(|status| status.load_balancer.as_ref())
        .and_then(|balancer| balancer.ingress.as_ref());
    let address = |ingress: &LoadBalancerIngress| ingress.ip.clone().or(ingress.hostname.clone());
    let balanced: BTreeSet<String> = ingress.into_iter().flatten().filter_map(address).collect();
    let spec = service.spec.as_ref();
    let given = spec.and_then(|spec| spec.external_ips.clone());
    let all: Vec<_> = balanced
        .into_iter()
        .chain(given.unwrap_or_default())
        .collect();
    match all.is_empty() {
        true => "<pending>".to_owned(),
        false => all.join(","),
    }
}

fn port_text(port: &ServicePort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or_default();
    match port.node_port.filter(|port| *port != 0) {
        Some(node_port) => format!("{}:{node_port}/{protocol}", port.port),
        None => format!("{}/{protocol}", port.port),
    }
}
