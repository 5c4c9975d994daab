//! Which Secrets a pod refers to, and which its ServiceAccount lets it: the part of the ServiceAccount admission plugin
//! that goes by the account's annotation, deprecated in v1.32 and still obeyed.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, Pod, PodSpec, ServiceAccount, Volume};

use crate::go_text;

/// On an account: whether its pods are held to the Secrets that it names.
const ENFORCED: &str = "kubernetes.io/enforce-mountable-secrets";

/// Why the account does not let the new pod refer to a Secret, in upstream's words.
pub fn check(account: &ServiceAccount, pod: &Pod) -> Result<(), String> {
    let Some(spec) = pod.spec.as_ref().filter(|_| is_enforced(account)) else {
        return Ok(());
    };
    let allowed = Allowed::of(account);
    for volume in spec.volumes.iter().flatten() {
        let Some(secret) = &volume.secret else {
            continue;
        };
        let name = secret.secret_name.as_deref().unwrap_or_default();
        allowed.check(name, || format!("volume with secret.secretName=\"{name}\""))?;
    }
    let init = spec.init_containers.iter().flatten();
    let init = init.map(|container| ("init container", container));
    let usual = spec.containers.iter();
    let usual = usual.map(|container| ("container", container));
    for (kind, container) in init.chain(usual) {
        let (env, env_from) = (&container.env, &container.env_from);
        allowed.check_env(kind, &container.name, env, env_from)?;
    }
    check_pull_secrets(account, spec)
}

/// The same of containers that a pod is given later.
pub fn check_ephemeral(account: &ServiceAccount, pod: &Pod) -> Result<(), String> {
    let Some(spec) = pod.spec.as_ref().filter(|_| is_enforced(account)) else {
        return Ok(());
    };
    let allowed = Allowed::of(account);
    for container in spec.ephemeral_containers.iter().flatten() {
        let (env, env_from) = (&container.env, &container.env_from);
        allowed.check_env("ephemeral container", &container.name, env, env_from)?;
    }
    Ok(())
}

fn is_enforced(account: &ServiceAccount) -> bool {
    let annotations = account.metadata.annotations.as_ref();
    let said = annotations.and_then(|annotations| annotations.get(ENFORCED));
    said.is_some_and(|said| go_text::is_true(said))
}

fn check_pull_secrets(account: &ServiceAccount, spec: &PodSpec) -> Result<(), String> {
    let own = account.image_pull_secrets.iter().flatten();
    let own: BTreeSet<&str> = own.map(|secret| secret.name.as_str()).collect();
    let account = account.metadata.name.as_deref().unwrap_or_default();
    for (at, secret) in spec.image_pull_secrets.iter().flatten().enumerate() {
        let name = &secret.name;
        if !own.contains(name.as_str()) {
            return Err(format!(
                "imagePullSecrets[{at}].name=\"{name}\" is not allowed because service account {account} does not \
                 reference that imagePullSecret"
            ));
        }
    }
    Ok(())
}

/// The Secrets that an account names.
struct Allowed<'a> {
    account: &'a str,
    secrets: BTreeSet<&'a str>,
}

impl<'a> Allowed<'a> {
    fn of(account: &'a ServiceAccount) -> Self {
        let secrets = account.secrets.iter().flatten();
        Self {
            account: account.metadata.name.as_deref().unwrap_or_default(),
            secrets: secrets
                .map(|secret| secret.name.as_deref().unwrap_or_default())
                .collect(),
        }
    }

    fn check(&self, name: &str, what: impl FnOnce() -> String) -> Result<(), String> {
        match self.secrets.contains(name) {
            true => Ok(()),
            false => Err(format!(
                "{} is not allowed because service account {} does not reference that secret",
                what(),
                self.account
            )),
        }
    }

    fn check_env(
        &self,
        kind: &str,
        container: &str,
        env: &Option<Vec<EnvVar>>,
        env_from: &Option<Vec<EnvFromSource>>,
    ) -> Result<(), String> {
        for variable in env.iter().flatten() {
            let Some(name) = secret_of(variable) else {
                continue;
            };
            let variable = &variable.name;
            self.check(name, || {
                format!("{kind} {container} with envVar {variable} referencing secret.secretName=\"{name}\"")
            })?;
        }
        for source in env_from.iter().flatten() {
            let Some(secret) = &source.secret_ref else {
                continue;
            };
            let name = &secret.name;
            self.check(name, || {
                format!("{kind} {container} with envFrom referencing secret.secretName=\"{name}\"")
            })?;
        }
        Ok(())
    }
}

fn secret_of(variable: &EnvVar) -> Option<&str> {
    let secret = variable.value_from.as_ref()?.secret_key_ref.as_ref()?;
    Some(&secret.name)
}

/// Whether a new pod refers to any Secret, as upstream's VisitPodSecretNames finds them.
pub fn refers_to_secrets(spec: &PodSpec) -> bool {
    let init = spec.init_containers.iter().flatten();
    let mut containers = init.chain(&spec.containers);
    let mut pulls = spec.image_pull_secrets.iter().flatten();
    pulls.next().is_some()
        || containers.any(|container| {
            let mut variables = container.env.iter().flatten();
            let mut sources = container.env_from.iter().flatten();
            variables.any(|variable| secret_of(variable).is_some())
                || sources.any(|source| source.secret_ref.is_some())
        })
        || spec.volumes.iter().flatten().any(mounts_secret)
}

fn mounts_secret(volume: &Volume) -> bool {
    let projected = volume.projected.as_ref();
    let sources = projected.and_then(|projected| projected.sources.as_ref());
    let mut sources = sources.into_iter().flatten();
    volume.secret.is_some()
        || volume.azure_file.is_some()
        || volume.scale_io.is_some()
        || sources.any(|source| source.secret.is_some())
        || has_secret_ref(volume)
}

/// Of the kinds of volumes that may name a Secret and need not.
fn has_secret_ref(volume: &Volume) -> bool {
    let (cephfs, cinder, flex) = (&volume.cephfs, &volume.cinder, &volume.flex_volume);
    let (rbd, iscsi, storageos) = (&volume.rbd, &volume.iscsi, &volume.storageos);
    let csi = &volume.csi;
    cephfs.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || cinder.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || flex.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || rbd.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || iscsi.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || storageos.as_ref().is_some_and(|v| v.secret_ref.is_some())
        || csi
            .as_ref()
            .is_some_and(|v| v.node_publish_secret_ref.is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn account(said: &str) -> ServiceAccount {
        serde_json::from_value(json!({
            "metadata": {"name": "a", "annotations": {ENFORCED: said}},
            "secrets": [{"name": "mine"}],
            "imagePullSecrets": [{"name": "registry"}],
        }))
        .expect("an account")
    }

    fn pod(spec: Value) -> Pod {
        let mut spec = spec;
        if spec.get("containers").is_none() {
            spec["containers"] = json!([{"name": "c"}]);
        }
        serde_json::from_value(json!({"spec": spec})).expect("a pod")
    }

    fn env(name: &str) -> Value {
        json!([{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}])
    }

    fn env_from(name: &str) -> Value {
        json!([{"secretRef": {"name": name}}])
    }

    #[test]
    fn a_pod_is_held_to_its_accounts_secrets() {
        let not = "is not allowed because service account a does not reference that";
        let rows = [
            (
                json!({"volumes": [{"name": "v", "secret": {"secretName": "other"}}]}),
                format!("volume with secret.secretName=\"other\" {not} secret"),
            ),
            (
                json!({"initContainers": [{"name": "i", "env": env("other")}]}),
                format!(
                    "init container i with envVar A referencing secret.secretName=\"other\" {not} secret"
                ),
            ),
            (
                json!({"containers": [{"name": "c", "envFrom": env_from("other")}]}),
                format!(
                    "container c with envFrom referencing secret.secretName=\"other\" {not} secret"
                ),
            ),
            (
                json!({"imagePullSecrets": [{"name": "registry"}, {"name": "mine"}]}),
                format!("imagePullSecrets[1].name=\"mine\" {not} imagePullSecret"),
            ),
        ];
        for (spec, told) in rows {
            let pod = pod(spec);
            assert_eq!(check(&account("true"), &pod), Err(told.clone()));
            assert_eq!(check(&account("T"), &pod), Err(told), "as Go reads flags");
            assert_eq!(check(&account("yes"), &pod), Ok(()));
        }
        let own = json!({
            "volumes": [{"name": "v", "secret": {"secretName": "mine"}}],
            "containers": [{"name": "c", "env": env("mine"), "envFrom": env_from("mine")}],
            "imagePullSecrets": [{"name": "registry"}],
        });
        assert_eq!(check(&account("1"), &pod(own)), Ok(()));
        let later = json!({"ephemeralContainers": [{"name": "e", "env": env("other")}]});
        let told = format!(
            "ephemeral container e with envVar A referencing secret.secretName=\"other\" {not} secret"
        );
        assert_eq!(check_ephemeral(&account("true"), &pod(later)), Err(told));
    }

    #[test]
    fn what_refers_to_a_secret() {
        let projected = json!({"sources": [{"secret": {"name": "s"}}]});
        let rows = [
            (json!({}), false),
            (json!({"imagePullSecrets": [{"name": "s"}]}), true),
            (
                json!({"containers": [{"name": "c", "env": env("s")}]}),
                true,
            ),
            (
                json!({"containers": [{"name": "c", "envFrom": env_from("s")}]}),
                true,
            ),
            (
                json!({"volumes": [{"name": "v", "projected": projected}]}),
                true,
            ),
            (
                json!({"volumes": [{"name": "v", "configMap": {"name": "s"}}]}),
                false,
            ),
        ];
        for (spec, refers) in rows {
            let pod = pod(spec);
            let spec = pod.spec.as_ref().expect("it has one");
            assert_eq!(refers_to_secrets(spec), refers, "{spec:?}");
        }
        let secret = json!({"name": "s"});
        let volumes = [
            ("secret", json!({"secretName": "s"})),
            ("azureFile", json!({"secretName": "s", "shareName": "a"})),
            (
                "scaleIO",
                json!({"secretRef": &secret, "gateway": "g", "system": "s"}),
            ),
            ("cephfs", json!({"secretRef": &secret, "monitors": ["m"]})),
            ("cinder", json!({"secretRef": &secret, "volumeID": "i"})),
            ("flexVolume", json!({"secretRef": &secret, "driver": "d"})),
            (
                "rbd",
                json!({"secretRef": &secret, "image": "i", "monitors": ["m"]}),
            ),
            (
                "iscsi",
                json!({"secretRef": &secret, "iqn": "q", "lun": 0, "targetPortal": "p"}),
            ),
            ("storageos", json!({"secretRef": &secret})),
            (
                "csi",
                json!({"nodePublishSecretRef": &secret, "driver": "d"}),
            ),
        ];
        for (kind, source) in volumes {
            let mut bare = source.clone();
            for field in ["secretRef", "nodePublishSecretRef"] {
                bare.as_object_mut().expect("a source").remove(field);
            }
            // these three are of no use without one
            let always = matches!(kind, "secret" | "azureFile" | "scaleIO");
            for (source, refers) in [(source, true), (bare, always)] {
                let mut volume = json!({"name": "v"});
                volume[kind] = source;
                let pod = pod(json!({"volumes": [volume]}));
                let spec = pod.spec.as_ref().expect("it has one");
                assert_eq!(refers_to_secrets(spec), refers, "{spec:?}");
            }
        }
    }
}
