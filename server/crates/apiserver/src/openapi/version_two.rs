//! `/openapi/v2` as protobuf, the one form in which kubectl up to 1.28 asks whether the server
//! validates fields (K-07).
//!
//! The document lists the PATCH operation of every kind with its `fieldValidation` parameter, which is
//! what those clients look up; kinds are described by version 3 only. The numbers are those of
//! gnostic's `openapi.v2.Document`.

use crate::core::Core;
use crate::protobuf::message::{Writer, bytes_field};
use crate::registry::Resource;

/// The media type, as clients spell it.
pub const MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// True for the media type, in either spelling.
pub fn is_wanted(media_type: &str) -> bool {
    media_type == MEDIA_TYPE
        || media_type == "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
}

/// The document's bytes.
pub fn document(core: &Core) -> Vec<u8> {
    let mut info = Writer::new();
    bytes_field(&mut info, 1, b"Kubernetes");
    bytes_field(&mut info, 2, core.version.git_version.as_bytes());
    let mut paths = Writer::new();
    for resource in core.registry.iter() {
        bytes_field(&mut paths, 2, &path(resource));
    }
    let mut document = Writer::new();
    bytes_field(&mut document, 1, b"2.0");
    bytes_field(&mut document, 2, &info);
    bytes_field(&mut document, 8, &paths);
    bytes_field(&mut document, 9, &[]);
    document
}

fn path(resource: &Resource) -> Vec<u8> {
    let info = resource.info;
    let root = if info.group.is_empty() {
        "/api"
    } else {
        "/apis"
    };
    let scope = if info.namespaced {
        "namespaces/{namespace}/"
    } else {
        ""
    };
    let name = format!(
        "{root}/{}/{scope}{}/{{name}}",
        resource.api_version(),
        info.plural
    );
    let mut item = Writer::new();
    bytes_field(&mut item, 8, &patch(resource));
    let mut named = Writer::new();
    bytes_field(&mut named, 1, name.as_bytes());
    bytes_field(&mut named, 2, &item);
    named
}

fn patch(resource: &Resource) -> Vec<u8> {
    let mut operation = Writer::new();
    for parameter in ["dryRun", "fieldManager", "fieldValidation", "force"] {
        bytes_field(&mut operation, 8, &query_parameter(parameter));
    }
    let info = resource.info;
    let kind = format!(
        "{{\"group\": {:?}, \"kind\": {:?}, \"version\": {:?}}}\n",
        info.group, info.kind, info.version
    );
    let mut any = Writer::new();
    bytes_field(&mut any, 2, kind.as_bytes());
    let mut extension = Writer::new();
    bytes_field(&mut extension, 1, b"x-kubernetes-group-version-kind");
    bytes_field(&mut extension, 2, &any);
    bytes_field(&mut operation, 13, &extension);
    operation
}

/// A parameter lies three choices deep: item, parameter that is no body, query.
fn query_parameter(name: &str) -> Vec<u8> {
    let mut query = Writer::new();
    bytes_field(&mut query, 2, b"query");
    bytes_field(&mut query, 4, name.as_bytes());
    bytes_field(&mut query, 6, b"string");
    [3, 2, 1].into_iter().fold(query, |inner, number| {
        let mut outer = Writer::new();
        bytes_field(&mut outer, number, &inner);
        outer
    })
}
