//! The lease by which a cluster's API servers are known, as upstream's each keep one in kube-system.
//!
//! Upstream renews it every ten seconds, for others to see soon who is gone. Here is one server for ever,
//! and each renewal would wake the disk: a quarter of the lease's time is often enough to hold it.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use orrery_clock::Clock;
use serde_json::json;
use sha2::{Digest, Sha256};

const NAMESPACE: &str = "kube-system";
/// Upstream's.
const LEASE_SECS: i32 = 3600;
const EVERY: Duration = Duration::from_secs(900);
/// Before another attempt where the store does not take it.
const RETRY: Duration = Duration::from_secs(10);
/// How much of the host name's digest stands in the name.
const SHOWN_BYTES: usize = 16;

/// The lease of the API server of this process.
pub struct ApiLease {
    client: Client,
    clock: Clock,
    host: String,
    name: String,
    holder: String,
}

impl ApiLease {
    pub fn new(client: Client, clock: Clock, host: String) -> Self {
        let name = name(&host);
        Self {
            holder: format!("{name}_{}", clock.uid()),
            client,
            clock,
            host,
            name,
        }
    }

    /// Keeps it for as long as it is polled.
    pub async fn keep(self) {
        loop {
            let pause = match self.renew().await {
                Ok(()) => EVERY,
                Err(error) => {
                    tracing::debug!(%error, "the API server's lease is not renewed");
                    RETRY
                }
            };
            self.clock.sleep(pause).await;
        }
    }

    async fn renew(&self) -> kube::Result<()> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), NAMESPACE);
        let renewed = MicroTime(self.clock.now());
        let spec = json!({"holderIdentity": self.holder, "renewTime": renewed});
        let patch = Patch::Merge(json!({"spec": spec}));
        let patched = leases
            .patch(&self.name, &PatchParams::default(), &patch)
            .await;
        match patched {
            Err(kube::Error::Api(answer)) if answer.code == 404 => {}
            other => return other.map(drop),
        }
        let lease = self.lease(renewed);
        leases.create(&PostParams::default(), &lease).await?;
        Ok(())
    }

    fn lease(&self, renewed: MicroTime) -> Lease {
        let labels = [
            ("apiserver.kubernetes.io/identity", "kube-apiserver"),
            ("kubernetes.io/hostname", self.host.as_str()),
        ];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                namespace: Some(NAMESPACE.to_owned()),
                labels: Some(labels.into()),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.holder.clone()),
                lease_duration_seconds: Some(LEASE_SECS),
                renew_time: Some(renewed),
                ..LeaseSpec::default()
            }),
        }
    }
}

/// `apiserver-` and the host name's digest, as upstream names it.
fn name(host: &str) -> String {
    let digest = Sha256::digest(host);
    let shown: Vec<u8> = digest.iter().take(SHOWN_BYTES).copied().collect();
    format!("apiserver-{}", base32(&shown))
}

/// RFC 4648 in small letters, not filled up.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1));
    let bits: Vec<u8> = bits.collect();
    let letter = |bits: &[u8]| {
        let value = bits.iter().fold(0_u8, |value, bit| (value << 1) | bit);
        char::from(LETTERS[usize::from(value << (5 - bits.len()))])
    };
    bits.chunks(5).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use orrery_apiserver::{ApiServer, Config, Identity};
    use orrery_store::{Options, Store};

    use super::*;

    #[test]
    fn the_name_is_upstreams() {
        assert_eq!(name("desk"), "apiserver-jg7ec6wxicakaay3mnvujt6cn4");
    }

    #[tokio::test(start_paused = true)]
    async fn the_lease_is_made_once_and_renewed_then() {
        let epoch = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let clock = Clock::simulated(1, epoch);
        let store = Store::in_memory(Options::default());
        let server = ApiServer::new(store, clock.clone(), Config::default());
        server.bootstrap().await.expect("an empty store");
        let client = server.client(Identity::component("system:apiserver"));
        let own = ApiLease::new(client.clone(), clock.clone(), "desk".to_owned());
        let leases: Api<Lease> = Api::namespaced(client, NAMESPACE);
        let mut times = Vec::new();
        for _ in 0..2 {
            own.renew().await.expect("the store takes it");
            let lease = leases.get(&own.name).await.expect("it is there");
            let labels = lease.metadata.labels.unwrap_or_default();
            assert_eq!(labels["kubernetes.io/hostname"], "desk");
            let spec = lease.spec.unwrap_or_default();
            assert_eq!(spec.holder_identity.as_deref(), Some(own.holder.as_str()));
            assert_eq!(spec.lease_duration_seconds, Some(LEASE_SECS));
            times.push(spec.renew_time.expect("it is renewed").0);
            clock.jump(SignedDuration::from_secs(900));
        }
        let between = times[1].duration_since(times[0]);
        assert!(between >= SignedDuration::from_secs(900), "{between}");
    }
}
