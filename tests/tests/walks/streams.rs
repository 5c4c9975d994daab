//! `exec`, `attach`, `port-forward`, `logs` and `top`, by an unmodified kubectl, by `kube`, and by a
//! client of WebSockets that knows nothing of Kubernetes.

mod client;
mod commands;
mod raw;

use std::time::Duration;

use anyhow::{Context, Result};
use orrery_tests::{Kubectl, Orrery};

/// Each part takes moments; a hang becomes a failure that says where.
const LONGEST: Duration = Duration::from_secs(60);

/// Two containers; one that reads; one that ends; a server on the pod's own address.
const PODS: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: a, image: busybox, command: [sh, -c, "echo up; exec sleep 1000"], env: [{name: GREETING, value: hello}], workingDir: /usr}
  - {name: b, image: busybox, command: [sh, -c, "while true; do :; done"]}
---
apiVersion: v1
kind: Pod
metadata: {name: reads}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: busybox
    stdin: true
    command: [sh, -c, "while read line; do echo got $line; echo oops >&2; done; sleep 1000"]
---
apiVersion: v1
kind: Pod
metadata: {name: ends}
spec:
  restartPolicy: Never
  containers: [{name: c, image: busybox, command: [sh, -c, "echo over"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: orrery.dev/http
    args: ["--port=18099"]
"#;

#[tokio::test]
async fn streams() -> Result<()> {
    let orrery = Orrery::start().await?;
    let kubectl = Kubectl::find(&orrery.kubeconfig())?;
    if let Some(kubectl) = &kubectl {
        kubectl.run_with("apply -f -", PODS).await?;
        kubectl
            .run("wait --for=condition=Ready pod/two pod/reads pod/web --timeout=60s")
            .await?;
        kubectl
            .run("wait --for=jsonpath={.status.phase}=Succeeded pod/ends --timeout=60s")
            .await?;
        within("kubectl: exec", commands::exec(kubectl)).await?;
        within("kubectl: refusals", commands::refusals(kubectl)).await?;
        within("kubectl: terminal", commands::terminal(kubectl)).await?;
        within("kubectl: copy", commands::copy(kubectl)).await?;
        within("kubectl: attach", commands::attach(kubectl)).await?;
        within("kubectl: port_forward", commands::port_forward(kubectl)).await?;
        within("kubectl: top", commands::top(kubectl)).await?;
        let viewer = orrery.viewer_kubeconfig().await?;
        if let Some(viewer) = Kubectl::find(&viewer)? {
            within("kubectl: viewer", commands::viewer(&viewer)).await?;
        }
        within("kube", client::walk(&orrery.kubeconfig())).await?;
        within("by hand", raw::walk(&orrery.kubeconfig())).await?;
    }
    orrery.stop().await
}

async fn within(what: &str, part: impl Future<Output = Result<()>>) -> Result<()> {
    let done = tokio::time::timeout(LONGEST, part).await;
    done.with_context(|| format!("{what}: hangs"))?
        .with_context(|| what.to_owned())
}
