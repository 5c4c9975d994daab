//! Objects that are patched as they are: read first, and read again when somebody else writes in between.

use std::fmt::Debug;
use std::ops::ControlFlow;

use kube::Api;
use kube::api::{Patch, PatchParams};
use orrery_app::backend::AppError;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::app_error;

/// Controllers write too, and a status that is written between read and write is no change of what a person edits.
const TRIES: usize = 5;

/// An object before and after.
pub type Patched<K> = (K, K);

/// Patches an object by what `change` makes of it as it is, unless that answers something else.
pub async fn patched<K, E>(
    (api, name): (&Api<K>, &str),
    dry_run: bool,
    change: impl Fn(&K) -> ControlFlow<E, Value>,
) -> Result<ControlFlow<E, Patched<K>>, AppError>
where
    K: Clone + DeserializeOwned + Debug,
{
    let params = PatchParams {
        dry_run,
        ..PatchParams::default()
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let before = api.get(name).await.map_err(app_error)?;
        let patch = match change(&before) {
            ControlFlow::Continue(patch) => Patch::Merge(patch),
            ControlFlow::Break(other) => return Ok(ControlFlow::Break(other)),
        };
        match api.patch(name, &params, &patch).await {
            Ok(after) => return Ok(ControlFlow::Continue((before, after))),
            Err(error) if again(&error, tries) => {}
            Err(error) => return Err(app_error(error)),
        }
    }
}

/// Whether the object was changed between read and write, and is looked at again after so many tries.
pub fn again(error: &kube::Error, tries: usize) -> bool {
    let conflicts = matches!(error, kube::Error::Api(status) if status.code == 409);
    conflicts && tries < TRIES
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use k8s_openapi::api::core::v1::ConfigMap;
    use serde_json::json;

    use super::*;
    use crate::backend::tests::House;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_changed_meanwhile_is_read_again_a_few_times() {
        let house = House::new().await;
        let made: ConfigMap = house.create(json!({ "metadata": { "name": "m" } })).await;
        let api = house.api::<ConfigMap>();
        for (outdated, looked) in [(0, 1), (2, 3), (usize::MAX, TRIES)] {
            let looks = AtomicUsize::new(0);
            let change = |_: &ConfigMap| {
                let is_outdated = looks.fetch_add(1, Ordering::Relaxed) < outdated;
                let version = is_outdated.then_some("1");
                let patch = json!({
                    "metadata": { "resourceVersion": version, "uid": made.metadata.uid },
                    "data": { "outdated": outdated.to_string() },
                });
                ControlFlow::<Infallible, _>::Continue(patch)
            };
            let done = patched((&api, "m"), false, change).await;
            assert_eq!(done.is_ok(), looked < TRIES, "{done:?}");
            assert_eq!(looks.load(Ordering::Relaxed), looked);
        }
        house.stop().await;
    }
}
