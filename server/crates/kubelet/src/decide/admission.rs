//! Whether a node takes a pod on that was bound to it; upstream's reasons and words. The scheduler has
//! looked at most of this, but a pod may name its node itself, and two may be bound at once.

use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_apis::pod_requests::{self, Amounts};
use orrery_apis::{affinity, toleration};

/// Reason and message.
pub type Refusal = (String, String);

/// Why the node refuses the pod beside the others that it has; of several reasons the first.
pub fn refusal<'a>(
    pod: &Pod,
    node: &Node,
    others: impl Iterator<Item = &'a Pod> + Clone,
) -> Option<Refusal> {
    let status = node.status.as_ref();
    let has = pod_requests::amounts(status.and_then(|status| status.allocatable.as_ref()));
    insufficient(pod, &has, others.clone())
        .or_else(|| unmatched(pod, node))
        .or_else(|| taken_port(pod, others))
        .or_else(|| untolerated(pod, node))
}

fn insufficient<'a>(
    pod: &Pod,
    has: &Amounts,
    others: impl Iterator<Item = &'a Pod>,
) -> Option<Refusal> {
    let (mut used, mut pods) = (Amounts::new(), 0);
    for other in others {
        pods += 1;
        pod_requests::add(&mut used, &pod_requests::granted(other));
    }
    used.insert("pods".to_owned(), pods);
    let mut asked = pod_requests::requested(pod);
    asked.insert("pods".to_owned(), 1);
    // in upstream's order; extended resources that the node knows nothing of are none of its business
    let first = ["pods", "cpu", "memory", "ephemeral-storage"];
    let rest = asked.keys().map(String::as_str);
    let rest = rest.filter(|name| !first.contains(name) && !name.contains('/'));
    let of = |amounts: &Amounts, name: &str| amounts.get(name).copied().unwrap_or_default();
    first.into_iter().chain(rest).find_map(|name| {
        let (asked, used, has) = (of(&asked, name), of(&used, name), of(has, name));
        (asked > 0 && asked > has.saturating_sub(used)).then(|| {
            let message = format!(
                "Node didn't have enough resource: {name}, requested: {asked}, used: {used}, capacity: {has}"
            );
            (format!("OutOf{name}"), message)
        })
    })
}

fn unmatched(pod: &Pod, node: &Node) -> Option<Refusal> {
    let why = "node(s) didn't match Pod's node affinity/selector";
    (!affinity::node_matches(pod, node)).then(|| failed("NodeAffinity", why))
}

fn taken_port<'a>(pod: &Pod, mut others: impl Iterator<Item = &'a Pod>) -> Option<Refusal> {
    let wanted = pod_requests::host_ports(pod);
    let clashes = |other: &Pod| {
        let held = pod_requests::host_ports(other);
        wanted
            .iter()
            .any(|port| held.iter().any(|held| port.conflicts(held)))
    };
    let why = "node(s) didn't have free ports for the requested pod ports";
    (!wanted.is_empty() && others.any(clashes)).then(|| failed("NodePorts", why))
}

/// Only taints that would end the pod at once keep it from beginning.
fn untolerated(pod: &Pod, node: &Node) -> Option<Refusal> {
    let spec = pod.spec.as_ref();
    let tolerations = spec.and_then(|spec| spec.tolerations.as_deref());
    let taints = node.spec.iter();
    let mut taints = taints.flat_map(|spec| spec.taints.iter().flatten());
    let ends = taints.any(|taint| {
        taint.effect == "NoExecute"
            && !toleration::tolerates(tolerations.unwrap_or_default(), taint)
    });
    ends.then(|| failed("TaintToleration", "node(s) had untolerated taint(s)"))
}

fn failed(predicate: &str, why: &str) -> Refusal {
    (
        predicate.to_owned(),
        format!("Predicate {predicate} failed: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node() -> Node {
        serde_json::from_value(json!({
            "metadata": {"name": "node-1", "labels": {"disk": "ssd"}},
            "spec": {"taints": [
                {"key": "quiet", "effect": "NoSchedule"},
                {"key": "away", "value": "soon", "effect": "NoExecute"},
            ]},
            "status": {"allocatable": {"cpu": "8", "memory": "1Gi", "pods": "3"}},
        }))
        .expect("a node")
    }

    /// A pod that asks for what is given, with `more` in its specification.
    fn pod(requests: Value, more: Value) -> Pod {
        let container = json!({"name": "c", "resources": {"requests": requests}});
        let tolerations = json!([{"key": "away", "operator": "Exists"}]);
        let mut spec = json!({"containers": [container], "tolerations": tolerations});
        let more = more.as_object().cloned().unwrap_or_default();
        spec.as_object_mut().expect("an object").extend(more);
        serde_json::from_value(json!({"spec": spec})).expect("a pod")
    }

    fn with_port(port: Value) -> Value {
        json!({"containers": [{"name": "c", "ports": [port]}]})
    }

    /// Why, the pod, what is there already, and the refusal.
    type Row<'a> = (&'a str, Pod, &'a [&'a Pod], Option<(&'a str, &'a str)>);

    #[test]
    fn reasons_and_words() {
        let port = || json!({"containerPort": 80, "hostPort": 8080});
        let holder = pod(
            json!({"cpu": "1500m", "memory": "512Mi"}),
            with_port(port()),
        );
        let beside = pod(json!({"cpu": "500m"}), json!({}));
        let none: &[&Pod] = &[];
        let rows: [Row; 11] = [
            ("it fits", pod(json!({"cpu": "8"}), json!({})), none, None),
            (
                "more CPU than the node has",
                pod(json!({"cpu": "5000"}), json!({})),
                none,
                Some((
                    "OutOfcpu",
                    "Node didn't have enough resource: cpu, requested: 5000000, used: 0, capacity: 8000",
                )),
            ),
            (
                "more than the others leave",
                pod(json!({"cpu": "7"}), json!({})),
                &[&beside, &beside],
                None,
            ),
            (
                "memory beside another",
                pod(json!({"memory": "600Mi"}), json!({})),
                &[&holder_of_memory()],
                Some((
                    "OutOfmemory",
                    "Node didn't have enough resource: memory, requested: 629145600, used: 536870912, capacity: 1073741824",
                )),
            ),
            (
                "too many pods",
                pod(json!({}), json!({})),
                &[&beside, &beside, &beside],
                Some((
                    "OutOfpods",
                    "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
                )),
            ),
            (
                "huge pages that it has none of",
                pod(json!({"hugepages-2Mi": "4Mi"}), json!({})),
                none,
                Some((
                    "OutOfhugepages-2Mi",
                    "Node didn't have enough resource: hugepages-2Mi, requested: 4194304, used: 0, capacity: 0",
                )),
            ),
            (
                "what the node knows nothing of",
                pod(json!({"example.com/gpu": "1"}), json!({})),
                none,
                None,
            ),
            (
                "another selector",
                pod(json!({}), json!({"nodeSelector": {"disk": "tape"}})),
                none,
                Some((
                    "NodeAffinity",
                    "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
                )),
            ),
            (
                "a port that is held",
                pod(json!({}), with_port(port())),
                &[&holder],
                Some((
                    "NodePorts",
                    "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
                )),
            ),
            (
                "the same port of another protocol",
                pod(
                    json!({}),
                    with_port(json!({"containerPort": 80, "hostPort": 8080, "protocol": "UDP"})),
                ),
                &[&holder],
                None,
            ),
            (
                "a taint that would end it",
                pod(json!({}), json!({"tolerations": []})),
                none,
                Some((
                    "TaintToleration",
                    "Predicate TaintToleration failed: node(s) had untolerated taint(s)",
                )),
            ),
        ];
        for (why, pod, others, want) in rows {
            let told = refusal(&pod, &node(), others.iter().copied());
            let told = told.as_ref().map(|(r, m)| (r.as_str(), m.as_str()));
            assert_eq!(told, want, "{why}");
        }
    }

    fn holder_of_memory() -> Pod {
        pod(json!({"memory": "512Mi"}), json!({}))
    }
}
