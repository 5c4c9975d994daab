//! Commands beside containers, terminals, attaching and ports, with real processes (K-24).

use orrery_kubelet::runtime::{ContainerSpec, Mount, Runtime, Volume, VolumeSource};
use orrery_kubelet::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Streams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Node, nothing_left};

const ALL: Streams = Streams {
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
};
const TERMINAL: Streams = Streams {
    stderr: false,
    tty: true,
    ..ALL
};

impl Node {
    async fn exec(&self, uid: &str, streams: Streams, script: &str) -> Session {
        self.try_exec(uid, streams, &["sh", "-c", script])
            .await
            .expect("it starts")
    }

    async fn try_exec(
        &self,
        uid: &str,
        streams: Streams,
        argv: &[&str],
    ) -> Result<Session, SessionError> {
        let spec = ExecSpec {
            pod_uid: uid.into(),
            container: "c".into(),
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            streams,
        };
        self.runtime.exec(spec).await
    }

    async fn attach(&self, uid: &str, streams: Streams) -> Session {
        let spec = AttachSpec {
            pod_uid: uid.into(),
            container: "c".into(),
            streams,
        };
        self.runtime.attach(spec).await.expect("it runs")
    }

    /// A pod whose one container is made so.
    async fn one(&self, uid: &str, script: &str, change: impl FnOnce(&mut ContainerSpec)) {
        let mut spec = ContainerSpec {
            pod_uid: uid.into(),
            name: "c".into(),
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            env: [
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("GREETING", "hello"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            ..ContainerSpec::default()
        };
        change(&mut spec);
        self.runtime.start_container(spec).await.expect("it starts");
    }
}

async fn all(reader: Option<Reader>) -> String {
    let mut text = String::new();
    let mut reader = reader.expect("it was asked for");
    reader.read_to_string(&mut text).await.expect("text");
    text
}

/// Reads until `end` has come.
async fn until(reader: &mut Reader, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut buffer = [0; 1024];
        let count = reader.read(&mut buffer).await.expect("it can be read");
        assert!(count > 0, "{text:?} ends without {end:?}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

pub async fn exec(node: &Node) {
    node.sandbox("exec", |_| ()).await;
    node.one("exec", "exec sleep 1000", |spec| {
        spec.working_dir = Some("/usr".into())
    })
    .await;
    let script = "echo out; echo err >&2; echo $GREETING; pwd; exit 3";
    let session = node.exec("exec", ALL, script).await;
    assert_eq!(all(session.stdout).await, "out\nhello\n/usr\n");
    assert_eq!(all(session.stderr).await, "err\n");
    assert_eq!(session.exit.await, Some(3));

    let mut session = node.exec("exec", ALL, "cat; echo end").await;
    let mut stdin = session.stdin.take().expect("it was asked for");
    stdin.write_all(b"in\n").await.expect("it reads");
    drop(stdin);
    assert_eq!(all(session.stdout).await, "in\nend\n", "stdin ends alone");
    assert_eq!(session.exit.await, Some(0));

    let refused = node.try_exec("exec", ALL, &["no-such-command"]).await;
    let Err(SessionError::CannotRun(message)) = refused else {
        panic!("it cannot start");
    };
    assert!(message.contains("executable file not found"), "{message}");
    node.runtime.stop_sandbox("exec").await;
    let gone = node.try_exec("exec", ALL, &["true"]).await;
    assert_eq!(gone.err(), Some(SessionError::NotRunning));
    nothing_left("exec").await;
}

/// Its mounts, its user, its processes: those of the container, not of the host or a neighbour.
pub async fn world(node: &Node) {
    if !node.runtime.isolation().can_mount {
        return;
    }
    let volume = Volume {
        name: "v".into(),
        source: VolumeSource::Empty,
    };
    node.sandbox("world", |sandbox| sandbox.volumes = vec![volume])
        .await;
    let script = "echo kept > /made-up/file; exec sleep 1000";
    node.one("world", script, |spec| {
        spec.run_as_user = Some(1234);
        spec.mounts = vec![Mount {
            volume: "v".into(),
            path: "/made-up".into(),
            sub_path: String::new(),
            read_only: false,
        }];
    })
    .await;
    let script = "until [ -s /made-up/file ]; do :; done; cat /made-up/file; readlink /proc/self/ns/mnt; readlink /proc/$(pgrep -x sleep)/ns/mnt; id -u; ls -A / | grep -c orrery-old";
    let session = node.exec("world", ALL, script).await;
    let printed = all(session.stdout).await;
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!((lines.len(), lines[0]), (5, "kept"), "{printed}");
    assert_eq!(lines[1], lines[2], "one mount namespace for both");
    assert_eq!(lines[3..], ["1234", "0"], "its user, and only its own root");
    node.runtime.stop_sandbox("world").await;

    node.sandbox("user", |_| ()).await;
    node.one("user", "exec sleep 1000", |spec| {
        spec.run_as_user = Some(1234)
    })
    .await;
    let script = "id -u; readlink /proc/self/ns/user; readlink /proc/$(pgrep -x sleep)/ns/user";
    let session = node.exec("user", ALL, script).await;
    let printed = all(session.stdout).await;
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "1234"), "{printed}");
    assert_eq!(lines[1], lines[2], "one user namespace for both");
    node.runtime.stop_sandbox("user").await;
}

pub async fn ends(node: &Node) {
    node.sandbox("ends", |_| ()).await;
    node.one("ends", "exec sleep 1000", |_| ()).await;
    let script = "setsid sleep 1000 & sleep 1000 & echo ready; wait";
    let mut session = node.exec("ends", ALL, script).await;
    let mut stdout = session.stdout.take().expect("it was asked for");
    until(&mut stdout, "ready").await;
    drop(session);
    let mut rest = Vec::new();
    stdout
        .read_to_end(&mut rest)
        .await
        .expect("all that held it are gone");
    let alive = node.exec("ends", ALL, "true").await;
    assert_eq!(alive.exit.await, Some(0), "the container goes on");

    let session = node
        .exec("ends", ALL, "sleep 1000 >/dev/null 2>&1 & echo left")
        .await;
    assert_eq!(all(session.stdout).await, "left\n");
    assert_eq!(session.exit.await, Some(0));
    let session = node.exec("ends", ALL, "sleep 1000").await;
    node.runtime.kill("ends", "c");
    assert_eq!(
        session.exit.await,
        Some(137),
        "a command ends with its container"
    );
    node.runtime.stop_sandbox("ends").await;
    nothing_left("ends").await;
}

pub async fn terminal(node: &Node) {
    node.sandbox("terminal", |_| ()).await;
    node.one("terminal", "exec sleep 1000", |_| ()).await;
    let script = "trap 'stty size' WINCH; tty; echo $TERM; read line; echo got $line; while ! read end; do :; done; exit 4";
    let mut session = node.exec("terminal", TERMINAL, script).await;
    let mut stdout = session.stdout.take().expect("it was asked for");
    let mut stdin = session.stdin.take().expect("it was asked for");
    let printed = until(&mut stdout, "xterm").await;
    assert!(printed.starts_with("/dev/"), "{printed:?}");
    stdin.write_all(b"typed\n").await.expect("it reads");
    let printed = until(&mut stdout, "got typed").await;
    assert!(
        printed.contains("typed\r\n"),
        "a terminal echoes: {printed:?}"
    );
    let resize = session.resize.take().expect("it is a terminal");
    resize(91, 31);
    stdin.write_all(b"\n").await.expect("it reads");
    until(&mut stdout, "31 91").await;
    stdin.write_all(b"end\n").await.expect("it reads");
    assert_eq!(session.exit.await, Some(4));
    node.runtime.stop_sandbox("terminal").await;
    nothing_left("terminal").await;
}

pub async fn attach(node: &Node) {
    node.sandbox("attach", |_| ()).await;
    let script = "printf '? '; while read line; do echo got $line; echo oops >&2; done; echo over";
    node.one("attach", script, |spec| {
        (spec.stdin, spec.stdin_once) = (true, true)
    })
    .await;
    let mut session = node.attach("attach", ALL).await;
    let mut stdin = session.stdin.take().expect("it reads");
    let mut watching = node
        .attach(
            "attach",
            Streams {
                stdin: false,
                ..ALL
            },
        )
        .await;
    stdin.write_all(b"one\n").await.expect("it reads");
    let mut stdout = session.stdout.take().expect("it was asked for");
    let mut stderr = session.stderr.take().expect("it was asked for");
    until(&mut stdout, "got one\n").await;
    until(&mut stderr, "oops\n").await;
    until(
        watching.stdout.as_mut().expect("it was asked for"),
        "got one\n",
    )
    .await;
    drop(watching);
    stdin.write_all(b"two\n").await.expect("it reads");
    drop(stdin);
    until(&mut stdout, "over\n").await;
    assert_eq!(
        session.exit.await,
        Some(0),
        "stdinOnce: its input ended with ours"
    );
    let log = node.text("attach").await;
    assert!(
        log.contains("? got one\n") && log.contains("over\n"),
        "the log has all of it: {log}"
    );
    node.runtime.stop_sandbox("attach").await;

    node.sandbox("screen", |_| ()).await;
    let script = "printf 'prompt> '; read line; stty size; read line; exit 5";
    node.one("screen", script, |spec| {
        (spec.stdin, spec.tty) = (true, true)
    })
    .await;
    let mut session = node.attach("screen", TERMINAL).await;
    session.resize.take().expect("it is a terminal")(80, 24);
    let mut stdin = session.stdin.take().expect("it reads");
    let mut stdout = session.stdout.take().expect("it was asked for");
    stdin.write_all(b"\n").await.expect("it reads");
    until(&mut stdout, "24 80").await;
    stdin.write_all(b"\n").await.expect("it reads");
    assert_eq!(session.exit.await, Some(0));
    assert_eq!(node.exit("screen").await.code, 5);
    node.runtime.stop_sandbox("screen").await;
    nothing_left("screen").await;
}

pub async fn port(node: &Node) {
    node.sandbox("port", |_| ()).await;
    let listener = tokio::net::TcpListener::bind("127.101.9.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (mut read, mut write) = node
        .runtime
        .connect("port", port)
        .await
        .expect("it listens");
    let (mut server, _) = listener.accept().await.expect("somebody came");
    write.write_all(b"ping").await.expect("it is open");
    write.shutdown().await.expect("it is open");
    let mut asked = String::new();
    server.read_to_string(&mut asked).await.expect("text");
    server
        .write_all(asked.as_bytes())
        .await
        .expect("half of it is open");
    drop(server);
    let mut answer = String::new();
    read.read_to_string(&mut answer).await.expect("text");
    assert_eq!(answer, "ping");
    drop(listener);
    let refused = node
        .runtime
        .connect("port", port)
        .await
        .err()
        .expect("nobody listens");
    assert!(refused.contains(&format!("localhost:{port}")), "{refused}");
    node.runtime.stop_sandbox("port").await;
}
