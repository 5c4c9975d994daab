//! What a node agent and a pod's init say to each other: JSON behind a four-byte length, both ways.

pub mod bytes;

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::runtime::VolumeFile;

/// Longest report of an init.
pub const REPORT_LIMIT_BYTES: u32 = 16 << 20;
/// What a pod's volumes may hold in memory. A Secret has at most 1 MiB; upstream knows no limit of a pod's.
const CONTENT_LIMIT_BYTES: usize = 32 << 20;
/// Longest order, which may be all of that with six letters for each byte, as JSON has control characters.
const ORDER_LIMIT_BYTES: u32 = 224 << 20;

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
    /// Makes a volume in memory hold these files and no others.
    Refresh {
        content: Content,
        /// The answer's key.
        ticket: String,
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
    /// Of the volumes in memory; only with namespaces of its own.
    pub content: Vec<Content>,
}

/// The files of a volume in memory.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub volume: String,
    pub files: Vec<VolumeFile>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Start {
    /// `<container>` or `<container>!<number>` for a probe or hook in it.
    pub key: String,
    /// What the container's run is known by.
    pub id: String,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub cwd: Option<String>,
    pub uid: Option<u32>,
    pub binds: Vec<Bind>,
    /// Path of the log within the pod's folder; output is thrown away without one.
    pub log: Option<String>,
    /// Path within the pod's folder of a file for its last words, which is made for it.
    pub words: Option<String>,
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
    /// The same for the files of a volume.
    Unfilled {
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
    /// The volume's files are those that were wanted, or why not.
    Refreshed {
        ticket: String,
        failure: Option<String>,
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
        /// What it left in the file for its last words.
        #[serde(with = "self::bytes")]
        words: Vec<u8>,
    },
}

/// Whether that much can be sent, and kept in memory.
pub fn check(content: &[Content]) -> Result<(), String> {
    let files = content.iter().flat_map(|content| &content.files);
    match files.map(|file| file.content.len()).sum::<usize>() > CONTENT_LIMIT_BYTES {
        true => Err("the pod's volumes hold more than 32 MiB in memory".to_owned()),
        false => Ok(()),
    }
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
    if length > ORDER_LIMIT_BYTES {
        return Err(io::Error::other("message too long"));
    }
    let mut body = vec![0; length as usize];
    from.read_exact(&mut body)?;
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_volumes_may_hold_fits_into_an_order() {
        let content = |bytes: usize| {
            let file = VolumeFile {
                path: "f".to_owned(),
                content: vec![1; bytes],
                mode: 0o644,
            };
            let volume = "v".to_owned();
            vec![Content {
                volume,
                files: vec![file],
            }]
        };
        let most = content(CONTENT_LIMIT_BYTES);
        assert_eq!(check(&most), Ok(()));
        assert!(encode(&most).len() < ORDER_LIMIT_BYTES as usize);
        check(&content(CONTENT_LIMIT_BYTES + 1)).expect_err("it is too much");
    }
}
