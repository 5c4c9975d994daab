//! Containers with their configuration and state.

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerStateTerminated, EnvVar, Pod, PodTemplateSpec,
};
use orrery_view::{ContainerDetail, LastRun, Template, TemplateContainer};

use crate::facts::head::millis;
use crate::facts::pod::{dot, statuses};

/// Init containers first, then the others.
pub fn containers(pod: &Pod) -> Vec<ContainerDetail> {
    let Some(spec) = &pod.spec else {
        return Vec::new();
    };
    let init = spec
        .init_containers
        .iter()
        .flatten()
        .map(|container| (container, true));
    let main = spec.containers.iter().map(|container| (container, false));
    init.chain(main)
        .map(|(c, is_init)| container(pod, c, is_init))
        .collect()
}

fn container(pod: &Pod, container: &Container, init: bool) -> ContainerDetail {
    let status = statuses(pod).find(|status| status.name == container.name);
    let state = status.and_then(|status| status.state.as_ref());
    let ended = state.and_then(|state| state.terminated.as_ref());
    let running = state.and_then(|state| state.running.as_ref());
    let waiting = state.and_then(|state| state.waiting.as_ref());
    let message = ended.and_then(|ended| ended.message.clone());
    let last = status.and_then(|status| status.last_state.as_ref()?.terminated.as_ref());
    ContainerDetail {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        init,
        command: command(container),
        dot: dot(container, status),
        message: message
            .or(waiting.and_then(|w| w.message.clone()))
            .unwrap_or_default(),
        exit_code: ended.map(|ended| ended.exit_code),
        started: ended
            .and_then(|ended| millis(ended.started_at.as_ref()))
            .or(running.and_then(|running| millis(running.started_at.as_ref()))),
        finished: ended.and_then(|ended| millis(ended.finished_at.as_ref())),
        restarts: status.map_or(0, |status| status.restart_count.max(0) as u32),
        last: last.map(last_run),
        env: container.env.iter().flatten().map(env).collect(),
        mounts: mounts(container),
        ports: container.ports.iter().flatten().map(port).collect(),
    }
}

fn last_run(ended: &ContainerStateTerminated) -> LastRun {
    LastRun {
        reason: ended.reason.clone().unwrap_or_default(),
        exit_code: ended.exit_code,
        finished: millis(ended.finished_at.as_ref()),
    }
}

/// A plain value, or where the value comes from; a Secret's value is never read.
fn env(env: &EnvVar) -> (String, String) {
    let from = env.value_from.as_ref();
    let source = from.and_then(|from| {
        let field = from
            .field_ref
            .as_ref()
            .map(|field| format!("← {}", field.field_path));
        let config = from.config_map_key_ref.as_ref();
        let config = config.map(|key| format!("← configmap {} · {}", key.name, key.key));
        let secret = from.secret_key_ref.as_ref();
        let secret = secret.map(|key| format!("← secret {} · {}", key.name, key.key));
        let resource = from
            .resource_field_ref
            .as_ref()
            .map(|r| format!("← {}", r.resource));
        field.or(config).or(secret).or(resource)
    });
    (
        env.name.clone(),
        source.or(env.value.clone()).unwrap_or_default(),
    )
}

fn mounts(container: &Container) -> Vec<(String, String)> {
    let mounts = container.volume_mounts.iter().flatten();
    mounts
        .map(|mount| (mount.name.clone(), mount.mount_path.clone()))
        .collect()
}

fn port(port: &ContainerPort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    match port.host_port.filter(|number| *number > 0) {
        Some(host) => format!("{}/{protocol} → host {host}", port.container_port),
        None => format!("{}/{protocol}", port.container_port),
    }
}

fn command(container: &Container) -> Vec<String> {
    let command = container.command.iter().flatten();
    command
        .chain(container.args.iter().flatten())
        .cloned()
        .collect()
}

/// What a template runs.
pub fn template(template: &PodTemplateSpec) -> Template {
    let Some(spec) = &template.spec else {
        return Template::default();
    };
    let containers = spec.containers.iter().map(|container| TemplateContainer {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        command: command(container),
    });
    Template {
        containers: containers.collect(),
        restart_policy: spec.restart_policy.clone().unwrap_or_default(),
    }
}
