//! Panics of tasks, which their runtime catches and nobody else hears of.

use std::cell::RefCell;
use std::panic::{set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// What this thread's panics said. A simulation is one thread.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

static LISTENING: Once = Once::new();

/// Listens from now on, and forgets what this thread's panics said before.
pub fn listen() {
    LISTENING.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            SAID.with_borrow_mut(|said| said.push(panic.to_string()));
            before(panic);
        }));
    });
    SAID.with_borrow_mut(Vec::clear);
}

/// The first panic of this thread since.
pub fn first() -> Option<String> {
    SAID.with_borrow(|said| said.first().cloned())
}
