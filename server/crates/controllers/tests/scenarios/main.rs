//! Controllers against a real API server in process, on simulated time.

mod cluster;
mod crashes;
mod cronjob_rules;
mod cronjobs;
mod daemonsets;
mod job_rules;
mod jobs;
mod known_bugs;
mod pod_gc;
mod runner;
mod scaling;
mod takeover;
mod world;
