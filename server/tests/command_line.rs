//! The binary as a person and their scripts meet it: files, links, exit codes, signals, TLS.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// A folder of a test's own, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("orrery-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn mode(&self, file: &str) -> u32 {
        fs::metadata(self.0.join(file))
            .expect("it was written")
            .permissions()
            .mode()
            & 0o777
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running Orrery; killed when a test fails.
struct Orrery {
    child: Child,
    said: Vec<String>,
    endpoints: Value,
}

impl Drop for Orrery {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn orrery(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
    command.args(args).arg("--data-dir").arg(folder);
    command
}

const ANY_PORT: [&str; 4] = ["--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0"];

impl Orrery {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut command = orrery(&[&ANY_PORT, args].concat(), &folder.0);
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut said = Vec::new();
        while !said
            .last()
            .is_some_and(|line: &String| line.contains("KUBECONFIG="))
        {
            said.push(
                lines
                    .next()
                    .expect("it says that it is ready")
                    .expect("text"),
            );
        }
        let endpoints =
            fs::read(folder.0.join("endpoints.json")).expect("written before it is said");
        Self {
            child,
            said,
            endpoints: serde_json::from_slice(&endpoints).expect("JSON"),
        }
    }

    fn url(&self, name: &str) -> &str {
        self.endpoints[name].as_str().expect("a URL")
    }

    fn stop(mut self, signal: &str) -> Duration {
        let began = Instant::now();
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
        began.elapsed()
    }
}

fn run(args: &[&str], folder: &Path) -> Output {
    orrery(args, folder).output().expect("the binary runs")
}

/// The exit code and what was said on standard error, which must be one line.
fn refused(args: &[&str], folder: &Path) -> (Option<i32>, String) {
    let output = run(args, folder);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    (output.status.code(), said)
}

/// One HTTP request over any stream; the status and the whole answer.
fn ask(mut stream: impl Read + Write, host: &str, path: &str, headers: &str) -> (u16, String) {
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
    )
    .expect("sent");
    let mut answer = Vec::new();
    // a peer that closes without saying so has said everything
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    (
        status.unwrap_or_else(|| panic!("no status in {answer:?}")),
        answer,
    )
}

fn get(url: &str, headers: &str) -> (u16, String) {
    let rest = url.strip_prefix("http://").expect("a page's URL");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    ask(
        TcpStream::connect(host).expect("it listens"),
        host,
        &format!("/{path}"),
        headers,
    )
}

#[test]
fn a_life_from_start_to_stop() {
    let folder = Folder::new("life");
    let orrery = Orrery::start(&folder, &["--nodes", "1"]);
    assert_eq!(
        (folder.mode("kubeconfig"), folder.mode("endpoints.json")),
        (0o600, 0o600)
    );
    assert_eq!(
        (folder.mode("credentials.json"), folder.mode("")),
        (0o600, 0o700)
    );
    let said = orrery.said.join("\n");
    assert!(
        said.contains(orrery.url("signIn")),
        "the link is printed: {said}"
    );
    assert!(
        said.contains(&format!(
            "KUBECONFIG={}",
            folder.0.join("kubeconfig").display()
        )),
        "{said}"
    );

    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(
            get(&format!("{}{path}", orrery.url("page")), "").0,
            200,
            "{path} on the page's port"
        );
    }
    let metrics = get(&format!("{}/metrics", orrery.url("page")), "").1;
    assert!(
        metrics.contains("orrery_store_objects{resource="),
        "{metrics}"
    );
    assert_eq!(get(orrery.url("signIn"), "").0, 303);
    assert_eq!(get(orrery.url("signIn"), "").0, 401, "a link works once");
    let fresh = run(&["sign-in"], &folder.0);
    let link = String::from_utf8(fresh.stdout).expect("text");
    let (status, answer) = get(link.trim(), "");
    assert_eq!(status, 303, "a fresh link: {link}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .expect("a cookie");
    let cookie = cookie.split(';').next().expect("a value");
    let (status, page) = get(
        &format!("{}/cronjobs", orrery.url("page")),
        &format!("Cookie: {cookie}\r\nAccept: text/html\r\n"),
    );
    assert_eq!((status, page.contains("<html")), (200, true));

    assert_eq!(
        refused(&ANY_PORT, &folder.0).0,
        Some(2),
        "a second Orrery on the folder"
    );
    let printed = run(&["kubeconfig"], &folder.0).stdout;
    assert_eq!(
        printed,
        fs::read(folder.0.join("kubeconfig")).expect("written")
    );
    let viewer = run(&["kubeconfig", "--viewer"], &folder.0).stdout;
    let viewer = String::from_utf8(viewer).expect("text");
    assert!(
        viewer.contains("user: orrery-viewer") && !viewer.contains("client-key-data"),
        "{viewer}"
    );
    assert_eq!(folder.mode("kubeconfig-viewer"), 0o600);
    assert!(orrery.stop("-TERM") < Duration::from_secs(5));
    assert!(
        !folder.0.join("endpoints.json").exists(),
        "nobody is sent where nobody answers"
    );

    let again = Orrery::start(&folder, &["--in-memory", "--nodes", "1"]);
    let (status, _) = get(&format!("{}/cronjobs", again.url("page")), "");
    assert_eq!(status, 401);
    assert!(again.stop("-INT") < Duration::from_secs(5));
}

#[test]
fn what_cannot_be_is_one_line_and_code_2() {
    let folder = Folder::new("refused");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken
        .local_addr()
        .map(|address| (taken, address.to_string()))
        .expect("an address");
    let (code, line) = refused(
        &["--listen", &taken.1, "--api-listen", "127.0.0.1:0"],
        &folder.0,
    );
    assert!(
        code == Some(2) && line.contains(&taken.1) && line.contains("--listen"),
        "{line}"
    );
    let (code, line) = refused(
        &["--listen", "127.0.0.1:0", "--api-listen", &taken.1],
        &folder.0,
    );
    assert!(code == Some(2) && line.contains("--api-listen"), "{line}");
    let (code, line) = refused(&["--log", "a=b=c"], &folder.0);
    assert!(code == Some(2) && line.contains("a=b=c"), "{line}");
    let (code, line) = refused(&["sign-in"], &folder.0);
    assert!(code == Some(2) && line.contains("no Orrery runs"), "{line}");

    // a file where the folder should be cannot be read by anyone, root included
    let file = Folder::new("file");
    fs::write(&file.0, "").expect("the temporary folder can be written");
    let (code, line) = refused(&ANY_PORT, &file.0);
    assert!(code == Some(2) && line.contains("--data-dir"), "{line}");
    let _ = fs::remove_file(&file.0);
    let (code, line) = refused(&["kubeconfig"], &Folder::new("empty").0);
    assert!(code == Some(2) && line.contains("no kubeconfig"), "{line}");
}

#[test]
fn every_command_has_help() {
    for words in [
        &["--help"][..],
        &["serve", "--help"],
        &["kubeconfig", "--help"],
        &["sign-in", "--help"],
        &["version"],
        &["--version"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_orrery"))
            .args(words)
            .output()
            .expect("the binary runs");
        assert!(
            output.status.success() && !output.stdout.is_empty(),
            "{words:?}"
        );
    }
    let help = Command::new(env!("CARGO_BIN_EXE_orrery"))
        .arg("--help")
        .output()
        .expect("the binary runs")
        .stdout;
    let help = String::from_utf8(help).expect("text");
    for word in [
        "--listen",
        "--api-listen",
        "--data-dir",
        "--nodes",
        "--log",
        "--in-memory",
        "kubeconfig",
        "sign-in",
        "version",
    ] {
        assert!(help.contains(word), "{word} is not explained");
    }
}

/// What a kubeconfig says, decoded.
struct Kubeconfig {
    ca: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
    token: String,
}

impl Kubeconfig {
    fn read(folder: &Folder) -> Self {
        let text = fs::read_to_string(folder.0.join("kubeconfig")).expect("written");
        let field = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix(name))
                .expect("a field");
            line.trim_start_matches(':').trim().to_owned()
        };
        let decoded = |name| STANDARD.decode(field(name)).expect("base64");
        Self {
            ca: decoded("certificate-authority-data"),
            certificate: decoded("client-certificate-data"),
            key: decoded("client-key-data"),
            token: field("token"),
        }
    }

    fn connect(
        &self,
        address: &str,
        name: &str,
        with_certificate: bool,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        self.connect_as(address, name, with_certificate, &[])
    }

    /// Offers these protocols of HTTP, best first.
    fn connect_as(
        &self,
        address: &str,
        name: &str,
        with_certificate: bool,
        speaks: &[&[u8]],
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&self.ca).expect("PEM"))
            .expect("an authority");
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions");
        let config = config.with_root_certificates(roots);
        let mut config = if with_certificate {
            let certificate = CertificateDer::from_pem_slice(&self.certificate).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(&self.key).expect("PEM");
            config
                .with_client_auth_cert(vec![certificate], key)
                .expect("a pair")
        } else {
            config.with_no_client_auth()
        };
        config.alpn_protocols = speaks.iter().map(|word| word.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
        StreamOwned::new(connection, TcpStream::connect(address).expect("it listens"))
    }
}

#[test]
fn the_api_speaks_tls_and_knows_certificate_and_token() {
    let folder = Folder::new("tls");
    let orrery = Orrery::start(&folder, &["--nodes", "1"]);
    let address = orrery
        .url("api")
        .strip_prefix("https://")
        .expect("TLS")
        .to_owned();
    let kubeconfig = Kubeconfig::read(&folder);
    let token = format!("Authorization: Bearer {}\r\n", kubeconfig.token);
    let rows = [
        (false, "", "/livez", 200, "health is for everyone"),
        (false, "", "/readyz", 200, "health is for everyone"),
        (false, "", "/api/v1/namespaces", 401, "nobody is nobody"),
        (
            false,
            "Authorization: Bearer guess\r\n",
            "/api/v1/namespaces",
            401,
            "nor is a guess somebody",
        ),
        (
            false,
            token.as_str(),
            "/api/v1/namespaces",
            200,
            "the token is the administrator's",
        ),
        (true, "", "/api/v1/namespaces", 200, "so is the certificate"),
    ];
    for (with_certificate, headers, path, status, sentence) in rows {
        for name in ["localhost", "127.0.0.1"] {
            let stream = kubeconfig.connect(&address, name, with_certificate);
            assert_eq!(
                ask(stream, &address, path, headers).0,
                status,
                "{path} as {name}: {sentence}"
            );
        }
    }
    assert!(orrery.stop("-TERM") < Duration::from_secs(5));
}

#[test]
fn the_api_speaks_the_newest_http_that_a_client_offers() {
    let folder = Folder::new("http");
    let orrery = Orrery::start(&folder, &["--nodes", "1"]);
    let address = orrery.url("api").trim_start_matches("https://").to_owned();
    let kubeconfig = Kubeconfig::read(&folder);
    let (h2, one): (&[u8], &[u8]) = (b"h2", b"http/1.1");
    for (offered, spoken) in [(&[h2, one][..], h2), (&[one], one)] {
        let mut stream = kubeconfig.connect_as(&address, "localhost", true, offered);
        stream
            .conn
            .complete_io(&mut stream.sock)
            .expect("shakes hands");
        assert_eq!(stream.conn.alpn_protocol(), Some(spoken));
    }
    assert!(orrery.stop("-TERM") < Duration::from_secs(5));
}

/// Against a cluster of which we know only the kubeconfig.
#[test]
fn controllers_alone_lead_by_the_clusters_lease_and_stop_cleanly() {
    let folder = Folder::new("controllers");
    let orrery = Orrery::start(&folder, &["--nodes", "1"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_orrery"))
        .args(["controllers", "--kubeconfig"])
        .arg(folder.0.join("kubeconfig"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let said = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut said = said.map(|line| line.expect("text"));
    assert!(said.any(|line| line.contains("leads")), "it says so");

    let address = orrery.url("api").trim_start_matches("https://").to_owned();
    let stream = Kubeconfig::read(&folder).connect(&address, "localhost", true);
    let lease =
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager";
    let (status, lease) = ask(stream, &address, lease, "");
    assert_eq!(status, 200);
    assert!(lease.contains("holderIdentity"), "{lease}");

    let mut controllers = Command::new("kill");
    let sent = controllers
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
    assert!(child.wait().expect("it ends").success());
    assert!(orrery.stop("-TERM") < Duration::from_secs(5));
}
