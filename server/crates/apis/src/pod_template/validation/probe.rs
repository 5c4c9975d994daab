//! Probes and lifecycle hooks.

use k8s_openapi::api::core::v1::{
    Container, ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::meta::validate_port_reference;
use crate::{FieldError, FieldErrors};

const HEADER_TEXT: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const SCHEMES: [&str; 2] = ["HTTP", "HTTPS"];

pub(super) fn validate_probes(container: &Container, path: &str, errors: &mut FieldErrors) {
    let rows = [
        ("livenessProbe", container.liveness_probe.as_ref()),
        ("readinessProbe", container.readiness_probe.as_ref()),
        ("startupProbe", container.startup_probe.as_ref()),
    ];
    for (field, probe) in rows
        .into_iter()
        .filter_map(|(field, probe)| Some((field, probe?)))
    {
        let path = format!("{path}.{field}");
        validate_probe(probe, &path, errors);
        let grace = probe.termination_grace_period_seconds;
        let once = probe.success_threshold.filter(|count| *count != 1);
        match (field, grace, once) {
            ("readinessProbe", Some(secs), _) => errors.push(FieldError::invalid(
                format!("{path}.terminationGracePeriodSeconds"),
                secs,
                "must not be set for readinessProbes",
            )),
            ("livenessProbe" | "startupProbe", _, Some(count)) => {
                let field = format!("{path}.successThreshold");
                errors.push(FieldError::invalid(field, count, "must be 1"));
            }
            _ => {}
        }
    }
}

fn validate_probe(probe: &Probe, path: &str, errors: &mut FieldErrors) {
    let handlers = Handlers {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc_port: probe.grpc.as_ref().map(|grpc| grpc.port),
        sleep_secs: None,
    };
    handlers.validate(None, path, errors);
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        if let Some(number) = number.filter(|number| *number < 0) {
            let detail = "must be greater than or equal to 0";
            errors.push(FieldError::invalid(
                format!("{path}.{field}"),
                number,
                detail,
            ));
        }
    }
    let grace = probe.termination_grace_period_seconds;
    if let Some(secs) = grace.filter(|secs| *secs <= 0) {
        let field = format!("{path}.terminationGracePeriodSeconds");
        errors.push(FieldError::invalid(field, secs, "must be greater than 0"));
    }
}

pub(super) fn validate_lifecycle(
    lifecycle: Option<&Lifecycle>,
    grace_secs: Option<i64>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(lifecycle) = lifecycle else {
        return;
    };
    let hooks = [
        ("postStart", &lifecycle.post_start),
        ("preStop", &lifecycle.pre_stop),
    ];
    for (field, hook) in hooks {
        if let Some(hook) = hook {
            let path = format!("{path}.lifecycle.{field}");
            of_hook(hook).validate(grace_secs, &path, errors);
        }
    }
}

fn of_hook(hook: &LifecycleHandler) -> Handlers<'_> {
    Handlers {
        exec: hook.exec.as_ref(),
        http_get: hook.http_get.as_ref(),
        tcp_socket: hook.tcp_socket.as_ref(),
        grpc_port: None,
        sleep_secs: hook.sleep.as_ref().map(|sleep| sleep.seconds),
    }
}

/// What a probe or hook may do; exactly one.
struct Handlers<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc_port: Option<i32>,
    sleep_secs: Option<i64>,
}

impl Handlers<'_> {
    fn validate(&self, grace_secs: Option<i64>, path: &str, errors: &mut FieldErrors) {
        let given = [
            ("exec", self.exec.is_some()),
            ("httpGet", self.http_get.is_some()),
            ("tcpSocket", self.tcp_socket.is_some()),
            ("grpc", self.grpc_port.is_some()),
            ("sleep", self.sleep_secs.is_some()),
        ];
        let mut given = given
            .iter()
            .filter(|(_, given)| *given)
            .map(|(field, _)| field);
        match given.next() {
            None => errors.push(FieldError::required(path, "must specify a handler type")),
            Some(_) => self.validate_first(grace_secs, path, errors),
        }
        for field in given {
            let detail = "may not specify more than 1 handler type";
            errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
        }
    }

    fn validate_first(&self, grace_secs: Option<i64>, path: &str, errors: &mut FieldErrors) {
        if let Some(exec) = self.exec {
            if exec.command.as_ref().is_none_or(Vec::is_empty) {
                errors.push(FieldError::required(format!("{path}.exec.command"), ""));
            }
        } else if let Some(get) = self.http_get {
            validate_http_get(get, &format!("{path}.httpGet"), errors);
        } else if let Some(tcp) = self.tcp_socket {
            let path = format!("{path}.tcpSocket.port");
            errors.extend(validate_port_reference(&tcp.port, &path));
        } else if let Some(port) = self.grpc_port {
            let path = format!("{path}.grpc.port");
            errors.extend(validate_port_reference(&IntOrString::Int(port), &path));
        } else if let (Some(secs), Some(grace)) = (self.sleep_secs, grace_secs)
            && !(0..=grace).contains(&secs)
        {
            let detail = format!(
                "must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            );
            errors.push(FieldError::invalid(format!("{path}.sleep"), secs, detail));
        }
    }
}

fn validate_http_get(get: &HTTPGetAction, path: &str, errors: &mut FieldErrors) {
    if get.path.as_deref().is_none_or(str::is_empty) {
        errors.push(FieldError::required(format!("{path}.path"), ""));
    }
    errors.extend(validate_port_reference(&get.port, &format!("{path}.port")));
    let scheme = get.scheme.as_deref().unwrap_or_default();
    if !SCHEMES.contains(&scheme) {
        errors.push(FieldError::not_supported(
            format!("{path}.scheme"),
            scheme,
            &SCHEMES,
        ));
    }
    for header in get.http_headers.iter().flatten() {
        let name = header.name.as_str();
        if name.is_empty() || !name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
            let field = format!("{path}.httpHeaders");
            errors.push(FieldError::invalid(field, name, HEADER_TEXT));
        }
    }
}
