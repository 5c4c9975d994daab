//! The whole embedded cluster on a simulated clock: store, API server, controllers, scheduler and
//! node agents with scripted pods, in one thread, from one seed.
//!
//! ```
//! use orrery_sim::{job, run};
//!
//! run(1, |sim| async move {
//!     sim.create(job("pi").completions(3).parallelism(2).runs_for(10)).await;
//!     sim.until("pi is complete", || sim.job_is("pi", "Complete")).await;
//!     assert_eq!(sim.elapsed_secs(), 20);
//! });
//! ```
//!
//! Every request of every component passes one wire ([`history`]), which writes it down, may spoil it
//! ([`Faults`]) and shows each change of the store to an auditor ([`audit`]) before anyone is answered.
//! The same seed gives the same history, byte for byte. Absent on purpose: sockets, real processes,
//! the dashboard.

pub mod audit;
mod builders;
mod check;
mod fault_kinds;
mod faults;
mod havoc;
mod history;
mod host;
mod life;
mod many;
mod mirror;
mod panics;
mod parts;
mod placed;
mod rest;
mod scene;
mod sim;
mod timekeeping;
mod wire;
mod workload;

pub use audit::Violation;
pub use builders::{
    Build, CronJobBuilder, DaemonSetBuilder, JobBuilder, cronjob, daemonset, job, manual_job,
};
pub use check::{Report, check, check_amid, replay};
pub use fault_kinds::fault_kinds;
pub use faults::Faults;
pub use history::{History, Line, Request, What};
pub use host::Outage;
pub use many::{Tally, check_many};
pub use mirror::Mirror;
pub use orrery_kubelet::runtime::Exit;
pub use orrery_kubelet::scripted::OUT_OF_MEMORY;
pub use orrery_store::{DiskFaults, Unflushed};
pub use scene::{clock_text, condition, is_active, is_ready, is_true, pod_node};
pub use sim::{EPOCH, Options, Sim, run, run_with};
