//! The tokens of a pod's ServiceAccount. The API makes them; a node keeps each until a fifth of its life is left, and
//! for a day at most, as upstream's token manager does.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{ServiceAccount, ServiceAccountTokenProjection, Volume};
use kube::Api;
use kube::api::PostParams;

use super::resolve::{Missing, Source};

/// Upstream's default of a projection that says none; the API puts it there.
const LASTING_SECS: i64 = 3_600;
/// Upstream's `maxTTL`.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Those of one pod, by audience (empty: the API's own) and lifetime in seconds.
#[derive(Default)]
pub struct Tokens(BTreeMap<(String, i64), Issued>);

#[derive(Clone)]
struct Issued {
    token: String,
    lasting: SignedDuration,
    expires: Timestamp,
}

impl Issued {
    /// Whether another is to take its place. One that was issued later than now is, too: a clock was set back.
    fn is_due(&self, now: Timestamp) -> bool {
        let issued = self.expires - self.lasting;
        now < issued || now > issued + KEPT || now > self.expires - self.lasting / 5
    }
}

/// Whether a volume holds a token.
pub fn has_token(volume: &Volume) -> bool {
    let mut sources = volume
        .projected
        .iter()
        .flat_map(|projected| projected.sources.iter().flatten());
    sources.any(|source| source.service_account_token.is_some())
}

impl Source<'_> {
    /// The token that a volume wants: the one that is kept, or a new one when that is due.
    pub(super) async fn token(
        &self,
        wanted: &ServiceAccountTokenProjection,
    ) -> Result<String, Missing> {
        let audience = wanted.audience.clone().unwrap_or_default();
        let key = (audience, wanted.expiration_seconds.unwrap_or(LASTING_SECS));
        let kept = self.tokens.lock().0.get(&key).cloned();
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| !kept.is_due(now)) {
            return Ok(kept.token.clone());
        }
        match (self.issue(&key.0, key.1).await, kept) {
            (Ok(fresh), _) => {
                let token = fresh.token.clone();
                self.tokens.lock().0.insert(key, fresh);
                Ok(token)
            }
            // it is good for a while yet
            (Err(_), Some(kept)) if now < kept.expires => Ok(kept.token),
            (Err(why), _) => Err(format!("failed to fetch token: {why}")),
        }
    }

    async fn issue(&self, audience: &str, lasting_secs: i64) -> Result<Issued, String> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), self.namespace());
        let spec = self.pod.spec.as_ref();
        let account = spec.and_then(|spec| spec.service_account_name.as_deref());
        let bound = BoundObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            name: self.pod.metadata.name.clone(),
            uid: self.pod.metadata.uid.clone(),
        };
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                audiences: (!audience.is_empty()).then(|| vec![audience.to_owned()]),
                bound_object_ref: Some(bound),
                expiration_seconds: Some(lasting_secs),
            }),
            ..TokenRequest::default()
        };
        let account = account.unwrap_or("default");
        let params = PostParams::default();
        let made = accounts.create_token_request(account, &params, &request);
        let made = made.await.map_err(|error| error.to_string())?;
        let status = made.status.unwrap_or_default();
        match (status.token, status.expiration_timestamp) {
            (Some(token), Some(expires)) => Ok(Issued {
                token,
                lasting: SignedDuration::from_secs(lasting_secs),
                expires: expires.0,
            }),
            _ => Err("the API answers without a token".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use k8s_openapi::api::core::v1::Pod;
    use kube::api::DeleteParams;
    use orrery_apiserver::{ApiServer, Config, Identity};
    use orrery_clock::Clock;
    use orrery_store::{Options, Store};
    use parking_lot::Mutex;
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn k_35_a_token_is_kept_until_it_is_due_and_as_long_as_there_is_no_other() {
        let noon = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let clock = Clock::simulated(1, noon);
        let store = Store::in_memory(Options::default());
        let server = ApiServer::new(store, clock.clone(), Config::default());
        let ready = server.bootstrap().await;
        ready.expect("an empty store takes the bootstrap");
        let client = server.client(Identity::administrator());
        let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
        let pod = json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x"}]}});
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let pod = pods.create(&PostParams::default(), &pod).await;
        let pod = pod.expect("created");
        let tokens = Mutex::default();
        let source = Source {
            client: &client,
            clock: &clock,
            tokens: &tokens,
            is_read: true,
            pod: &pod,
            host_ip: "",
            pod_ip: "",
            base_env: &[],
            capacity: (1.0, 1.0),
        };
        let wanted = |audience: Option<&str>| ServiceAccountTokenProjection {
            audience: audience.map(str::to_owned),
            expiration_seconds: Some(3_607),
            path: "token".to_owned(),
        };
        let (own, others) = (wanted(None), wanted(Some("vault")));
        let first = source.token(&own).await.expect("a token");
        let other = source.token(&others).await.expect("a token");
        assert_ne!(first, other, "each audience has its own");
        tokio::time::advance(Duration::from_secs(2_800)).await;
        assert_eq!(source.token(&own).await.as_ref(), Ok(&first));
        tokio::time::advance(Duration::from_secs(100)).await;
        let second = source.token(&own).await.expect("a token");
        assert_ne!(second, first, "a fifth of its life was left");

        let deleted = pods.delete("p", &DeleteParams::default()).await;
        deleted.expect("it is there");
        tokio::time::advance(Duration::from_secs(3_000)).await;
        assert_eq!(
            source.token(&own).await.as_ref(),
            Ok(&second),
            "it is good yet"
        );
        tokio::time::advance(Duration::from_secs(1_000)).await;
        let refused = source.token(&own).await.expect_err("its pod is gone");
        assert!(refused.starts_with("failed to fetch token: "), "{refused}");
    }

    #[test]
    fn a_token_is_due_when_a_fifth_of_its_life_is_left_or_after_a_day() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let due = |lasting_secs: i64, after_secs: i64| {
            let lasting = SignedDuration::from_secs(lasting_secs);
            let issued = Issued {
                token: String::new(),
                lasting,
                expires: noon + lasting,
            };
            issued.is_due(noon + SignedDuration::from_secs(after_secs))
        };
        let day = 24 * 3_600;
        let rows = [
            ("it is fresh", 3_607, 0, false),
            ("four fifths of its life are not over", 3_600, 2_880, false),
            ("they are", 3_600, 2_881, true),
            ("a day is not over", 30 * day, day, false),
            (
                "it is, however long it would be good for",
                30 * day,
                day + 1,
                true,
            ),
            ("the clock was set back", 3_600, -1, true),
        ];
        for (why, lasting_secs, after_secs, want) in rows {
            assert_eq!(due(lasting_secs, after_secs), want, "{why}");
        }
    }
}
