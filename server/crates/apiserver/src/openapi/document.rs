//! One OpenAPI v3 document: a group and version with its kinds.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{paths, schemas};
use crate::registry::Resource;

/// A document as it is kept: compressed, some twelve times smaller than its text.
pub struct Document {
    pub gzip: Vec<u8>,
    /// Of the text, in upper-case hex; part of the URL, so that clients may cache for ever.
    pub hash: String,
}

impl Document {
    /// Generates the document of these kinds.
    pub fn of(resources: &[&Resource], version: &str) -> Self {
        let text =
            serde_json::to_vec(&value(resources, version)).expect("a JSON value has string keys");
        let hash = Sha256::digest(&text)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&text).expect("memory takes every write");
        let gzip = encoder.finish().expect("memory takes every write");
        Self { gzip, hash }
    }
}

fn value(resources: &[&Resource], version: &str) -> Value {
    let mut all = Map::new();
    for resource in resources {
        paths::add(&mut all, resource, resource.shape.schema());
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": all,
        "components": {"schemas": schemas::schemas(resources)},
    })
}
