//! PodSecurity: which pods a namespace's labels `pod-security.kubernetes.io/*` allow. Upstream's
//! `k8s.io/pod-security-admission` as of v1.36, with its texts. Absent: exemptions, of which a cluster has none
//! unless it is configured, and what `audit` would leave in an audit log.

mod baseline;
mod checks;
mod policy;
mod restricted;
mod significance;
mod subject;
#[cfg(test)]
mod tests;
mod words;

pub use checks::{Verdict, evaluate};
pub use policy::{Level, LevelVersion, PREFIX, Policy, Version, policy_of};
pub use significance::is_significant;
