//! `orrery controllers`: the controllers alone, against any Kubernetes API, while they hold its Lease.

use anyhow::Context;
use kube::Client;
use orrery_clock::Clock;
use orrery_controllers::leader::{Candidate, lead};

use super::serve::{stop_signal, trace};
use crate::args::ControllersArgs;
use crate::{Target, host};

/// Runs until told to stop.
pub fn run(args: ControllersArgs) -> anyhow::Result<()> {
    trace(&args.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the machine gives no threads")?;
    runtime.block_on(async {
        let stop = stop_signal()?;
        let target = Target::of_file(&args.kubeconfig, args.context.as_deref())?;
        let (client, _) = target.connect().await?;
        tokio::select! {
            () = stop => {}
            () = work(client, Clock::real()) => {}
        }
        Ok(())
    })
}

/// Works whenever this process leads.
async fn work(client: Client, clock: Clock) {
    let host = host::name().unwrap_or_else(|| "orrery".to_owned());
    let candidate = Candidate {
        client: client.clone(),
        clock: clock.clone(),
        // as upstream's: two processes of one machine are two candidates
        identity: format!("{host}_{}", clock.uid()),
    };
    lead(candidate, || {
        let config = orrery_controllers::Config {
            expires_events: false,
            discovers_kinds: true,
            ..orrery_controllers::Config::default()
        };
        orrery_controllers::start(client.clone(), clock.clone(), config).1
    })
    .await;
}
