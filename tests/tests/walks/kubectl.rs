//! An unmodified kubectl over the manifests of Kubernetes' own documentation.

use anyhow::{Result, ensure};
use orrery_tests::{Kubectl, Orrery};

/// kubernetes.io/docs/concepts/workloads/controllers/job: two thousand digits take a debug machine's
/// perl a while, so a few hundred here.
const PI: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  template:
    spec:
      containers:
      - name: pi
        image: perl:5.34.0
        command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(200)"]
      restartPolicy: Never
  backoffLimit: 4
"#;

/// kubernetes.io/docs/concepts/workloads/controllers/cron-jobs.
const HELLO: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: hello}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: hello
            image: busybox:1.28
            imagePullPolicy: IfNotPresent
            command: [/bin/sh, -c, date; echo Hello from the Kubernetes cluster]
          restartPolicy: OnFailure
"#;

/// kubernetes.io/docs/tasks/job/parallel-processing-expansion and indexed-parallel-processing-static.
const INDEXED: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: indexed-job}
spec:
  completions: 5
  parallelism: 3
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      initContainers:
      - name: input
        image: docker.io/library/bash
        command:
        - bash
        - -c
        - |
          items=(foo bar baz qux xyz)
          echo ${items[$JOB_COMPLETION_INDEX]} > /input/data.txt
        volumeMounts: [{mountPath: /input, name: input}]
      containers:
      - name: worker
        image: docker.io/library/busybox
        command: [rev, /input/data.txt]
        volumeMounts: [{mountPath: /input, name: input}]
      volumes:
      - name: input
        emptyDir: {}
"#;

/// kubernetes.io/docs/concepts/workloads/controllers/daemonset, its image replaced by one that runs
/// here.
const DAEMONSET: &str = r#"
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: fluentd-elasticsearch
  labels: {k8s-app: fluentd-logging}
spec:
  selector:
    matchLabels: {name: fluentd-elasticsearch}
  template:
    metadata:
      labels: {name: fluentd-elasticsearch}
    spec:
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
      containers:
      - name: fluentd-elasticsearch
        image: registry.k8s.io/pause:3.10
        resources:
          limits: {memory: 200Mi}
          requests: {cpu: 100m, memory: 200Mi}
      terminationGracePeriodSeconds: 1
"#;

#[tokio::test]
async fn the_commands_of_every_day() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    jobs(&kubectl).await?;
    cronjobs(&kubectl).await?;
    daemonsets(&kubectl).await?;
    nodes_and_words(&kubectl).await?;
    orrery.stop().await
}

async fn jobs(kubectl: &Kubectl) -> Result<()> {
    let applied = kubectl.run_with("apply -f -", PI).await?;
    ensure!(applied == "job.batch/pi created\n", "{applied}");
    kubectl
        .run("wait --for=condition=complete job/pi --timeout=60s")
        .await?;
    let log = kubectl.run("logs -f job/pi").await?;
    ensure!(log.starts_with("3.14159265358979323846"), "{log}");
    has(
        kubectl,
        "get job pi",
        &["NAME", "STATUS", "COMPLETIONS", "Complete", "1/1"],
    )
    .await?;
    has(kubectl, "get pods -o wide", &["NODE", "Completed", "node-"]).await?;
    has(
        kubectl,
        "describe job pi",
        &[
            "Completions:",
            "0 Active (0 Ready) / 1 Succeeded / 0 Failed",
            "Completed",
        ],
    )
    .await?;
    has(
        kubectl,
        "get job pi -o yaml",
        &["completionTime:", "batch.kubernetes.io/controller-uid:"],
    )
    .await?;
    has(kubectl, "label job pi tier=math", &["labeled"]).await?;
    let unchanged = kubectl.run_with("apply -f -", PI).await?;
    ensure!(unchanged == "job.batch/pi unchanged\n", "{unchanged}");
    kubectl.run_with("apply -f -", INDEXED).await?;
    kubectl
        .run("wait --for=condition=complete job/indexed-job --timeout=60s")
        .await?;
    has(
        kubectl,
        "logs -l batch.kubernetes.io/job-completion-index=3",
        &["xuq"],
    )
    .await?;
    has(
        kubectl,
        "describe job indexed-job",
        &["Completed Indexes:  0-4"],
    )
    .await?;
    kubectl.run("delete job pi").await?;
    let gone = kubectl.refused("get job pi", "").await?;
    ensure!(gone.contains("jobs.batch \"pi\" not found"), "{gone}");
    let typo = kubectl
        .refused("create -f -", &INDEXED.replace("parallelism", "paralelism"))
        .await?;
    ensure!(typo.contains("unknown field \"spec.paralelism\""), "{typo}");
    Ok(())
}

async fn cronjobs(kubectl: &Kubectl) -> Result<()> {
    kubectl.run_with("apply -f -", HELLO).await?;
    has(
        kubectl,
        "get cronjob hello",
        &["SCHEDULE", "TIMEZONE", "* * * * *", "<none>", "False"],
    )
    .await?;
    kubectl
        .run("create job by-hand --from=cronjob/hello")
        .await?;
    kubectl
        .run("wait --for=condition=complete job/by-hand --timeout=60s")
        .await?;
    has(
        kubectl,
        "logs job/by-hand",
        &["Hello from the Kubernetes cluster"],
    )
    .await?;
    has(
        kubectl,
        "get job by-hand -o yaml",
        &["cronjob.kubernetes.io/instantiate: manual", "kind: CronJob"],
    )
    .await?;
    has(
        kubectl,
        "describe cronjob hello",
        &["Concurrency Policy:", "Allow"],
    )
    .await?;
    kubectl.run("delete cronjob hello").await?;
    kubectl
        .run("wait --for=delete job/by-hand --timeout=60s")
        .await?;
    Ok(())
}

async fn daemonsets(kubectl: &Kubectl) -> Result<()> {
    kubectl.run_with("apply -f -", DAEMONSET).await?;
    kubectl
        .run("rollout status ds/fluentd-elasticsearch --timeout=60s")
        .await?;
    has(
        kubectl,
        "get ds",
        &[
            "DESIRED",
            "NODE SELECTOR",
            "fluentd-elasticsearch   3         3         3",
        ],
    )
    .await?;
    kubectl
        .run("rollout restart ds/fluentd-elasticsearch")
        .await?;
    kubectl
        .run("rollout status ds/fluentd-elasticsearch --timeout=90s")
        .await?;
    has(
        kubectl,
        "rollout history ds/fluentd-elasticsearch",
        &["REVISION", "2"],
    )
    .await?;
    has(
        kubectl,
        "describe ds fluentd-elasticsearch",
        &["Desired Number of Nodes Scheduled: 3", "SuccessfulCreate"],
    )
    .await?;
    kubectl.run("delete ds fluentd-elasticsearch").await?;
    kubectl
        .run("wait --for=delete pod -l name=fluentd-elasticsearch --timeout=60s")
        .await?;
    Ok(())
}

async fn nodes_and_words(kubectl: &Kubectl) -> Result<()> {
    has(
        kubectl,
        "get nodes -o wide",
        &["node-1", "node-3", "Ready", "127.0.1.2"],
    )
    .await?;
    kubectl.run("cordon node-2").await?;
    has(kubectl, "get node node-2", &["SchedulingDisabled"]).await?;
    kubectl.run("uncordon node-2").await?;
    has(
        kubectl,
        "explain cronjob.spec",
        &["concurrencyPolicy", "FIELDS"],
    )
    .await?;
    has(kubectl, "api-resources", &["cronjobs", "cj", "batch/v1"]).await?;
    has(kubectl, "version", &["Server Version"]).await?;
    has(kubectl, "get events", &["LAST SEEN", "SuccessfulCreate"]).await
}

/// Runs a command that must print each of `words`.
async fn has(kubectl: &Kubectl, command: &str, words: &[&str]) -> Result<()> {
    let printed = kubectl.run(command).await?;
    for word in words {
        ensure!(
            printed.contains(word),
            "kubectl {command} lacks {word:?}:\n{printed}"
        );
    }
    Ok(())
}
