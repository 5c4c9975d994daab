//! The least that each kind needs, to begin with.

use orrery_view::Kind;

/// Texts that the cluster takes as they are.
pub const STARTS: [(Kind, &str); 3] = [
    (Kind::CronJob, CRONJOB),
    (Kind::Job, JOB),
    (Kind::DaemonSet, DAEMONSET),
];

const CRONJOB: &str = r#"apiVersion: batch/v1
kind: CronJob
metadata:
  name: hello
spec:
  schedule: "*/5 * * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: busybox
            command: [sh, -c, "date; echo hello"]
"#;

const JOB: &str = r#"apiVersion: batch/v1
kind: Job
metadata:
  name: hello-once
spec:
  backoffLimit: 2
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
        command: [sh, -c, "date; echo hello"]
"#;

const DAEMONSET: &str = r#"apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: hello-everywhere
spec:
  selector:
    matchLabels:
      app: hello-everywhere
  template:
    metadata:
      labels:
        app: hello-everywhere
    spec:
      containers:
      - name: main
        image: busybox
        command: [sh, -c, "while :; do date; sleep 60; done"]
"#;

/// The text for a kind, if there is one.
pub fn of(kind: Kind) -> Option<&'static str> {
    let found = STARTS.iter().find(|(known, _)| *known == kind);
    found.map(|(_, text)| *text)
}

/// A text with another document: what was typed stays, what was only offered, or `filled` in by fields, does not.
pub fn and(text: &str, start: &str, filled: &str) -> String {
    let offered = STARTS.iter().any(|(_, start)| *start == text);
    let untouched = offered || text == filled;
    match text.trim_end() {
        "" => start.to_owned(),
        _ if untouched => start.to_owned(),
        typed => format!("{typed}\n---\n{start}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays() {
        assert_eq!(and("", JOB, ""), JOB);
        assert_eq!(and("\n \n", JOB, ""), JOB);
        assert_eq!(and(CRONJOB, JOB, ""), JOB);
        assert_eq!(and("a: 2\n", JOB, "a: 2\n"), JOB);
        assert_eq!(and("a: 1\n\n", JOB, ""), format!("a: 1\n---\n{JOB}"));
        assert_eq!(of(Kind::DaemonSet), Some(DAEMONSET));
        assert_eq!(of(Kind::Pod), None);
    }
}
