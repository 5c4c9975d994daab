//! The store's crashes and full disks, pods that start slowly, hang and die, and managers that take turns.

use std::time::Duration;

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, PostParams};
use orrery_sim::{
    Build, Exit, Faults, OUT_OF_MEMORY, Options, Outage, Sim, Unflushed, condition, cronjob,
    daemonset, is_ready, job, run, run_with,
};

/// The server dies at one write of ten.
const CRASHING: Faults = Faults {
    server_crash: 100,
    ..Faults::NONE
};

fn down(secs: u64) -> Outage {
    Outage {
        operations: 0,
        unflushed: Unflushed::Lost,
        down: Duration::from_secs(secs),
    }
}

fn succeeded(sim: &Sim, name: &str) -> i32 {
    let status = sim.get::<Job>(name).status.clone().unwrap_or_default();
    status.succeeded.unwrap_or(0)
}

/// Reason and exit code of the pod's container, if it has ended.
fn end(sim: &Sim, pod: &str) -> Option<(String, i32)> {
    let status = sim.get::<Pod>(pod).status.clone()?;
    let container = status.container_statuses?.into_iter().next()?;
    let state = container
        .state?
        .terminated
        .or(container.last_state?.terminated);
    state.map(|state| (state.reason.unwrap_or_default(), state.exit_code))
}

#[test]
fn a_store_that_crashes_between_and_within_writes_loses_nothing_acknowledged() {
    for seed in 0..3 {
        run_with(Options::new(seed).faults(CRASHING), |sim| async move {
            sim.create(job("pi").completions(3).parallelism(2).runs_for(5))
                .await;
            sim.create(daemonset("agent")).await;
            sim.until("it is complete", || sim.job_is("pi", "Complete"))
                .await;
            sim.set_faults(Faults::default());
            sim.pass_secs(60).await;
            assert_eq!(succeeded(&sim, "pi"), 3);
            let pods = sim.children::<Pod>("pi");
            let history = sim.history();
            assert!(pods.len() <= 3, "none too many; one may have been evicted");
            assert!(
                pods.iter().all(|pod| pod.finalizers().is_empty()),
                "no finalizer left"
            );
            let agents = sim.active_pods("agent");
            assert_eq!(agents.len(), 3);
            assert!(agents.iter().all(|pod| is_ready(pod)));
            for told in ["the server dies", "its store crash", "the store is back"] {
                assert!(history.tells(told), "{told}");
            }
        });
    }
}

#[test]
fn cj_50_slots_during_an_outage_run_once_after_it() {
    run(3, |sim| async move {
        sim.create(cronjob("tick").every_minute().keeps(10, 10).runs_for(5))
            .await;
        sim.at_secs(130).await;
        sim.crash_server(down(130)).await;
        sim.at_secs(270).await;
        let slots = sim.children::<Job>("tick").len();
        assert_eq!(slots, 3, "12:01, 12:02, and 12:04 for what was missed");
        sim.at_secs(310).await;
        assert_eq!(sim.children::<Job>("tick").len(), 4);
    });
}

#[test]
fn what_ran_on_is_known_when_the_server_is_back() {
    run(4, |sim| async move {
        sim.create(job("pi").runs_for(20)).await;
        sim.at_secs(10).await;
        sim.crash_server(down(30)).await;
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        assert!((40..60).contains(&sim.elapsed_secs()));
        assert_eq!(sim.children::<Pod>("pi").len(), 1, "it was not run again");
    });
}

#[test]
fn what_had_ended_before_its_agent_died_has_not_to_run_again() {
    run(4, |sim| async move {
        sim.create(job("pi").runs_for(20)).await;
        sim.create(job("long").runs_for(60).backoff_limit(2)).await;
        sim.at_secs(10).await;
        sim.crash_server(down(30)).await;
        sim.at_secs(30).await;
        assert_eq!(sim.containers().len(), 1, "nobody can be told of the other");
        sim.reboot_nodes();
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        let pi = sim.child_names::<Pod>("pi");
        assert_eq!(pi.len(), 1, "it was not run again");
        assert_eq!(end(&sim, &pi[0]), Some(("Completed".to_owned(), 0)));
        sim.until("what ran is tried again", || sim.job_is("long", "Complete"))
            .await;
        assert_eq!(sim.children::<Pod>("long").len(), 2);
    });
}

#[test]
fn everything_comes_back_from_a_loss_of_power() {
    run(5, |sim| async move {
        sim.create(daemonset("agent")).await;
        sim.create(job("once").runs_for(60).backoff_limit(2)).await;
        sim.at_secs(20).await;
        let before = sim.child_names::<Pod>("agent");
        sim.lose_power(down(10)).await;
        sim.until("it is complete", || sim.job_is("once", "Complete"))
            .await;
        assert_eq!(sim.child_names::<Pod>("agent"), before);
        let failed = sim.get::<Job>("once").status.clone().unwrap_or_default();
        assert_eq!(
            failed.failed,
            Some(1),
            "what ran was lost, and is tried again"
        );
        assert!(sim.history().tells("everything loses its power"));
    });
}

#[test]
fn a_full_disk_refuses_writes_loses_nothing_and_work_goes_on_when_there_is_room() {
    for room_bytes in [0, 1000] {
        run(6, |sim| async move {
            sim.create(job("pi").completions(2).runs_for(10)).await;
            sim.at_secs(5).await;
            sim.fill_disk_for(room_bytes, 60);
            let big = job("big").build();
            let mut big: Job = big;
            let annotation = ("note".to_owned(), "x".repeat(1000));
            big.metadata.annotations = Some([annotation].into());
            let api: Api<Job> = Api::namespaced(sim.client(), "default");
            let refused = api.create(&PostParams::default(), &big).await;
            let message = refused.expect_err("there is no room").to_string();
            assert!(message.contains("the disk is full"), "{message}");
            sim.at_secs(60).await;
            assert_eq!(succeeded(&sim, "pi"), 0, "nothing can be written");
            assert_eq!(sim.children::<Pod>("pi").len(), 1);
            sim.until("it is complete", || sim.job_is("pi", "Complete"))
                .await;
            assert!((75..100).contains(&sim.elapsed_secs()));
            assert_eq!(sim.children::<Pod>("pi").len(), 2, "each ran once");
            assert!(sim.find::<Job>("big").is_none(), "refused is refused");
            let history = sim.history();
            assert!(history.tells("the disk is full") && history.tells("the disk has room"));
        });
    }
}

#[test]
fn a_crash_while_the_disk_is_full_loses_nothing() {
    run(7, |sim| async move {
        sim.create(job("pi").completions(2).runs_for(10)).await;
        sim.at_secs(5).await;
        sim.fill_disk_for(300, 60);
        sim.at_secs(20).await;
        sim.crash_server(down(5)).await;
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        assert_eq!(sim.children::<Pod>("pi").len(), 2);
    });
}

#[test]
fn pods_that_start_slowly_are_waited_for_and_hold_up_no_others() {
    run(8, |sim| async move {
        sim.create(
            job("slow")
                .completions(4)
                .parallelism(2)
                .starts_in(40)
                .runs_for(5),
        )
        .await;
        sim.create(job("quick").runs_for(5)).await;
        sim.until("the quick one is complete", || {
            sim.job_is("quick", "Complete")
        })
        .await;
        assert!(sim.elapsed_secs() < 10);
        sim.until("it is complete", || sim.job_is("slow", "Complete"))
            .await;
        assert_eq!(sim.elapsed_secs(), 90, "two rounds of 45 s");
        assert_eq!(sim.children::<Pod>("slow").len(), 4);
    });
}

#[test]
fn a_start_that_is_refused_is_tried_again_in_the_same_pod() {
    run(9, |sim| async move {
        sim.create(job("pi").refuses_starts(3).runs_for(5)).await;
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        assert_eq!(sim.children::<Pod>("pi").len(), 1);
    });
}

#[test]
fn job_51_a_pod_that_hangs_ends_with_its_grace_after_the_deadline() {
    run(10, |sim| async move {
        let hangs = job("hangs").runs_forever().ignores_sigterm(20);
        sim.create(hangs.active_deadline_secs(30)).await;
        sim.until("it has failed", || sim.job_is("hangs", "Failed"))
            .await;
        assert_eq!(sim.elapsed_secs(), 50);
        let job = sim.get::<Job>("hangs");
        let reason = condition(&job, "Failed").and_then(|failed| failed.reason.clone());
        assert_eq!(reason.as_deref(), Some("DeadlineExceeded"));
    });
}

#[test]
fn containers_that_die_on_their_node_are_counted_retried_and_restarted() {
    run(11, |sim| async move {
        sim.create(job("oom").runs_for(30).backoff_limit(2)).await;
        sim.create(job("again").runs_for(30).restarts_after(0))
            .await;
        sim.create(daemonset("agent")).await;
        sim.at_secs(10).await;
        let [oom, again] = ["oom", "again"].map(|name| sim.child_names::<Pod>(name).remove(0));
        sim.end_container(&oom, OUT_OF_MEMORY);
        let failure = Exit {
            code: 7,
            signal: None,
            out_of_memory: false,
        };
        sim.end_container(&again, failure);
        let agent = sim.children::<Pod>("agent").remove(0);
        sim.lose_sandbox(&agent.uid().unwrap_or_default());
        sim.at_secs(14).await;
        assert_eq!(end(&sim, &oom), Some(("OOMKilled".to_owned(), 137)));
        assert_eq!(end(&sim, &again), Some(("Error".to_owned(), 7)));
        sim.until("both are complete", || {
            sim.job_is("oom", "Complete") && sim.job_is("again", "Complete")
        })
        .await;
        let status = sim.get::<Job>("oom").status.clone().unwrap_or_default();
        assert_eq!((status.failed, status.succeeded), (Some(1), Some(1)));
        assert_eq!(sim.children::<Pod>("again").len(), 1, "restarted in place");
        let agents = sim.active_pods("agent");
        assert!(agents.iter().all(|pod| is_ready(pod)) && agents.len() == 3);
        let history = sim.history();
        for told in ["ends with 137, out of memory", "ends with 7", "is lost"] {
            assert!(history.tells(told), "{told}");
        }
    });
}

#[test]
fn a_follower_takes_over_amid_faults_without_a_missed_or_doubled_slot() {
    for seed in 0..2 {
        let options = Options::new(seed).managers(2).faults(Faults::some());
        run_with(options, |sim| async move {
            sim.create(cronjob("tick").every_minute().keeps(20, 20).runs_for(5))
                .await;
            for minute in 1..=6 {
                sim.at_secs(minute * 60 + 50).await;
                let leader = sim.leader().await.expect("someone leads");
                sim.kill_manager_for(leader, 40);
            }
            sim.set_faults(Faults::default());
            sim.at_secs(460).await;
            let status = sim.get::<CronJob>("tick").status.clone();
            assert!(status.unwrap_or_default().last_schedule_time.is_some());
            let slots = sim.child_names::<Job>("tick");
            assert_eq!(slots.len(), 7, "12:01 to 12:07: {slots:?}");
            assert!(sim.history().tells("dies for 40 s"));
        });
    }
}
