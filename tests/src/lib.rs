//! Walks through the whole thing as its users have it: the built binary, a real browser, a real
//! kubectl. Everything finer is tested in the rooms themselves.

mod access;
mod browser;
mod cable;
mod gate;
mod history;
mod kubectl;
pub mod kubectls;
mod orrery;
mod patience;
pub mod transcript;
mod walk;

pub use access::Access;
pub use browser::{Browser, Look};
pub use cable::Cable;
pub use gate::Gate;
pub use history::{Known, Past, give as give_history};
pub use kubectl::{Kubectl, output};
pub use orrery::{Orrery, sign_in_link};
pub use patience::eventually;
pub use walk::{Scene, Walk, row};
