//! The commands of kubectl that stream.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use orrery_tests::{Kubectl, output};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

const LONGEST: Duration = Duration::from_secs(60);

/// Runs `kubectl <words>` with `input`; answers how it ended and what it printed.
async fn run(kubectl: &Kubectl, words: &[&str], input: &str) -> Result<(i32, String, String)> {
    let mut command = kubectl.command();
    command.args(words);
    let ran = output(command, input).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = ran.status.code().unwrap_or(-1);
    Ok((code, text(&ran.stdout), text(&ran.stderr)))
}

pub async fn exec(kubectl: &Kubectl) -> Result<()> {
    let script = "echo out; echo err >&2; echo $GREETING; pwd; exit 3";
    let ran = run(
        kubectl,
        &["exec", "two", "-c", "a", "--", "sh", "-c", script],
        "",
    )
    .await?;
    let told = "err\ncommand terminated with exit code 3\n";
    ensure!(
        ran == (3, "out\nhello\n/usr\n".into(), told.into()),
        "K-24 {ran:?}"
    );
    let input = "x".repeat(300_000);
    let ran = run(
        kubectl,
        &["exec", "-i", "two", "-c", "a", "--", "wc", "-c"],
        &input,
    )
    .await?;
    ensure!(ran == (0, "300000\n".into(), String::new()), "{ran:?}");
    let zeros = [
        "exec",
        "two",
        "-c",
        "a",
        "--",
        "head",
        "-c",
        "1000000",
        "/dev/zero",
    ];
    let (code, printed, _) = run(kubectl, &zeros, "").await?;
    ensure!(
        (code, printed.len()) == (0, 1_000_000),
        "{code}, {} bytes",
        printed.len()
    );
    let (code, printed, told) = run(kubectl, &["exec", "two", "--", "true"], "").await?;
    let defaulted = "Defaulted container \"a\" out of: a, b\n";
    ensure!(
        (code, told.as_str()) == (0, defaulted),
        "{code} {printed} {told}"
    );
    Ok(())
}

pub async fn refusals(kubectl: &Kubectl) -> Result<()> {
    let old = "KUBECTL_REMOTE_COMMAND_WEBSOCKETS";
    let rows: [(&[&str], &str); 5] = [
        (
            &["exec", "two", "-c", "x", "--", "true"],
            // 1.36 sees it by itself, and says it in its own way
            "container x is not valid for pod two",
        ),
        (
            &["exec", "none", "--", "true"],
            "Error from server (NotFound): pods \"none\" not found\n",
        ),
        (
            &["exec", "ends", "--", "true"],
            "error: cannot exec into a container in a completed pod; current phase is Succeeded\n",
        ),
        (
            &["attach", "ends"],
            "error: cannot attach a container in a completed pod; current phase is Succeeded\n",
        ),
        (
            &["exec", "two", "-c", "a", "--", "no-such-command"],
            "error: Internal error occurred: error executing command in container: exec: \"no-such-command\": executable file not found in $PATH of the host\n",
        ),
    ];
    for (words, want) in rows {
        let (code, _, told) = run(kubectl, words, "").await?;
        ensure!(
            code == 1 && told.contains(want),
            "kubectl {words:?}: {code} {told}"
        );
    }
    let mut spdy = kubectl.command();
    spdy.args(["exec", "two", "-c", "a", "--", "true"])
        .env(old, "false");
    let told = output(spdy, "").await?;
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    ensure!(told.contains(&format!("set {old}=true")), "{told}");
    let mut spdy = kubectl.command();
    let old = "KUBECTL_PORT_FORWARD_WEBSOCKETS";
    spdy.args(["port-forward", "pod/web", ":18099"])
        .env(old, "false");
    let told = output(spdy, "").await?;
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    ensure!(told.contains(&format!("set {old}=true")), "{told}");
    Ok(())
}

/// Through util-linux's `script`, which gives kubectl a terminal, where there is one.
pub async fn terminal(kubectl: &Kubectl) -> Result<()> {
    let mut script = Command::new("script");
    let line = format!(
        "stty cols 91 rows 31; {} exec -it two -c a -- sh -c 'until stty size | grep \"31 91\"; do :; done; read line; echo got $line; exit 5'",
        kubectl.program().display()
    );
    script.args(["-qec", &line, "/dev/null"]);
    kubectl.environment(&mut script);
    let ran = match output(script, "typed\n").await {
        Err(error)
            if error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::NotFound) =>
        {
            eprintln!("SKIPPED: kubectl exec -it: there is no `script` on PATH");
            return Ok(());
        }
        ran => ran?,
    };
    let printed = String::from_utf8_lossy(&ran.stdout);
    let all = ["31 91", "got typed", "command terminated with exit code 5"];
    for word in all {
        ensure!(
            printed.contains(word),
            "kubectl exec -it lacks {word:?}: {printed}"
        );
    }
    ensure!(ran.status.code() == Some(5), "{:?}", ran.status);
    Ok(())
}

pub async fn copy(kubectl: &Kubectl) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (there, back) = (dir.path().join("there"), dir.path().join("back"));
    tokio::fs::write(&there, "x".repeat(200_000)).await?;
    let (there, back) = (there.to_string_lossy(), back.to_string_lossy());
    let (code, _, told) = run(kubectl, &["cp", &there, "two:/tmp/copied", "-c", "a"], "").await?;
    ensure!(code == 0, "{told}");
    let (code, _, told) = run(kubectl, &["cp", "two:/tmp/copied", &back, "-c", "b"], "").await?;
    ensure!(code == 0, "{told}");
    let read = tokio::fs::read_to_string(&*back).await?;
    ensure!(
        read == "x".repeat(200_000),
        "{} bytes came back",
        read.len()
    );
    Ok(())
}

pub async fn attach(kubectl: &Kubectl) -> Result<()> {
    let words = [
        "run",
        "cat",
        "--rm",
        "-i",
        "-q",
        "--restart=Never",
        "--image=busybox",
    ];
    let words = [&words[..], &["--command", "--", "cat"]].concat();
    let (code, printed, told) = run(kubectl, &words, "piped\n").await?;
    ensure!(
        code == 0 && printed.starts_with("piped\n"),
        "{code} {printed} {told}"
    );
    let mut child = kubectl
        .command()
        .args(["attach", "-i", "reads"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("its input is piped")?;
    let mut stdout = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
    stdin.write_all(b"one\n").await?;
    let line = tokio::time::timeout(LONGEST, stdout.next_line()).await??;
    ensure!(line.as_deref() == Some("got one"), "{line:?}");
    child.kill().await?;
    let log = kubectl.run("logs reads").await?;
    ensure!(log.contains("got one\n"), "the log has it, too: {log}");
    Ok(())
}

pub async fn port_forward(kubectl: &Kubectl) -> Result<()> {
    let mut child = kubectl
        .command()
        .args(["port-forward", "pod/web", ":18099", ":18098"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
    let mut stderr = BufReader::new(child.stderr.take().context("its errors are piped")?).lines();
    let mut ports = Vec::new();
    while ports.len() < 2 {
        let line = tokio::time::timeout(LONGEST, stdout.next_line()).await??;
        let line = line.context("kubectl says where it listens")?;
        let port = line.strip_prefix("Forwarding from 127.0.0.1:");
        if let Some((port, _)) = port.and_then(|rest| rest.split_once(" -> ")) {
            ports.push(port.parse::<u16>()?);
        }
    }
    for _ in 0..3 {
        let answer = get(ports[0]).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // nobody listens behind the other, and the tunnel says so
    let _ = get(ports[1]).await;
    let told = tokio::time::timeout(LONGEST, async {
        while let Some(line) = stderr.next_line().await? {
            if line.contains("an error occurred forwarding") {
                return Ok(line);
            }
        }
        anyhow::bail!("kubectl ended without a word")
    });
    let told = told.await??;
    ensure!(
        told.contains("error forwarding port 18098 to pod web"),
        "{told}"
    );
    child.kill().await?;
    Ok(())
}

async fn get(port: u16) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// How soon a loop is seen to be busy is a matter of what else the machine does.
pub async fn top(kubectl: &Kubectl) -> Result<()> {
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    let until = tokio::time::Instant::now() + LONGEST;
    loop {
        looks.tick().await;
        match usage(kubectl).await {
            Err(_) if tokio::time::Instant::now() < until => {}
            seen => break seen?,
        }
    }
    let printed = kubectl
        .run("top pods --containers --sort-by=cpu -l app=two")
        .await?;
    let rows: Vec<Vec<&str>> = printed
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    ensure!(
        rows.len() == 3 && rows[1][..2] == ["two", "b"] && rows[2][..2] == ["two", "a"],
        "{printed}"
    );
    ensure!(rows[1][3].ends_with("Mi"), "{printed}");
    let printed = kubectl.run("top nodes").await?;
    let rows: Vec<Vec<&str>> = printed
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    let head = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];
    ensure!(rows[0] == head && rows.len() == 4, "{printed}");
    let missing = kubectl.refused("top pod none", "").await?;
    ensure!(missing.contains("not found"), "{missing}");
    Ok(())
}

/// A loop is busy, a server that waits is not, and what has ended is not told of.
async fn usage(kubectl: &Kubectl) -> Result<()> {
    let printed = kubectl.run("top pods").await?;
    let lines: Vec<Vec<&str>> = printed
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    let head = ["NAME", "CPU(cores)", "MEMORY(bytes)"];
    ensure!(lines[0] == head, "K-37 {printed}");
    let millicores = |name: &str| -> Option<u64> {
        let line = lines.iter().find(|line| line[0] == name)?;
        line[1].strip_suffix('m')?.parse().ok()
    };
    let (busy, idle) = (millicores("two"), millicores("web"));
    ensure!(
        busy.zip(idle)
            .is_some_and(|(busy, idle)| busy > 4 * idle.max(1)),
        "a loop is busy, and a server that waits is not: {printed}"
    );
    ensure!(
        millicores("ends").is_none(),
        "what has ended uses nothing: {printed}"
    );
    Ok(())
}

pub async fn viewer(kubectl: &Kubectl) -> Result<()> {
    let forbidden = |resource: &str, name: &str| {
        format!(
            "pods \"{name}\" is forbidden: User \"viewer\" cannot create resource \"pods/{resource}\" in API group \"\" in the namespace \"default\"\n"
        )
    };
    let (code, _, told) = run(kubectl, &["exec", "two", "-c", "a", "--", "true"], "").await?;
    // 1.36 begins it in its own way
    ensure!(
        code == 1 && told.ends_with(&forbidden("exec", "two")),
        "{told}"
    );
    let (code, _, told) = run(kubectl, &["attach", "reads"], "").await?;
    ensure!(
        code == 1 && told.ends_with(&forbidden("attach", "reads")),
        "{told}"
    );
    let (code, printed, told) = run(kubectl, &["top", "pods"], "").await?;
    ensure!(code == 0, "a viewer may look: {printed}{told}");
    Ok(())
}
