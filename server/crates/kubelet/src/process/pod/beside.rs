//! What runs in a pod beside its containers: probes, hooks and people's commands.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Pod;
use crate::pod_init::proto::{Order, Report, Start};

impl Pod {
    /// Runs a command beside the container and answers how it ended.
    pub async fn run(self: &Arc<Self>, container: &str, start: Start) -> Option<Report> {
        match self.begin(container, start, Vec::new()).await? {
            Ok(beside) => beside.end().await,
            Err(refused) => Some(refused),
        }
    }

    /// Starts a person's command beside the container; its exit code comes later. Dropping what is
    /// answered ends it.
    pub async fn exec(
        self: &Arc<Self>,
        container: &str,
        start: Start,
        descriptors: Vec<OwnedFd>,
    ) -> Result<impl Future<Output = Option<i32>> + Send + use<>, String> {
        let beside = match self.begin(container, start, descriptors).await {
            Some(Ok(beside)) => beside,
            Some(Err(Report::Refused { message, .. })) => return Err(message),
            _ => return Err("the pod is not running".to_owned()),
        };
        Ok(async move {
            match beside.end().await {
                Some(Report::Exited { code, .. }) => Some(code),
                _ => None,
            }
        })
    }

    async fn begin(
        self: &Arc<Self>,
        container: &str,
        mut start: Start,
        descriptors: Vec<OwnedFd>,
    ) -> Option<Result<Beside, Report>> {
        let key = self.key_beside(container);
        let (tell, told) = oneshot::channel();
        self.endings.lock().insert(key.clone(), tell);
        start.key.clone_from(&key);
        let beside = Beside {
            pod: self.clone(),
            key,
            told: Some(told),
        };
        match self.start(start, descriptors).await? {
            Report::Started { .. } => Some(Ok(beside)),
            other => Some(Err(other)),
        }
    }
}

/// What runs beside a container; killed when it is no longer waited for.
struct Beside {
    pod: Arc<Pod>,
    key: String,
    told: Option<oneshot::Receiver<Report>>,
}

impl Beside {
    async fn end(mut self) -> Option<Report> {
        let report = self.told.as_mut()?.await.ok();
        self.told = None;
        report
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if self.told.is_some() {
            self.pod.endings.lock().remove(&self.key);
            let key = std::mem::take(&mut self.key);
            self.pod.order(&Order::Kill { key });
        }
    }
}
