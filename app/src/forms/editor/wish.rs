//! The least that one says of a CronJob, Job or DaemonSet in fields, and the YAML that it comes to. What else there is
//! to say is said in the text.

use std::fmt::Write;

use orrery_view::Kind;

use super::starts::{self, KINDS};
use crate::forms::Fields;
use crate::forms::paper::Paper;
use crate::kinds;
use crate::paint::Esc;
use crate::tr;

/// Before the names of the fields: the form has others.
const PREFIX: &str = "wish.";
const POLICIES: [&str; 3] = ["Forbid", "Allow", "Replace"];

/// As typed; what is empty is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub kind: Kind,
    pub name: String,
    pub image: String,
    /// A line for a shell.
    pub command: String,
    /// Of a CronJob.
    pub schedule: String,
    pub policy: String,
    /// Of a Job.
    pub completions: String,
    pub parallelism: String,
}

impl Wish {
    /// `kind`: what it is as long as nothing was chosen. What was not asked for is as in the example of its kind.
    pub fn read(fields: &Fields, kind: Kind) -> Self {
        let chosen = kinds::of_path(fields.text(&format!("{PREFIX}kind")));
        let known = chosen.and_then(starts::of).or_else(|| starts::of(kind));
        let start = known.or_else(|| starts::of(KINDS[0]));
        let start = start.expect("the kinds have examples");
        let or = |name: &str, start: String| {
            let name = format!("{PREFIX}{name}");
            match fields.has(&name) {
                true => fields.text(&name).to_owned(),
                false => start,
            }
        };
        Self {
            kind: start.kind,
            name: or("name", start.name),
            image: or("image", start.image),
            command: or("command", start.command),
            schedule: or("schedule", start.schedule),
            policy: or("policy", start.policy),
            completions: or("completions", start.completions),
            parallelism: or("parallelism", start.parallelism),
        }
    }

    /// The manifest.
    pub fn yaml(&self) -> String {
        let (version, kind) = (self.version(), kinds::one(self.kind));
        let name = scalar(&self.name);
        let mut out =
            format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n");
        match self.kind {
            Kind::CronJob => {
                put(&mut out, 2, "schedule", &quoted(&self.schedule));
                put(&mut out, 2, "concurrencyPolicy", &scalar(&self.policy));
                out.push_str("  jobTemplate:\n    spec:\n");
                out.push_str(&indented(&self.template("restartPolicy: Never\n", ""), 6));
            }
            Kind::DaemonSet => {
                let labels = format!("app: {name}\n");
                let selector = format!("selector:\n  matchLabels:\n{}", indented(&labels, 4));
                out.push_str(&indented(&selector, 2));
                let metadata = format!("metadata:\n  labels:\n{}", indented(&labels, 4));
                out.push_str(&indented(&self.template("", &metadata), 2));
            }
            _ => {
                put(&mut out, 2, "completions", &number(&self.completions));
                put(&mut out, 2, "parallelism", &number(&self.parallelism));
                out.push_str(&indented(&self.template("restartPolicy: Never\n", ""), 2));
            }
        }
        out
    }

    fn version(&self) -> &'static str {
        match self.kind {
            Kind::DaemonSet => "apps/v1",
            _ => "batch/v1",
        }
    }

    /// A template of pods with one container.
    fn template(&self, restarts: &str, metadata: &str) -> String {
        let mut container = format!("- name: main\n  image: {}\n", scalar(&self.image));
        if !self.command.is_empty() {
            let command = format!("[sh, -c, {}]", quoted(&self.command));
            put(&mut container, 2, "command", &command);
        }
        format!(
            "template:\n{}  spec:\n{}    containers:\n{}",
            indented(metadata, 2),
            indented(restarts, 4),
            indented(&container, 4)
        )
    }

    /// The fields, folded up until somebody wants them.
    pub fn draw(&self, paper: &mut Paper) {
        let lang = paper.lang;
        let folded = tr!(lang, "create.form");
        paper.put(format_args!(
            r#"<details class="wish" data-k="wish"><summary>{folded}</summary><div class="fields">"#
        ));
        let offered = KINDS.map(|kind| (kinds::path(kind), kinds::one(kind)));
        let kind = kinds::path(self.kind);
        choice(paper, "kind", &tr!(lang, "create.kind"), kind, &offered);
        input(paper, "name", &tr!(lang, "col.name"), &self.name);
        input(paper, "image", &tr!(lang, "fact.image"), &self.image);
        input(
            paper,
            "command",
            &tr!(lang, "create.command"),
            &self.command,
        );
        match self.kind {
            Kind::CronJob => {
                input(
                    paper,
                    "schedule",
                    &tr!(lang, "col.schedule"),
                    &self.schedule,
                );
                let policies = POLICIES.map(|policy| (policy, policy));
                let label = tr!(lang, "fact.concurrency");
                choice(paper, "policy", &label, &self.policy, &policies);
            }
            Kind::Job => {
                input(paper, "completions", "completions", &self.completions);
                input(paper, "parallelism", "parallelism", &self.parallelism);
            }
            _ => {}
        }
        let word = tr!(lang, "create.fill");
        paper.put(format_args!(
            r#"</div><button class="btn small" value="fill">{word}</button></details>"#
        ));
    }
}

fn input(paper: &mut Paper, name: &str, label: &str, text: &str) {
    paper.put(format_args!(
        r#"<label class="field" data-k="{PREFIX}{name}"><b>{label}</b><input name="{PREFIX}{name}" value="{}" spellcheck="false" autocapitalize="off"></label>"#,
        Esc(text)
    ));
}

fn choice(paper: &mut Paper, name: &str, label: &str, chosen: &str, all: &[(&str, &str)]) {
    paper.put(format_args!(
        r#"<label class="field" data-k="{PREFIX}{name}"><b>{label}</b><select name="{PREFIX}{name}">"#
    ));
    for (value, word) in all {
        let selected = if *value == chosen { " selected" } else { "" };
        paper.put(format_args!(
            r#"<option value="{value}"{selected}>{word}</option>"#
        ));
    }
    paper.html("</select></label>");
}

/// A field, if there is something to say.
fn put(out: &mut String, indent: usize, name: &str, value: &str) {
    if !value.is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:indent$}{name}: {value}", "");
    }
}

fn indented(text: &str, by: usize) -> String {
    let lines = text.lines();
    lines.map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// Text as YAML reads it again, whatever it looks like; empty as text too.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// The same without quotes where it is as plain as names and images are.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-./_:@".contains(c);
    // `no` and `1e3` are no texts to every reader of YAML
    let word = text.to_ascii_lowercase();
    let is_word = matches!(word.as_str(), "true" | "null" | "false");
    let looks_odd = is_word || text.len() < 4 || text.ends_with(':');
    match text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain) {
        true if !looks_odd => text.to_owned(),
        _ => quoted(text),
    }
}

/// What is no number is the cluster's to refuse.
fn number(text: &str) -> String {
    match text.parse::<u32>() {
        Ok(_) => text.to_owned(),
        Err(_) if text.is_empty() => String::new(),
        Err(_) => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(body: &str) -> Wish {
        Wish::read(&Fields::read("", body.as_bytes()), Kind::Pod)
    }

    #[test]
    fn fields_come_to_a_manifest() {
        let cronjob = "wish.kind=cronjobs&wish.name=backup&wish.image=busybox:1&wish.command=echo+%22a%22&wish.schedule=5+*+*+*+*&wish.policy=Replace";
        assert_eq!(
            wish(cronjob).yaml(),
            r#"apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
spec:
  schedule: "5 * * * *"
  concurrencyPolicy: Replace
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: busybox:1
            command: [sh, -c, "echo \"a\""]
"#
        );
        let job = "wish.kind=jobs&wish.name=no&wish.completions=5&wish.parallelism=many&wish.image=&wish.command=";
        assert_eq!(
            wish(job).yaml(),
            r#"apiVersion: batch/v1
kind: Job
metadata:
  name: "no"
spec:
  completions: 5
  parallelism: "many"
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: ""
"#
        );
        let daemonset = "wish.kind=daemonsets&wish.name=logs&wish.completions=5&wish.command=";
        assert_eq!(
            wish(daemonset).yaml(),
            r#"apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: logs
spec:
  selector:
    matchLabels:
      app: logs
  template:
    metadata:
      labels:
        app: logs
    spec:
      containers:
      - name: main
        image: busybox
"#
        );
    }

    #[test]
    fn a_form_begins_with_the_example_of_its_kind() {
        let blank = wish("");
        assert_eq!(blank.kind, Kind::CronJob, "no form makes a Pod");
        assert_eq!(
            (blank.image.as_str(), blank.policy.as_str()),
            ("busybox", "Forbid")
        );
        let fields = Fields::read("", b"");
        assert_eq!(Some(Wish::read(&fields, Kind::Job)), starts::of(Kind::Job));
        let emptied = wish("wish.name=&wish.schedule=");
        assert_eq!(emptied.name + &emptied.schedule, "", "what is emptied is");
        assert_eq!(wish("wish.kind=nodes").kind, Kind::CronJob);
    }

    #[test]
    fn text_stays_text() {
        for (text, yaml) in [
            ("backup-1", "backup-1"),
            ("ghcr.io/a/b:1.2@sha256:0", "ghcr.io/a/b:1.2@sha256:0"),
            ("yes", "\"yes\""),
            ("True", "\"True\""),
            ("1234", "\"1234\""),
            ("name:", "\"name:\""),
            ("a: b # c", "\"a: b # c\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), yaml, "{text}");
        }
    }
}
