//! `orrery serve`: takes what the machine gives only once (the folder, the ports), then runs.

use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::ServeArgs;
use crate::data_dir::DataDir;
use crate::endpoints::Endpoints;
use crate::problem::Problem;
use crate::{Cluster, Config, Target, ledger, memory, run};

/// A store of some thousands of objects.
const MUCH: u64 = 8 << 20;

/// Serves until told to stop.
pub fn serve(args: ServeArgs) -> anyhow::Result<()> {
    trace(&args.log)?;
    let target = target(&args)?;
    let attached = target.as_ref().map(|target| target.name.clone());
    let folder = target.as_ref().map(Target::folder).unwrap_or_default();
    // one that was given has been given before
    let old = target.as_ref().and_then(Target::old_folder);
    let old = old.filter(|_| args.folder.data_dir.is_none());
    let dir = DataDir::choose_within(args.folder.data_dir, &folder)?;
    let lock = dir.lock()?;
    if let Some(old) = old {
        dir.inherit(&old, ledger::FOLDER)
            .map_err(|source| dir.problem(source))?;
    }
    let page = listen(args.listen, "--listen")?;
    let cluster = match target {
        Some(target) => Cluster::Attached(Box::new(target)),
        None => Cluster::Embedded {
            api: listen(args.api_listen, "--api-listen")?,
            nodes: args.nodes,
            in_memory: args.in_memory,
        },
    };
    memory::huge_pages(dir.stored_bytes() > MUCH);
    let config = Config {
        page,
        dir,
        lock,
        cluster,
        read_only: args.read_only,
    };
    let announce = |endpoints: &Endpoints, dir: &DataDir| {
        memory::huge_pages(false);
        announce(endpoints, dir, attached);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the machine gives no threads")?;
    runtime.spawn(memory::let_go_of_unused());
    let served = runtime.block_on(async { run(config, stop_signal()?, announce).await });
    // whatever still runs is cut off: it is written down already, or was never acknowledged
    runtime.shutdown_background();
    served
}

/// The signals that ask for a clean stop. They are caught from here on, not from the first poll on.
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn listen(address: SocketAddr, flag: &'static str) -> Result<TcpListener, Problem> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => Problem::PortTaken { address, flag },
        _ => Problem::CannotListen {
            address,
            flag,
            source,
        },
    })
}

/// The cluster to attach to, if there is one.
fn target(args: &ServeArgs) -> Result<Option<Target>, Problem> {
    let target = match (&args.kubeconfig, args.in_cluster) {
        (Some(path), _) => Some(Target::of_file(path, args.context.as_deref())?),
        (None, true) => Some(Target::in_cluster()),
        (None, false) => None,
    };
    Ok(target.map(|target| target.within(&args.namespaces)))
}

/// What a person needs next, on standard output. `attached` is the name of a cluster that is not ours.
fn announce(endpoints: &Endpoints, dir: &DataDir, attached: Option<String>) {
    let again = match &attached {
        None => String::new(),
        Some(_) => format!(" --data-dir {}", shell_word(&dir.path().to_string_lossy())),
    };
    println!("Orrery is ready.");
    println!("  page     {}", endpoints.sign_in);
    println!(
        "           signs you in once, within ten minutes; `orrery sign-in{again}` prints a fresh link"
    );
    match attached {
        Some(name) => println!("  cluster  {name} at {}", endpoints.api),
        None => println!(
            "  kubectl  export KUBECONFIG={}",
            shell_word(&dir.join("kubeconfig").to_string_lossy())
        ),
    }
}

/// The `KUBECONFIG=` line can be pasted as it is.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

pub(super) fn trace(filter: &str) -> Result<(), Problem> {
    let parsed = tracing_subscriber::EnvFilter::builder().parse(filter);
    let filter = parsed.map_err(|reason| Problem::LogFilter {
        filter: filter.to_owned(),
        reason: reason.to_string(),
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn the_kubeconfig_line_survives_any_folder() {
        let rows = [
            ("/home/a/orrery", "/home/a/orrery"),
            ("/my data/x", "'/my data/x'"),
            ("/it's", r"'/it'\''s'"),
        ];
        for (word, quoted) in rows {
            assert_eq!(shell_word(word), quoted);
        }
    }
}
