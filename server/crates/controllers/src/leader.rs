//! Which of several controller managers works: leader election by a Lease, with upstream's timings.
//!
//! A candidate counts its own waits instead of comparing clocks: neither another machine's clock nor
//! its own that jumps can make two leaders. The embedded engine is alone on its store and needs none.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, PostParams};
use kube::{Client, Error};
use orrery_clock::Clock;
use orrery_informer::{EventType, Recorder, object_reference};

/// A lease that was not renewed for so long is anyone's.
const LEASE_SECS: i32 = 15;
/// A leader that could not renew for so long stops: well before another may begin.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// Between two looks at the lease.
const RETRY: Duration = Duration::from_secs(2);
const NAMESPACE: &str = "kube-system";
/// Upstream's name, so that its manager and this one never work at once.
const LEASE: &str = "kube-controller-manager";

/// One candidate.
#[derive(Clone)]
pub struct Candidate {
    pub client: Client,
    pub clock: Clock,
    /// Unlike that of any other candidate.
    pub identity: String,
}

/// Waits to lead and works, again and again: what `work` makes is polled only while this candidate
/// holds the lease, and dropped, which is safe between any two writes, when it is lost.
pub async fn lead<F, Fut>(candidate: Candidate, work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = ()>,
{
    let (client, clock) = (candidate.client.clone(), candidate.clock.clone());
    let (recorder, send) = Recorder::new(client, clock, LEASE, None);
    tokio::select! {
        biased;
        () = elect(candidate, &recorder, work) => {}
        () = send => {}
    }
}

async fn elect<F, Fut>(candidate: Candidate, recorder: &Recorder, mut work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = ()>,
{
    let mut seen = Seen::default();
    loop {
        while !candidate.holds(&mut seen).await {
            candidate.pause(&mut seen).await;
        }
        tracing::info!(identity = candidate.identity, "leads");
        candidate.tell(recorder, &seen, "became leader");
        tokio::select! {
            biased;
            () = candidate.renew(&mut seen) => {}
            () = work() => return,
        }
        tracing::warn!(
            identity = candidate.identity,
            "leads no more: the lease could not be renewed"
        );
        candidate.tell(recorder, &seen, "stopped leading");
    }
}

impl Candidate {
    /// Reports what became of the candidate, as upstream, about the lease that it held last.
    fn tell(&self, recorder: &Recorder, seen: &Seen, what: &str) {
        let message = format!("{} {what}", self.identity);
        let about = seen.held.clone();
        recorder.event_about(about, EventType::Normal, "LeaderElection", message);
    }

    /// Renews until it has not succeeded for too long.
    async fn renew(&self, seen: &mut Seen) {
        loop {
            let renewed = async {
                loop {
                    self.pause(seen).await;
                    if self.holds(seen).await {
                        return;
                    }
                }
            };
            tokio::select! {
                biased;
                () = renewed => {}
                () = self.clock.sleep(RENEW_DEADLINE) => return,
            }
        }
    }

    async fn pause(&self, seen: &mut Seen) {
        self.clock.sleep(RETRY).await;
        seen.unchanged += RETRY;
    }

    /// Takes or renews the lease; answers whether it is this candidate's now.
    async fn holds(&self, seen: &mut Seen) -> bool {
        let held = self.step(seen).await;
        held.inspect_err(|error| tracing::debug!(%error, "the lease is tried again"))
            .unwrap_or(false)
    }

    async fn step(&self, seen: &mut Seen) -> Result<bool, Error> {
        let leases: Api<Lease> = Api::namespaced(self.client.clone(), NAMESPACE);
        let stored = leases.get_opt(LEASE).await?;
        let spec = stored.as_ref().and_then(|lease| lease.spec.as_ref());
        seen.observe(spec);
        let Some(spec) = decide(&self.identity, seen, self.clock.now()) else {
            return Ok(false);
        };
        let params = PostParams::default();
        let written = match stored {
            None => {
                let lease = Lease {
                    metadata: ObjectMeta {
                        name: Some(LEASE.to_owned()),
                        ..ObjectMeta::default()
                    },
                    spec: Some(spec),
                };
                leases.create(&params, &lease).await?
            }
            // Over the version that was read: of two candidates one meets a conflict.
            Some(mut lease) => {
                lease.spec = Some(spec);
                leases.replace(LEASE, &params, &lease).await?
            }
        };
        seen.observe(written.spec.as_ref());
        seen.held = object_reference(&written);
        Ok(true)
    }
}

/// The lease as it was last read, for how long it has been read so, and the one that was last held.
#[derive(Debug, Default)]
struct Seen {
    lease: Option<LeaseSpec>,
    unchanged: Duration,
    held: ObjectReference,
}

impl Seen {
    fn observe(&mut self, lease: Option<&LeaseSpec>) {
        if self.lease.as_ref() != lease {
            self.lease = lease.cloned();
            self.unchanged = Duration::ZERO;
        }
    }
}

/// What `me` writes, if the lease is its own, nobody's, or not renewed for its time.
fn decide(me: &str, seen: &Seen, now: Timestamp) -> Option<LeaseSpec> {
    let held = seen.lease.clone().unwrap_or_default();
    let holder = held.holder_identity.as_deref().unwrap_or_default();
    let secs = held.lease_duration_seconds.unwrap_or(LEASE_SECS);
    let lasts = Duration::from_secs(u64::from(secs.unsigned_abs()));
    let mine = holder == me;
    if !mine && !holder.is_empty() && seen.unchanged < lasts {
        return None;
    }
    let now = Some(MicroTime(now));
    let transitions = held.lease_transitions.unwrap_or(0);
    let first = seen.lease.is_none();
    Some(LeaseSpec {
        holder_identity: Some(me.to_owned()),
        lease_duration_seconds: Some(LEASE_SECS),
        renew_time: now.clone(),
        acquire_time: if mine { held.acquire_time } else { now },
        lease_transitions: Some(if mine || first {
            transitions
        } else {
            transitions.saturating_add(1)
        }),
        ..LeaseSpec::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Whether the lease is acquired anew, and its transitions then.
    type Taken = Option<(bool, i32)>;

    #[test]
    fn who_may_take_the_lease() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let before = "2026-11-23T11:00:00.000000Z";
        let held = |by: &str| json!({"holderIdentity": by, "leaseDurationSeconds": 15, "leaseTransitions": 3, "acquireTime": before, "renewTime": before});
        let rows: [(&str, Value, u64, Taken); 7] = [
            ("none there is: the first", Value::Null, 0, Some((true, 0))),
            (
                "mine: renewed, acquired when it was",
                held("me"),
                0,
                Some((false, 3)),
            ),
            (
                "mine, though it has run out",
                held("me"),
                60,
                Some((false, 3)),
            ),
            ("another's that is renewed", held("you"), 0, None),
            ("another's, up to its end", held("you"), 14, None),
            (
                "another's, once it has run out",
                held("you"),
                15,
                Some((true, 4)),
            ),
            ("given up", held(""), 0, Some((true, 4))),
        ];
        for (why, lease, unchanged_secs, want) in rows {
            let seen = Seen {
                lease: serde_json::from_value(lease).expect("a literal spec"),
                unchanged: Duration::from_secs(unchanged_secs),
                ..Seen::default()
            };
            let got = decide("me", &seen, now).map(|spec| {
                assert_eq!(spec.holder_identity.as_deref(), Some("me"), "{why}");
                assert_eq!(spec.renew_time, Some(MicroTime(now)), "{why}");
                let anew = spec.acquire_time == Some(MicroTime(now));
                (anew, spec.lease_transitions.unwrap_or(-1))
            });
            assert_eq!(got, want, "{why}");
        }
    }

    #[test]
    fn only_a_change_of_the_lease_starts_the_wait_anew() {
        let lease = |at: &str| LeaseSpec {
            renew_time: at.parse().map(MicroTime).ok(),
            ..LeaseSpec::default()
        };
        let mut seen = Seen::default();
        seen.observe(Some(&lease("2026-11-23T12:00:00Z")));
        seen.unchanged += RETRY;
        seen.observe(Some(&lease("2026-11-23T12:00:00Z")));
        assert_eq!(seen.unchanged, RETRY, "the same");
        seen.observe(Some(&lease("2020-01-01T00:00:00Z")));
        assert_eq!(
            seen.unchanged,
            Duration::ZERO,
            "renewed, by a clock that is years behind"
        );
    }
}
