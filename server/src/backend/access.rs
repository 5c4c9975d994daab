//! What the person behind the page may do, as the cluster itself answers it (SelfSubjectAccessReview).
//!
//! It only decides which buttons are offered. Whether a deed is allowed is decided where it is done: so a
//! question that cannot be answered counts as yes, and an answer may be a minute old.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::PostParams;
use kube::core::ApiResource;
use kube::{Api, Client};
use orrery_app::permit::{Denied, Need, Permits, Verb};
use orrery_clock::Clock;
use orrery_view::Kind;
use parking_lot::Mutex;

use super::objects::resource;

/// How long an answer is believed.
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// For all questions of a page; the first paint waits for it.
const WITHIN: Duration = Duration::from_millis(800);
/// Questions on the way at a time.
const AT_ONCE: usize = 12;
/// Namespaces that a page asks about one by one; buttons in more are offered, and may be refused when pressed.
const MOST_NAMESPACES: usize = 20;

/// When it was answered, and why not if it is denied.
type Answer = (Timestamp, Option<String>);

/// The answers so far.
#[derive(Clone, Default)]
pub struct Access {
    known: Arc<Mutex<BTreeMap<Need, Answer>>>,
}

impl Access {
    /// What is denied in the whole cluster, or in those of `namespaces` where it is.
    pub async fn permits(&self, client: &Client, clock: &Clock, namespaces: &[String]) -> Permits {
        let closed = self.ask(client, clock, everywhere()).await;
        let (mut denied, closed): (Vec<_>, Vec<_>) = closed
            .into_iter()
            .partition(|(need, _)| need.kind == Kind::Node);
        let nearer: Vec<_> = closed
            .iter()
            .flat_map(|(need, _)| {
                let here = |namespace: &String| Need {
                    namespace: namespace.clone(),
                    ..need.clone()
                };
                namespaces.iter().take(MOST_NAMESPACES).map(here)
            })
            .collect();
        denied.extend(self.ask(client, clock, nearer).await);
        let denied = denied
            .into_iter()
            .map(|(need, reason)| Denied { need, reason });
        Permits {
            denied: denied.collect(),
            ..Permits::default()
        }
    }

    /// Those that are denied, each with the reason.
    async fn ask(&self, client: &Client, clock: &Clock, needs: Vec<Need>) -> Vec<(Need, String)> {
        let now = clock.now();
        self.known
            .lock()
            .retain(|_, (at, _)| now.duration_since(*at).abs() < FRESH);
        let unknown: Vec<_> = {
            let known = self.known.lock();
            let unknown = needs.iter().filter(|need| !known.contains_key(need));
            unknown.cloned().collect()
        };
        let answers = futures::stream::iter(unknown)
            .map(|need| async move {
                let answer = review(client, &need).await;
                (need, answer)
            })
            .buffer_unordered(AT_ONCE)
            .for_each(|(need, answer)| {
                if let Ok(answer) = answer {
                    self.known.lock().insert(need, (now, answer));
                }
                futures::future::ready(())
            });
        tokio::select! {
            () = answers => {}
            () = clock.sleep(WITHIN) => tracing::debug!("the cluster is slow to say what is allowed"),
        }
        let mut known = self.known.lock();
        for need in &needs {
            // a cluster that does not answer is not waited for again by every page
            known.entry(need.clone()).or_insert((now, None));
        }
        let denied = |need: Need| {
            let reason = known.get(&need)?.1.clone()?;
            Some((need, reason))
        };
        needs.into_iter().filter_map(denied).collect()
    }
}

/// Everything that buttons do, in the whole cluster.
fn everywhere() -> Vec<Need> {
    let deeds = [
        (Verb::Create, Kind::CronJob),
        (Verb::Create, Kind::Job),
        (Verb::Create, Kind::DaemonSet),
        (Verb::Patch, Kind::CronJob),
        (Verb::Patch, Kind::Job),
        (Verb::Patch, Kind::DaemonSet),
        (Verb::Create, Kind::Node),
        (Verb::Patch, Kind::Node),
        (Verb::Update, Kind::CronJob),
        (Verb::Update, Kind::Job),
        (Verb::Update, Kind::DaemonSet),
        (Verb::Update, Kind::Pod),
        (Verb::Update, Kind::Node),
        (Verb::Delete, Kind::Node),
        (Verb::Delete, Kind::CronJob),
        (Verb::Delete, Kind::Job),
        (Verb::Delete, Kind::DaemonSet),
        (Verb::Delete, Kind::Pod),
        (Verb::Evict, Kind::Pod),
        (Verb::Exec, Kind::Pod),
    ];
    let need = |(verb, kind)| Need {
        verb,
        kind,
        namespace: String::new(),
    };
    deeds.map(need).into()
}

/// `None`: allowed; else why not, in the cluster's words as far as it has any.
async fn review(client: &Client, need: &Need) -> kube::Result<Option<String>> {
    let ApiResource { group, plural, .. } = resource(need.kind);
    let question = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(need.verb.word().to_owned()),
                group: Some(group),
                resource: Some(plural),
                subresource: need.verb.subresource().map(str::to_owned),
                namespace: Some(need.namespace.clone()),
                ..Default::default()
            }),
            ..Default::default()
        },
        ..Default::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    match api.create(&PostParams::default(), &question).await {
        Ok(answer) => {
            let status = answer.status.unwrap_or_default();
            Ok((!status.allowed).then(|| status.reason.unwrap_or_default()))
        }
        // a server without the question has nobody to refuse
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 405) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::{Request, Response};
    use http_body_util::BodyExt;
    use kube::client::Body;
    use serde_json::{Value, json};

    /// A cluster that lets nothing be deleted or evicted but in `mine`; counts what it was asked.
    fn strict(asked: Arc<AtomicUsize>) -> Client {
        let service = tower::service_fn(move |request: Request<Body>| {
            asked.fetch_add(1, Ordering::Relaxed);
            async move {
                let body = request
                    .into_body()
                    .collect()
                    .await
                    .expect("whole")
                    .to_bytes();
                let mut review: Value = serde_json::from_slice(&body).expect("a review");
                let wanted = &review["spec"]["resourceAttributes"];
                let closed = wanted["verb"] == "delete" || wanted["subresource"] == "eviction";
                let allowed = !closed || wanted["namespace"] == "mine";
                review["status"] = json!({ "allowed": allowed, "reason": "no rule allows it" });
                Ok::<_, std::convert::Infallible>(Response::new(Body::from(
                    review.to_string().into_bytes(),
                )))
            }
        });
        Client::new(service, "default")
    }

    fn clock() -> Clock {
        Clock::simulated(1, "2026-11-23T12:00:00Z".parse().expect("a literal time"))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_denied_in_a_namespace_is_known_with_the_reason() {
        let asked = Arc::new(AtomicUsize::new(0));
        let client = strict(asked.clone());
        let (access, clock) = (Access::default(), clock());
        let namespaces = ["mine".to_owned(), "theirs".to_owned()];
        let permits = access.permits(&client, &clock, &namespaces).await;
        let need = |verb, kind, namespace: &str| Need {
            verb,
            kind,
            namespace: namespace.to_owned(),
        };
        let refusal = |need: Need| permits.refusal(&need);
        assert_eq!(refusal(need(Verb::Create, Kind::Job, "theirs")), None);
        assert_eq!(refusal(need(Verb::Delete, Kind::Job, "mine")), None);
        assert_eq!(
            refusal(need(Verb::Delete, Kind::Job, "theirs")),
            Some("no rule allows it")
        );
        let pods = |verb| permits.refusal(&need(verb, Kind::Pod, "theirs")).is_some();
        assert!(pods(Verb::Evict) && !pods(Verb::Create));
        let first = asked.load(Ordering::Relaxed);
        access.permits(&client, &clock, &namespaces).await;
        assert_eq!(
            asked.load(Ordering::Relaxed),
            first,
            "answers are kept for a minute"
        );
        clock.sleep(Duration::from_secs(61)).await;
        access.permits(&client, &clock, &namespaces).await;
        assert_eq!(asked.load(Ordering::Relaxed), 2 * first, "and not longer");
        clock.jump(SignedDuration::from_hours(-24));
        access.permits(&client, &clock, &namespaces).await;
        let all = asked.load(Ordering::Relaxed);
        assert_eq!(all, 3 * first, "nor for a day because a clock was set back");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_without_reviews_refuses_nobody() {
        let service = tower::service_fn(|_: Request<Body>| async {
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound", "message": "no such resource"});
            let mut response = Response::new(Body::from(status.to_string().into_bytes()));
            *response.status_mut() = http::StatusCode::NOT_FOUND;
            Ok::<_, std::convert::Infallible>(response)
        });
        let client = Client::new(service, "default");
        let permits = Access::default()
            .permits(&client, &clock(), &["a".to_owned()])
            .await;
        assert_eq!(permits, Permits::default());
    }
}
