//! Delays that double. No jitter: a simulated history must repeat, and one process has no herd.

use std::time::Duration;

use kube::runtime::utils::Backoff;

/// `base`, twice that, four times… up to `cap`, for as long as it is not reset.
#[derive(Clone, Copy, Debug)]
pub struct Doubling {
    base: Duration,
    cap: Duration,
    failures: u32,
}

impl Doubling {
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self {
            base,
            cap,
            failures: 0,
        }
    }

    /// The delay after `failures` failures in a row, of which this is the last.
    pub fn after(&self, failures: u32) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.base.saturating_mul(factor).min(self.cap)
    }
}

impl Iterator for Doubling {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        Some(self.after(self.failures))
    }
}

impl Backoff for Doubling {
    fn reset(&mut self) {
        self.failures = 0;
    }
}
