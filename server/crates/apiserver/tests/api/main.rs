//! The Kubernetes API in process: through `kube::Client`, and as raw requests where the wire matters.

mod applying;
mod client;
mod cluster;
mod deleting;
mod documents;
mod doors;
mod errors;
mod headlamp;
mod kinds;
mod lifecycle;
mod lists;
mod metrics;
mod migrating;
mod patching;
mod patience;
mod representations;
mod reviews;
mod robust;
mod rollouts;
mod rules;
mod socket;
mod streams;
mod tables;
mod tokens;
mod watching;
mod writes;
