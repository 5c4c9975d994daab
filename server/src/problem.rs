//! Why Orrery cannot do what the command line asks: one clear line each, and exit code 2.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A fault that the person at the command line can mend.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(
        "{address} is taken by another program; give another with {flag} (port 0 takes a free one)"
    )]
    PortTaken {
        address: SocketAddr,
        flag: &'static str,
    },
    #[error("cannot listen on {address}: {source}; give another address with {flag}")]
    CannotListen {
        address: SocketAddr,
        flag: &'static str,
        source: io::Error,
    },
    #[error("the folder {} cannot be used: {source}; give another with --data-dir", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("another Orrery runs on the folder {}; stop it or give another folder with --data-dir", path.display())]
    SecondOrrery { path: PathBuf },
    #[error("there is no data folder for this user; give one with --data-dir")]
    NoFolder,
    #[error("the log filter {filter:?} cannot be read: {reason}")]
    LogFilter { filter: String, reason: String },
    #[error("no Orrery runs on the folder {}; start one with `orrery --data-dir {}`", path.display(), path.display())]
    NotRunning { path: PathBuf },
    #[error("there is no kubeconfig in {} yet; it is written when Orrery starts on that folder", path.display())]
    NoKubeconfig { path: PathBuf },
    #[error("the file {} of --kubeconfig cannot be read: {reason}; give one that kubectl works with", path.display())]
    KubeconfigUnread { path: PathBuf, reason: String },
    #[error("{} has no current context; name one with --context: {known}", path.display())]
    NoCurrentContext { path: PathBuf, known: String },
    #[error("there is no context {context:?} in {}; name one with --context: {known}", path.display())]
    NoContext {
        path: PathBuf,
        context: String,
        known: String,
    },
    #[error(
        "{origin} cannot be used: {reason}; mend it, or name another with --kubeconfig and --context"
    )]
    ContextUnusable { origin: String, reason: String },
    #[error(
        "--in-cluster: this is not the pod of a cluster ({reason}); give --kubeconfig FILE instead"
    )]
    NotInCluster { reason: String },
    #[error("{0}")]
    Store(orrery_store::OpenError),
}

/// The exit code of every [`Problem`], the same that a wrong command line has.
pub const EXIT_CODE: u8 = 2;
