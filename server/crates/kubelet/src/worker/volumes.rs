//! Turning a pod's volumes into their content.

use std::collections::BTreeMap;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, KeyToPath, Volume as ApiVolume, VolumeProjection,
};

use super::env::{amount, field, resource};
use super::resolve::{Missing, Source};
use crate::runtime::{Volume, VolumeFile, VolumeSource};

impl Source<'_> {
    /// A volume of the pod with its content.
    pub async fn mounted(&self, volume: &ApiVolume) -> Result<Volume, Missing> {
        let failed = |why| {
            format!(
                "MountVolume.SetUp failed for volume {:?} : {why}",
                volume.name
            )
        };
        let source = self.volume(volume).await.map_err(failed)?;
        Ok(Volume {
            name: volume.name.clone(),
            source,
        })
    }

    async fn volume(&self, volume: &ApiVolume) -> Result<VolumeSource, Missing> {
        if volume.empty_dir.is_some() {
            return Ok(VolumeSource::Empty);
        }
        if let Some(host) = &volume.host_path {
            let kind = host.type_.clone().unwrap_or_default();
            return Ok(VolumeSource::HostPath {
                path: host.path.clone(),
                kind,
            });
        }
        if let Some(map) = &volume.config_map {
            let keys = Keys::of(&map.items, map.optional, map.default_mode);
            let files = self.config_map_files(&map.name, keys).await?;
            return Ok(VolumeSource::Files(files));
        }
        if let Some(secret) = &volume.secret {
            let name = secret.secret_name.as_deref().unwrap_or_default();
            let keys = Keys::of(&secret.items, secret.optional, secret.default_mode);
            let files = self.secret_files(name, keys).await?;
            return Ok(VolumeSource::Memory(files));
        }
        if let Some(downward) = &volume.downward_api {
            return self
                .downward_files(downward.items.as_deref(), downward.default_mode)
                .map(VolumeSource::Memory);
        }
        if let Some(projected) = &volume.projected {
            let sources = projected.sources.iter().flatten();
            let found = sources.map(|source| self.projection(source, projected.default_mode));
            // all at once, for many a one asks the API; of several that cannot be had the first is told
            let found = join_all(found).await.into_iter();
            let files = found.collect::<Result<Vec<_>, _>>()?.into_iter();
            return Ok(VolumeSource::Memory(files.flatten().collect()));
        }
        Err("the embedded engine has emptyDir, configMap, secret, projected, downwardAPI and hostPath volumes only".to_owned())
    }

    async fn projection(
        &self,
        source: &VolumeProjection,
        mode: Option<i32>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let mut files = Vec::new();
        if let Some(map) = &source.config_map {
            let keys = Keys::of(&map.items, map.optional, mode);
            files.extend(self.config_map_files(&map.name, keys).await?);
        }
        if let Some(secret) = &source.secret {
            let keys = Keys::of(&secret.items, secret.optional, mode);
            files.extend(self.secret_files(&secret.name, keys).await?);
        }
        if let Some(downward) = &source.downward_api {
            files.extend(self.downward_files(downward.items.as_deref(), mode)?);
        }
        if let Some(wanted) = &source.service_account_token {
            files.push(VolumeFile {
                path: wanted.path.clone(),
                content: self.token(wanted).await?.into_bytes(),
                mode: file_mode(mode),
            });
        }
        match source.cluster_trust_bundle.is_some() || source.pod_certificate.is_some() {
            true => Err("the embedded engine issues no certificates".to_owned()),
            false => Ok(files),
        }
    }

    async fn config_map_files(
        &self,
        name: &str,
        keys: Keys<'_>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let Some(map) = self.config_map(name, keys.optional).await? else {
            return Ok(Vec::new());
        };
        let text = map.data.into_iter().flatten();
        let text = text.map(|(key, value)| (key, value.into_bytes()));
        let binary = map.binary_data.into_iter().flatten();
        let binary = binary.map(|(key, value)| (key, value.0));
        keys.files("config", text.chain(binary).collect())
    }

    async fn secret_files(&self, name: &str, keys: Keys<'_>) -> Result<Vec<VolumeFile>, Missing> {
        let Some(secret) = self.secret(name, keys.optional).await? else {
            return Ok(Vec::new());
        };
        let data = secret.data.into_iter().flatten();
        keys.files("secret", data.map(|(key, value)| (key, value.0)).collect())
    }

    fn downward_files(
        &self,
        items: Option<&[DownwardAPIVolumeFile]>,
        mode: Option<i32>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let file = |item: &DownwardAPIVolumeFile| {
            let by_field = item
                .field_ref
                .as_ref()
                .map(|r| field(self.pod, &r.field_path, self.host_ip, self.pod_ip));
            let by_resource = || {
                let reference = item.resource_field_ref.as_ref()?;
                let of = reference.container_name.as_deref().unwrap_or_default();
                let container = crate::decide::containers(self.pod).find(|c| c.name == of)?;
                let divisor = reference
                    .divisor
                    .as_ref()
                    .and_then(|d| amount(&d.0))
                    .unwrap_or(1.0);
                resource(container, &reference.resource, divisor, self.capacity)
            };
            let text = by_field.unwrap_or_else(by_resource);
            let text = text.ok_or_else(|| format!("no value for {}", item.path))?;
            Ok(VolumeFile {
                path: item.path.clone(),
                content: text.into_bytes(),
                mode: file_mode(item.mode.or(mode)),
            })
        };
        items.unwrap_or_default().iter().map(file).collect()
    }
}

/// 0644 is upstream's default.
fn file_mode(mode: Option<i32>) -> u32 {
    mode.and_then(|mode| u32::try_from(mode).ok())
        .unwrap_or(0o644)
}

/// Which keys of a ConfigMap or Secret come to files: all, or those items, of which several may have one key.
#[derive(Clone, Copy)]
struct Keys<'a> {
    items: &'a [KeyToPath],
    optional: Option<bool>,
    /// Of files whose item says none.
    mode: Option<i32>,
}

impl<'a> Keys<'a> {
    fn of(items: &'a Option<Vec<KeyToPath>>, optional: Option<bool>, mode: Option<i32>) -> Self {
        Self {
            items: items.as_deref().unwrap_or_default(),
            optional,
            mode,
        }
    }

    /// Of what a `kind` (`config`, `secret`) holds.
    fn files(
        self,
        kind: &str,
        data: BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let file = |path: String, content: Vec<u8>, mode: Option<i32>| VolumeFile {
            path,
            content,
            mode: file_mode(mode.or(self.mode)),
        };
        if self.items.is_empty() {
            let all = data.into_iter();
            return Ok(all.map(|(key, content)| file(key, content, None)).collect());
        }
        let mut files = Vec::new();
        for item in self.items {
            match data.get(&item.key) {
                Some(content) => files.push(file(item.path.clone(), content.clone(), item.mode)),
                None if self.optional == Some(true) => {}
                None => return Err(format!("references non-existent {kind} key: {}", item.key)),
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ConfigMap, Pod};
    use kube::Api;
    use kube::api::PostParams;
    use orrery_apiserver::{ApiServer, Config, Identity};
    use orrery_clock::Clock;
    use orrery_store::{Options, Store};
    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_projected_comes_in_the_order_of_its_sources() {
        let noon = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let clock = Clock::simulated(1, noon);
        let store = Store::in_memory(Options::default());
        let server = ApiServer::new(store, clock.clone(), Config::default());
        let ready = server.bootstrap().await;
        ready.expect("an empty store takes the bootstrap");
        let client = server.client(Identity::administrator());
        let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
        for name in ["one", "two"] {
            let map = json!({"metadata": {"name": name}, "data": {"key": name}});
            let map = serde_json::from_value(map).expect("a ConfigMap");
            let made = maps.create(&PostParams::default(), &map).await;
            made.expect("created");
        }
        let pod = json!({"metadata": {"name": "p", "namespace": "default"}});
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let tokens = Mutex::default();
        let source = Source {
            client: &client,
            clock: &clock,
            tokens: &tokens,
            is_read: true,
            pod: &pod,
            host_ip: "",
            pod_ip: "",
            base_env: &[],
            capacity: (1.0, 1.0),
        };
        let projected = async |names: [&str; 2]| {
            let sources: Vec<Value> = names
                .map(|name| json!({"configMap": {"name": name}}))
                .into();
            let volume = json!({"name": "v", "projected": {"sources": sources}});
            let volume: ApiVolume = serde_json::from_value(volume).expect("a volume");
            source.mounted(&volume).await.map(|volume| volume.source)
        };
        let file = |content: &str| VolumeFile {
            path: "key".to_owned(),
            content: content.into(),
            mode: 0o644,
        };
        let both = VolumeSource::Memory(vec![file("two"), file("one")]);
        assert_eq!(projected(["two", "one"]).await, Ok(both));
        let why = projected(["three", "four"])
            .await
            .expect_err("neither is there");
        assert!(why.ends_with("configmap \"three\" not found"), "{why}");
    }

    #[test]
    fn a_key_may_come_to_several_files_and_must_be_there_unless_optional() {
        let data = BTreeMap::from([("k".to_owned(), b"v".to_vec())]);
        let item = |key: &str, path: &str| KeyToPath {
            key: key.to_owned(),
            path: path.to_owned(),
            mode: None,
        };
        let paths = |items: &[KeyToPath], optional| {
            let keys = Keys {
                items,
                optional,
                mode: None,
            };
            let made = keys.files("secret", data.clone());
            made.map(|files| files.into_iter().map(|f| f.path).collect::<Vec<_>>())
        };
        let twice = [item("k", "a"), item("k", "b/c")];
        assert_eq!(paths(&twice, None), Ok(vec!["a".into(), "b/c".into()]));
        let missing = [item("x", "a"), item("k", "b")];
        assert_eq!(paths(&missing, Some(true)), Ok(vec!["b".into()]));
        let why = "references non-existent secret key: x";
        assert_eq!(paths(&missing, None), Err(why.to_owned()));
        assert_eq!(paths(&[], None), Ok(vec!["k".into()]), "none is all");
    }
}
