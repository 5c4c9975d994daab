//! Real processes under the real runtime. This binary is also the pods' init and their HTTP server,
//! as the server's binary is, so its main is its own.
#![allow(clippy::disallowed_methods)] // real processes are measured in real time

#[path = "node/begun.rs"]
mod begun;
#[path = "node/cannot_start.rs"]
mod cannot_start;
#[path = "node/devices.rs"]
mod devices;
#[path = "node/files.rs"]
mod files;
#[path = "node/neighbours.rs"]
mod neighbours;
#[path = "node/own_data.rs"]
mod own_data;
#[path = "node/own_names.rs"]
mod own_names;
#[path = "node/streams.rs"]
mod streams;
#[path = "node/token.rs"]
mod token;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use orrery_kubelet::pod_init;
use orrery_kubelet::process::{ProcessRuntime, http_image};
use orrery_kubelet::runtime::*;
use tokio::sync::mpsc;

/// Where shells find their commands.
const SHELL_PATH: &str = "/usr/bin:/bin";

/// Nothing here takes longer than moments; a hang is a failure.
const LIMIT: Duration = Duration::from_secs(20);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    pod_init::main_if_asked(&args);
    http_image::main_if_asked(&args);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if args.first().map(String::as_str) == Some("victim") {
        return runtime.block_on(victim(Path::new(&args[1]), args[2] == "true"));
    }
    if args.first().map(String::as_str) == Some("nobody") {
        return runtime.block_on(own_data::nobody(Path::new(&args[1])));
    }
    if args.first().map(String::as_str) == Some("twice") {
        return runtime.block_on(own_data::twice(Path::new(&args[1])));
    }
    for namespaces in [true, false] {
        println!("namespaces: {namespaces}");
        runtime.block_on(async {
            let node = Node::new(namespaces).await;
            within("exit codes and logs", exit_codes(&node)).await;
            within("commands that cannot run", cannot_run(&node)).await;
            within("what was begun, and how it ended", begun::begun(&node)).await;
            within("what a follower sees of that", begun::followed(&node)).await;
            within("containers of one pod", neighbours::neighbours(&node)).await;
            within("daemons die with their container", daemons(&node)).await;
            within("SIGTERM, then SIGKILL", signals(&node)).await;
            within("a container that never stops writing", chatty(&node)).await;
            within("followed logs", follow(&node)).await;
            within("host ports", host_port(&node)).await;
            within("exec probes", probes(&node)).await;
            within("memory limits", memory_limits(&node)).await;
            within("volumes", volumes(&node)).await;
            within("own names and last words", own_names::own_names(&node)).await;
            within("exec", streams::exec(&node)).await;
            within("exec in the container's world", streams::world(&node)).await;
            within(
                "exec ends with its session and its container",
                streams::ends(&node),
            )
            .await;
            within("terminals", streams::terminal(&node)).await;
            within("attach", streams::attach(&node)).await;
            within("ports", streams::port(&node)).await;
            if node.runtime.isolation().can_mount {
                within("files that change", files::refreshed(&node)).await;
                within("volumes that grow", files::measured(&node)).await;
                within("working directories", files::working_dirs(&node)).await;
                within("isolation", isolation(&node)).await;
                within("devices", devices::devices(&node)).await;
                within("Orrery's own data", own_data::own_data()).await;
                within("the same for nobody", own_data::unprivileged()).await;
                within(
                    "the same where it is mounted twice",
                    own_data::mounted_twice(),
                )
                .await;
            }
            within("pace", pace(&node)).await;
            within("a zygote that was killed", lost_zygote(&node)).await;
            within("kill -9 leaves nothing", killed_parent(&node, namespaces)).await;
            within("shutdown", shutdown(&node)).await;
            if namespaces {
                within("pods of an API server", whole(&node)).await;
            }
        });
    }
}

async fn within(what: &str, test: impl Future<Output = ()>) {
    if tokio::time::timeout(LIMIT, test).await.is_err() {
        panic!("{what}: hangs");
    }
    println!("  {what}: ok");
}

struct Node {
    runtime: Arc<ProcessRuntime>,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<RuntimeEvent>>,
    dir: PathBuf,
}

impl Drop for Node {
    fn drop(&mut self) {
        for dir in [&self.dir, &self.host()] {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

impl Node {
    async fn new(namespaces: bool) -> Self {
        let dir =
            std::env::temp_dir().join(format!("orrery-node-{}-{namespaces}", std::process::id()));
        Self::at(dir, std::env::current_exe().expect("a path"), namespaces).await
    }

    async fn at(dir: PathBuf, exe: PathBuf, namespaces: bool) -> Self {
        let runtime = ProcessRuntime::with_isolation(dir.clone(), exe, namespaces)
            .await
            .expect("a runtime");
        println!("  {:?}", runtime.isolation());
        let (sender, events) = mpsc::unbounded_channel();
        runtime.listen(Arc::new(move |event| drop(sender.send(event))));
        Self {
            runtime: Arc::new(runtime),
            events: tokio::sync::Mutex::new(events),
            dir,
        }
    }

    /// A folder of the host, which is not Orrery's.
    fn host(&self) -> PathBuf {
        self.dir.with_extension("host")
    }

    async fn sandbox(&self, uid: &str, change: impl FnOnce(&mut Sandbox)) {
        let mut sandbox = Sandbox {
            namespace: "default".into(),
            name: uid.into(),
            uid: uid.into(),
            ip: "127.101.9.1".parse().ok(),
            host_ip: "127.0.1.9".parse().ok(),
            ..Sandbox::default()
        };
        change(&mut sandbox);
        self.runtime
            .start_sandbox(sandbox)
            .await
            .expect("a sandbox");
    }

    async fn start(&self, uid: &str, argv: &[&str], mounts: Vec<Mount>) -> Result<(), StartError> {
        let env = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("POD_IP", "127.101.9.1"),
        ];
        let spec = ContainerSpec {
            pod_uid: uid.into(),
            name: "c".into(),
            argv: argv.iter().map(|a| (*a).to_owned()).collect(),
            env: env.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            mounts,
            ..ContainerSpec::default()
        };
        self.runtime.start_container(spec).await
    }

    async fn exit(&self, uid: &str) -> Exit {
        loop {
            let event = self.events.lock().await.recv().await.expect("an event");
            match event {
                RuntimeEvent::Exited { pod_uid, exit, .. } if pod_uid == uid => return exit,
                RuntimeEvent::SandboxLost { pod_uid, message } => panic!("{pod_uid}: {message}"),
                _ => {}
            }
        }
    }

    async fn log(&self, uid: &str, follow: bool) -> LogStream {
        let (namespace, pod, container) = ("default".into(), uid.into(), "c".into());
        let query = LogQuery {
            namespace,
            pod,
            pod_uid: uid.into(),
            container,
            follow,
            ..LogQuery::default()
        };
        self.runtime.logs(query).await.expect("a log")
    }

    async fn text(&self, uid: &str) -> String {
        let chunks: Vec<_> = self.log(uid, false).await.collect().await;
        chunks
            .into_iter()
            .map(|c| String::from_utf8_lossy(&c.expect("bytes")).into_owned())
            .collect()
    }

    /// Runs a script in a pod of its own; answers its exit code and what it said.
    async fn run(&self, uid: &str, script: &str) -> (i32, String) {
        self.sandbox(uid, |_| ()).await;
        self.start(uid, &["sh", "-c", script], Vec::new())
            .await
            .expect("it starts");
        let exit = self.exit(uid).await;
        let text = self.text(uid).await;
        self.runtime.stop_sandbox(uid).await;
        (exit.code, text)
    }
}

async fn exit_codes(node: &Node) {
    assert_eq!(
        node.run("codes", "echo out; echo err >&2; printf end; exit 3")
            .await
            .0,
        3
    );
    assert_eq!(
        node.run("zero", "echo hello").await,
        (0, "hello\n".to_owned())
    );
    assert_eq!(node.run("signal", "kill -KILL $$").await.0, 137);
}

async fn cannot_run(node: &Node) {
    node.sandbox("cannot", |_| ()).await;
    for command in ["no-such-command", "/no/such/command", "/etc/passwd"] {
        let error = node
            .start("cannot", &[command], Vec::new())
            .await
            .expect_err("it cannot run");
        assert_eq!(
            (error.reason, error.exit_code),
            ("StartError", Some(128)),
            "{command}: {}",
            error.message
        );
    }
    node.runtime.stop_sandbox("cannot").await;
}

/// Processes whose environment carries the pod's mark.
fn alive(uid: &str) -> usize {
    let mark = format!("ORRERY_CONTAINER={uid}/");
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let environments = entries.filter_map(|entry| std::fs::read(entry.path().join("environ")).ok());
    environments
        .filter(|e| e.split(|b| *b == 0).any(|v| v.starts_with(mark.as_bytes())))
        .count()
}

async fn nothing_left(uid: &str) {
    while alive(uid) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const DAEMONS: &str =
    "(setsid sh -c 'sleep 1000 & sleep 1000' &) ; setsid sleep 1000 & sleep 1000 & echo ready; ";

async fn daemons(node: &Node) {
    let (code, text) = node.run("daemons", &format!("{DAEMONS} exit 0")).await;
    assert_eq!((code, text.as_str()), (0, "ready\n"));
    nothing_left("daemons").await;
}

async fn signals(node: &Node) {
    node.sandbox("gentle", |_| ()).await;
    node.start("gentle", &["sleep", "1000"], Vec::new())
        .await
        .expect("it starts");
    node.runtime.signal("gentle", "c", 15);
    assert_eq!(
        node.exit("gentle").await,
        Exit {
            code: 143,
            signal: Some(15),
            out_of_memory: false
        }
    );
    node.runtime.stop_sandbox("gentle").await;

    node.sandbox("deaf", |_| ()).await;
    let script = format!("trap '' TERM; {DAEMONS} while true; do sleep 1000; done");
    node.start("deaf", &["sh", "-c", &script], Vec::new())
        .await
        .expect("it starts");
    let mut log = node.log("deaf", true).await;
    assert!(log.next().await.is_some(), "it is ready");
    node.runtime.signal("deaf", "c", 15);
    node.runtime.kill("deaf", "c");
    assert_eq!(node.exit("deaf").await.code, 137);
    nothing_left("deaf").await;
    node.runtime.stop_sandbox("deaf").await;
}

/// Orders are heard whatever a container writes.
async fn chatty(node: &Node) {
    node.sandbox("chatty", |_| ()).await;
    let started = node.start("chatty", &["yes"], Vec::new()).await;
    started.expect("it starts");
    assert!(node.log("chatty", true).await.next().await.is_some());
    node.runtime.signal("chatty", "c", 15);
    assert_eq!(node.exit("chatty").await.code, 143);
    node.runtime.stop_sandbox("chatty").await;
}

async fn follow(node: &Node) {
    node.sandbox("follow", |_| ()).await;
    node.start(
        "follow",
        &[
            "sh",
            "-c",
            "echo one; read x < /tmp/never-there; sleep 0.1; echo two",
        ],
        Vec::new(),
    )
    .await
    .expect("it starts");
    let chunks: Vec<_> = node.log("follow", true).await.collect().await;
    let text: String = chunks
        .into_iter()
        .map(|c| String::from_utf8_lossy(&c.expect("bytes")).into_owned())
        .collect();
    assert!(
        text.starts_with("one\n") && text.ends_with("two\n"),
        "{text}"
    );
    node.exit("follow").await;
    node.runtime.stop_sandbox("follow").await;
}

/// A limit can be changed under a running container, up and down, for what it has started, too.
async fn memory_limits(node: &Node) {
    const MIB: u64 = 1 << 20;
    node.sandbox("limits", |_| ()).await;
    let spec = ContainerSpec {
        pod_uid: "limits".into(),
        name: "c".into(),
        argv: ["sh", "-c", "sleep 1000 & echo ready; wait"]
            .map(str::to_owned)
            .to_vec(),
        env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        memory_limit_bytes: Some(64 * MIB),
        ..ContainerSpec::default()
    };
    node.runtime.start_container(spec).await.expect("it starts");
    assert!(node.log("limits", true).await.next().await.is_some());
    limited("limits", &(64 * MIB).to_string()).await;
    node.runtime.limit_memory("limits", "c", Some(128 * MIB));
    limited("limits", &(128 * MIB).to_string()).await;
    node.runtime.limit_memory("limits", "c", Some(32 * MIB));
    limited("limits", &(32 * MIB).to_string()).await;
    node.runtime.limit_memory("limits", "c", None);
    limited("limits", "unlimited").await;
    node.runtime.stop_sandbox("limits").await;
}

/// Waits until the kernel says that limit of both processes of the pod.
async fn limited(uid: &str, bytes: &str) {
    let mark = format!("ORRERY_CONTAINER={uid}/c");
    let holds = || {
        let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
        let ours = entries.map(|entry| entry.path()).filter(|path| {
            let environment = std::fs::read(path.join("environ")).unwrap_or_default();
            environment.split(|b| *b == 0).any(|v| v == mark.as_bytes())
        });
        let limits = ours.filter_map(|path| std::fs::read_to_string(path.join("limits")).ok());
        let soft = |limits: String| {
            let line = limits
                .lines()
                .find(|line| line.starts_with("Max data size"))?;
            line.split_whitespace().nth(3).map(str::to_owned)
        };
        limits.filter_map(soft).filter(|soft| soft == bytes).count() == 2
    };
    while !holds() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn get(address: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn host_port(node: &Node) {
    let port = HostPort {
        host_ip: None,
        host_port: 18080,
        container_port: 18081,
    };
    node.sandbox("web", |sandbox| sandbox.host_ports = vec![port.clone()])
        .await;
    let argv = node.runtime.command_line(
        "orrery.dev/http:1",
        &[],
        &["--port=18081".into(), "--text=it works".into()],
    );
    let argv = argv.expect("a built-in image");
    node.start(
        "web",
        &argv.iter().map(String::as_str).collect::<Vec<_>>(),
        Vec::new(),
    )
    .await
    .expect("it starts");
    assert!(
        node.log("web", true).await.next().await.is_some(),
        "it listens"
    );
    assert!(
        get("127.0.1.9:18080")
            .await
            .expect("an answer")
            .ends_with("it works\n")
    );
    let taken = Sandbox {
        uid: "second".into(),
        host_ip: "127.0.1.9".parse().ok(),
        host_ports: vec![port],
        ..Sandbox::default()
    };
    let error = node
        .runtime
        .start_sandbox(taken)
        .await
        .expect_err("the port is taken");
    assert!(
        error.message.contains("127.0.1.9:18080"),
        "{}",
        error.message
    );
    node.runtime.stop_sandbox("web").await;
    assert!(
        get("127.0.1.9:18080").await.is_err(),
        "the forward ends with the pod"
    );
}

async fn probes(node: &Node) {
    node.sandbox("probes", |_| ()).await;
    node.start("probes", &["sleep", "1000"], Vec::new())
        .await
        .expect("it starts");
    let exec = |script: &str| ProbeAction::Exec(["sh", "-c", script].map(str::to_owned).to_vec());
    let long = Duration::from_secs(10);
    assert_eq!(
        node.runtime.probe("probes", "c", exec("true"), long).await,
        Ok(())
    );
    assert_eq!(
        node.runtime
            .probe("probes", "c", exec("echo no; exit 1"), long)
            .await,
        Err("no".to_owned())
    );
    let timed_out = node
        .runtime
        .probe("probes", "c", exec("sleep 1000"), Duration::from_millis(50))
        .await;
    let late = "command timed out: \"sh -c sleep 1000\" timed out after 0s";
    assert_eq!(timed_out, Err(late.to_owned()));
    let after = node.runtime.probe("probes", "c", exec("true"), long).await;
    assert_eq!(
        after,
        Ok(()),
        "a probe that is killed leaves its container alone"
    );
    let tcp = ProbeAction::Tcp {
        host: "127.101.9.1".into(),
        port: 1,
    };
    assert!(node.runtime.probe("probes", "c", tcp, long).await.is_err());
    node.runtime.stop_sandbox("probes").await;
    nothing_left("probes").await;
}

async fn volumes(node: &Node) {
    let file = VolumeFile {
        path: "key".into(),
        content: b"value".to_vec(),
        mode: 0o644,
    };
    let secret = VolumeFile {
        mode: 0o400,
        ..file.clone()
    };
    let host = node.host();
    std::fs::create_dir_all(&host).expect("a folder");
    let volumes = vec![
        Volume {
            name: "empty".into(),
            source: VolumeSource::Empty,
        },
        Volume {
            name: "map".into(),
            source: VolumeSource::Files(vec![file]),
        },
        Volume {
            name: "secret".into(),
            source: VolumeSource::Memory(vec![secret]),
        },
        Volume {
            name: "host".into(),
            source: VolumeSource::HostPath {
                path: host.display().to_string(),
                kind: "Directory".into(),
            },
        },
        Volume {
            name: "devices".into(),
            source: VolumeSource::HostPath {
                path: "/dev".into(),
                kind: "Directory".into(),
            },
        },
    ];
    node.sandbox("volumes", |sandbox| sandbox.volumes = volumes)
        .await;
    let mount = |volume: &str, path: &str, sub: &str, read_only| Mount {
        volume: volume.into(),
        path: path.into(),
        sub_path: sub.into(),
        read_only,
    };
    let mounts = vec![
        mount("map", "/etc/made-up/config", "", false),
        mount("map", "/etc/made-up-key", "key", false),
        mount("secret", "/made-up/secret", "", false),
        mount("empty", "/made-up/data", "", false),
        mount("empty", "/mnt", "", true),
        mount("host", "/srv", "", false),
        mount("devices", "/media", "", false),
    ];
    // of its own a pod has no console, but what it asks for
    let consoles = Path::new("/dev/tty1").exists();
    let console = if consoles {
        "/media/tty1"
    } else {
        "/media/null"
    };
    let script = format!(
        "set -e; [ ! -e /dev/tty1 ]; [ -c /dev/null ]; [ -c {console} ]; cat /etc/made-up/config/key /etc/made-up-key; echo; echo x > /made-up/data/file; cat /mnt/file; \
        echo host > /srv/file; ls /etc/passwd; \
        [ $(stat -Lc %a /made-up/secret/key) = 400 ] || exit 11; if echo y > /made-up/secret/key; then exit 10; fi; \
        if echo y > /mnt/file; then exit 9; fi; if echo y > /etc/made-up/config/key; then exit 8; fi"
    );
    let started = node.start("volumes", &["sh", "-c", &script], mounts).await;
    if !node.runtime.isolation().can_mount {
        let error = started.expect_err("it has to wait");
        assert!(
            error.exit_code.is_none() && error.message.contains("cannot be mounted"),
            "{}",
            error.message
        );
        return node.runtime.stop_sandbox("volumes").await;
    }
    started.expect("it starts");
    let exit = node.exit("volumes").await;
    let text = node.text("volumes").await;
    assert_eq!(exit.code, 0, "{text}");
    assert!(text.starts_with("valuevalue\nx\n/etc/passwd\n"), "{text}");
    assert_eq!(
        std::fs::read_to_string(host.join("file")).expect("written through"),
        "host\n"
    );
    node.runtime.stop_sandbox("volumes").await;
    node.runtime.remove("default", "volumes", "volumes").await;
    assert!(
        !node.dir.join("pods/default_volumes_volumes").exists(),
        "nothing is left on disk"
    );
}

async fn isolation(node: &Node) {
    let script = "touch /etc/orrery-was-here 2>/dev/null && exit 9; touch /tmp/mine || exit 8; echo > /dev/null || exit 7; \
        [ \"$(ls -d /proc/[0-9]* | wc -l)\" -lt 8 ] || exit 6; cat /proc/1/cmdline | tr '\\0' ' '";
    assert_eq!(
        node.run("isolated", script).await,
        (0, "orrery pod-init ".to_owned())
    );
    assert!(!Path::new("/tmp/mine").exists());
}

async fn pace(node: &Node) {
    const PODS: u32 = 50;
    let begun = std::time::Instant::now();
    for number in 0..PODS {
        let uid = format!("pace{number}");
        node.sandbox(&uid, |_| ()).await;
        node.start(&uid, &["true"], Vec::new())
            .await
            .expect("it starts");
        node.exit(&uid).await;
        node.runtime.stop_sandbox(&uid).await;
    }
    println!(
        "  one pod after another: {:.2} ms each",
        begun.elapsed().as_secs_f64() * 1000.0 / f64::from(PODS)
    );
}

/// The next pod starts another.
async fn lost_zygote(node: &Node) {
    use nix::sys::signal::{Signal, kill};
    let mut killed = 0;
    for thread in std::fs::read_dir("/proc/self/task").expect("it has threads") {
        let children = thread.expect("a thread").path().join("children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        for pid in children.split_whitespace() {
            let pid = pid.parse().expect("a process");
            kill(nix::unistd::Pid::from_raw(pid), Signal::SIGKILL).expect("it is there");
            killed += 1;
        }
    }
    assert_eq!(killed, 1, "no pod runs");
    assert_eq!(
        node.run("orphan", "echo born").await,
        (0, "born\n".to_owned())
    );
}

async fn killed_parent(node: &Node, namespaces: bool) {
    use tokio::io::AsyncReadExt;
    let dir = node.dir.join("victim");
    let mut victim = tokio::process::Command::new(std::env::current_exe().expect("a path"))
        .args([
            "victim".as_ref(),
            dir.as_os_str(),
            namespaces.to_string().as_ref(),
        ])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the victim starts");
    let mut ready = [0; 1];
    victim
        .stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut ready)
        .await
        .expect("it is ready");
    assert!(alive("victim") > 0);
    victim.kill().await.expect("it dies");
    nothing_left("victim").await;
    let folder = dir.join("pods/default_victim_victim");
    let left = ["volumes", "tmp/secret"].map(|name| folder.join(name).exists());
    assert_eq!(left, [false, false], "what was in memory is gone");
    let next = Node::at(dir, std::env::current_exe().expect("a path"), namespaces).await;
    begun::left(&*next.runtime);
    next.runtime.shutdown().await;
}

async fn victim(dir: &Path, namespaces: bool) {
    let exe = std::env::current_exe().expect("a path");
    let runtime = ProcessRuntime::with_isolation(dir.to_owned(), exe, namespaces)
        .await
        .expect("a runtime");
    let (sender, events) = mpsc::unbounded_channel();
    runtime.listen(Arc::new(move |event| drop(sender.send(event))));
    let node = Node {
        runtime: Arc::new(runtime),
        events: tokio::sync::Mutex::new(events),
        dir: dir.join("unused"),
    };
    let secret = VolumeFile {
        path: "key".into(),
        content: b"value".to_vec(),
        mode: 0o600,
    };
    let secret = Volume {
        name: "secret".into(),
        source: VolumeSource::Memory(vec![secret]),
    };
    node.sandbox("victim", |sandbox| sandbox.volumes = vec![secret])
        .await;
    node.start(
        "victim",
        &["sh", "-c", &format!("{DAEMONS} sleep 1000")],
        Vec::new(),
    )
    .await
    .expect("it starts");
    node.log("victim", true).await.next().await;
    begun::end_one(&node).await;
    use std::io::Write;
    let mut out = std::io::stdout();
    out.write_all(b"x")
        .and_then(|()| out.flush())
        .expect("the pipe is open");
    std::future::pending().await
}

async fn shutdown(node: &Node) {
    node.sandbox("last", |_| ()).await;
    node.start(
        "last",
        &["sh", "-c", &format!("trap '' TERM; {DAEMONS} sleep 1000")],
        Vec::new(),
    )
    .await
    .expect("it starts");
    node.log("last", true).await.next().await;
    node.runtime.shutdown().await;
    nothing_left("last").await;
}

/// What goes on is said to run while it does.
async fn lasting(pods: &kube::Api<k8s_openapi::api::core::v1::Pod>) {
    use k8s_openapi::api::core::v1::Pod;
    use kube::api::{DeleteParams, PostParams};
    use kube::runtime::{conditions::is_pod_running, wait::await_condition};
    let container =
        serde_json::json!({"name": "c", "image": "busybox", "command": ["sleep", "1000"]});
    let pod = serde_json::json!({"metadata": {"name": "lasting"},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [container]}});
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = pods.create(&PostParams::default(), &pod).await;
    created.expect("created");
    let runs = await_condition(pods.clone(), "lasting", is_pod_running()).await;
    runs.expect("a watch");
    let at_once = DeleteParams::default().grace_period(0);
    let deleted = pods.delete("lasting", &at_once).await;
    deleted.expect("deleted");
}

/// From bound to Succeeded through a real API server, with logs; and how fast.
async fn whole(node: &Node) {
    use k8s_openapi::api::core::v1::Pod;
    use kube::api::{Api, PostParams, WatchEvent, WatchParams};
    let clock = orrery_clock::Clock::real();
    let store = orrery_store::Store::in_memory(orrery_store::Options::default());
    let config = orrery_apiserver::Config {
        // a pod is shown it beside its token
        ca_pem: Some(token::CERTIFICATE.to_owned()),
        ..orrery_apiserver::Config::default()
    };
    let server = orrery_apiserver::ApiServer::new(store, clock.clone(), config);
    server
        .bootstrap()
        .await
        .expect("an empty store takes the bootstrap");
    let client = server.client(orrery_apiserver::Identity::administrator());
    let config = orrery_kubelet::Config {
        nodes: 1,
        runtime: node.runtime.clone(),
        machine: orrery_kubelet::process::machine(),
        version: "v1.36.0".into(),
        base_env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        workers: 4,
        pods: None,
    };
    let (kubelet, task) = orrery_kubelet::Kubelet::new(client.clone(), clock, config);
    let task = tokio::spawn(task);
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    const PODS: u32 = 20;
    let (mut elapsed, mut at_once) = (Duration::ZERO, 0);
    for number in 0..PODS {
        let name = format!("whole-{number}");
        let container = serde_json::json!({"name": "c", "image": "busybox", "command": ["echo", "$(WHO) on $(POD_IP)"],
            "env": [{"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]});
        let pod = serde_json::json!({"metadata": {"name": name},
            "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [container]}});
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let begun = std::time::Instant::now();
        let created = pods
            .create(&PostParams::default(), &pod)
            .await
            .expect("created");
        let version = created
            .metadata
            .resource_version
            .clone()
            .unwrap_or_default();
        let mut changes = std::pin::pin!(
            pods.watch(&WatchParams::default(), &version)
                .await
                .expect("a watch")
        );
        let mut ran = false;
        loop {
            let Some(Ok(WatchEvent::Modified(pod))) = changes.next().await else {
                panic!("the watch ended")
            };
            match pod.status.and_then(|status| status.phase).as_deref() {
                Some("Succeeded") => break,
                Some("Failed") => panic!("the pod failed"),
                phase => ran |= phase == Some("Running"),
            }
        }
        at_once += u32::from(!ran);
        elapsed += begun.elapsed();
        let wish = orrery_kubelet::LogWish {
            namespace: "default".into(),
            pod: name.clone(),
            pod_uid: created.metadata.uid.unwrap_or_default(),
            container: "c".into(),
            ..Default::default()
        };
        let chunks: Vec<_> = kubelet.logs(wish).await.expect("a log").collect().await;
        let text: String = chunks
            .into_iter()
            .map(|c| String::from_utf8_lossy(&c.expect("bytes")).into_owned())
            .collect();
        assert!(text.starts_with(&format!("{name} on 127.101.0.")), "{text}");
    }
    println!(
        "  from created to Succeeded: {:.2} ms each",
        elapsed.as_secs_f64() * 1000.0 / f64::from(PODS)
    );
    assert!(at_once > 0, "none of them had ended when it was told of");
    lasting(&pods).await;
    if node.runtime.isolation().can_mount {
        token::token(&client, &kubelet, &node.dir).await;
    }
    cannot_start::cannot_start(&client).await;
    cannot_start::cannot_be_pulled(&client).await;
    kubelet.shutdown().await;
    task.abort();
}
