//! Which isolation the kernel allows: found by doing it once, not by reading settings.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;

use super::files;
use super::forward::Forwards;
use super::pod::Pod;
use super::spawner::Spawner;
use crate::pod_init::PODS;
use crate::pod_init::proto::Setup;
use crate::runtime::{Isolation, Sandbox};

const LIMITS: &str =
    "memory limits hold for each process (RLIMIT_DATA), CPU limits are not enforced";

/// A spawner that works here, and what it gives.
pub async fn detect(
    data_dir: &Path,
    exe: &Path,
    namespaces: bool,
) -> io::Result<(Spawner, Isolation)> {
    let refused = match namespaces {
        true => match attempt(data_dir, exe).await {
            Ok(spawner) => {
                let message =
                    format!("each pod has its own user, mount, PID and UTS namespace; {LIMITS}");
                return Ok((
                    spawner,
                    Isolation {
                        name: "namespaces",
                        can_mount: true,
                        message,
                    },
                ));
            }
            Err(why) => why,
        },
        false => "namespaces are switched off".to_owned(),
    };
    tracing::warn!(reason = refused, "pods run without namespaces of their own");
    let message = format!(
        "the kernel refuses namespaces ({refused}): pods are process groups and cannot mount volumes; {LIMITS}"
    );
    let isolation = Isolation {
        name: "process-groups",
        can_mount: false,
        message,
    };
    Ok((Spawner::new(data_dir, exe, false)?, isolation))
}

async fn attempt(data_dir: &Path, exe: &Path) -> Result<Spawner, String> {
    let spawner = Spawner::new(data_dir, exe, true).map_err(|error| error.to_string())?;
    let init = spawner.spawn(false).await;
    let init = init.map_err(|error| error.to_string())?;
    let dir = data_dir.join(PODS).join("probe-of-isolation");
    files::prepare(&dir, &[])?;
    let pod = Pod::new(
        Sandbox::default(),
        init,
        Forwards::default(),
        Arc::new(RwLock::new(None)),
    );
    let setup = Setup {
        pod_uid: String::new(),
        pod_dir: dir.to_string_lossy().into_owned(),
        hostname: String::new(),
        namespaces: true,
        lends_tmp: false,
        content: Vec::new(),
    };
    let result = pod.set_up(setup).await;
    pod.stop().await;
    files::remove(dir).await;
    result.map(|()| spawner).map_err(|error| error.message)
}
