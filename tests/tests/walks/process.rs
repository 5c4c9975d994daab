//! The process itself: how it starts, stops and refuses.

use anyhow::{Result, ensure};
use orrery_tests::{Kubectl, Orrery};
use tokio::process::Command;

#[tokio::test]
async fn it_starts_on_free_ports_and_stops_in_time() -> Result<()> {
    let orrery = Orrery::start().await?;
    for name in ["page", "signIn", "api"] {
        assert!(
            !orrery.endpoint(name).ends_with(":0"),
            "{name} names the port that was taken"
        );
    }
    orrery.stop().await
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused_in_one_line() -> Result<()> {
    let orrery = Orrery::start().await?;
    let folder = orrery.kubeconfig();
    let folder = folder
        .parent()
        .expect("the kubeconfig is in the data folder");
    let second = Command::new(Orrery::binary()?)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--api-listen",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder)
        .output()
        .await?;
    assert_eq!(second.status.code(), Some(2));
    let complaint = String::from_utf8(second.stderr)?;
    assert_eq!(complaint.trim_end().lines().count(), 1, "{complaint}");
    orrery.stop().await
}

/// A sleep that no other process on this machine sleeps.
const SLEEPER: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: sleeper}
spec:
  template:
    metadata: {labels: {app: sleeper}}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      containers:
      - {name: sleeper, image: busybox, command: [sh, -c, "sleep 86399.5 & wait"]}
"#;

/// After a power cut no process is left and no object is lost; the Job's pod is counted as failed, as
/// after a reboot of its node, and replaced.
#[tokio::test]
async fn a_kill_leaves_no_process_and_loses_nothing() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", SLEEPER).await?;
    kubectl
        .run("wait --for=condition=Ready pod -l app=sleeper --timeout=60s")
        .await?;
    ensure!(sleepers()? > 0, "the pod's process runs on this machine");
    let orrery = orrery.kill_and_restart().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl
        .run("wait --for=jsonpath={.status.failed}=1 job/sleeper --timeout=60s")
        .await?;
    kubectl
        .run("wait --for=jsonpath={.status.ready}=1 job/sleeper --timeout=60s")
        .await?;
    ensure!(
        sleepers()? == 2,
        "only the new pod's shell and its sleep run"
    );
    kubectl.run("delete job sleeper").await?;
    kubectl
        .run("wait --for=delete pod -l app=sleeper --timeout=60s")
        .await?;
    ensure!(sleepers()? == 0, "a deleted pod leaves nothing");
    orrery.stop().await
}

/// Processes of the sleeper: its shell and its sleep.
fn sleepers() -> Result<usize> {
    let processes = std::fs::read_dir("/proc")?.flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let ours = |line: &Vec<u8>| {
        String::from_utf8_lossy(line).contains("sleep 86399.5")
            || line.starts_with(b"sleep\x0086399.5")
    };
    Ok(lines.filter(ours).count())
}
