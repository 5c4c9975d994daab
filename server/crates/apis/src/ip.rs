//! IP addresses and ranges as upstream's fields hold them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{FieldError, FieldErrors};

/// What is wrong with an IP address (`IsValidIPForLegacyField`, strict since 1.36).
pub(crate) fn address_error(text: &str, path: &str) -> Option<FieldError> {
    let detail = match (text.parse(), sloppy(text)) {
        (Ok(IpAddr::V6(address)), _) if is_mapped(address) => {
            "must not be an IPv4-mapped IPv6 address"
        }
        (Ok(_), _) => return None,
        (Err(_), Some(_)) => "must not have leading 0s",
        (Err(_), None) => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    };
    Some(FieldError::invalid(path, text, detail))
}

/// The same where `old` holds what was stored: what was taken once, before anybody looked that closely,
/// may stay.
pub(crate) fn new_address_error(
    text: &str,
    old: &BTreeSet<&str>,
    path: &str,
) -> Option<FieldError> {
    address_error(text, path).filter(|_| !old.contains(text))
}

/// What is wrong with a range of addresses (`IsValidCIDRForLegacyField`, strict since 1.36).
pub(crate) fn cidr_error(text: &str, path: &str) -> Option<FieldError> {
    let detail = match (range(text), sloppy_range(text)) {
        (Some((IpAddr::V6(base), _)), _) if is_mapped(base) => {
            "must not have an IPv4-mapped IPv6 address"
        }
        (Some((base, length)), _) if masked(base, length) != base => {
            "must not have bits set beyond the prefix length"
        }
        (Some(_), _) => return None,
        (None, Some(_)) => "must not have leading 0s in IP or prefix length",
        (None, None) => "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
    };
    Some(FieldError::invalid(path, text, detail))
}

/// What is warned of in an address that is no error (`GetWarningsForIP`).
pub(crate) fn address_warning(text: &str, path: &str) -> Option<String> {
    let address: Ipv6Addr = text.parse().ok()?;
    let canonical = address.to_string();
    (canonical != text && !is_mapped(address)).then(|| {
        format!(
            "{path}: IPv6 address {text:?} should be in RFC 5952 canonical format ({canonical:?})"
        )
    })
}

/// The same of a range (`GetWarningsForCIDR`).
pub(crate) fn cidr_warning(text: &str, path: &str) -> Option<String> {
    let (IpAddr::V6(base), length) = range(text)? else {
        return None;
    };
    let canonical = format!("{base}/{length}");
    (canonical != text && cidr_error(text, path).is_none()).then(|| {
        format!(
            "{path}: IPv6 CIDR value {text:?} should be in RFC 5952 canonical format ({canonical:?})"
        )
    })
}

fn is_mapped(address: Ipv6Addr) -> bool {
    address.to_ipv4_mapped().is_some()
}

/// As Go read addresses once: zeros in front of a number were nothing.
pub(crate) fn sloppy(text: &str) -> Option<IpAddr> {
    let at = text.rfind(':').map_or(0, |colon| colon + 1);
    let (ahead, last) = text.split_at(at);
    if !last.contains('.') {
        return text.parse().ok();
    }
    let bare: Vec<&str> = last.split('.').map(unpadded).collect();
    format!("{ahead}{}", bare.join(".")).parse().ok()
}

fn sloppy_range(text: &str) -> Option<(IpAddr, u8)> {
    let (base, length) = text.split_once('/')?;
    range(&format!("{}/{}", sloppy(base)?, unpadded(length)))
}

/// A number without the zeros before it.
fn unpadded(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" if !digits.is_empty() => "0",
        bare => bare,
    }
}

/// A range's base and the length of its prefix.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (base, length) = text.split_once('/')?;
    let base: IpAddr = base.parse().ok()?;
    let most = if base.is_ipv4() { 32 } else { 128 };
    let plain = length.bytes().all(|c| c.is_ascii_digit()) && unpadded(length) == length;
    let length: u8 = length.parse().ok().filter(|_| plain)?;
    (length <= most).then_some((base, length))
}

/// The first address of a range.
fn masked(base: IpAddr, length: u8) -> IpAddr {
    let length = u32::from(length);
    match base {
        IpAddr::V4(base) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            Ipv4Addr::from_bits(base.to_bits() & mask).into()
        }
        IpAddr::V6(base) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            Ipv6Addr::from_bits(base.to_bits() & mask).into()
        }
    }
}

/// The first of several ranges that is none, however sloppily it is read.
pub(crate) fn first_unread_range(texts: &[String]) -> Option<usize> {
    texts.iter().position(|text| sloppy_range(text).is_none())
}

/// Whether two ranges or addresses are one of each family.
pub(crate) fn is_of_both_families(texts: &[String]) -> bool {
    let base = |text: &String| text.split('/').next().and_then(sloppy);
    let parsed: Vec<IpAddr> = texts.iter().filter_map(base).collect();
    parsed.iter().any(IpAddr::is_ipv4) && parsed.iter().any(IpAddr::is_ipv6)
}

/// `ValidateNonSpecialIP`: an address that other machines can reach.
pub(crate) fn special_address_errors(text: &str, path: &str) -> FieldErrors {
    let Some(address) = sloppy(text) else {
        let detail = "must be a valid IP address";
        return vec![FieldError::invalid(path, text, detail)];
    };
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let link_local_multicast = match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    };
    let unspecified = format!("may not be unspecified ({text})");
    let rules = [
        (address.is_unspecified(), unspecified.as_str()),
        (
            address.is_loopback(),
            "may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            link_local,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        ),
        (
            link_local_multicast,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        ),
    ];
    let broken = rules.into_iter().filter(|(broken, _)| *broken);
    broken
        .map(|(_, detail)| FieldError::invalid(path, text, detail))
        .collect()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Endpoints, Pod, Service};
    use serde_json::json;

    use super::*;
    use crate::Update;
    use crate::testing::{created, update_errors};

    #[test]
    fn addresses_of_one_machine_or_link_are_special() {
        let rows = [
            ("10.0.0.1", 0),
            ("2001:db8::1", 0),
            ("0.0.0.0", 1),
            ("127.1.2.3", 1),
            ("::1", 1),
            ("169.254.169.254", 1),
            ("fe80::1", 1),
            ("224.0.0.9", 1),
            ("ff02::1", 1),
            ("224.0.1.9", 0),
            ("127.000.000.001", 1),
            ("x", 1),
        ];
        for (text, errors) in rows {
            assert_eq!(special_address_errors(text, "ip").len(), errors, "{text}");
        }
    }

    /// Upstream's StrictIPCIDRValidation, which is on since 1.36.
    #[test]
    fn addresses_are_read_strictly() {
        let valid = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        let zeros = "must not have leading 0s";
        let mapped = "must not be an IPv4-mapped IPv6 address";
        let rows = [
            ("10.0.0.1", ""),
            ("0.0.0.0", ""),
            ("FE80:0:0:0:0:0:0:0abc", ""),
            ("010.0.0.1", zeros),
            ("10.0.0.00", zeros),
            ("::ffff:010.0.0.1", zeros),
            ("::ffff:1.2.3.4", mapped),
            ("10.0.0.0256", valid),
            ("10.0.0", valid),
            ("10.0..1", valid),
            ("fe80::1%eth0", valid),
            ("", valid),
        ];
        for (text, detail) in rows {
            let told = address_error(text, "p").map(|error| error.detail);
            assert_eq!(told.unwrap_or_default(), detail, "{text}");
        }
    }

    #[test]
    fn ranges() {
        let valid = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        let zeros = "must not have leading 0s in IP or prefix length";
        let rows = [
            ("10.0.0.0/8", ""),
            ("10.1.2.3/32", ""),
            ("0.0.0.0/0", ""),
            ("fd00::/108", ""),
            ("010.0.0.0/8", zeros),
            ("10.0.0.0/08", zeros),
            (
                "10.1.0.0/8",
                "must not have bits set beyond the prefix length",
            ),
            (
                "::ffff:1.2.3.0/120",
                "must not have an IPv4-mapped IPv6 address",
            ),
            ("10.0.0.0", valid),
            ("10.0.0.0/33", valid),
            ("10.0.0.0/+8", valid),
            ("x/8", valid),
            ("", valid),
        ];
        for (text, detail) in rows {
            let told = cidr_error(text, "p").map(|error| error.detail);
            assert_eq!(told.unwrap_or_default(), detail, "{text}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_warned_of() {
        assert_eq!(
            address_warning("FE80::0abc", "p").as_deref(),
            Some(
                "p: IPv6 address \"FE80::0abc\" should be in RFC 5952 canonical format (\"fe80::abc\")"
            )
        );
        assert_eq!(
            cidr_warning("FD00::/64", "p").as_deref(),
            Some(
                "p: IPv6 CIDR value \"FD00::/64\" should be in RFC 5952 canonical format (\"fd00::/64\")"
            )
        );
        for text in ["10.0.0.1", "fe80::abc", "010.0.0.1", "::ffff:1.2.3.4"] {
            assert_eq!(address_warning(text, "p"), None, "{text}");
        }
    }

    const ZEROS: &str = "must not have leading 0s";

    /// What was taken before anybody looked that closely may stay, and nothing comes in beside it.
    #[test]
    fn what_was_stored_once_stays() {
        let relabel = json!({"metadata": {"labels": {"a": "b"}}});
        let mut service: Service = created(json!({"metadata": {"name": "s"}, "spec": {
            "type": "LoadBalancer", "ports": [{"port": 80}], "clusterIP": "010.96.0.9",
            "clusterIPs": ["010.96.0.9"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "externalIPs": ["010.1.2.3"], "loadBalancerSourceRanges": ["010.0.0.0/8"],
        }}));
        let ingress = |ip: &str| json!({"ip": ip, "ipMode": "VIP"});
        let balanced = |list: serde_json::Value| json!({"loadBalancer": {"ingress": list}});
        let status = balanced(json!([ingress("010.4.5.6")]));
        service.status = Some(serde_json::from_value(status).expect("a status"));
        let more = balanced(json!([ingress("010.4.5.6"), ingress("011.4.5.6")]));
        let rows = [
            (Update::Main, relabel.clone(), None),
            (Update::Status, relabel.clone(), None),
            (
                Update::Main,
                json!({"spec": {"externalIPs": ["010.1.2.3", "011.1.2.3"]}}),
                Some(format!(
                    "spec.externalIPs[1]: Invalid value: \"011.1.2.3\": {ZEROS}"
                )),
            ),
            (
                Update::Main,
                json!({"spec": {"loadBalancerSourceRanges": ["010.0.0.0/8", "011.0.0.0/8"]}}),
                Some(format!(
                    "spec.LoadBalancerSourceRanges[1]: Invalid value: \"011.0.0.0/8\": {ZEROS} in IP or prefix length"
                )),
            ),
            (
                Update::Status,
                json!({"status": more}),
                Some(format!(
                    "status.loadBalancer.ingress[1].ip: Invalid value: \"011.4.5.6\": {ZEROS}"
                )),
            ),
        ];
        for (door, patch, want) in rows {
            let told = update_errors(&service, &patch, door);
            assert_eq!(told, Vec::from_iter(want), "{patch}");
        }
        let subsets = |ips: &[&str]| {
            let addresses: Vec<_> = ips.iter().map(|ip| json!({"ip": ip})).collect();
            json!({"metadata": {"name": "e"}, "subsets": [{"addresses": addresses}]})
        };
        let endpoints: Endpoints = created(subsets(&["010.0.0.1"]));
        assert_eq!(update_errors(&endpoints, &relabel, Update::Main), [""; 0]);
        let changed = subsets(&["010.0.0.1", "10.0.0.2"]);
        assert_eq!(
            update_errors(&endpoints, &changed, Update::Main),
            [format!(
                "subsets[0].addresses[0].ip: Invalid value: \"010.0.0.1\": {ZEROS}"
            )],
            "of endpoints all or nothing"
        );
    }

    #[test]
    fn what_a_pod_had_once_stays() {
        let mut pod: Pod = created(
            json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}),
        );
        let status = json!({"podIPs": [{"ip": "010.0.0.1"}], "hostIP": "010.0.0.9", "hostIPs": [{"ip": "010.0.0.9"}]});
        pod.status = Some(serde_json::from_value(status).expect("a status"));
        let with = |ips: serde_json::Value| {
            update_errors(&pod, &json!({"status": {"podIPs": ips}}), Update::Status)
        };
        assert_eq!(
            with(json!([{"ip": "010.0.0.1"}, {"ip": "fd00::1"}])),
            [""; 0]
        );
        assert_eq!(
            with(json!([{"ip": "011.0.0.1"}])),
            [format!(
                "status.podIPs[0]: Invalid value: \"011.0.0.1\": {ZEROS}"
            )]
        );
    }
}
