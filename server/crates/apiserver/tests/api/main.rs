//! The Kubernetes API in process: through `kube::Client`, and as raw requests where the wire matters.

mod client;
mod cluster;
mod deleting;
mod documents;
mod errors;
mod lists;
mod patching;
mod reviews;
mod tables;
mod watching;
mod writes;
