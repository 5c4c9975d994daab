//! The same seed is the same history, and no seed breaks an invariant.

use orrery_sim::{
    Faults, History, Options, check_many, cronjob, daemonset, fault_kinds, job, replay, run_with,
};

fn five_minutes(seed: u64, faults: Faults) -> History {
    run_with(Options::new(seed).faults(faults), |sim| async move {
        sim.create(cronjob("tick").every_minute().forbid().runs_for(90))
            .await;
        sim.create(cronjob("last").every_minute().replace().runs_for(90))
            .await;
        sim.create(job("pi").completions(6).parallelism(3).runs_for(20))
            .await;
        sim.create(job("bad").exits_with(1).backoff_limit(3)).await;
        sim.create(daemonset("agent")).await;
        sim.at_secs(100).await;
        sim.fail_node("node-2").await;
        sim.at_secs(200).await;
        sim.add_node(2);
        sim.at_secs(300).await;
        sim.history()
    })
}

#[test]
fn the_same_seed_is_the_same_history_byte_for_byte() {
    for faults in [Faults::default(), Faults::some()] {
        let (first, second) = (five_minutes(7, faults), five_minutes(7, faults));
        assert!(first.lines().len() > 500, "{}", first.lines().len());
        let differ = first
            .lines()
            .iter()
            .zip(second.lines())
            .position(|(a, b)| a != b);
        if let Some(at) = differ {
            panic!("line {at}:\n{}\n{}", first.lines()[at], second.lines()[at]);
        }
        assert_eq!(first, second);
        let other = five_minutes(8, faults);
        assert_ne!(first.digest(), other.digest(), "names come from the seed");
    }
}

/// How many seeds a plain test run takes, among which each kind of fault comes at least once; `ORRERY_SIM_SEEDS` asks for more.
const SEEDS: u64 = 200;

#[test]
fn no_seed_breaks_an_invariant() {
    let asked = std::env::var("ORRERY_SIM_SEEDS").ok();
    let seeds = asked.and_then(|count| count.parse().ok()).unwrap_or(SEEDS);
    let first = std::env::var("ORRERY_SIM_FIRST").ok();
    let first: u64 = first.and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let tally = check_many(first, seeds, |_| ());
    assert_eq!(tally.played, seeds);
    let broken: Vec<String> = tally.broken.into_values().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    if seeds >= SEEDS {
        let never: Vec<_> = fault_kinds()
            .filter(|kind| !tally.faults.contains_key(kind))
            .collect();
        assert!(never.is_empty(), "no seed has seen: {never:?}");
    }
}

/// Of each kind: easy and hard, short and long, with one manager and two, with clocks that differ.
#[test]
fn a_random_seed_is_the_same_history_byte_for_byte() {
    for seed in [2, 3, 6, 7, 13, 15] {
        let (first, second) = (
            replay(seed, Faults::of(seed)),
            replay(seed, Faults::of(seed)),
        );
        let pairs = first.1.lines().iter().zip(second.1.lines());
        for (at, (a, b)) in pairs.enumerate() {
            assert_eq!(a.to_string(), b.to_string(), "line {at} of seed {seed}");
        }
        assert_eq!(first, second, "seed {seed}");
    }
}
