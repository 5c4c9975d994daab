//! The same seed is the same history, and no seed breaks an invariant.

use orrery_sim::{Faults, History, Options, check_many, cronjob, daemonset, job, replay, run_with};

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

/// How many seeds a plain test run takes; `ORRERY_SIM_SEEDS` asks for more.
const SEEDS: u64 = 200;

#[test]
fn no_seed_breaks_an_invariant() {
    let asked = std::env::var("ORRERY_SIM_SEEDS").ok();
    let seeds = asked.and_then(|count| count.parse().ok()).unwrap_or(SEEDS);
    let first = std::env::var("ORRERY_SIM_FIRST").ok();
    let first: u64 = first.and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let tally = check_many(first, seeds, |_| ());
    assert_eq!(tally.played, seeds);
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
}

/// What a seed can do to the cluster it does somewhere, and says so.
#[test]
fn the_random_mix_has_every_fault_and_names_it() {
    let mut untold = vec![
        "refused",
        "refused as a conflict",
        "answer lost",
        "delayed by",
        "watch late",
        "watch cut",
        "watch expired",
        "the sender dies before it",
        "the sender dies after it",
        "the server dies within",
        "its store crash",
        "everything loses its power",
        "the disk is full",
        "the clock is set by",
        "loses its power",
        "has power",
        "turned off and on",
        "controllers and scheduler die",
        "manager 2 dies",
        "out of memory",
        "ends with",
        "the sandbox of",
        "/leases/kube-controller-manager",
    ];
    for seed in 1..=SEEDS {
        let (verdict, history) = replay(seed, Faults::of(seed));
        assert!(verdict.is_ok(), "{verdict:?}");
        let lines: Vec<String> = history
            .lines()
            .iter()
            .map(|line| line.to_string())
            .collect();
        untold.retain(|what| !lines.iter().any(|line| line.contains(what)));
        if untold.is_empty() {
            return;
        }
    }
    panic!("never seen: {untold:?}");
}

/// Simulated time costs what happens in it: a day of a minutely CronJob takes less than a second in a
/// release build (`cargo xtask bench --only "a simulated day"`). Counted here, not timed.
#[test]
fn an_hour_asks_what_its_runs_ask_and_little_more() {
    let requests_of = |minutes: u64| {
        run_with(Options::new(1).nodes(1), move |sim| async move {
            sim.create(cronjob("tick").every_minute().forbid().runs_for(5))
                .await;
            sim.pass_secs(minutes * 60).await;
            sim.requests()
        })
    };
    let (start, hour) = (requests_of(0), requests_of(60));
    let each = (hour - start) / 60;
    // a run, its removal, and a minute of heartbeats
    assert!((10..=40).contains(&each), "{each} requests for each minute");
}
