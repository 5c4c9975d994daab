//! The example objects of an empty cluster: ordinary manifests, embedded.

use kube::ResourceExt;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use orrery_app::backend::AppError;

use super::Dashboard;
use super::error::app_error;

/// One object a document; every one runs with nothing but a shell on the host.
const MANIFESTS: [&str; 3] = [
    include_str!("../../manifests/daemonset.yaml"),
    include_str!("../../manifests/jobs.yaml"),
    include_str!("../../manifests/cronjobs.yaml"),
];

/// Creates what is not there yet and says how many that were.
pub async fn load(on: &Dashboard, namespace: &str) -> Result<u32, AppError> {
    let mut made = 0;
    for mut object in objects() {
        object
            .annotations_mut()
            .extend(on.mark("Load the examples"));
        let types = object.types.clone().unwrap_or_default();
        let gvk = GroupVersionKind::try_from(&types).map_err(|error| AppError::Away {
            message: error.to_string(),
        })?;
        let resource = ApiResource::from_gvk(&gvk);
        let api: Api<DynamicObject> = Api::namespaced_with(on.client.clone(), namespace, &resource);
        match api.create(&PostParams::default(), &object).await {
            Ok(_) => made += 1,
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => {}
            Err(error) => return Err(app_error(error)),
        }
    }
    Ok(made)
}

/// As kubectl reads them.
pub fn manifests() -> String {
    MANIFESTS.join("---\n")
}

fn objects() -> Vec<DynamicObject> {
    let documents = MANIFESTS.iter().flat_map(|text| text.split("\n---\n"));
    documents
        .map(|text| {
            serde_saphyr::from_str(text).expect("our own manifests are YAML; a test reads them")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_those_that_the_empty_page_names() {
        let kinds: Vec<_> = objects()
            .iter()
            .map(|object| object.types.clone().expect("typed").kind)
            .collect();
        let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
        assert_eq!(
            (
                count("DaemonSet"),
                count("Job"),
                count("CronJob"),
                kinds.len()
            ),
            (1, 2, 3, 6)
        );
    }

    #[test]
    fn kubectl_reads_the_same_examples() {
        let manifests = manifests();
        assert_eq!(manifests.split("\n---\n").count(), objects().len());
    }

    #[test]
    fn the_three_policies_are_shown() {
        let policies: Vec<_> = objects()
            .iter()
            .filter_map(|object| {
                object.data["spec"]["concurrencyPolicy"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        assert_eq!(policies, ["Allow", "Forbid", "Replace"]);
    }
}
