//! The controllers' behaviour on the simulated clock, by the ids of what they promise.

mod cronjobs;
mod daemonsets;
mod deletion;
mod faults;
mod jobs;
mod nodes;
mod outages;
mod replay;
mod stories;
