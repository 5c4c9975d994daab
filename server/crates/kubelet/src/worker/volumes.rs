//! Turning a pod's volumes into their content.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, Volume as ApiVolume};

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
            let files = self
                .config_map_files(
                    &map.name,
                    map.items.as_deref(),
                    map.optional,
                    map.default_mode,
                )
                .await?;
            return Ok(VolumeSource::Files(files));
        }
        if let Some(secret) = &volume.secret {
            let name = secret.secret_name.as_deref().unwrap_or_default();
            let files = self
                .secret_files(
                    name,
                    secret.items.as_deref(),
                    secret.optional,
                    secret.default_mode,
                )
                .await?;
            return Ok(VolumeSource::Files(files));
        }
        if let Some(downward) = &volume.downward_api {
            return self
                .downward_files(downward.items.as_deref(), downward.default_mode)
                .map(VolumeSource::Files);
        }
        if let Some(projected) = &volume.projected {
            let mut files = Vec::new();
            for source in projected.sources.iter().flatten() {
                let mode = projected.default_mode;
                if let Some(map) = &source.config_map {
                    files.extend(
                        self.config_map_files(&map.name, map.items.as_deref(), map.optional, mode)
                            .await?,
                    );
                }
                if let Some(secret) = &source.secret {
                    files.extend(
                        self.secret_files(
                            &secret.name,
                            secret.items.as_deref(),
                            secret.optional,
                            mode,
                        )
                        .await?,
                    );
                }
                if let Some(downward) = &source.downward_api {
                    files.extend(self.downward_files(downward.items.as_deref(), mode)?);
                }
                if source.service_account_token.is_some() {
                    return Err("the embedded engine issues no service account tokens".to_owned());
                }
            }
            return Ok(VolumeSource::Files(files));
        }
        Err("the embedded engine has emptyDir, configMap, secret, projected, downwardAPI and hostPath volumes only".to_owned())
    }

    async fn config_map_files(
        &self,
        name: &str,
        items: Option<&[KeyToPath]>,
        optional: Option<bool>,
        mode: Option<i32>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let Some(map) = self.config_map(name, optional).await? else {
            return Ok(Vec::new());
        };
        let text = map
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.into_bytes()));
        let binary = map
            .binary_data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.0));
        let data = text.chain(binary).collect();
        files("config", data, items, optional, mode)
    }

    async fn secret_files(
        &self,
        name: &str,
        items: Option<&[KeyToPath]>,
        optional: Option<bool>,
        mode: Option<i32>,
    ) -> Result<Vec<VolumeFile>, Missing> {
        let Some(secret) = self.secret(name, optional).await? else {
            return Ok(Vec::new());
        };
        let data = secret
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| (key, value.0));
        files("secret", data.collect(), items, optional, mode)
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

/// The files of a `kind` (`config`, `secret`): all, or those items, of which several may have one key.
fn files(
    kind: &str,
    data: BTreeMap<String, Vec<u8>>,
    items: Option<&[KeyToPath]>,
    optional: Option<bool>,
    mode: Option<i32>,
) -> Result<Vec<VolumeFile>, Missing> {
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        let file = |(path, content)| VolumeFile {
            path,
            content,
            mode: file_mode(mode),
        };
        return Ok(data.into_iter().map(file).collect());
    };
    let mut files = Vec::new();
    for item in items {
        match data.get(&item.key) {
            Some(content) => files.push(VolumeFile {
                path: item.path.clone(),
                content: content.clone(),
                mode: file_mode(item.mode.or(mode)),
            }),
            None if optional == Some(true) => {}
            None => return Err(format!("references non-existent {kind} key: {}", item.key)),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_come_to_several_files_and_must_be_there_unless_optional() {
        let data = BTreeMap::from([("k".to_owned(), b"v".to_vec())]);
        let item = |key: &str, path: &str| KeyToPath {
            key: key.to_owned(),
            path: path.to_owned(),
            mode: None,
        };
        let paths = |items: &[KeyToPath], optional| {
            let made = files("secret", data.clone(), Some(items), optional, None);
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
