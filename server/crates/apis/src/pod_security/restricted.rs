//! What a pod does that is hardened as far as is usual: the level `restricted`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{SecurityContext, Volume};

use super::baseline::{adding, is_confined, seccomp_set, told_adding, told_seccomp, unmasked};
use super::checks::Violation;
use super::subject::Subject;
use super::words::{containers, plural, quoted, setters, uses};

const RUN_AS_NON_ROOT: &str = "runAsNonRoot != true";

pub(super) fn privilege_escalation(pod: &Subject<'_>) -> Option<Violation> {
    if pod.is_windows() {
        return None;
    }
    let is_denied = |context: &SecurityContext| context.allow_privilege_escalation == Some(false);
    let names = pod.containers_where(|container| {
        let context = container.security_context.as_ref();
        !context.is_some_and(is_denied)
    });
    (!names.is_empty()).then(|| {
        let who = containers(&names);
        let detail = format!("{who} must set securityContext.allowPrivilegeEscalation=false");
        Violation::new("allowPrivilegeEscalation != false", detail)
    })
}

pub(super) fn capabilities(pod: &Subject<'_>) -> Option<Violation> {
    if pod.is_windows() {
        return None;
    }
    let drops_all = |context: &SecurityContext| {
        let dropped = context.capabilities.as_ref().map(|of| of.drop.iter());
        let mut dropped = dropped.into_iter().flatten().flatten();
        dropped.any(|dropped| dropped == "ALL")
    };
    let keeping = pod.containers_where(|container| {
        let context = container.security_context.as_ref();
        !context.is_some_and(drops_all)
    });
    let (names, added) = adding(pod, &["NET_BIND_SERVICE"]);
    let mut details = Vec::new();
    if !keeping.is_empty() {
        let who = containers(&keeping);
        details.push(format!(
            "{who} must set securityContext.capabilities.drop=[\"ALL\"]"
        ));
    }
    if !names.is_empty() {
        details.push(told_adding(&names, &added));
    }
    (!details.is_empty()).then(|| Violation::new("unrestricted capabilities", details.join("; ")))
}

/// In a user namespace, too, which the baseline lets mount it.
pub(super) fn proc_mount(pod: &Subject<'_>) -> Option<Violation> {
    unmasked(pod)
}

pub(super) fn volumes(pod: &Subject<'_>) -> Option<Violation> {
    let volumes = pod.spec.volumes.iter().flatten();
    let refused: Vec<&Volume> = volumes.filter(|volume| !is_plain(volume)).collect();
    let names = refused.iter().map(|volume| volume.name.as_str());
    let types: BTreeSet<&str> = refused.iter().map(|volume| type_of(volume)).collect();
    (!refused.is_empty()).then(|| {
        let detail = format!(
            "{} {} {} {} {}",
            plural("volume", refused.len()),
            quoted(names),
            uses(refused.len()),
            plural("restricted volume type", types.len()),
            quoted(&types)
        );
        Violation::new("restricted volume types", detail)
    })
}

/// Of the cluster, or the pod's own.
fn is_plain(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.csi.is_some()
        || volume.downward_api.is_some()
        || volume.empty_dir.is_some()
        || volume.ephemeral.is_some()
        || volume.image.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some()
}

fn type_of(volume: &Volume) -> &'static str {
    let types = [
        (volume.host_path.is_some(), "hostPath"),
        (volume.gce_persistent_disk.is_some(), "gcePersistentDisk"),
        (
            volume.aws_elastic_block_store.is_some(),
            "awsElasticBlockStore",
        ),
        (volume.git_repo.is_some(), "gitRepo"),
        (volume.nfs.is_some(), "nfs"),
        (volume.iscsi.is_some(), "iscsi"),
        (volume.glusterfs.is_some(), "glusterfs"),
        (volume.rbd.is_some(), "rbd"),
        (volume.flex_volume.is_some(), "flexVolume"),
        (volume.cinder.is_some(), "cinder"),
        (volume.cephfs.is_some(), "cephfs"),
        (volume.flocker.is_some(), "flocker"),
        (volume.fc.is_some(), "fc"),
        (volume.azure_file.is_some(), "azureFile"),
        (volume.vsphere_volume.is_some(), "vsphereVolume"),
        (volume.quobyte.is_some(), "quobyte"),
        (volume.azure_disk.is_some(), "azureDisk"),
        (
            volume.photon_persistent_disk.is_some(),
            "photonPersistentDisk",
        ),
        (volume.portworx_volume.is_some(), "portworxVolume"),
        (volume.scale_io.is_some(), "scaleIO"),
        (volume.storageos.is_some(), "storageos"),
    ];
    let given = types.into_iter().find(|(is_given, _)| *is_given);
    given.map_or("unknown", |(_, name)| name)
}

pub(super) fn run_as_non_root(pod: &Subject<'_>) -> Option<Violation> {
    if pod.minor >= 35 && pod.has_user_namespace() {
        return None;
    }
    let own = pod.context().and_then(|context| context.run_as_non_root);
    let names = pod.contexts_where(|context| context.run_as_non_root == Some(false));
    if let Some(who) = setters(own == Some(false), &names) {
        let detail = format!("{who} must not set securityContext.runAsNonRoot=false");
        return Some(Violation::new(RUN_AS_NON_ROOT, detail));
    }
    let silent = pod.containers_where(|container| {
        let context = container.security_context.as_ref();
        context.is_none_or(|context| context.run_as_non_root.is_none())
    });
    (own != Some(true) && !silent.is_empty()).then(|| {
        let who = containers(&silent);
        let detail = format!("pod or {who} must set securityContext.runAsNonRoot=true");
        Violation::new(RUN_AS_NON_ROOT, detail)
    })
}

pub(super) fn run_as_user(pod: &Subject<'_>) -> Option<Violation> {
    if pod.minor >= 35 && pod.has_user_namespace() {
        return None;
    }
    let own = pod.context().and_then(|context| context.run_as_user);
    let names = pod.contexts_where(|context| context.run_as_user == Some(0));
    let who = setters(own == Some(0), &names)?;
    let detail = format!("{who} must not set runAsUser=0");
    Some(Violation::new("runAsUser=0", detail))
}

pub(super) fn seccomp_profile(pod: &Subject<'_>) -> Option<Violation> {
    if pod.is_windows() {
        return None;
    }
    let set = seccomp_set(pod);
    if let Some(who) = setters(set.pod, &set.containers) {
        return Some(told_seccomp(&who, &set));
    }
    let own = pod.context();
    let own = own.and_then(|context| context.seccomp_profile.as_ref());
    let is_set = own.is_some_and(|profile| is_confined(&profile.type_));
    let silent = pod.containers_where(|container| {
        let context = container.security_context.as_ref();
        context.is_none_or(|context| context.seccomp_profile.is_none())
    });
    (!is_set && !silent.is_empty()).then(|| {
        let who = containers(&silent);
        Violation::new(
            "seccompProfile",
            format!(
                "pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""
            ),
        )
    })
}
