//! Turning a container's references into values: environment and command line.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVarSource, Pod, Secret};
use kube::{Api, Client};
use orrery_clock::Clock;
use parking_lot::Mutex;

use super::env::{MAX_WORDS_BYTES, amount, expand, field, resource};
use super::hostname::hostname;
use super::token::Tokens;
use super::user::run_as_user;
use crate::runtime::{ContainerSpec, HostPort, Mount};

/// What references are read from.
pub struct Source<'a> {
    pub client: &'a Client,
    pub clock: &'a Clock,
    /// Those that the pod has.
    pub tokens: &'a Mutex<Tokens>,
    /// Whether a process reads what is told here.
    pub is_read: bool,
    pub pod: &'a Pod,
    pub host_ip: &'a str,
    pub pod_ip: &'a str,
    /// Set before everything that the pod says: service addresses and the host's PATH.
    pub base_env: &'a [(String, String)],
    /// CPUs and bytes of memory of the node.
    pub capacity: (f64, f64),
}

/// A reference that leads nowhere, in upstream's words.
pub type Missing = String;

impl Source<'_> {
    pub(super) fn namespace(&self) -> &str {
        self.pod.metadata.namespace.as_deref().unwrap_or("default")
    }

    /// The container's specification; `command_line` turns image, command and args into one.
    pub async fn container(&self, container: &Container) -> Result<ContainerSpec, Missing> {
        let env = self.environment(container).await?;
        let resources = container.resources.as_ref();
        let memory = resources
            .and_then(|r| r.limits.as_ref())
            .and_then(|limits| limits.get("memory"));
        Ok(ContainerSpec {
            pod_uid: self.pod.metadata.uid.clone().unwrap_or_default(),
            name: container.name.clone(),
            working_dir: container.working_dir.clone().filter(|dir| !dir.is_empty()),
            run_as_user: run_as_user(self.pod, container)?,
            mounts: mounts(container, &env),
            memory_limit_bytes: memory
                .and_then(|quantity| amount(&quantity.0))
                .map(|bytes| bytes as u64),
            stdin: container.stdin.unwrap_or(false),
            stdin_once: container.stdin_once.unwrap_or(false),
            tty: container.tty.unwrap_or(false),
            message_path: container
                .termination_message_path
                .clone()
                .filter(|path| !path.is_empty()),
            message_from_log: takes_message_from_log(container),
            env: env.into_iter().collect(),
            ..ContainerSpec::default()
        })
    }

    async fn environment(
        &self,
        container: &Container,
    ) -> Result<BTreeMap<String, String>, Missing> {
        let mut env: BTreeMap<String, String> = self.base_env.iter().cloned().collect();
        for (name, value) in self.links().await? {
            env.entry(name).or_insert(value);
        }
        env.insert("POD_IP".to_owned(), self.pod_ip.to_owned());
        let node = self.pod.spec.as_ref().and_then(|s| s.node_name.as_deref());
        env.insert(
            "HOSTNAME".to_owned(),
            hostname(self.pod, node.unwrap_or_default())?,
        );
        let mut room = Room(MAX_WORDS_BYTES);
        for from in container.env_from.iter().flatten() {
            let prefix = from.prefix.as_deref().unwrap_or_default();
            let mut entries: BTreeMap<String, String> = BTreeMap::new();
            if let Some(reference) = &from.config_map_ref {
                let map = self.config_map(&reference.name, reference.optional).await?;
                entries.extend(map.and_then(|map| map.data).unwrap_or_default());
            }
            if let Some(reference) = &from.secret_ref {
                let secret = self.secret(&reference.name, reference.optional).await?;
                let data = secret.and_then(|secret| secret.data).unwrap_or_default();
                entries.extend(
                    data.into_iter()
                        .map(|(k, v)| (k, String::from_utf8_lossy(&v.0).into_owned())),
                );
            }
            room.take(entries.values().map(String::len).sum())?;
            env.extend(
                entries
                    .into_iter()
                    .map(|(name, value)| (format!("{prefix}{name}"), value)),
            );
        }
        for var in container.env.iter().flatten() {
            let value = match (&var.value, &var.value_from) {
                (_, Some(from)) => self.value(container, from).await?,
                (Some(value), None) => Some(expand(value, &env)),
                (None, None) => Some(String::new()),
            };
            if let Some(value) = value {
                room.take(value.len())?;
                env.insert(var.name.clone(), value);
            }
        }
        Ok(env)
    }

    async fn value(
        &self,
        container: &Container,
        from: &EnvVarSource,
    ) -> Result<Option<String>, Missing> {
        if let Some(reference) = &from.field_ref {
            let value = field(self.pod, &reference.field_path, self.host_ip, self.pod_ip);
            return value
                .map(Some)
                .ok_or_else(|| format!("unsupported fieldPath: {}", reference.field_path));
        }
        if let Some(reference) = &from.resource_field_ref {
            let divisor = reference
                .divisor
                .as_ref()
                .and_then(|d| amount(&d.0))
                .unwrap_or(1.0);
            let of = reference
                .container_name
                .as_deref()
                .unwrap_or(&container.name);
            let container = crate::decide::containers(self.pod)
                .find(|c| c.name == of)
                .unwrap_or(container);
            let value = resource(container, &reference.resource, divisor, self.capacity);
            return value
                .map(Some)
                .ok_or_else(|| format!("unsupported container resource: {}", reference.resource));
        }
        let (found, optional, what) = if let Some(key) = &from.config_map_key_ref {
            let map = self.config_map(&key.name, key.optional).await?;
            let value = map
                .and_then(|map| map.data)
                .and_then(|mut data| data.remove(&key.key));
            let what = format!(
                "couldn't find key {} in ConfigMap {}/{}",
                key.key,
                self.namespace(),
                key.name
            );
            (value, key.optional, what)
        } else if let Some(key) = &from.secret_key_ref {
            let secret = self.secret(&key.name, key.optional).await?;
            let value = secret
                .and_then(|secret| secret.data)
                .and_then(|mut data| data.remove(&key.key));
            let value = value.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned());
            let what = format!(
                "couldn't find key {} in Secret {}/{}",
                key.key,
                self.namespace(),
                key.name
            );
            (value, key.optional, what)
        } else {
            (
                None,
                None,
                "this environment source is not supported".to_owned(),
            )
        };
        match found {
            None if optional != Some(true) => Err(what),
            found => Ok(found),
        }
    }

    pub(super) async fn config_map(
        &self,
        name: &str,
        optional: Option<bool>,
    ) -> Result<Option<ConfigMap>, Missing> {
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), self.namespace());
        let found = api.get_opt(name).await.map_err(|error| error.to_string())?;
        required(found, optional, || format!("configmap {name:?} not found"))
    }

    pub(super) async fn secret(
        &self,
        name: &str,
        optional: Option<bool>,
    ) -> Result<Option<Secret>, Missing> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), self.namespace());
        let found = api.get_opt(name).await.map_err(|error| error.to_string())?;
        required(found, optional, || format!("secret {name:?} not found"))
    }
}

/// What an environment may still hold, in bytes.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> Result<(), Missing> {
        let left = self.0.checked_sub(bytes);
        self.0 =
            left.ok_or("the environment is larger than 6 MiB, which no process can be given")?;
        Ok(())
    }
}

fn required<T>(
    found: Option<T>,
    optional: Option<bool>,
    missing: impl Fn() -> Missing,
) -> Result<Option<T>, Missing> {
    match found {
        None if optional != Some(true) => Err(missing()),
        found => Ok(found),
    }
}

fn mounts(container: &Container, env: &BTreeMap<String, String>) -> Vec<Mount> {
    let mount = |m: &k8s_openapi::api::core::v1::VolumeMount| Mount {
        volume: m.name.clone(),
        path: m.mount_path.clone(),
        sub_path: match (&m.sub_path_expr, &m.sub_path) {
            (Some(expression), _) => expand(expression, env),
            (None, path) => path.clone().unwrap_or_default(),
        },
        read_only: m.read_only.unwrap_or(false),
    };
    container
        .volume_mounts
        .iter()
        .flatten()
        .map(mount)
        .collect()
}

/// Whether the end of its log stands in for last words that a failed container did not have.
pub fn takes_message_from_log(container: &Container) -> bool {
    container.termination_message_policy.as_deref() == Some("FallbackToLogsOnError")
}

/// `words` with references to the container's own environment replaced; those behind what is too much for any process
/// are left out, which starting it tells.
pub fn expand_all(words: Option<&Vec<String>>, env: &[(String, String)]) -> Vec<String> {
    let env: BTreeMap<String, String> = env.iter().cloned().collect();
    let mut bytes = 0;
    let words = words.into_iter().flatten();
    words
        .map(|word| expand(word, &env))
        .take_while(|word| {
            let fits = bytes <= MAX_WORDS_BYTES;
            bytes += word.len();
            fits
        })
        .collect()
}

/// The host ports that the pod's containers declare; only TCP can be forwarded.
pub fn host_ports(pod: &Pod) -> Vec<HostPort> {
    let ports = crate::decide::containers(pod).flat_map(|c| c.ports.iter().flatten());
    let port = |p: &k8s_openapi::api::core::v1::ContainerPort| {
        let tcp = p.protocol.as_deref().unwrap_or("TCP") == "TCP";
        let host_ip = p
            .host_ip
            .as_deref()
            .filter(|ip| !ip.is_empty())
            .and_then(|ip| ip.parse().ok());
        let host_port = p
            .host_port
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port > 0 && tcp)?;
        Some(HostPort {
            host_ip,
            host_port,
            container_port: u16::try_from(p.container_port).ok()?,
        })
    };
    ports.filter_map(port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_words_are_made_than_a_process_takes() {
        let env = [("A".to_owned(), "x".repeat(100 * 1024))];
        let words = vec!["$(A)".to_owned(); 10_000];
        let bytes: usize = expand_all(Some(&words), &env).iter().map(String::len).sum();
        assert!((MAX_WORDS_BYTES + 1..MAX_WORDS_BYTES + 200 * 1024).contains(&bytes));
    }

    #[test]
    fn an_environment_has_an_end() {
        let mut room = Room(10);
        assert_eq!([room.take(4), room.take(6)], [Ok(()), Ok(())]);
        assert!(room.take(1).is_err_and(|why| why.contains("6 MiB")));
    }
}
