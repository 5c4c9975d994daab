//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Endpoints;

use super::validation;
use crate::ip::address_warning;
use crate::kind::only_metadata_fields;
use crate::pod_template::defaults::set;
use crate::print::{age, age_cell, cell, name, string_column};
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

/// Says which controller wrote the object.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpoint-controller";

/// Addresses that are printed before the rest is counted.
const MOST_SHOWN: usize = 3;

const COLUMNS: &[Column] = &[
    name(),
    string_column(
        "Endpoints",
        "The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.",
    ),
    age(),
];

impl Kind for Endpoints {
    const INFO: Info = Info {
        short_names: &["ep"],
        create_on_update: true,
        ..Info::namespaced("", "v1", "Endpoints", "endpoints", "endpoints")
    };

    fn default_fields(&mut self) {
        let ports = self.subsets.iter_mut().flatten();
        for port in ports.flat_map(|subset| subset.ports.iter_mut().flatten()) {
            set(&mut port.protocol, "TCP");
        }
    }

    fn prepare_create(&mut self, _now: Timestamp) {}

    fn prepare_update(&mut self, _old: &Self, _door: Update) {}

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate(self)
    }

    fn validate_update(&self, old: &Self, _door: Update) -> FieldErrors {
        // what was taken once may stay as it is
        match self.subsets == old.subsets {
            true => FieldErrors::new(),
            false => validation::validate(self),
        }
    }

    fn warnings(&self, _old: Option<&Self>) -> Vec<String> {
        let labels = self.metadata.labels.as_ref();
        let manager = labels.and_then(|labels| labels.get(MANAGED_BY));
        match manager.is_some_and(|manager| manager == CONTROLLER) {
            // it writes addresses as they should be
            true => Vec::new(),
            false => unusual_addresses(self),
        }
    }

    fn unsupported_field(label: &str) -> String {
        only_metadata_fields(label)
    }

    fn columns() -> &'static [Column] {
        COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        Printed {
            cells: vec![
                cell(self.metadata.name.clone().unwrap_or_default()),
                cell(addresses(self)),
                age_cell(&self.metadata, now),
            ],
            conditions: Vec::new(),
        }
    }
}

fn unusual_addresses(endpoints: &Endpoints) -> Vec<String> {
    let mut warnings = Vec::new();
    for (at, subset) in endpoints.subsets.iter().flatten().enumerate() {
        let lists = [
            ("addresses", &subset.addresses),
            ("notReadyAddresses", &subset.not_ready_addresses),
        ];
        for (list, addresses) in lists {
            for (place, address) in addresses.iter().flatten().enumerate() {
                let path = format!("subsets[{at}].{list}[{place}].ip");
                warnings.extend(address_warning(&address.ip, &path));
            }
        }
    }
    warnings
}

/// `<none>` without subsets; where there are some and no address of theirs is ready, upstream prints nothing.
fn addresses(endpoints: &Endpoints) -> String {
    if endpoints.subsets.iter().flatten().next().is_none() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for subset in endpoints.subsets.iter().flatten() {
        let ips = subset.addresses.iter().flatten().map(|address| &address.ip);
        match subset.ports.as_deref().unwrap_or_default() {
            [] => all.extend(ips.cloned()),
            ports => {
                for port in ports {
                    all.extend(ips.clone().map(|ip| host_and_port(ip, port.port)));
                }
            }
        }
    }
    match all.len() {
        few if few <= MOST_SHOWN => all.join(","),
        many => format!(
            "{} + {} more...",
            all[..MOST_SHOWN].join(","),
            many - MOST_SHOWN
        ),
    }
}

/// An IPv6 address stands in brackets before its port.
fn host_and_port(ip: &str, port: i32) -> String {
    match ip.contains(':') {
        true => format!("[{ip}]:{port}"),
        false => format!("{ip}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn k_04_addresses_that_are_written_otherwise_are_warned_of() {
        let endpoints = |manager: &str| -> Endpoints {
            let labels = json!({MANAGED_BY: manager});
            let subsets = json!([
                {"addresses": [{"ip": "10.0.0.1"}, {"ip": "FE80::1"}]},
                {"notReadyAddresses": [{"ip": "fe80::0002"}]},
            ]);
            let value = json!({"metadata": {"name": "e", "labels": labels}, "subsets": subsets});
            serde_json::from_value(value).expect("Endpoints")
        };
        let told = endpoints("somebody").warnings(None);
        let paths: Vec<_> = told
            .iter()
            .filter_map(|told| told.split(": ").next())
            .collect();
        assert_eq!(
            paths,
            [
                "subsets[0].addresses[1].ip",
                "subsets[1].notReadyAddresses[0].ip"
            ]
        );
        assert_eq!(endpoints(CONTROLLER).warnings(None), [""; 0]);
    }

    #[test]
    fn k_02_three_addresses_are_printed_and_the_rest_counted() {
        let rows = [
            (json!([]), "<none>"),
            (json!(null), "<none>"),
            (
                json!([{"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]),
                "",
            ),
            (json!([{"addresses": [{"ip": "10.0.0.1"}]}]), "10.0.0.1"),
            (
                json!([{"addresses": [{"ip": "fd00::1"}], "ports": [{"port": 80}]}, {"addresses": [{"ip": "fd00::2"}]}]),
                "[fd00::1]:80,fd00::2",
            ),
            (
                json!([{"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}], "ports": [{"port": 80}, {"port": 81}]}]),
                "10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...",
            ),
        ];
        for (subsets, text) in rows {
            let endpoints = json!({"metadata": {"name": "e"}, "subsets": subsets});
            let endpoints: Endpoints = serde_json::from_value(endpoints).expect("Endpoints");
            assert_eq!(addresses(&endpoints), text);
        }
    }
}
