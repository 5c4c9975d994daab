//! Which cluster, and the way to it.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use sha2::{Digest, Sha256};

use super::bounded::bounded;
use crate::problem::Problem;

/// What in-cluster pages call the cluster: a pod is not told its name.
const IN_CLUSTER: &str = "in-cluster";
/// Bytes of a context's name that are read in its folder's: file systems take 255 in all.
const LONGEST_PLAIN: usize = 120;

/// Where the way to the cluster was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    File { path: PathBuf, context: String },
    InCluster,
}

/// A cluster to attach to; nothing has been asked of it yet.
#[derive(Debug)]
pub struct Target {
    pub name: String,
    pub origin: Origin,
    /// Only these are looked at; none: all.
    pub namespaces: Vec<String>,
    kubeconfig: Option<Kubeconfig>,
}

impl Target {
    /// The cluster of a kubeconfig's context; the current one when none is named.
    pub fn of_file(path: &Path, context: Option<&str>) -> Result<Self, Problem> {
        let unread = |reason: String| Problem::KubeconfigUnread {
            path: path.to_owned(),
            reason,
        };
        // kube's own message names no reason that a person could act on
        std::fs::metadata(path).map_err(|error| unread(error.to_string()))?;
        let kubeconfig = Kubeconfig::read_from(path).map_err(|error| unread(chain(&error)))?;
        let known: Vec<_> = kubeconfig
            .contexts
            .iter()
            .map(|context| context.name.clone())
            .collect();
        let context = context
            .or(kubeconfig.current_context.as_deref())
            .filter(|context| !context.is_empty())
            .ok_or_else(|| Problem::NoCurrentContext {
                path: path.to_owned(),
                known: known.join(", "),
            })?
            .to_owned();
        if !known.contains(&context) {
            return Err(Problem::NoContext {
                path: path.to_owned(),
                context,
                known: known.join(", "),
            });
        }
        Ok(Self {
            name: context.clone(),
            origin: Origin::File {
                path: path.to_owned(),
                context,
            },
            namespaces: Vec::new(),
            kubeconfig: Some(kubeconfig),
        })
    }

    /// The cluster whose pod this is.
    pub fn in_cluster() -> Self {
        Self {
            name: IN_CLUSTER.to_owned(),
            origin: Origin::InCluster,
            namespaces: Vec::new(),
            kubeconfig: None,
        }
    }

    /// The same cluster, of which only these namespaces are looked at.
    pub fn within(self, namespaces: &[String]) -> Self {
        Self {
            namespaces: namespaces.to_vec(),
            ..self
        }
    }

    /// The name as a folder's: what is kept about one cluster is kept apart from what is kept about another. A name that
    /// cannot be a folder's as it is has a sum beside what can be read of it, so that no two share a folder.
    pub fn folder(&self) -> String {
        let plain = plain(&self.name);
        if plain == self.name && plain.len() <= LONGEST_PLAIN {
            return format!("attached-{plain}");
        }
        let readable: String = plain.chars().take(LONGEST_PLAIN).collect();
        let sum: [u8; 32] = Sha256::digest(&self.name).into();
        let sum = sum.iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        format!("attached-{readable}~{sum}")
    }

    /// The folder that such a name had before, which others had, too; none where it is the same one.
    pub fn old_folder(&self) -> Option<String> {
        let old = format!("attached-{}", plain(&self.name));
        (old != self.folder()).then_some(old)
    }

    /// The client, and the address that it talks to. The cluster need not answer yet.
    pub async fn connect(self) -> Result<(Client, String), Problem> {
        let Self {
            origin, kubeconfig, ..
        } = self;
        let config = match (kubeconfig, &origin) {
            (Some(kubeconfig), Origin::File { context, .. }) => {
                let options = KubeConfigOptions {
                    context: Some(context.clone()),
                    ..KubeConfigOptions::default()
                };
                let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
                config.map_err(|error| unusable(&origin, chain(&error)))?
            }
            _ => Config::incluster().map_err(|error| Problem::NotInCluster {
                reason: chain(&error),
            })?,
        };
        let url = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| unusable(&origin, chain(&error)))?;
        Ok((bounded(client), url.trim_end_matches('/').to_owned()))
    }
}

/// Any text as a part of a file's name.
pub fn plain(text: &str) -> String {
    let plain = |c: char| match c.is_ascii_alphanumeric() || "-_.".contains(c) {
        true => c,
        false => '_',
    };
    text.chars().map(plain).collect()
}

fn unusable(origin: &Origin, reason: String) -> Problem {
    Problem::ContextUnusable {
        origin: origin.to_string(),
        reason,
    }
}

/// An error with what caused it, each once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, context } => write!(f, "context {context} of {}", path.display()),
            Self::InCluster => f.write_str("the pod's service account"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scratch::Scratch;

    const TWO: &str = r#"
apiVersion: v1
kind: Config
clusters:
- {name: c, cluster: {server: "https://192.0.2.1:6443"}}
contexts:
- {name: blue, context: {cluster: c, user: u}}
- {name: green, context: {cluster: c, user: u}}
users:
- {name: u, user: {token: t}}
"#;

    fn said(scratch: &Scratch, text: Option<&str>, context: Option<&str>) -> String {
        let path = scratch.dir.join("config");
        if let Some(text) = text {
            std::fs::write(&path, text).expect("the scratch folder can be written");
        }
        Target::of_file(&path, context)
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn what_is_wrong_with_a_kubeconfig_is_said_with_the_flag_that_mends_it() {
        let missing = said(&Scratch::new(), None, None);
        assert!(
            missing.contains("--kubeconfig") && missing.contains("No such file"),
            "{missing}"
        );
        let garbage = said(&Scratch::new(), Some("{not yaml"), None);
        assert!(garbage.contains("--kubeconfig"), "{garbage}");
        let unknown = said(&Scratch::new(), Some(TWO), Some("red"));
        assert!(
            unknown.contains("no context \"red\"")
                && unknown.contains("--context")
                && unknown.contains("blue, green"),
            "{unknown}"
        );
        let none = said(&Scratch::new(), Some(TWO), None);
        assert!(
            none.contains("no current context") && none.contains("--context"),
            "{none}"
        );
    }

    #[test]
    fn a_context_is_a_folder_of_its_own() {
        let scratch = Scratch::new();
        let path = scratch.dir.join("config");
        std::fs::write(
            &path,
            TWO.replace("name: blue", "name: \"arn:aws/../blue\""),
        )
        .expect("written");
        let target = Target::of_file(&path, Some("arn:aws/../blue")).expect("it is there");
        let folder = target.folder();
        assert!(folder.starts_with("attached-arn_aws_.._blue~"), "{folder}");
        assert!(!folder.contains(['/', ':']), "{folder}");
        let old = target.old_folder();
        assert_eq!(old.as_deref(), Some("attached-arn_aws_.._blue"));
    }

    #[test]
    fn no_two_contexts_share_a_folder() {
        let named = |name: &str| Target {
            name: name.to_owned(),
            ..Target::in_cluster()
        };
        let long = "a".repeat(300);
        let names = [
            "a:b",
            "a/b",
            "a_b",
            "a b",
            "운영",
            "개발",
            long.as_str(),
            &long[1..],
        ];
        let folders: BTreeSet<_> = names.iter().map(|name| named(name).folder()).collect();
        assert_eq!(folders.len(), names.len(), "{folders:?}");
        assert!(folders.iter().all(|folder| folder.len() < 200));
        let plain = named("staging-2.eu_west");
        assert_eq!(plain.folder(), "attached-staging-2.eu_west");
        assert_eq!(plain.old_folder(), None, "it is where it was");
    }
}
