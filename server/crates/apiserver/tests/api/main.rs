//! The Kubernetes API in process: through `kube::Client`, and as raw requests where the wire matters.

mod applying;
mod client;
mod cluster;
mod deleting;
mod documents;
mod errors;
mod kinds;
mod lists;
mod metrics;
mod migrating;
mod patching;
mod patience;
mod representations;
mod reviews;
mod robust;
mod rules;
mod streams;
mod tables;
mod watching;
mod writes;
