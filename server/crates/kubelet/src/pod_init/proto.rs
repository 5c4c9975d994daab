//! What a node agent and a pod's init say to each other: JSON behind a four-byte length, both ways.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest message: environments hold at most a few ConfigMaps of 1 MiB.
pub const MESSAGE_LIMIT_BYTES: u32 = 16 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    Setup(Setup),
    Start(Box<Start>),
    /// Has the output of what runs under `key` copied to the descriptors that come along.
    Attach {
        key: String,
        roles: Vec<Role>,
        /// The answer's key.
        ticket: String,
    },
    /// To the process group of what runs under `key`.
    Signal {
        key: String,
        signal: i32,
    },
    /// SIGKILL to everything that it ever started.
    Kill {
        key: String,
    },
    /// For every process of it, and those that they start.
    LimitMemory {
        key: String,
        bytes: Option<u64>,
    },
    /// End everything and then the init itself.
    Stop,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Setup {
    pub pod_uid: String,
    pub pod_dir: String,
    /// What the pod's host is called within it; only with namespaces of its own.
    pub hostname: String,
    /// Whether the init has namespaces of its own and shall lay out the mounts.
    pub namespaces: bool,
    /// Whether a volume lies in the host's /tmp, which the pod's own covers.
    pub lends_tmp: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Start {
    /// `<container>` or `<container>!<number>` for a probe or hook in it.
    pub key: String,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub cwd: Option<String>,
    pub uid: Option<u32>,
    pub binds: Vec<Bind>,
    /// Path of the log within the pod's folder; output is thrown away without one.
    pub log: Option<String>,
    pub memory_limit_bytes: Option<u64>,
    /// What the descriptors that come along with the order are for, in their order.
    pub roles: Vec<Role>,
    /// A person's command: it joins the namespaces of its running container, and what it leaves
    /// running stays with that.
    pub exec: bool,
}

/// What a descriptor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Stdin,
    Stdout,
    Stderr,
    /// A terminal: all three, and the controlling one.
    Terminal,
    /// The other end of the terminal, whose output goes to the log.
    Screen,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bind {
    pub source: Source,
    pub target: String,
    pub read_only: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// A path within the pod's folder.
    Pod(String),
    /// A path of the host, and one within it that may not lead out.
    Host { path: String, sub_path: String },
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    Ready,
    /// The pod cannot be set up.
    Unable {
        message: String,
    },
    Started {
        key: String,
        pid: i32,
    },
    /// From now on nothing is missed.
    Attached {
        ticket: String,
    },
    /// `not_found`: there is no such command, or it may not be executed.
    Refused {
        key: String,
        message: String,
        not_found: bool,
    },
    Exited {
        key: String,
        code: i32,
        signal: Option<i32>,
        output: String,
    },
}

pub fn encode(message: &impl Serialize) -> Vec<u8> {
    let body = serde_json::to_vec(message).expect("the messages are plain data");
    let length = u32::try_from(body.len()).expect("a message is far shorter than 4 GiB");
    [&length.to_be_bytes()[..], &body].concat()
}

pub fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(message))
}

/// Reads one message; None at the end of the stream.
pub fn read<M: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_be_bytes(length);
    if length > MESSAGE_LIMIT_BYTES {
        return Err(io::Error::other("message too long"));
    }
    let mut body = vec![0; length as usize];
    from.read_exact(&mut body)?;
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(io::Error::other)
}
