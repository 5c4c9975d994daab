//! A client certificate read as upstream does: the common name is the user, organizations are groups.

use orrery_apiserver::Identity;

/// Who a certificate speaks for. It must have been verified already.
pub fn identity_of(certificate: &[u8]) -> Option<Identity> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let subject = certificate.subject();
    let user = subject.iter_common_name().next()?.as_str().ok()?;
    let organizations = subject
        .iter_organization()
        .filter_map(|name| name.as_str().ok());
    let groups: Vec<&str> = organizations.chain(["system:authenticated"]).collect();
    Some(Identity::new(user, &groups))
}
