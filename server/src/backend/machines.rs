//! The machines under the nodes of the embedded cluster: what no API has, since whoever has the machine does it.
//!
//! The Node object says what is to last: one is made for a node before its agent starts, and an annotation says that a
//! machine is off. The agents read both when Orrery starts.

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use orrery_app::backend::{AppError, Machines};
use orrery_kubelet::Kubelet;
use orrery_kubelet::node::{host_ip, node_name};
use orrery_readmodel::{MACHINE, OFF};
use orrery_view::{Cascade, Kind, ObjectRef};
use serde_json::{Value, json};

use super::error::app_error;
use super::{Dashboard, actions};
use crate::pods::{MOST_NODES, Nodes, own_number};

#[async_trait]
impl Machines for Dashboard {
    async fn next(&self) -> Result<Option<(ObjectRef, String)>, AppError> {
        let nodes = self.node_objects().list(&ListParams::default()).await;
        let taken: Vec<_> = nodes.map_err(app_error)?.items;
        let taken: Vec<_> = taken.iter().map(ResourceExt::name_any).collect();
        let free = first_free(&taken);
        Ok(free.map(|number| {
            let node = ObjectRef {
                kind: Kind::Node,
                namespace: String::new(),
                name: node_name(number),
            };
            (node, host_ip(number).to_string())
        }))
    }

    async fn add(&self, node: ObjectRef) -> Result<(), AppError> {
        let (agents, number) = (self.agents()?, number(&node)?);
        let object = Node {
            metadata: ObjectMeta {
                name: Some(node.name.clone()),
                annotations: Some(self.mark("Add")),
                ..ObjectMeta::default()
            },
            ..Node::default()
        };
        match self
            .node_objects()
            .create(&PostParams::default(), &object)
            .await
        {
            // a second press, or a node that was made by hand and waits for an agent
            Err(kube::Error::Api(status)) if status.code == 409 => {
                if agents.knows_node(&node.name) {
                    return Ok(());
                }
            }
            made => drop(made.map_err(app_error)?),
        }
        agents.add_node(number);
        Ok(())
    }

    async fn remove(&self, node: ObjectRef) -> Result<(), AppError> {
        number(&node)?;
        self.agents()?.remove_node(&node.name).await;
        actions::delete(self, &node, Cascade::Background).await
    }

    async fn fail(&self, node: ObjectRef) -> Result<(), AppError> {
        if !self.agents()?.fail_node(&node.name).await {
            return Err(nobodys(&node));
        }
        self.set_machine(&node, json!(OFF), "Fail").await
    }

    async fn recover(&self, node: ObjectRef) -> Result<(), AppError> {
        let (agents, number) = (self.agents()?, number(&node)?);
        self.set_machine(&node, Value::Null, "Bring back").await?;
        agents.add_node(number);
        Ok(())
    }
}

impl Dashboard {
    fn node_objects(&self) -> Api<Node> {
        Api::all(self.client.clone())
    }

    fn agents(&self) -> Result<&Kubelet, AppError> {
        let agents = self.nodes.as_ref().and_then(Nodes::agents);
        agents.ok_or_else(|| AppError::Refused {
            message: "the nodes of this cluster are not Orrery's".into(),
        })
    }

    async fn set_machine(&self, node: &ObjectRef, state: Value, did: &str) -> Result<(), AppError> {
        let mut annotations = json!(self.mark(did));
        annotations[MACHINE] = state;
        let patch = Patch::Merge(json!({ "metadata": { "annotations": annotations } }));
        let (nodes, params) = (self.node_objects(), PatchParams::default());
        let patched = nodes.patch(&node.name, &params, &patch);
        patched.await.map(drop).map_err(app_error)
    }
}

/// The lowest number that no node has.
fn first_free(taken: &[String]) -> Option<u32> {
    (1..=MOST_NODES).find(|number| !taken.contains(&node_name(*number)))
}

fn number(node: &ObjectRef) -> Result<u32, AppError> {
    own_number(&node.name).ok_or_else(|| nobodys(node))
}

fn nobodys(node: &ObjectRef) -> AppError {
    AppError::Refused {
        message: format!("no node agent of Orrery's is called {}", node.name),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backend::tests::House;

    /// Waits until the node is as wanted; answers its annotations.
    async fn until(
        house: &House,
        name: &str,
        wanted: impl Fn(&Node) -> bool,
    ) -> [Option<String>; 2] {
        let nodes: Api<Node> = Api::all(house.client.clone());
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let looking = async {
            loop {
                looks.tick().await;
                let node = nodes.get_opt(name).await.expect("asked");
                if let Some(node) = node.filter(&wanted) {
                    return node;
                }
            }
        };
        let node = tokio::time::timeout(Duration::from_secs(20), looking).await;
        let node = node.unwrap_or_else(|_| panic!("{name} never came to be as wanted"));
        [MACHINE, "orrery.dev/change-reason"].map(|key| node.annotations().get(key).cloned())
    }

    fn is_ready(node: &Node) -> bool {
        let status = node.status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_ref());
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_node_is_added_once_fails_comes_back_and_goes() {
        let house = House::with_nodes(1).await;
        until(&house, "node-1", is_ready).await;
        let machines = house.backend.machines().expect("they are ours");
        let next = machines.next().await.expect("told");
        let (node, address) = next.expect("there is room");
        assert_eq!(
            (node.name.as_str(), address.as_str()),
            ("node-2", "127.0.1.2")
        );
        for _ in 0..2 {
            machines.add(node.clone()).await.expect("a press");
        }
        let said = |text: &str| Some(text.to_owned());
        let left = until(&house, "node-2", is_ready).await;
        assert_eq!(left, [None, said("Add")]);
        machines.fail(node.clone()).await.expect("it is cut off");
        let left = until(&house, "node-2", |_| true).await;
        assert_eq!(left, [said("off"), said("Fail")]);
        machines.recover(node.clone()).await.expect("it is back");
        let left = until(&house, "node-2", is_ready).await;
        assert_eq!(left, [None, said("Bring back")]);
        machines.remove(node.clone()).await.expect("it goes");
        let nodes: Api<Node> = Api::all(house.client.clone());
        assert!(nodes.get_opt("node-2").await.expect("asked").is_none());
        let again = machines.fail(node).await;
        assert!(matches!(again, Err(AppError::Refused { .. })), "{again:?}");
        let edge = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "edge".into(),
        };
        let made = machines.add(edge).await;
        assert!(matches!(made, Err(AppError::Refused { .. })), "{made:?}");
        house.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_cluster_without_agents_has_no_machines() {
        let house = House::new().await;
        assert!(house.backend.machines().is_none());
        house.stop().await;
    }

    #[test]
    fn the_next_node_takes_the_lowest_number_that_is_free() {
        let named = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(first_free(&[]), Some(1));
        assert_eq!(first_free(&named(&["node-1", "node-2", "edge"])), Some(3));
        assert_eq!(first_free(&named(&["node-3", "node-1"])), Some(2));
        let all: Vec<_> = (1..=MOST_NODES).map(node_name).collect();
        assert_eq!(first_free(&all), None);
    }
}
