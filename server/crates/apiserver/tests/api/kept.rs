//! What nothing here acts on is kept, in pods and in templates of pods (issue 5).

use serde_json::{Value, json};

use crate::cluster::{CRON_JOBS, Cluster, PODS};

/// The paths of what `sent` says and `kept` does not.
fn lost(sent: &Value, kept: &Value, path: &str) -> Vec<String> {
    match (sent, kept) {
        (Value::Object(fields), Value::Object(kept)) => {
            let below = |(name, sent): (&String, &Value)| {
                let kept = kept.get(name).unwrap_or(&Value::Null);
                lost(sent, kept, &format!("{path}.{name}"))
            };
            fields.iter().flat_map(below).collect()
        }
        (Value::Array(items), Value::Array(kept)) if items.len() <= kept.len() => {
            // admission adds tolerations
            let pairs = items.iter().zip(kept).enumerate();
            let below = |(at, (sent, kept))| lost(sent, kept, &format!("{path}[{at}]"));
            pairs.flat_map(below).collect()
        }
        _ if sent == kept => Vec::new(),
        _ => vec![format!("{path}: {kept}")],
    }
}

#[tokio::test(start_paused = true)]
async fn what_nothing_acts_on_is_kept() {
    let cluster = Cluster::start().await;
    let spec: Value = serde_saphyr::from_str(include_str!("kept.yaml")).expect("YAML");
    let pod = json!({"metadata": {"name": "kept"}, "spec": spec});
    let template = json!({"spec": {"template": {"spec": spec}}});
    let cron_job = json!({
        "metadata": {"name": "kept"},
        "spec": {"schedule": "@daily", "jobTemplate": template},
    });
    for (path, sent) in [(PODS, pod), (CRON_JOBS, cron_job)] {
        let made = cluster
            .post(&format!("{path}?fieldValidation=Strict"), &sent)
            .await;
        assert_eq!(made.code, 201, "{}", made.text);
        let one = format!("{path}/kept");
        let read = cluster.get(&one).await.json();
        assert_eq!(lost(&sent, &read, ""), Vec::<String>::new(), "{path}");
        let put = cluster.put(&one, &read).await.json();
        assert_eq!(put["metadata"], read["metadata"], "nothing to write");
    }
}
