//! What a status tells of mounts.

use super::*;

#[test]
fn a_status_tells_how_each_volume_is_mounted_from_the_first_on() {
    let mounts = json!([
        {"name": "a", "mountPath": "/a", "subPath": "within"},
        {"name": "b", "mountPath": "/b", "readOnly": true},
        {"name": "c", "mountPath": "/c", "readOnly": true, "recursiveReadOnly": "IfPossible"},
    ]);
    let mounted = pod(json!({"containers": [
        {"name": "c", "image": "x", "volumeMounts": mounts},
    ]}));
    let want = json!([
        {"name": "a", "mountPath": "/a"},
        {"name": "b", "mountPath": "/b", "readOnly": true, "recursiveReadOnly": "Disabled"},
        {"name": "c", "mountPath": "/c", "readOnly": true, "recursiveReadOnly": "Enabled"},
    ]);
    let absent = PodState {
        start_time: Some(noon()),
        ..PodState::default()
    };
    for mut state in [absent, running()] {
        let status = decide(&mounted, &mut state, noon()).status;
        let statuses = status.container_statuses.expect("statuses");
        let told = serde_json::to_value(&statuses[0].volume_mounts);
        assert_eq!(told.expect("plain data"), want);
    }
    let status = decide(&one("Never"), &mut running(), noon()).status;
    let statuses = status.container_statuses.expect("statuses");
    assert_eq!(statuses[0].volume_mounts, None);
}
