//! A client that waits for no answer for ever: over a connection that died unheard none would come, and whoever asked
//! for a page would look at an empty one.

use std::time::Duration;

use http::Request;
use kube::Client;
use kube::client::Body;
use tokio::time::timeout;
use tower::service_fn;

/// Until an answer begins: an API gives a request up after a minute (`--request-timeout`). A watch, a log and a terminal
/// begin at once, and may go on for as long as they like.
const WITHIN: Duration = Duration::from_secs(65);
const NO_ANSWER: &str = "no answer within 65 seconds";

/// The same client, which gives up.
pub fn bounded(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            match timeout(WITHIN, client.send(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(kube::Error::Service(NO_ANSWER.into())),
            }
        }
    });
    Client::new(service, namespace)
}

#[cfg(test)]
mod tests {
    use http::Response;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_cluster_that_says_nothing_is_given_up() {
        let silent = service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, std::io::Error>>()
        });
        let client = bounded(Client::new(silent, "default"));
        let began = Instant::now();
        let asked = timeout(Duration::from_secs(86_400), client.apiserver_version()).await;
        let error = asked.expect("it is given up").expect_err("nobody answers");
        assert!(error.to_string().contains(NO_ANSWER), "{error}");
        assert_eq!(began.elapsed().as_secs(), WITHIN.as_secs());
    }
}
