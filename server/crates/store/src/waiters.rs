//! Who waits for a resource to change. Wakes in the order of the slots, so that a simulated run replays.

use std::task::Waker;

use parking_lot::Mutex;

/// The wakers of one resource's watches. Each watch owns a slot for its life.
#[derive(Default)]
pub(crate) struct Waiters(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Waiters {
    /// Takes a slot.
    pub fn join(&self) -> usize {
        let mut slots = self.0.lock();
        slots.free.pop().unwrap_or_else(|| {
            slots.wakers.push(None);
            slots.wakers.len() - 1
        })
    }

    /// Gives a slot back.
    pub fn leave(&self, slot: usize) {
        let mut slots = self.0.lock();
        let waker = slots.wakers[slot].take();
        slots.free.push(slot);
        drop(slots);
        // a waker may own the last handle of a task, whose end may close another watch
        drop(waker);
    }

    /// Asks to be woken by the next [`Waiters::wake`].
    pub fn wait(&self, slot: usize, waker: &Waker) {
        let mut slots = self.0.lock();
        let old = match &mut slots.wakers[slot] {
            Some(known) if known.will_wake(waker) => None,
            empty => empty.replace(waker.clone()),
        };
        drop(slots);
        drop(old);
    }

    /// Wakes all who wait.
    pub fn wake(&self) {
        let wakers: Vec<Waker> = self
            .0
            .lock()
            .wakers
            .iter_mut()
            .filter_map(Option::take)
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How many slots are taken.
    pub fn count(&self) -> usize {
        let slots = self.0.lock();
        slots.wakers.len() - slots.free.len()
    }
}
