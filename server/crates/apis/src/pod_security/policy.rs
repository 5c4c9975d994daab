//! What a namespace's labels ask for.

use std::collections::BTreeMap;
use std::fmt;

use crate::{FieldError, FieldErrors};

/// With which each label of PodSecurity begins.
pub const PREFIX: &str = "pod-security.kubernetes.io/";

/// How strict, the least strict first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    fn read(text: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted]
            .into_iter()
            .find(|level| level.word() == text)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// Whose checks: those of Kubernetes v1.x, or the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    Minor(i64),
    Latest,
}

impl Version {
    fn read(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self::Latest);
        }
        let minor = text.strip_prefix("v1.")?;
        let digits = minor.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits && (minor == "0" || !minor.starts_with('0'));
        minor.parse().ok().filter(|_| plain).map(Self::Minor)
    }
}

/// A level as of a version; shown as `restricted:latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelVersion {
    pub level: Level,
    pub version: Version,
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.word();
        match self.version {
            Version::Latest => write!(f, "{level}:latest"),
            Version::Minor(minor) => write!(f, "{level}:v1.{minor}"),
        }
    }
}

/// What is refused, and what is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub enforce: LevelVersion,
    pub warn: LevelVersion,
}

impl Policy {
    /// True when nothing needs to be looked at.
    pub fn allows_all(&self) -> bool {
        self.enforce.level == Level::Privileged && self.warn.level == Level::Privileged
    }
}

/// The policy of a namespace with these labels, and what is wrong with them: a level to enforce that is none
/// is the strictest, one to warn of is none.
pub fn policy_of<'a>(
    labels: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> (Policy, FieldErrors) {
    let labels = labels.into_iter();
    let labels = labels.filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?, value)));
    let mut reader = Reader {
        labels: labels.collect(),
        errors: FieldErrors::new(),
    };
    let (enforced, enforced_version) = reader.mode("enforce", Level::Restricted);
    reader.mode("audit", Level::Privileged);
    let (warned, warned_version) = reader.mode("warn", Level::Privileged);
    let enforce = LevelVersion {
        level: enforced.unwrap_or(Level::Privileged),
        version: enforced_version.unwrap_or(Version::Latest),
    };
    // who would be refused a pod is warned of its template
    let warn = match warned {
        None if enforce.level > Level::Privileged => LevelVersion {
            level: enforce.level,
            version: warned_version.unwrap_or(enforce.version),
        },
        _ => LevelVersion {
            level: warned.unwrap_or(Level::Privileged),
            version: warned_version.unwrap_or(Version::Latest),
        },
    };
    (Policy { enforce, warn }, reader.errors)
}

struct Reader<'a> {
    /// By what follows the prefix.
    labels: BTreeMap<&'a str, &'a str>,
    errors: FieldErrors,
}

impl Reader<'_> {
    fn mode(&mut self, mode: &str, otherwise: Level) -> (Option<Level>, Option<Version>) {
        let detail = "must be one of privileged, baseline, restricted";
        let level = self.read(mode, Level::read, otherwise, detail);
        let label = format!("{mode}-version");
        let detail = "must be \"latest\" or \"v1.x\"";
        let version = self.read(&label, Version::read, Version::Latest, detail);
        (level, version)
    }

    fn read<T>(
        &mut self,
        label: &str,
        parse: fn(&str) -> Option<T>,
        otherwise: T,
        detail: &str,
    ) -> Option<T> {
        let value = *self.labels.get(label)?;
        let parsed = parse(value);
        if parsed.is_none() {
            let path = format!("metadata.labels[{PREFIX}{label}]");
            self.errors.push(FieldError::invalid(path, value, detail));
        }
        Some(parsed.unwrap_or(otherwise))
    }
}
