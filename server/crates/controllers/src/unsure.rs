//! Creates whose answer was lost. The pod may be there, under a name that only the server knows: to
//! create another at once would run one too many.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kube::Error;
use kube::api::{Api, ListParams};
use orrery_informer::controller_of;

/// Whether the write may have been made although it failed: any answer but a refusal.
pub fn is_unsure(error: &Error) -> bool {
    !matches!(error, Error::Api(status) if status.code < 500)
}

/// The pods that `owner` controls as the server has them now; once a cache has reached these, it
/// shows whether the create was made.
pub async fn live_pods(
    api: &Api<Pod>,
    owner: &ObjectMeta,
    selector: Option<&LabelSelector>,
) -> Result<Vec<ObjectMeta>, Error> {
    let labels = selector.and_then(|selector| selector.match_labels.as_ref());
    let labels = labels.into_iter().flatten();
    let required: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let params = ListParams::default().labels(&required.join(","));
    let pods = api.list(&params).await?.items;
    let ours = |pod: &Pod| {
        let controller = controller_of(&pod.metadata);
        controller.is_some_and(|controller| Some(&controller.uid) == owner.uid.as_ref())
    };
    let ours = pods.into_iter().filter(ours);
    Ok(ours.map(|pod| pod.metadata).collect())
}
