//! What tells of a run whose agent died before it could: its log, which is there before it begins and says last how it
//! ended.

use std::path::Path;

use futures::StreamExt;
use orrery_kubelet::runtime::*;

use super::{Node, SHELL_PATH};

const POD: &str = "begun";
/// Of the agent that is killed.
const VICTIM: &str = "victim";

/// What is left of a run in a pod that is called like its uid.
fn trace(runtime: &dyn Runtime, uid: &str, container: &str, attempt: u32) -> Trace {
    runtime.trace(&Run {
        namespace: "default",
        pod: uid,
        pod_uid: uid,
        container,
        attempt,
        message_from_log: true,
    })
}

/// A container that runs a script.
pub fn spec(uid: &str, name: &str, script: &str) -> ContainerSpec {
    ContainerSpec {
        pod_uid: uid.into(),
        name: name.into(),
        id: format!("id-of-{name}"),
        argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        env: vec![("PATH".to_owned(), SHELL_PATH.to_owned())],
        ..ContainerSpec::default()
    }
}

/// The end that was noted of a run, with its exit code and last words.
fn ended(trace: Trace, code: i32, message: Option<&str>) -> End {
    let end = match trace {
        Trace::Ended(end) => end,
        other => panic!("it has ended: {other:?}"),
    };
    assert_eq!((end.exit.code, end.message.as_deref()), (code, message));
    assert!(end.started_at <= end.finished_at, "{end:?}");
    end
}

pub async fn begun(node: &Node) {
    let trace = |attempt| trace(&*node.runtime, POD, "c", attempt);
    node.sandbox(POD, |_| ()).await;
    assert_eq!(trace(0), Trace::Absent, "nothing is begun");
    let nowhere = ContainerSpec {
        // a file
        working_dir: Some("/etc/passwd".into()),
        ..spec(POD, "c", "true")
    };
    let refused = node.runtime.start_container(nowhere).await;
    let refused = refused.expect_err("it has no folder to run in");
    let told = (refused.exit_code, trace(0));
    assert_eq!(told, (None, Trace::Absent), "{}", refused.message);
    let start = async |attempt: u32, script: &str| {
        let spec = ContainerSpec {
            attempt,
            ..spec(POD, "c", script)
        };
        node.runtime.start_container(spec).await.expect("it starts");
    };
    start(0, "echo no disk; exit 3").await;
    assert_eq!(node.exit(POD).await.code, 3);
    start(1, "kill -KILL $$").await;
    assert_eq!(node.exit(POD).await.code, 137);
    assert_eq!(node.text(POD).await, "no disk\n", "its log is its output");
    start(2, "echo ready; exec sleep 1000").await;
    assert_eq!(trace(2), Trace::Begun, "it runs");
    node.runtime.stop_sandbox(POD).await;
    let first = ended(trace(0), 3, Some("no disk\n"));
    assert_eq!(first.id, "id-of-c");
    let second = ended(trace(1), 137, None);
    assert_eq!(second.exit.signal, Some(9));
    assert_eq!(trace(2), Trace::Begun, "it ended with its sandbox");
    assert_eq!(trace(3), Trace::Absent);
    node.runtime.remove("default", POD, POD).await;
    assert_eq!(trace(0), Trace::Absent, "it goes with the pod");
}

/// Beside what goes on in the victim's pod, something that ends by itself before the agent is killed.
pub async fn end_one(node: &Node) {
    let ends = spec(VICTIM, "done", "exit 0");
    node.runtime.start_container(ends).await.expect("it starts");
    assert_eq!(node.exit(VICTIM).await.code, 0);
}

/// What the victim left in its folder: of its containers one had ended, and one died with it.
pub fn left(runtime: &dyn Runtime) {
    ended(trace(runtime, VICTIM, "done", 0), 0, None);
    assert_eq!(trace(runtime, VICTIM, "c", 0), Trace::Begun);
}

/// A log that was followed to its end shows its output, and no more.
pub async fn followed(node: &Node) {
    const UID: &str = "followed";
    node.sandbox(UID, |_| ()).await;
    let run = spec(UID, "c", "echo one; sleep 0.1; exit 3");
    node.runtime.start_container(run).await.expect("it starts");
    let chunks: Vec<_> = node.log(UID, true).await.collect().await;
    let bytes = chunks.into_iter().map(|chunk| chunk.expect("bytes"));
    assert_eq!(bytes.collect::<Vec<_>>().concat(), b"one\n");
    node.exit(UID).await;
    node.runtime.stop_sandbox(UID).await;
    let log = node.dir.join("pods/default_followed_followed/c.0.log");
    assert!(says(&log, " exit F "), "there is more in the file");
}

fn says(file: &Path, what: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| text.contains(what))
}
