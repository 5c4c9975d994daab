//! Asks the cluster who it is, again and again: a watch that hangs on a dead connection says nothing, and a
//! quiet one looks the same.

use std::time::Duration;

use kube::Client;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;

use super::target::{Origin, chain};

/// Between questions: as fast as a person would start to wonder, and nothing that a cluster would notice.
const EVERY: Duration = Duration::from_secs(5);
/// For an answer; less than [`EVERY`], so that questions do not pile up.
const WITHIN: Duration = Duration::from_secs(4);

/// Tells the read model whether the cluster answers, for as long as it is polled.
pub async fn beat(client: Client, clock: Clock, readmodel: ReadModel, origin: Origin) {
    loop {
        readmodel.reached(ask(&client, &clock, &origin).await);
        clock.sleep(EVERY).await;
    }
}

/// The cluster's version, or why there is no answer, with what to do about it.
pub async fn ask(client: &Client, clock: &Clock, origin: &Origin) -> Result<String, String> {
    let answer = tokio::select! {
        answer = client.apiserver_version() => answer,
        () = clock.sleep(WITHIN) => return Err(format!("no answer within {} seconds ({origin})", WITHIN.as_secs())),
    };
    match answer {
        Ok(info) => Ok(info.git_version),
        Err(kube::Error::Api(status)) if status.code == 401 => Err(format!(
            "the cluster does not accept the credentials of {origin} ({}); renew them and start Orrery again",
            status.message
        )),
        // it answers, and keeps its version to itself
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => Ok(String::new()),
        Err(error) => Err(format!("{} ({origin})", chain(&error))),
    }
}
