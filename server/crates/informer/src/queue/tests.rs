//! The queue's promises, one by one.

use super::*;

const BACKOFF: Doubling = Doubling::new(Duration::from_secs(1), Duration::from_secs(60));

fn start() -> (Clock, Queue<&'static str>) {
    let epoch = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    let clock = Clock::simulated(1, epoch);
    (clock.clone(), Queue::new(clock, BACKOFF))
}

#[tokio::test(start_paused = true)]
async fn keys_come_by_time_and_each_once() {
    let (_clock, queue) = start();
    queue.add_after("late", Duration::from_secs(5));
    queue.add("b");
    queue.add("a");
    queue.add("b");
    queue.add_after("a", Duration::from_secs(9));
    assert_eq!(queue.next().await, "b");
    assert_eq!(queue.next().await, "a");
    assert_eq!(queue.next().await, "late");
    assert_eq!(queue.len(), 3, "all three are in work");
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_counted_and_so_is_what_ever_was() {
    let (_clock, queue) = start();
    queue.add("a");
    queue.add("a");
    queue.add("b");
    queue.add_after("late", Duration::from_secs(5));
    assert_eq!(queue.counts(), QueueCounts { depth: 2, adds: 2 });
    assert_eq!(queue.next().await, "a");
    assert_eq!(queue.counts(), QueueCounts { depth: 1, adds: 2 });
    assert!(queue.has_due(), "b is");
    queue.done("a", Some(Requeue::Await));
    queue.add("a");
    assert_eq!(queue.counts(), QueueCounts { depth: 2, adds: 3 });
}

/// A key whose rank is not part of what it is.
#[derive(Clone, Debug)]
struct Ranked(&'static str, i64);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(other.0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_has_its_latest_rank_and_is_handed_out_once() {
    let (clock, _) = start();
    let queue = Queue::ranked(clock, BACKOFF, |key: &Ranked| key.1);
    queue.add(Ranked("a", 5));
    queue.add(Ranked("b", 3));
    assert_eq!(queue.next().await.0, "b");
    // that "a" is due is known by now
    queue.add(Ranked("c", 2));
    queue.add_at(Ranked("a", 1), Timestamp::MIN);
    assert_eq!(queue.next().await.0, "a");
    assert_eq!(queue.next().await.0, "c");
    let more = tokio::time::timeout(Duration::from_secs(1), queue.next());
    assert!(more.await.is_err(), "each of the three is in work");
}

#[tokio::test(start_paused = true)]
async fn of_the_keys_that_are_due_the_lowest_rank_comes_first() {
    let (clock, _) = start();
    let rank = |key: &&str| -(key.len() as i64);
    let queue = Queue::ranked(clock, BACKOFF, rank);
    queue.add("b");
    queue.add("a");
    queue.add_after("the longest is not due", Duration::from_secs(1));
    queue.add_after("long", Duration::ZERO);
    assert_eq!(queue.next().await, "long");
    queue.add("longer");
    assert_eq!(queue.next().await, "longer", "though it came later");
    queue.add_at("b", Timestamp::MIN);
    assert_eq!(queue.next().await, "b", "equals by time");
    assert_eq!(queue.next().await, "a");
    assert_eq!(queue.next().await, "the longest is not due");
}

#[tokio::test(start_paused = true)]
async fn of_the_keys_of_one_time_the_one_that_was_asked_for_first_comes_first() {
    let (_clock, queue) = start();
    for key in ["c", "a", "b", "c"] {
        queue.add(key);
    }
    assert_eq!(queue.next().await, "c", "asking again moves nobody");
    queue.add("c");
    queue.done("c", Some(Requeue::Await));
    assert_eq!(queue.next().await, "a");
    assert_eq!(queue.next().await, "b");
    assert_eq!(queue.next().await, "c", "behind those that waited");
}

#[tokio::test(start_paused = true)]
async fn a_key_in_work_waits_until_it_is_done() {
    let (_clock, queue) = start();
    queue.add("a");
    let key = queue.next().await;
    queue.add("a");
    let idle = tokio::time::timeout(Duration::from_secs(60), queue.next()).await;
    assert!(idle.is_err(), "one worker at a time holds a key");
    queue.done(key, Some(Requeue::Await));
    assert_eq!(queue.next().await, "a");
}

#[tokio::test(start_paused = true)]
async fn failures_double_their_wait_and_a_success_forgets_them() {
    let (clock, queue) = start();
    queue.add("a");
    let mut waits = Vec::new();
    let mut key = queue.next().await;
    for outcome in [None, None, None, Some(Requeue::Await), None, None] {
        let before = clock.now();
        queue.done(key, outcome);
        if outcome.is_some() {
            queue.add(key);
        }
        key = queue.next().await;
        waits.push(clock.now().duration_since(before).as_secs());
    }
    assert_eq!(waits, [1, 2, 4, 0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_over_one_key_is_a_failure_of_that_key() {
    let (_clock, queue) = start();
    queue.add("odd");
    queue.add("plain");
    let seen = Mutex::new(Vec::new());
    let look = |key: &'static str| {
        let mut seen = seen.lock();
        seen.push(key);
        let nth = seen.len();
        async move {
            assert!(key != "odd" || nth > 1, "the object is odd");
            Ok::<_, std::fmt::Error>(Requeue::Await)
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(2), queue.run(1, look));
    assert!(run.await.is_err(), "it runs until it is dropped");
    assert_eq!(*seen.lock(), ["odd", "plain", "odd"]);
    assert!(queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_holds_nobody_up() {
    let (clock, queue) = start();
    queue.add_after("soon", Duration::from_secs(20));
    queue.add_after("later", Duration::from_secs(7200));
    let next = tokio::spawn({
        let queue = queue.clone();
        async move { (queue.next().await, queue.next().await) }
    });
    clock.sleep(Duration::from_secs(1)).await;
    clock.jump(SignedDuration::from_hours(-1));
    let begun = tokio::time::Instant::now();
    assert_eq!(next.await.expect("it ends"), ("soon", "later"));
    assert!(begun.elapsed() <= LOOK, "{:?}", begun.elapsed());
    queue.done("soon", Some(Requeue::Await));
    queue.done("later", Some(Requeue::Await));
    queue.add_after("soon", Duration::from_secs(20));
    let early = tokio::time::timeout(Duration::from_secs(19), queue.next());
    assert!(early.await.is_err(), "it was set back once");
    assert_eq!(queue.next().await, "soon");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_forgotten_does_not_come() {
    let (_clock, queue) = start();
    queue.add_after("waits", Duration::from_secs(9));
    queue.add("works");
    queue.add("is due");
    assert_eq!(queue.next().await, "works");
    assert_eq!(queue.next().await, "is due");
    queue.add("works");
    for key in ["waits", "works"] {
        queue.forget(&key);
    }
    queue.done("is due", Some(Requeue::Await));
    queue.done("works", Some(Requeue::Await));
    assert!(queue.is_empty());
    let more = tokio::time::timeout(Duration::from_secs(60), queue.next());
    assert!(more.await.is_err());
}
