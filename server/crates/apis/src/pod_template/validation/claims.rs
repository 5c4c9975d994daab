//! Claims of devices: kept, though nothing here allocates any.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodResourceClaim, PodSpec};

use crate::go_internal::Internal;
use crate::meta::{dns_label_errors, dns_subdomain_errors};
use crate::{FieldError, FieldErrors};

/// Errors of a pod's claims, and their names.
pub(super) fn validate_claims<'a>(
    spec: &'a PodSpec,
    path: &str,
    errors: &mut FieldErrors,
) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, claim) in spec.resource_claims.iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        let field = format!("{path}.name");
        let name = claim.name.as_str();
        if name.is_empty() {
            errors.push(FieldError::required(field, ""));
        } else if !names.insert(name) {
            errors.push(FieldError::duplicate(field, name));
        } else {
            let wrong = dns_label_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
        validate_source(claim, &path, errors);
    }
    names
}

fn validate_source(claim: &PodResourceClaim, path: &str, errors: &mut FieldErrors) {
    let sources = [
        ("resourceClaimName", &claim.resource_claim_name),
        (
            "resourceClaimTemplateName",
            &claim.resource_claim_template_name,
        ),
    ];
    let detail = match sources.iter().filter(|(_, name)| name.is_some()).count() {
        0 => Some("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
        1 => None,
        _ => Some(
            "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
        ),
    };
    errors.extend(detail.map(|detail| {
        let shown = Internal::of("PodResourceClaim", claim);
        FieldError::invalid(path, shown, detail)
    }));
    for (field, name) in sources {
        let name = name.as_deref();
        let wrong = name.into_iter().flat_map(dns_subdomain_errors);
        let field = format!("{path}.{field}");
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    }
}
