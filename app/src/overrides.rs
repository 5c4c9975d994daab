//! What one run of a CronJob does differently from its template.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::tr;

/// As the form has it: text, and empty where the template stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    pub name: String,
    pub reason: String,
    /// `KEY=value` lines, for the first container.
    pub env: String,
    /// One a line, for the first container.
    pub args: String,
    /// Of the first container.
    pub image: String,
    pub parallelism: String,
    pub deadline: String,
}

/// The same, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub name: Option<String>,
    pub reason: Option<String>,
    pub env: Vec<(String, String)>,
    pub args: Option<Vec<String>>,
    pub image: Option<String>,
    pub parallelism: Option<u32>,
    pub deadline: Option<u32>,
}

/// A pod's name is its Job's and a suffix; longer Job names would not fit its host name (JOBV-04).
pub const LONGEST_NAME: usize = 63;

/// A field that cannot be understood, by its name in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub field: &'static str,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// Anything but a DNS label.
    Name(String),
    /// A line, counted from 1, that is no `KEY=value`.
    Pair(usize, String),
    /// Anything but a whole number that the API's integers hold.
    Number(String),
}

impl Unread {
    /// What it says, and what would be understood.
    pub fn why(&self, lang: Lang) -> String {
        match &self.fault {
            Fault::Name(name) => tr!(lang, "with.no_name", name = name, most = LONGEST_NAME),
            Fault::Pair(line, text) => tr!(lang, "with.no_pair", line = line, text = text),
            Fault::Number(text) => tr!(lang, "with.no_number", text = text, most = i32::MAX),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why(Lang::En))
    }
}

impl Overrides {
    /// The fields in the order of the form, by their names there.
    pub fn fields(&mut self) -> [(&'static str, &mut String); 7] {
        [
            ("name", &mut self.name),
            ("reason", &mut self.reason),
            ("env", &mut self.env),
            ("args", &mut self.args),
            ("image", &mut self.image),
            ("parallelism", &mut self.parallelism),
            ("deadline", &mut self.deadline),
        ]
    }

    /// What they ask for; or which field cannot be understood, and what would be.
    pub fn read(&self) -> Result<Changes, Unread> {
        let unread = |field| move |fault| Unread { field, fault };
        let number = |field, text| number(text).map_err(unread(field));
        let name = some(&self.name).map(label).transpose();
        Ok(Changes {
            name: name.map_err(unread("name"))?,
            reason: some(&self.reason),
            env: env(&self.env).map_err(unread("env"))?,
            args: some(&self.args).map(|_| lines(&self.args)),
            image: some(&self.image),
            parallelism: number("parallelism", &self.parallelism)?,
            deadline: number("deadline", &self.deadline)?,
        })
    }
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A blank line between two is an empty argument; those at the end are how one types.
fn lines(text: &str) -> Vec<String> {
    let text = text.trim_end_matches(['\n', '\r']);
    text.lines().map(str::to_owned).collect()
}

fn label(name: String) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = name.len() <= LONGEST_NAME
        && name.chars().all(|c| plain(c) || c == '-')
        && name.starts_with(plain)
        && name.ends_with(plain);
    match fits {
        true => Ok(name),
        false => Err(Fault::Name(name)),
    }
}

fn env(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                pairs.push((key.trim().to_owned(), value.to_owned()));
            }
            _ => return Err(Fault::Pair(i + 1, line.to_owned())),
        }
    }
    Ok(pairs)
}

fn number(text: &str) -> Result<Option<u32>, Fault> {
    let Some(text) = some(text) else {
        return Ok(None);
    };
    match text.parse::<u32>() {
        Ok(n) if i32::try_from(n).is_ok() => Ok(Some(n)),
        _ => Err(Fault::Number(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(field: &str, text: &str) -> Overrides {
        let mut overrides = Overrides::default();
        for (name, value) in overrides.fields() {
            if name == field {
                text.clone_into(value);
            }
        }
        overrides
    }

    #[test]
    fn nothing_typed_changes_nothing() {
        for field in ["name", "args", "env", "deadline"] {
            assert_eq!(with(field, " \n ").read(), Ok(Changes::default()));
        }
    }

    #[test]
    fn what_cannot_be_understood_names_its_field_and_the_fix() {
        let long = "a".repeat(64);
        for (field, text, says) in [
            ("name", "Backup", "name: “Backup” is no DNS label"),
            ("name", "a.b", "no DNS label"),
            ("name", "-a", "no DNS label"),
            ("name", long.as_str(), "at most 63"),
            ("env", "A=1\nB", "env: line 2 is “B”, not KEY=value"),
            ("env", "=1", "env: line 1"),
            ("parallelism", "-1", "parallelism: “-1”"),
            ("deadline", "1.5", "deadline: “1.5”"),
        ] {
            let error = with(field, text).read().expect_err(text).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(with("name", &long[1..]).read().is_ok());
    }

    #[test]
    fn lines_are_read_as_they_are_typed() {
        let env = with("env", "A=1\n\nB=x=y \n").read().expect("fine").env;
        assert_eq!(env, [("A".into(), "1".into()), ("B".into(), "x=y ".into())]);
        let args = with("args", "--a b\n\n--c\n").read().expect("fine").args;
        assert_eq!(
            args,
            Some(vec!["--a b".into(), String::new(), "--c".into()])
        );
    }
}
