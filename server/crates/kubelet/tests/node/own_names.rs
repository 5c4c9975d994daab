//! What a container finds of its own: its host's name, and a place for its last words.

use orrery_kubelet::runtime::*;

use super::Node;

/// Runs a script in a pod of its own; answers its exit code, what it logged and its last words.
async fn last_words(node: &Node, uid: &str, script: &str, path: &str) -> (i32, String, String) {
    node.sandbox(uid, |sandbox| sandbox.hostname = format!("{uid}.example"))
        .await;
    let spec = ContainerSpec {
        pod_uid: uid.into(),
        name: "c".into(),
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        message_path: Some(path.to_owned()),
        message_from_log: true,
        ..ContainerSpec::default()
    };
    node.runtime.start_container(spec).await.expect("it starts");
    let (code, message) = loop {
        let event = node.events.lock().await.recv().await.expect("an event");
        match event {
            RuntimeEvent::Exited {
                pod_uid,
                exit,
                message,
                ..
            } if pod_uid == uid => break (exit.code, message),
            _ => {}
        }
    };
    let text = node.text(uid).await;
    node.runtime.stop_sandbox(uid).await;
    (code, text, message.unwrap_or_default())
}

pub async fn own_names(node: &Node) {
    const USUAL: &str = "/dev/termination-log";
    let (code, _, words) = last_words(node, "silent", "echo one; echo two; exit 4", USUAL).await;
    assert_eq!((code, words.as_str()), (4, "one\ntwo\n"), "its log instead");
    let (_, _, words) = last_words(node, "fine", "echo one", USUAL).await;
    assert_eq!(words, "", "not after a success");
    if !node.runtime.isolation().can_mount {
        return;
    }
    let script = "uname -n; cat /dev/termination-log; echo no disk > /dev/termination-log; \
        echo > /dev/null; head -c 1 /dev/urandom > /tmp/random; exit 3";
    let told = last_words(node, "named", script, USUAL).await;
    assert_eq!(told, (3, "named.example\n".into(), "no disk\n".into()));
    let folder = node.dir.join("pods/default_named_named");
    let on_disk =
        ["c.0.log", "c.0.message", "tmp/c.0.message"].map(|name| folder.join(name).exists());
    assert_eq!(on_disk, [true, false, false], "last words need no disk");
    for path in ["/made-up/words", "/tmp/words"] {
        let script = format!("printf bye > {path}");
        let told = last_words(node, "elsewhere", &script, path).await;
        assert_eq!(told, (0, String::new(), "bye".into()), "{path}");
    }
    room_again(node).await;
}

/// All that a run fills of the place for last words is the next one's.
async fn room_again(node: &Node) {
    node.sandbox("wordy", |_| ()).await;
    for attempt in 0..2 {
        let script = "head -c 60000000 /dev/zero > /dev/termination-log";
        let spec = ContainerSpec {
            pod_uid: "wordy".into(),
            name: "c".into(),
            attempt,
            argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            message_path: Some("/dev/termination-log".to_owned()),
            ..ContainerSpec::default()
        };
        let started = node.runtime.start_container(spec).await;
        started.expect("it starts");
        assert_eq!(node.exit("wordy").await.code, 0, "run {attempt}");
    }
    node.runtime.stop_sandbox("wordy").await;
}
