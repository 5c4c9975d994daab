//! What annotations say that a pod and its containers play.

use std::time::Duration;

use super::PREFIX;

/// What a container plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub run: Option<Duration>,
    pub exit_code: i32,
    pub fail_first: u32,
    pub refuse_starts: u32,
    pub out_of_memory: bool,
    pub ignores_sigterm: bool,
    pub log: Option<String>,
    pub message: Option<String>,
}

/// What the script says of a container, of it alone or of all.
pub fn value_of<'a>(
    annotations: &'a [(String, String)],
    container: &str,
    key: &str,
) -> Option<&'a str> {
    let find = |name: String| {
        annotations
            .iter()
            .find(|(k, _)| *k == name)
            .map(|(_, value)| value.as_str())
    };
    find(format!("{PREFIX}{container}.{key}")).or_else(|| find(format!("{PREFIX}{key}")))
}

impl Script {
    pub fn of(annotations: &[(String, String)], container: &str) -> Self {
        let value = |key: &str| value_of(annotations, container, key);
        let run = match value("run-seconds") {
            Some("forever") => None,
            Some(secs) => Some(
                Duration::try_from_secs_f64(secs.parse().unwrap_or(1.0)).unwrap_or(Duration::MAX),
            ),
            None => Some(Duration::from_secs(1)),
        };
        Self {
            run,
            exit_code: value("exit-code")
                .and_then(|code| code.parse().ok())
                .unwrap_or(0),
            fail_first: value("fail-first")
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            refuse_starts: value("refuse-starts")
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            out_of_memory: value("out-of-memory") == Some("true"),
            ignores_sigterm: value("ignore-sigterm") == Some("true"),
            log: value("log").map(str::to_owned),
            message: value("message").map(str::to_owned),
        }
    }
}

/// How long the pod's sandbox takes to start.
pub fn start_time(annotations: &[(String, String)]) -> Duration {
    let secs = of_pod(annotations, "start-seconds").unwrap_or(0.0);
    Duration::try_from_secs_f64(secs).unwrap_or_default()
}

/// How long the pod's sandbox takes to be gone.
pub fn stop_time(annotations: &[(String, String)]) -> Duration {
    let secs = of_pod(annotations, "stop-seconds").unwrap_or(0.0);
    Duration::try_from_secs_f64(secs).unwrap_or_default()
}

/// What a pod's annotations say of it as a whole.
pub fn of_pod<T: std::str::FromStr>(annotations: &[(String, String)], key: &str) -> Option<T> {
    let name = format!("{PREFIX}{key}");
    let (_, value) = annotations.iter().find(|(key, _)| *key == name)?;
    value.parse().ok()
}
