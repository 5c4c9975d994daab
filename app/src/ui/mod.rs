//! What every component of a page shares, by context.

mod deeds;
mod state;
mod toast;

pub use deeds::action;

pub use state::{Asking, Ui};
pub use toast::Toast;
