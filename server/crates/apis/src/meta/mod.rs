//! Generic object metadata: names, labels, annotations, owners, and their validation, with the texts
//! of upstream's apimachinery.

mod conditions;
mod labels;
mod names;
mod object_meta;
mod owner;
#[cfg(test)]
mod tests;
mod update;

pub use conditions::validate_conditions;
pub use labels::{
    label_value_errors, qualified_name_errors, validate_annotations, validate_label_name,
    validate_labels, validate_qualified_name,
};
pub use names::{
    NameRule, config_map_key_errors, dns_label_errors, dns_subdomain_errors,
    domain_prefixed_path_errors, env_var_name_errors, path_segment_errors, port_name_errors,
    port_number_errors, validate_port_reference,
};
pub use object_meta::{unqualified_finalizer, validate_object_meta};
pub use owner::{controller_of, is_controlled_by, validate_owner_references};
pub use update::{immutable, immutable_inside, validate_object_meta_update};
