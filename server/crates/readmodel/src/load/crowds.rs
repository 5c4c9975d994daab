//! Minutes in which several CronJobs start.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use orrery_view::{Crowd, Millis, ObjectRef};

use super::{MINUTE, Scheduled, object, slots_between};

/// Minutes listed as crowded.
const MOST_CROWDS: usize = 10;
/// CronJobs named of each: what one looks through by eye, and ten times that is still a small page.
pub const MOST_IN_CROWD: usize = 200;

/// What starts in a minute.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Starts {
    pub count: u32,
    /// Equal where the same CronJobs start: the sum of a digest of each.
    who: u64,
}

impl Starts {
    pub fn add(&mut self, place: usize) {
        let mut digest = DefaultHasher::new();
        place.hash(&mut digest);
        self.count += 1;
        self.who = self.who.wrapping_add(digest.finish());
    }
}

/// One for all minutes ahead in which the same CronJobs start.
pub fn crowds(shown: &[Scheduled], minutes: &[Starts], from: Millis, now: Millis) -> Vec<Crowd> {
    let mut same: HashMap<Starts, (Millis, u32)> = HashMap::new();
    let ahead = (from..).step_by(MINUTE as usize).zip(minutes);
    for (at, starts) in ahead.filter(|(at, starts)| starts.count >= 2 && *at > now) {
        same.entry(*starts)
            .and_modify(|(_, again)| *again += 1)
            .or_insert((at, 0));
    }
    let mut crowded: Vec<(Starts, (Millis, u32))> = same.into_iter().collect();
    crowded.sort_by_key(|(starts, (at, _))| (std::cmp::Reverse(starts.count), *at));
    crowded.truncate(MOST_CROWDS);
    let crowd = |(Starts { count, .. }, (at, again)): (Starts, (Millis, u32))| {
        let starts = |each: &&Scheduled| {
            let slots = slots_between(each.schedule.as_ref(), at, at + MINUTE);
            !each.row.suspend && { slots }.next().is_some()
        };
        let some = shown.iter().filter(starts);
        let mut some: Vec<ObjectRef> = some.map(|each| object(&each.row)).collect();
        some.sort();
        some.truncate(MOST_IN_CROWD);
        Crowd {
            at,
            count,
            again,
            some,
        }
    };
    crowded.into_iter().map(crowd).collect()
}
