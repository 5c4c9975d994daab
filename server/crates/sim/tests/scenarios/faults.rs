//! What is known to go wrong elsewhere, each with the fault that brings it out.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use orrery_sim::{Faults, Options, Sim, cronjob, daemonset, job, run_with};

/// Every answer to a write is lost.
const DEAF: Faults = Faults {
    answer_lost: 1000,
    ..Faults::NONE
};

/// The controllers die at every write, half of the times before it and half of the times after.
const MORTAL: Faults = Faults {
    answer_lost: 0,
    crash: 1000,
    ..DEAF
};

fn amid(seed: u64, faults: Faults) -> Options {
    Options::new(seed).faults(faults)
}

fn succeeded(sim: &Sim, name: &str) -> i32 {
    let status = sim.get::<Job>(name).status.clone().unwrap_or_default();
    status.succeeded.unwrap_or(0)
}

#[test]
fn cj_54_a_lost_answer_makes_no_second_job_for_a_slot() {
    run_with(amid(54, DEAF), |sim| async move {
        sim.create(cronjob("tick").every_minute().forbid().runs_for(30))
            .await;
        sim.at_secs(65).await;
        assert_eq!(sim.children::<Job>("tick").len(), 1);
        sim.set_faults(Faults::default());
        sim.at_secs(110).await;
        assert_eq!(sim.children::<Job>("tick").len(), 1, "12:01 ran once");
        let status = sim
            .get::<CronJob>("tick")
            .status
            .clone()
            .unwrap_or_default();
        assert!(
            status.last_successful_time.is_some(),
            "and is known to have run"
        );
        sim.at_secs(125).await;
        assert_eq!(sim.children::<Job>("tick").len(), 2);
    });
}

#[test]
fn job_07_a_lost_answer_makes_no_second_pod() {
    run_with(amid(7, DEAF), |sim| async move {
        sim.create(job("pi").completions(2).runs_for(30)).await;
        sim.create(daemonset("agent")).await;
        sim.at_secs(20).await;
        assert_eq!(sim.children::<Pod>("pi").len(), 1);
        assert_eq!(sim.children::<Pod>("agent").len(), 3);
        sim.set_faults(Faults::default());
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        assert_eq!(sim.children::<Pod>("pi").len(), 2);
        assert_eq!(succeeded(&sim, "pi"), 2);
    });
}

#[test]
fn job_60_each_pod_is_counted_once_though_every_write_kills_the_controller() {
    for seed in 0..4 {
        run_with(amid(seed, MORTAL), |sim| async move {
            sim.create(job("pi").completions(3).parallelism(2).runs_for(5))
                .await;
            sim.until("it is complete", || sim.job_is("pi", "Complete"))
                .await;
            assert_eq!(succeeded(&sim, "pi"), 3);
            sim.set_faults(Faults::default());
            sim.pass_secs(5).await;
            let pods = sim.children::<Pod>("pi");
            assert_eq!(pods.len(), 3, "none too many");
            assert!(
                pods.iter().all(|pod| pod.finalizers().is_empty()),
                "no finalizer left"
            );
        });
    }
}

#[test]
fn ds_17_one_pod_on_a_node_though_every_write_kills_the_controller() {
    for seed in 0..4 {
        run_with(amid(seed, MORTAL), |sim| async move {
            sim.create(daemonset("agent")).await;
            sim.until("it covers all nodes", || {
                let status = sim.get::<DaemonSet>("agent").status.clone();
                status.unwrap_or_default().number_available == Some(3)
            })
            .await;
            assert_eq!(sim.children::<Pod>("agent").len(), 3);
        });
    }
}

#[test]
fn cj_50_every_slot_once_though_every_write_kills_the_controller() {
    for seed in 0..4 {
        run_with(amid(seed, MORTAL), |sim| async move {
            sim.create(cronjob("tick").every_minute().keeps(10, 10))
                .await;
            sim.at_secs(290).await;
            sim.set_faults(Faults::default());
            sim.at_secs(299).await;
            let slots = sim.child_names::<Job>("tick");
            assert_eq!(slots.len(), 4, "12:01 to 12:04: {slots:?}");
        });
    }
}
