//! Where the page is, and what it may do from there: the same on every engine.

use std::net::SocketAddr;

use kube::Client;
use tokio_util::sync::CancellationToken;

use crate::backend::read_only;
use crate::data_dir::DataDir;

/// The page's place.
pub struct Seat {
    pub listen: SocketAddr,
    pub dir: DataDir,
    /// Nothing is changed through the page.
    pub read_only: bool,
    /// Ends the live streams.
    pub stop: CancellationToken,
}

impl Seat {
    /// The client that the page and its buttons use; without the power to change anything when so told.
    pub fn client(&self, client: Client) -> Client {
        match self.read_only {
            true => read_only::guarded(client),
            false => client,
        }
    }
}
