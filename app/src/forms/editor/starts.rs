//! What to begin with: the fields of each kind filled in.

use orrery_view::Kind;

use super::wish::Wish;

/// In the order in which they are offered.
pub const KINDS: [Kind; 3] = [Kind::CronJob, Kind::Job, Kind::DaemonSet];

/// The example of a kind, if there is one; the cluster takes it as it is.
pub fn of(kind: Kind) -> Option<Wish> {
    let (name, command) = match kind {
        Kind::CronJob => ("hello", "date; echo hello"),
        Kind::Job => ("hello-once", "date; echo hello"),
        Kind::DaemonSet => ("hello-everywhere", "while :; do date; sleep 60; done"),
        _ => return None,
    };
    Some(Wish {
        kind,
        name: name.to_owned(),
        image: "busybox".to_owned(),
        command: command.to_owned(),
        schedule: "*/5 * * * *".to_owned(),
        policy: "Forbid".to_owned(),
        completions: String::new(),
        parallelism: String::new(),
    })
}

/// Whether a text is one of them, and nobody's own.
pub fn is_example(text: &str) -> bool {
    let examples = KINDS.into_iter().filter_map(of);
    examples.map(|wish| wish.yaml()).any(|yaml| yaml == text)
}

/// A text with another document: what was typed stays, what was only offered, or `filled` in by fields, does not.
pub fn and(text: &str, start: &str, filled: &str) -> String {
    match text.trim_end() {
        "" => start.to_owned(),
        _ if text == filled || is_example(text) => start.to_owned(),
        typed => format!("{typed}\n---\n{start}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays() {
        let example = |kind| of(kind).expect("an example").yaml();
        let (job, cronjob) = (example(Kind::Job), example(Kind::CronJob));
        assert_eq!(and("", &job, ""), job);
        assert_eq!(and("\n \n", &job, ""), job);
        assert_eq!(and(&cronjob, &job, ""), job);
        assert_eq!(and("a: 2\n", &job, "a: 2\n"), job);
        assert_eq!(and("a: 1\n\n", &job, ""), format!("a: 1\n---\n{job}"));
        assert_eq!(of(Kind::Pod), None);
    }
}
