//! The command line. Fixed: scripts depend on it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Kubernetes workloads on your desk: a cluster you can click, in one process.
///
/// Without a command, serves: a cluster of its own, or, with --kubeconfig, the page alone over one of yours.
#[derive(Debug, Parser)]
#[command(
    name = "orrery",
    version = crate::commands::VERSION,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the cluster and the page until SIGTERM or Ctrl-C.
    Serve(ServeArgs),
    /// Prints a kubeconfig for the cluster in the data folder.
    Kubeconfig(KubeconfigArgs),
    /// Prints a fresh sign-in link for the running page.
    SignIn(FolderArgs),
    /// Runs only the controllers, against the Kubernetes API of a cluster whose own are switched off.
    Controllers(ControllersArgs),
    /// Prints the version.
    Version,
}

impl Cli {
    /// The command given, or serving.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where the page listens. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Attaches the page to the cluster of this kubeconfig; no cluster of Orrery's own is started. The
    /// environment variable KUBECONFIG is not read.
    #[arg(long, value_name = "FILE", group = "attached", conflicts_with_all = ["in_cluster", "api_listen", "nodes", "in_memory"])]
    pub kubeconfig: Option<PathBuf>,
    /// Which context of the kubeconfig [default: its current one].
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    pub context: Option<String>,
    /// Attaches the page to the cluster that this pod runs in, by its service account.
    #[arg(long, group = "attached", conflicts_with_all = ["api_listen", "nodes", "in_memory"])]
    pub in_cluster: bool,
    /// Looks at this namespace only; may be given several times. For who may not list the whole cluster: nothing else is
    /// asked for but nodes, and without them the page does.
    #[arg(long = "namespace", value_name = "NAME", requires = "attached")]
    pub namespaces: Vec<String>,
    /// Shows everything and changes nothing: buttons are not offered, and refused.
    #[arg(long)]
    pub read_only: bool,
    /// Where the Kubernetes API listens, with TLS. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6443")]
    pub api_listen: SocketAddr,
    #[command(flatten)]
    pub folder: FolderArgs,
    /// How many nodes the cluster has at least: node-1 to node-N are there at each start, and those that were added on
    /// the page besides. Node N answers on 127.0.1.N.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=254))]
    pub nodes: u8,
    /// What is logged to standard error, e.g. `info` or `warn,orrery_controllers=debug`.
    #[arg(long, value_name = "FILTER", default_value = "warn,orrery=info")]
    pub log: String,
    /// Forgets the cluster when stopped: nothing of it is written to the data folder.
    #[arg(long)]
    pub in_memory: bool,
}

/// Which kubeconfig.
#[derive(Clone, Debug, Args)]
pub struct KubeconfigArgs {
    /// The viewer's: may look at everything but Secrets, and change nothing.
    #[arg(long)]
    pub viewer: bool,
    #[command(flatten)]
    pub folder: FolderArgs,
}

/// Whose controllers to be.
#[derive(Clone, Debug, Args)]
pub struct ControllersArgs {
    /// How to reach the cluster.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: PathBuf,
    /// A context of the kubeconfig [default: its current one].
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// What is logged to standard error, e.g. `info` or `warn,orrery_controllers=debug`.
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "warn,orrery=info,orrery_controllers=info"
    )]
    pub log: String,
}

/// Which folder.
#[derive(Clone, Debug, Args)]
pub struct FolderArgs {
    /// Holds the cluster, its certificates, `kubeconfig` and `endpoints.json` [default: `orrery` in
    /// the platform's data folder, and a folder for each attached cluster in it].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Result<Command, clap::Error> {
        let words = std::iter::once(&"orrery").chain(words);
        Cli::try_parse_from(words).map(Cli::command)
    }

    #[test]
    fn serving_is_what_happens_without_a_command() {
        let rows: [&[&str]; 8] = [
            &[],
            &["serve"],
            &["--kubeconfig", "k", "--context", "c", "--read-only"],
            &["serve", "--in-cluster", "--data-dir", "/d"],
            &["--in-cluster", "--namespace", "a", "--namespace", "b"],
            &["--read-only", "--nodes", "1"],
            &["--nodes", "5", "--in-memory"],
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--api-listen",
                "[::1]:0",
                "--data-dir",
                "/d",
                "--log",
                "debug",
            ],
        ];
        for words in rows {
            assert!(matches!(command(words), Ok(Command::Serve(_))), "{words:?}");
        }
    }

    #[test]
    fn controllers_name_their_cluster() {
        let words = ["controllers", "--kubeconfig", "/k", "--context", "test"];
        let Ok(Command::Controllers(args)) = command(&words) else {
            panic!("runs the controllers")
        };
        let cluster = (args.kubeconfig.to_str(), args.context.as_deref());
        assert_eq!(cluster, (Some("/k"), Some("test")));
    }

    #[test]
    fn wrong_words_end_with_code_2() {
        let rows: [&[&str]; 11] = [
            // one cluster at a time
            &["--kubeconfig", "k", "--in-cluster"],
            &["--kubeconfig", "k", "--nodes", "3"],
            &["--kubeconfig", "k", "--in-memory"],
            &["--in-cluster", "--api-listen", "127.0.0.1:0"],
            &["--context", "c"],
            &["--namespace", "data"],
            &["controllers"],
            &["--nodes", "0"],
            &["--nodes", "255"],
            &["--listen", "nowhere"],
            &["unheard-of"],
        ];
        for words in rows {
            assert_eq!(
                command(words).expect_err("refused").exit_code(),
                2,
                "{words:?}"
            );
        }
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let Ok(Command::Serve(args)) = command(&[]) else {
            panic!("serves")
        };
        assert_eq!(args.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(args.api_listen.to_string(), "127.0.0.1:6443");
        assert_eq!(
            (args.nodes, args.in_memory, args.folder.data_dir),
            (3, false, None)
        );
    }
}
