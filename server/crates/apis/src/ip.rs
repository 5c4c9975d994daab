//! IP addresses and ranges as upstream's fields hold them.

use std::net::IpAddr;

use crate::{FieldError, FieldErrors};

/// What is wrong with an IP address.
pub(crate) fn address_error(text: &str, path: &str) -> Option<FieldError> {
    let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    match text.parse::<IpAddr>() {
        Ok(_) => None,
        Err(_) => Some(FieldError::invalid(path, text, detail)),
    }
}

/// What is wrong with a range of addresses.
pub(crate) fn cidr_error(text: &str, path: &str) -> Option<FieldError> {
    let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    match range(text) {
        Some(_) => None,
        None => Some(FieldError::invalid(path, text, detail)),
    }
}

/// A range's base and the length of its prefix.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (base, length) = text.split_once('/')?;
    let base: IpAddr = base.parse().ok()?;
    let most = if base.is_ipv4() { 32 } else { 128 };
    let digits = length.bytes().all(|c| c.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| digits)?;
    (length <= most).then_some((base, length))
}

/// Whether two ranges or addresses are one of each family.
pub(crate) fn is_of_both_families(texts: &[String]) -> bool {
    let base = |text: &String| text.split('/').next().and_then(|base| base.parse().ok());
    let parsed: Vec<IpAddr> = texts.iter().filter_map(base).collect();
    parsed.iter().any(IpAddr::is_ipv4) && parsed.iter().any(IpAddr::is_ipv6)
}

/// `ValidateNonSpecialIP`: an address that other machines can reach.
pub(crate) fn special_address_errors(text: &str, path: &str) -> FieldErrors {
    let Ok(address) = text.parse::<IpAddr>() else {
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
    use super::*;

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
            ("x", 1),
        ];
        for (text, errors) in rows {
            assert_eq!(special_address_errors(text, "ip").len(), errors, "{text}");
        }
    }

    #[test]
    fn ranges() {
        for text in ["10.0.0.0/8", "10.1.2.3/32", "fd00::/108"] {
            assert_eq!(cidr_error(text, "p"), None, "{text}");
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "x/8", ""] {
            assert!(cidr_error(text, "p").is_some(), "{text}");
        }
    }
}
