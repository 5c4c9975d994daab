//! What a pod is given to find the API and to be let in, through a real API server.

use std::path::Path;

use futures::StreamExt;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::Client;
use kube::api::{Api, PostParams};
use kube::runtime::wait::await_condition;
use orrery_kubelet::{Kubelet, LogWish};
use serde_json::json;

/// What the API server of this test calls a certificate.
pub const CERTIFICATE: &str = "whom to believe";

pub async fn token(client: &Client, kubelet: &Kubelet, dir: &Path) {
    let services: Api<Service> = Api::namespaced(client.clone(), "default");
    let web = json!({"metadata": {"name": "web"}, "spec": {"ports": [{"port": 8000}]}});
    let web = serde_json::from_value(web).expect("a Service");
    let made = services.create(&PostParams::default(), &web).await;
    made.expect("created");

    let script = "cd /var/run/secrets/kubernetes.io/serviceaccount && \
                  for file in token namespace ca.crt; do cat $file; echo; done; echo $WEB_SERVICE_PORT";
    let container = json!({"name": "c", "image": "busybox", "command": ["sh", "-c", script]});
    let pod = json!({"metadata": {"name": "reads"},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [container]}});
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    let created = pods.create(&PostParams::default(), &pod).await;
    let uid = created.expect("created").metadata.uid.unwrap_or_default();
    let has_ended = |pod: Option<&Pod>| {
        let status = pod.and_then(|pod| pod.status.as_ref());
        let phase = status.and_then(|status| status.phase.as_deref());
        matches!(phase, Some("Succeeded" | "Failed"))
    };
    let ended = await_condition(pods, "reads", has_ended).await;
    ended.expect("a watch");
    let folder = dir.join("pods").join(format!("default_reads_{uid}"));
    let holds = ["volumes", "tmp"].map(|name| folder.join(name).exists());
    assert_eq!(holds, [false, true], "its token was never on the disk");

    let wish = LogWish {
        namespace: "default".into(),
        pod: "reads".into(),
        pod_uid: uid.clone(),
        container: "c".into(),
        ..LogWish::default()
    };
    let log = kubelet.logs(wish).await.expect("a log");
    let chunks: Vec<_> = log.collect().await;
    let chunks = chunks.into_iter().map(|chunk| chunk.expect("bytes"));
    let bytes: Vec<u8> = chunks.flat_map(Vec::from).collect();
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let [token, namespace, certificate, port] = lines[..] else {
        panic!("{text}");
    };
    assert_eq!(
        (namespace, certificate, port),
        ("default", CERTIFICATE, "8000")
    );

    let review = TokenReview {
        spec: TokenReviewSpec {
            token: token.to_owned(),
            ..TokenReviewSpec::default()
        },
        ..TokenReview::default()
    };
    let reviews: Api<TokenReview> = Api::all(client.clone());
    let reviewed = reviews.create(&PostParams::default(), &review).await;
    let user = reviewed.expect("an answer").status.and_then(|it| it.user);
    let user = user.unwrap_or_default();
    let name = user.username.as_deref();
    assert_eq!(name, Some("system:serviceaccount:default:default"));
    let extra = user.extra.unwrap_or_default();
    let bound = extra.get("authentication.kubernetes.io/pod-uid");
    assert_eq!(bound, Some(&vec![uid]));
}
