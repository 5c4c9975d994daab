//! What tells of a run whose agent died before it could: its log, which is there before it begins.

use orrery_kubelet::runtime::*;

use super::Node;

const POD: &str = "begun";

pub async fn begun(node: &Node) {
    let was_begun = |attempt| node.runtime.was_begun("default", POD, POD, "c", attempt);
    node.sandbox(POD, |_| ()).await;
    assert!(!was_begun(0), "nothing is");
    let nowhere = ContainerSpec {
        pod_uid: POD.into(),
        name: "c".into(),
        argv: vec!["/bin/sh".into(), "-c".into(), "true".into()],
        // a file
        working_dir: Some("/etc/passwd".into()),
        ..ContainerSpec::default()
    };
    let refused = node.runtime.start_container(nowhere).await;
    let refused = refused.expect_err("it has no folder to run in");
    let told = (refused.exit_code, was_begun(0));
    assert_eq!(told, (None, false), "{}", refused.message);
    let started = node.start(POD, &["sh", "-c", "exit 3"], Vec::new()).await;
    started.expect("it starts");
    assert_eq!(node.exit(POD).await.code, 3);
    node.runtime.stop_sandbox(POD).await;
    assert_eq!((was_begun(0), was_begun(1)), (true, false));
    node.runtime.remove("default", POD, POD).await;
    assert!(!was_begun(0), "it goes with the pod");
}
