//! Requests and limits of a container.

use k8s_openapi::api::core::v1::ResourceRequirements;

use crate::meta::qualified_name_errors;
use crate::quantity::{Quantity, ResourceList};
use crate::{FieldError, FieldErrors};

const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

pub(super) fn validate_resources(
    resources: &ResourceRequirements,
    path: &str,
    errors: &mut FieldErrors,
) {
    let limits = read(resources.limits.as_ref(), &format!("{path}.limits"), errors);
    let requests = read(
        resources.requests.as_ref(),
        &format!("{path}.requests"),
        errors,
    );
    for (name, request) in requests {
        let limit = limits
            .iter()
            .find(|(limited, _)| *limited == name)
            .map(|(_, limit)| *limit);
        if let Some(limit) = limit.filter(|limit| request > *limit) {
            let detail = format!("must be less than or equal to {name} limit of {limit}");
            errors.push(FieldError::invalid(
                format!("{path}.requests"),
                request.to_string(),
                detail,
            ));
        }
    }
}

/// The amounts of a list that can be read; complains about the rest.
fn read<'a>(
    list: Option<&'a ResourceList>,
    path: &str,
    errors: &mut FieldErrors,
) -> Vec<(&'a str, Quantity)> {
    let mut amounts = Vec::new();
    for (name, quantity) in list.into_iter().flatten() {
        let field = format!("{path}[{name}]");
        validate_name(name, &field, errors);
        match Quantity::of(quantity) {
            Err(error) => errors.push(FieldError::invalid(
                field,
                quantity.0.as_str(),
                error.to_string(),
            )),
            Ok(amount) if amount.is_negative() => {
                let detail = "must be greater than or equal to 0";
                errors.push(FieldError::invalid(field, amount.to_string(), detail));
            }
            Ok(amount) => amounts.push((name.as_str(), amount)),
        }
    }
    amounts
}

fn validate_name(name: &str, path: &str, errors: &mut FieldErrors) {
    let wrong = qualified_name_errors(name).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(path, name, wrong)));
    let standard = STANDARD.contains(&name) || name.starts_with("hugepages-");
    if !name.contains('/') && !standard {
        let details = [
            "must be a standard resource type or fully qualified",
            "must be a standard resource for containers",
        ];
        errors.extend(details.map(|detail| FieldError::invalid(path, name, detail)));
    }
}
