//! One seed's whole story: a busy cluster with faults, then quiet, then the reckoning.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::SignedDuration;
use parking_lot::Mutex;

use crate::audit::Violation;
use crate::faults::Faults;
use crate::history::{Chronicle, History};
use crate::panics;
use crate::rest::{come_to_rest, vanish};
use crate::sim::{EPOCH, Options, Sim, simulate};
use crate::timekeeping::keep_time;
use crate::workload::Workload;

pub(crate) const STUCK: &str = "nothing is stuck";
const PANICS: &str = "nothing panics";
/// Of a manager's clock: machines that keep time by the network are much closer.
const MOST_SKEW_SECS: i64 = 5;

/// What a seed did without breaking anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub seed: u64,
    pub requests: usize,
    pub changes: u64,
    pub simulated_secs: i64,
    /// How often each kind of fault came ([`crate::fault_kinds`]).
    pub faults: BTreeMap<&'static str, usize>,
    /// Of the whole history of requests: equal for equal runs.
    pub digest: u64,
}

/// Runs a random workload amid faults and audits it.
///
/// # Errors
/// The first invariant that broke.
pub fn check(seed: u64) -> Result<Report, Violation> {
    check_amid(seed, Faults::of(seed))
}

/// [`check`] with faults of one's own choice.
///
/// # Errors
/// As [`check`].
pub fn check_amid(seed: u64, faults: Faults) -> Result<Report, Violation> {
    replay(seed, faults).0
}

/// [`check_amid`], with the history to look for the cause in.
pub fn replay(seed: u64, faults: Faults) -> (Result<Report, Violation>, History) {
    let options = Options::new(seed)
        .faults(faults)
        .managers(managers(seed))
        .skew_secs(skew_secs(seed));
    play(options, |sim| async move {
        let mut workload = Workload::new(sim.clone());
        workload.disturb().await;
        sim.set_faults(Faults::NONE);
        workload.mend().await;
        keep_time(&sim).await;
        workload.calm().await;
        come_to_rest(&sim).await;
        workload.clear().await;
        vanish(&sim).await;
    })
}

/// Plays a story; a panic, the story's own or that of any task, is a violation like others.
pub(crate) fn play<Fut>(
    options: Options,
    story: impl FnOnce(Sim) -> Fut,
) -> (Result<Report, Violation>, History)
where
    Fut: Future<Output = ()>,
{
    let seed = options.seed;
    let written: Arc<Mutex<Option<Chronicle>>> = Arc::default();
    let writing = written.clone();
    panics::listen();
    let played = catch_unwind(AssertUnwindSafe(|| {
        simulate(options, |sim| async move {
            *writing.lock() = Some(sim.chronicle().clone());
            story(sim.clone()).await;
            (sim.requests(), sim.changes(), sim.elapsed_secs())
        })
    }));
    let history = written.lock().as_ref().map(Chronicle::history);
    let history = history.unwrap_or_default();
    let verdict = match (panics::first(), played) {
        (None, Ok(((requests, changes, simulated_secs), verdict))) => verdict.map(|()| Report {
            seed,
            requests,
            changes,
            simulated_secs,
            faults: history.faults(),
            digest: history.digest(),
        }),
        (panic, _) => {
            let last = history.lines().last().map_or(0, |line| line.at_millis);
            Err(Violation {
                seed,
                revision: 0,
                at: EPOCH + SignedDuration::from_millis(last),
                invariant: PANICS,
                message: panic.unwrap_or_default(),
            })
        }
    };
    (verdict, history)
}

/// Every third pair of seeds, hence easy ones and hard ones, has two that lead in turn.
fn managers(seed: u64) -> u32 {
    match (seed / 2) % 3 {
        0 => 2,
        _ => 1,
    }
}

/// Every fifth seed has managers whose clocks are not the server's.
fn skew_secs(seed: u64) -> i64 {
    match seed % 5 {
        0 => (seed / 5) as i64 % (2 * MOST_SKEW_SECS + 1) - MOST_SKEW_SECS,
        _ => 0,
    }
}
