//! Writes whose answers are read only as far as they are asked for. The answer repeats the whole object;
//! decoding all of a pod to learn its revision costs more than everything else a controller does about it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::Request;
use kube::{Error, Resource, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The least that a writer wants to know: which version it has made, of which object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Head {
    pub metadata: ObjectMeta,
}

/// [`Api`]'s writes, with `A` as the part of the answer that is read.
pub trait Answered {
    /// POST.
    fn create_for<A: DeserializeOwned>(
        &self,
        object: &(impl Serialize + Sync),
    ) -> impl Future<Output = Result<A>> + Send;

    /// PUT.
    fn replace_for<A: DeserializeOwned>(
        &self,
        name: &str,
        object: &(impl Serialize + Sync),
    ) -> impl Future<Output = Result<A>> + Send;

    /// PUT of the status.
    fn replace_status_for<A: DeserializeOwned>(
        &self,
        name: &str,
        object: &(impl Serialize + Sync),
    ) -> impl Future<Output = Result<A>> + Send;

    /// PATCH.
    fn patch_for<A: DeserializeOwned>(
        &self,
        name: &str,
        patch: &Patch<impl Serialize + Sync>,
    ) -> impl Future<Output = Result<A>> + Send;

    /// PATCH of the status.
    fn patch_status_for<A: DeserializeOwned>(
        &self,
        name: &str,
        patch: &Patch<impl Serialize + Sync>,
    ) -> impl Future<Output = Result<A>> + Send;
}

impl<K: Resource + Clone + Sync> Answered for Api<K> {
    async fn create_for<A: DeserializeOwned>(&self, object: &(impl Serialize + Sync)) -> Result<A> {
        let request = collection(self).create(&PostParams::default(), body(object)?);
        send(self, request).await
    }

    async fn replace_for<A: DeserializeOwned>(
        &self,
        name: &str,
        object: &(impl Serialize + Sync),
    ) -> Result<A> {
        let request = collection(self).replace(name, &PostParams::default(), body(object)?);
        send(self, request).await
    }

    async fn replace_status_for<A: DeserializeOwned>(
        &self,
        name: &str,
        object: &(impl Serialize + Sync),
    ) -> Result<A> {
        let params = PostParams::default();
        let request = collection(self).replace_subresource("status", name, &params, body(object)?);
        send(self, request).await
    }

    async fn patch_for<A: DeserializeOwned>(
        &self,
        name: &str,
        patch: &Patch<impl Serialize + Sync>,
    ) -> Result<A> {
        let request = collection(self).patch(name, &PatchParams::default(), patch);
        send(self, request).await
    }

    async fn patch_status_for<A: DeserializeOwned>(
        &self,
        name: &str,
        patch: &Patch<impl Serialize + Sync>,
    ) -> Result<A> {
        let params = PatchParams::default();
        let request = collection(self).patch_subresource("status", name, &params, patch);
        send(self, request).await
    }
}

fn collection<K: Resource>(api: &Api<K>) -> Request {
    Request::new(api.resource_url())
}

fn body(object: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(object).map_err(Error::SerdeError)
}

/// What makes a request fail before it is sent.
type Unsent = kube::core::request::Error;

async fn send<K: Resource + Clone, A: DeserializeOwned>(
    api: &Api<K>,
    request: std::result::Result<http::Request<Vec<u8>>, Unsent>,
) -> Result<A> {
    let request = request.map_err(Error::BuildRequest)?;
    let client = api.clone().into_client();
    client.request(request).await
}
