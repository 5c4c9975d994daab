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

/// Keeps of several errors one that says that a pod may be there; a refusal beside it must not hide it.
pub fn keep_unsure(kept: &mut Option<Error>, error: Error) {
    if !kept.as_ref().is_some_and(is_unsure) {
        *kept = Some(error);
    }
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

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn refused(code: u16) -> Error {
        let status = Status {
            code,
            ..Status::default()
        };
        Error::Api(Box::new(status))
    }

    #[test]
    fn job_24_a_refusal_does_not_hide_a_create_that_may_have_been_made() {
        let rows = [
            ("a refusal", vec![403], false),
            ("two of them", vec![403, 422], false),
            ("an answer was lost", vec![500], true),
            ("and then one is refused", vec![504, 403], true),
            ("one is refused and then it", vec![403, 503], true),
            ("one before and one after", vec![403, 500, 429], true),
        ];
        for (why, codes, unsure) in rows {
            let mut kept = None;
            for code in codes {
                keep_unsure(&mut kept, refused(code));
            }
            assert_eq!(kept.as_ref().is_some_and(is_unsure), unsure, "{why}");
        }
    }
}
