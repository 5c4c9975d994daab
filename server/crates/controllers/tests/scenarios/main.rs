//! Controllers against a real API server in process, on simulated time.

mod cluster;
mod crashes;
mod cronjobs;
mod daemonsets;
mod jobs;
mod runner;
mod world;
