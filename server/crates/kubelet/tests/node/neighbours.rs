//! The containers of a pod leave each other alone.

use orrery_kubelet::runtime::*;

use super::Node;
use super::begun::spec;

/// Also those whose name is how another's begins.
pub async fn neighbours(node: &Node) {
    const UID: &str = "neighbours";
    node.sandbox(UID, |_| ()).await;
    for (name, script) in [("c-2", "exec sleep 1000"), ("c", "exit 3")] {
        let started = node.runtime.start_container(spec(UID, name, script)).await;
        started.expect("it starts");
    }
    assert_eq!(node.exit(UID).await.code, 3);
    node.runtime.signal(UID, "c-2", 15);
    assert_eq!(node.exit(UID).await.code, 143, "it ran until then");
    node.runtime.stop_sandbox(UID).await;
}
