//! OpenAPI documents: what stands in one, a group and version with its kinds, and how it is kept.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{paths, schemas, watch_paths};
use crate::metrics::Metric;
use crate::registry::Resource;
use crate::reviews::Review;

/// A document as it is kept: compressed, some twelve times smaller than its text.
pub struct Document {
    pub gzip: Vec<u8>,
    /// Of the text, in upper-case hex; part of the URL, so that clients may cache for ever.
    pub hash: String,
}

impl Document {
    /// Keeps a document's bytes.
    pub fn of(text: &[u8]) -> Self {
        let hash = Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory takes every write");
        let gzip = encoder.finish().expect("memory takes every write");
        Self { gzip, hash }
    }
}

/// The version 3 document of these kinds, questions and measurements.
pub fn version_three(
    resources: &[&Resource],
    reviews: &[&Review],
    metrics: &[&Metric],
    version: &str,
) -> Value {
    let mut all = Map::new();
    for resource in resources {
        paths::add(&mut all, resource, resource.shape.schema());
        watch_paths::add(&mut all, resource);
    }
    for review in reviews {
        paths::add_review(&mut all, review);
    }
    for metric in metrics {
        paths::add_metric(&mut all, metric);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": all,
        "components": {"schemas": schemas::schemas(resources, reviews, metrics)},
    })
}
