//! Controllers against a real API server in process, on simulated time.

mod cluster;
mod crash_ends;
mod crashes;
mod cronjob_rules;
mod cronjobs;
mod daemonset_rules;
mod daemonsets;
mod events;
mod gc;
mod gc_kinds;
mod job_owners;
mod job_rules;
mod jobs;
mod known_bugs;
mod lagging;
mod namespaces;
mod nodes;
mod pod_gc;
mod refusals;
mod runner;
mod scaling;
mod scheduling;
mod stories;
mod takeover;
mod ttl;
mod world;
