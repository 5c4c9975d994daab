//! The variables that tell a container of the Services in its namespace (`enableServiceLinks`), named as upstream's.

use k8s_openapi::api::core::v1::{Service, ServicePort};
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::resolve::{Missing, Source};

impl Source<'_> {
    /// Those of the Services that there are now, unless the pod wants none or no process would read them.
    pub(super) async fn links(&self) -> Result<Vec<(String, String)>, Missing> {
        let spec = self.pod.spec.as_ref();
        let wanted = spec.and_then(|spec| spec.enable_service_links);
        if !self.is_read || wanted == Some(false) {
            return Ok(Vec::new());
        }
        let services: Api<Service> = Api::namespaced(self.client.clone(), self.namespace());
        let found = services.list(&ListParams::default()).await;
        let found = found.map_err(|error| {
            format!(
                "services have not yet been read at least once, cannot construct envvars: {error}"
            )
        })?;
        Ok(found.items.iter().flat_map(variables).collect())
    }
}

/// What one Service is told by: its own address, and for those who know links of Docker each of its ports. None of
/// one that has no address.
fn variables(service: &Service) -> Vec<(String, String)> {
    let spec = service.spec.as_ref();
    let address = spec.and_then(|spec| spec.cluster_ip.as_deref());
    let ports = spec.and_then(|spec| spec.ports.as_deref());
    let (Some(address), Some([first, ..])) = (address, ports) else {
        return Vec::new();
    };
    if address.is_empty() || address == "None" {
        return Vec::new();
    }
    let service = upper(&service.name_any());
    let mut found = vec![
        (format!("{service}_SERVICE_HOST"), address.to_owned()),
        (format!("{service}_SERVICE_PORT"), first.port.to_string()),
        (format!("{service}_PORT"), url(first, address)),
    ];
    for port in ports.into_iter().flatten() {
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let name = format!("{service}_SERVICE_PORT_{}", upper(name));
            found.push((name, port.port.to_string()));
        }
        let (number, protocol) = (port.port, protocol(port));
        let named = format!("{service}_PORT_{number}_{}", protocol.to_uppercase());
        found.extend([
            (format!("{named}_PROTO"), protocol),
            (format!("{named}_PORT"), number.to_string()),
            (format!("{named}_ADDR"), address.to_owned()),
            (named, url(port, address)),
        ]);
    }
    found
}

fn upper(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

fn protocol(port: &ServicePort) -> String {
    let said = port.protocol.as_deref().unwrap_or("TCP");
    said.to_lowercase()
}

fn url(port: &ServicePort, address: &str) -> String {
    let (protocol, number) = (protocol(port), port.port);
    match address.contains(':') {
        true => format!("{protocol}://[{address}]:{number}"),
        false => format!("{protocol}://{address}:{number}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(spec: serde_json::Value) -> Vec<String> {
        let service = json!({"metadata": {"name": "redis-primary"}, "spec": spec});
        let service = serde_json::from_value(service).expect("a Service");
        let found = variables(&service).into_iter();
        let mut found: Vec<_> = found
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_service_is_told_by_its_address_and_its_ports() {
        let ports = json!([
            {"name": "client", "port": 6379},
            {"name": "gossip-udp", "port": 16379, "protocol": "UDP"},
        ]);
        let want = [
            "REDIS_PRIMARY_PORT=tcp://10.96.0.11:6379",
            "REDIS_PRIMARY_PORT_16379_UDP=udp://10.96.0.11:16379",
            "REDIS_PRIMARY_PORT_16379_UDP_ADDR=10.96.0.11",
            "REDIS_PRIMARY_PORT_16379_UDP_PORT=16379",
            "REDIS_PRIMARY_PORT_16379_UDP_PROTO=udp",
            "REDIS_PRIMARY_PORT_6379_TCP=tcp://10.96.0.11:6379",
            "REDIS_PRIMARY_PORT_6379_TCP_ADDR=10.96.0.11",
            "REDIS_PRIMARY_PORT_6379_TCP_PORT=6379",
            "REDIS_PRIMARY_PORT_6379_TCP_PROTO=tcp",
            "REDIS_PRIMARY_SERVICE_HOST=10.96.0.11",
            "REDIS_PRIMARY_SERVICE_PORT=6379",
            "REDIS_PRIMARY_SERVICE_PORT_CLIENT=6379",
            "REDIS_PRIMARY_SERVICE_PORT_GOSSIP_UDP=16379",
        ];
        let found = of(json!({"clusterIP": "10.96.0.11", "ports": ports}));
        assert_eq!(found, want);
        let six = of(json!({"clusterIP": "fd00::1", "ports": [{"port": 80}]}));
        let url = "REDIS_PRIMARY_PORT=tcp://[fd00::1]:80".to_owned();
        assert!(six.contains(&url), "{six:?}");
        for spec in [
            json!({"clusterIP": "None", "ports": [{"port": 80}]}),
            json!({"clusterIP": "", "ports": [{"port": 80}]}),
            json!({"type": "ExternalName", "externalName": "example.com"}),
        ] {
            assert_eq!(of(spec.clone()), [""; 0], "{spec}: it has no address");
        }
    }
}
