//! The process itself: how it starts, stops and refuses.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use orrery_tests::{Access, Browser, Kubectl, Orrery, eventually};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
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
    kubectl
        .run("wait --for=jsonpath={.status.failed}=1 job/sleeper --timeout=60s")
        .await?;
    kubectl
        .run("wait --for=jsonpath={.status.ready}=1 job/sleeper --timeout=60s")
        .await?;
    // a pod is ready when its shell runs, which is yet to begin its sleep
    eventually(Browser::APPEARS, async || Ok(sleepers()? >= 2)).await?;
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

/// Succeeds as soon as somebody ends its sleep, which no other process on this machine sleeps.
const ENDS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: ends}
spec:
  template:
    metadata: {labels: {app: ends}}
    spec:
      restartPolicy: Never
      containers:
      - {name: ends, image: busybox, command: [sh, -c, "sleep 86398.5; echo woken; exit 0"]}
"#;

/// The pod's process ends while Orrery stands still, which is killed before it hears of that.
#[tokio::test]
async fn what_had_ended_before_a_kill_is_not_run_again() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    kubectl.run_with("apply -f -", ENDS).await?;
    kubectl
        .run("wait --for=condition=Ready pod -l app=ends --timeout=60s")
        .await?;
    let ran = kubectl
        .run(&format!("get pod -l app=ends -o {STARTED}"))
        .await?;
    eventually(Browser::APPEARS, async || Ok(sleep_of_ends().is_some())).await?;
    orrery.signal("STOP").await?;
    let sleep = sleep_of_ends().context("it sleeps")?.to_string();
    let woken = Command::new("kill").arg(sleep).status().await?;
    ensure!(woken.success(), "it is a process of ours");
    let data = orrery.kubeconfig();
    let pods = data.parent().context("a data folder")?.join("pods");
    eventually(Browser::APPEARS, async || Ok(has_ended(&pods))).await?;
    let orrery = orrery.kill_and_restart().await?;
    kubectl
        .run("wait --for=condition=Complete job/ends --timeout=60s")
        .await?;
    let pods = kubectl
        .run(&format!("get pod -l app=ends -o {ENDED}"))
        .await?;
    ensure!(
        pods == format!("{ran},0,Completed,0;"),
        "{ran}, then {pods}"
    );
    let log = kubectl.run("logs job/ends").await?;
    // a shell may have a word of its own about what was killed
    let said = log.lines().filter(|line| *line != "Terminated");
    ensure!(said.eq(["woken"]), "{log}");
    orrery.stop().await
}

/// Of each pod its name, and when its container began.
const STARTED: &str = "jsonpath={range.items[*]}{.metadata.name},{.status.containerStatuses[0].state.running.startedAt}{end}";
/// The same of those that have ended, with the exit code, the reason, and how often they were run again.
const ENDED: &str = "jsonpath={range.items[*]}{.metadata.name},{.status.containerStatuses[0].state.terminated.startedAt},{.status.containerStatuses[0].state.terminated.exitCode},{.status.containerStatuses[0].state.terminated.reason},{.status.containerStatuses[0].restartCount};{end}";

/// The process of that sleep.
fn sleep_of_ends() -> Option<u32> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let is_it = |path: &std::path::Path| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        line.starts_with(b"sleep\x0086398.5")
    };
    let mut found = processes
        .map(|process| process.path())
        .filter(|path| is_it(path));
    found.next()?.file_name()?.to_str()?.parse().ok()
}

/// Whether the pod's init has noted the end in the container's log.
fn has_ended(pods: &std::path::Path) -> bool {
    let folders = std::fs::read_dir(pods).into_iter().flatten().flatten();
    let logs =
        folders.filter_map(|pod| std::fs::read_to_string(pod.path().join("ends.0.log")).ok());
    logs.into_iter().any(|log| log.contains(" exit F "))
}

/// What a pod is given: where the cluster is, who it is there, and whom to believe.
struct ServiceAccount {
    host: String,
    port: u16,
    folder: tempfile::TempDir,
}

impl ServiceAccount {
    /// As the administrator of an Orrery's cluster.
    fn of(orrery: &Orrery) -> Result<Self> {
        let access = Access::read(&orrery.kubeconfig())?;
        let (host, port) = access.host.rsplit_once(':').context("a port")?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("token"), &access.token)?;
        std::fs::write(folder.path().join("ca.crt"), &access.authority)?;
        std::fs::write(folder.path().join("namespace"), "default")?;
        Ok(Self {
            host: host.to_owned(),
            port: port.parse()?,
            folder,
        })
    }

    /// `orrery --in-cluster`, in a mount namespace where the files are where a kubelet puts them.
    fn page(&self, data: &std::path::Path) -> Result<tokio::process::Child> {
        let script = "mount -t tmpfs none /run && place=/run/secrets/kubernetes.io/serviceaccount \
            && mkdir -p $place && cp \"$0\"/* $place/ && exec \"$@\"";
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .arg(self.folder.path())
            .arg(Orrery::binary()?)
            .args(["serve", "--in-cluster", "--namespace", "default"])
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .env("KUBERNETES_SERVICE_HOST", &self.host)
            .env("KUBERNETES_SERVICE_PORT", self.port.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Ok(command.spawn()?)
    }
}

/// By the token, the authority and the address that a pod is given, and by no kubeconfig.
#[tokio::test]
async fn in_a_pod_the_page_is_over_the_pods_own_cluster() -> Result<()> {
    let cluster = Orrery::start().await?;
    let data = tempfile::tempdir()?;
    let account = ServiceAccount::of(&cluster)?;
    let mut page = account.page(data.path())?;
    let stdout = page.stdout.take().context("its output is piped")?;
    let mut lines = BufReader::new(stdout).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        said.push_str(&line);
        if line.contains("  cluster  ") {
            break;
        }
    }
    ensure!(said.contains("in-cluster"), "{said}");
    let endpoints: serde_json::Value =
        serde_json::from_slice(&std::fs::read(data.path().join("endpoints.json"))?)?;
    ensure!(endpoints["api"] == cluster.endpoint("api"), "{endpoints}");
    // everything that it may read was read: it was let in
    let address: url::Url = endpoints["page"].as_str().context("a page")?.parse()?;
    let port = address.port().context("a port of its own")?;
    let ready = async || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let ask = format!("GET /readyz HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\n\r\n");
        stream.write_all(ask.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"))
    };
    eventually(Browser::APPEARS, ready).await?;
    page.kill().await?;
    cluster.stop().await
}
