//! What the parts of a page share: [`Here`] those that the server draws, [`Ui`] the islands.

mod deeds;
mod here;
mod state;
mod toast;
pub(crate) mod wire;

pub use deeds::action;
pub use here::Here;
pub use state::{Asking, Ui};
pub use toast::{TOLD_IN_DIALOG, toast};
