//! How much processor and memory containers use, measured when somebody asks: between the samples of
//! two questions, or two taken a moment apart after a long silence. Nothing is sampled in between.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use orrery_clock::Clock;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::runtime::{Runtime, Usage};

/// The shortest time to measure over. The kernel counts hundredths of a second, so a second is good to
/// a hundredth of a processor.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest: what was used before that is no longer "now".
const LONGEST: Duration = Duration::from_secs(30);

/// What the containers use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The end of the time that it was measured over.
    pub at: Timestamp,
    pub window: Duration,
    pub containers: Vec<ContainerUsage>,
}

/// One container's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUsage {
    pub pod_uid: String,
    pub container: String,
    /// Billionths of a processor.
    pub cpu_nanocores: u64,
    pub memory_bytes: u64,
}

/// Remembers the last sample, and what came out of it.
#[derive(Default)]
pub struct Meter(Mutex<Option<Reading>>);

struct Reading {
    taken: Instant,
    sample: Vec<Usage>,
    metrics: Option<Metrics>,
}

impl Meter {
    /// Measures. Two who ask at once get one answer.
    pub async fn read(&self, runtime: &Arc<dyn Runtime>, clock: &Clock) -> Metrics {
        let mut last = self.0.lock().await;
        let age = last.as_ref().map(|reading| reading.taken.elapsed());
        let before = match (last.take(), age) {
            (Some(reading), Some(age)) if age < SHORTEST => {
                if let Some(metrics) = &reading.metrics {
                    let metrics = metrics.clone();
                    *last = Some(reading);
                    return metrics;
                }
                reading
            }
            (Some(reading), Some(age)) if age <= LONGEST => reading,
            _ => Reading {
                taken: Instant::now(),
                sample: runtime.usage().await,
                metrics: None,
            },
        };
        tokio::time::sleep_until(before.taken + SHORTEST).await;
        let taken = Instant::now();
        let sample = runtime.usage().await;
        let window = taken - before.taken;
        let metrics = Metrics {
            at: clock.now(),
            window,
            containers: rates(&before.sample, &sample, window),
        };
        *last = Some(Reading {
            taken,
            sample,
            metrics: Some(metrics.clone()),
        });
        metrics
    }
}

/// Of the containers in both samples: what has just started has nothing to show yet.
fn rates(before: &[Usage], after: &[Usage], window: Duration) -> Vec<ContainerUsage> {
    let key = |usage: &Usage| (usage.pod_uid.clone(), usage.container.clone());
    let before: BTreeMap<_, _> = before.iter().map(|u| (key(u), u.cpu_nanos)).collect();
    let window_nanos = window.as_nanos().max(1);
    let rate = |usage: &Usage| {
        // A restarted container counts from zero again.
        let spent = usage.cpu_nanos.saturating_sub(*before.get(&key(usage))?);
        let nanocores = u128::from(spent) * 1_000_000_000 / window_nanos;
        Some(ContainerUsage {
            pod_uid: usage.pod_uid.clone(),
            container: usage.container.clone(),
            cpu_nanocores: u64::try_from(nanocores).unwrap_or(u64::MAX),
            memory_bytes: usage.memory_bytes,
        })
    };
    after.iter().filter_map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(pod: &str, cpu_nanos: u64) -> Usage {
        Usage {
            pod_uid: pod.to_owned(),
            container: "c".to_owned(),
            cpu_nanos,
            memory_bytes: 4096,
        }
    }

    #[test]
    fn k_37_a_rate_needs_two_samples() {
        let before = [
            usage("busy", 1_000_000_000),
            usage("again", 9),
            usage("gone", 5),
        ];
        let after = [
            usage("busy", 2_000_000_000),
            usage("again", 3),
            usage("new", 7),
        ];
        let rates = rates(&before, &after, Duration::from_secs(2));
        let shown: Vec<_> = rates
            .iter()
            .map(|u| (u.pod_uid.as_str(), u.cpu_nanocores))
            .collect();
        assert_eq!(shown, [("busy", 500_000_000), ("again", 0)]);
    }
}
