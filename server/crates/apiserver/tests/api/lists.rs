//! K-06, K-39, JOBV-20: pages, versions, selectors.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, pod};

async fn five(cluster: &Cluster) {
    for name in ["a", "b", "c", "d", "e"] {
        cluster.post(CONFIG_MAPS, &config_map(name)).await;
    }
}

fn names(list: &serde_json::Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items are never null");
    items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().expect("a name"))
        .collect()
}

/// What upstream's items of built-in kinds have: the list says what they are.
#[tokio::test(start_paused = true)]
async fn items_have_no_types_of_their_own() {
    let cluster = Cluster::start().await;
    five(&cluster).await;
    let stored = cluster.get(&format!("{CONFIG_MAPS}/a")).await.json();
    assert_eq!(stored["kind"], "ConfigMap");
    let mut item = stored;
    for member in ["apiVersion", "kind"] {
        item.as_object_mut().expect("an object").remove(member);
    }
    let path = format!("{CONFIG_MAPS}?limit=2");
    let listed = cluster.get(&path).await;
    assert_eq!(
        (&listed.json()["kind"], &listed.json()["items"][0]),
        (&json!("ConfigMapList"), &item)
    );
    assert!(
        listed.text.contains(r#""items":[{"metadata":{"#),
        "{}",
        listed.text
    );
    let yaml = [("accept", "application/yaml")];
    let yaml = cluster.ask("GET", &path, &yaml, "").await.text;
    let kinds = yaml.lines().filter(|line| line.contains("kind:"));
    assert_eq!(kinds.collect::<Vec<_>>(), ["kind: ConfigMapList"]);
    let mut watch = cluster
        .watch(&format!("{CONFIG_MAPS}?watch=true"), &[])
        .await;
    let event = watch.next().await.expect("one that is there");
    assert_eq!(event["object"]["kind"], "ConfigMap");
    let gone = cluster.delete(CONFIG_MAPS, &json!({})).await.json();
    assert_eq!(gone["items"][0], item);
}

#[tokio::test(start_paused = true)]
async fn pages_show_one_version() {
    let cluster = Cluster::start().await;
    five(&cluster).await;
    let first = cluster.get(&format!("{CONFIG_MAPS}?limit=2")).await.json();
    assert_eq!(
        (names(&first), &first["metadata"]["remainingItemCount"]),
        (vec!["a", "b"], &json!(3))
    );
    cluster
        .delete(&format!("{CONFIG_MAPS}/c"), &json!({}))
        .await;
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let page = cluster
        .get(&format!("{CONFIG_MAPS}?limit=2&continue={token}"))
        .await
        .json();
    assert_eq!(
        (names(&page), &page["metadata"]["remainingItemCount"]),
        (vec!["c", "d"], &json!(1)),
        "of the list as it was"
    );
    let second = cluster
        .get(&format!("{CONFIG_MAPS}?limit=9&continue={token}"))
        .await
        .json();
    assert_eq!(
        names(&second),
        ["c", "d", "e"],
        "as it was when the list began"
    );
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_of_the_past_is_gone_and_offers_the_present() {
    let cluster = Cluster::with_history(4).await;
    five(&cluster).await;
    let first = cluster.get(&format!("{CONFIG_MAPS}?limit=2")).await.json();
    for at in 0..20 {
        cluster
            .post(CONFIG_MAPS, &config_map(&format!("x{at}")))
            .await;
    }
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let gone = cluster
        .get(&format!("{CONFIG_MAPS}?limit=2&continue={token}"))
        .await;
    assert_eq!(
        (gone.code, &gone.json()["reason"]),
        (410, &json!("Expired"))
    );
    let onwards = gone.json()["metadata"]["continue"]
        .as_str()
        .expect("a token")
        .to_owned();
    let next = cluster
        .get(&format!("{CONFIG_MAPS}?limit=2&continue={onwards}"))
        .await
        .json();
    assert_eq!(names(&next), ["c", "d"]);
}

/// K-06: exactly a version, at least a version, and the oldest rule: a limited list is exact.
#[tokio::test(start_paused = true)]
async fn k_06_lists_are_of_the_version_they_ask_for() {
    let cluster = Cluster::start().await;
    five(&cluster).await;
    let before = cluster.get(CONFIG_MAPS).await.json();
    let version = before["metadata"]["resourceVersion"]
        .as_str()
        .expect("text");
    cluster
        .delete(&format!("{CONFIG_MAPS}/c"), &json!({}))
        .await;
    let (then, now) = (vec!["a", "b", "c", "d", "e"], vec!["a", "b", "d", "e"]);
    for (query, want) in [
        ("", &now),
        ("resourceVersion=0", &now),
        ("resourceVersion=0&resourceVersionMatch=NotOlderThan", &now),
        (&format!("resourceVersion={version}"), &now),
        (
            &format!("resourceVersion={version}&resourceVersionMatch=NotOlderThan"),
            &now,
        ),
        (
            &format!("resourceVersion={version}&resourceVersionMatch=NotOlderThan&limit=9"),
            &now,
        ),
        (
            &format!("resourceVersion={version}&resourceVersionMatch=Exact"),
            &then,
        ),
        (&format!("resourceVersion={version}&limit=9"), &then),
    ] {
        let list = cluster.get(&format!("{CONFIG_MAPS}?{query}")).await.json();
        assert_eq!(&names(&list), want, "{query}");
        let told = &list["metadata"]["resourceVersion"];
        assert_eq!(told == version, want == &then, "{query}: {told}");
    }
}

struct Refusal {
    query: &'static str,
    code: u16,
    says: &'static str,
}

#[tokio::test(start_paused = true)]
async fn queries_that_make_no_sense_are_refused() {
    let table = [
        Refusal {
            query: "resourceVersionMatch=Exact",
            code: 422,
            says: "resourceVersionMatch is forbidden unless resourceVersion is provided",
        },
        Refusal {
            query: "resourceVersionMatch=Exact&resourceVersion=0",
            code: 422,
            says: "is forbidden for resourceVersion \"0\"",
        },
        Refusal {
            query: "resourceVersionMatch=Perhaps&resourceVersion=1",
            code: 422,
            says: "Unsupported value: \"Perhaps\"",
        },
        Refusal {
            query: "resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=x",
            code: 422,
            says: "resourceVersionMatch is forbidden when continue is provided",
        },
        Refusal {
            query: "limit=many",
            code: 400,
            says: "strconv.ParseInt: parsing \"many\": invalid syntax",
        },
        Refusal {
            query: "limit=9223372036854775808",
            code: 400,
            says: "strconv.ParseInt: parsing \"9223372036854775808\": value out of range",
        },
        Refusal {
            query: "sendInitialEvents=true",
            code: 422,
            says: "sendInitialEvents is forbidden for list",
        },
        Refusal {
            query: "watch=true&sendInitialEvents=true",
            code: 422,
            says: "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        },
        Refusal {
            query: "watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1",
            code: 422,
            says: "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        },
        Refusal {
            query: "watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1&continue=x",
            code: 422,
            says: "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\", resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided]",
        },
        Refusal {
            query: "resourceVersionMatch=Sometimes&continue=x&sendInitialEvents=false",
            code: 422,
            says: "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided, resourceVersionMatch: Unsupported value: \"Sometimes\": supported values: \"Exact\", \"NotOlderThan\", \"\", sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]",
        },
        Refusal {
            query: "watch=true&continue=x",
            code: 422,
            says: "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
        },
        Refusal {
            query: "resourceVersion=latest",
            code: 400,
            says: "invalid resource version: resourceVersion: Invalid value: \"latest\": strconv.ParseUint: parsing \"latest\": invalid syntax",
        },
        Refusal {
            query: "watch=true&resourceVersion=latest",
            code: 500,
            says: "resourceVersion: Invalid value: \"latest\": strconv.ParseUint: parsing \"latest\": invalid syntax",
        },
        Refusal {
            query: "resourceVersion=99999",
            code: 504,
            says: "Too large resource version: 99999",
        },
        Refusal {
            query: "labelSelector=a%20b",
            code: 400,
            says: "unable to parse requirement",
        },
        Refusal {
            query: "fieldSelector=spec.nope%3D1",
            code: 400,
            says: "spec.nope",
        },
        Refusal {
            query: "continue=nonsense",
            code: 400,
            says: "invalid continue token: continue key is not valid",
        },
    ];
    let cluster = Cluster::start().await;
    for row in table {
        let reply = cluster.get(&format!("{CONFIG_MAPS}?{}", row.query)).await;
        assert_eq!(reply.code, row.code, "{}: {}", row.query, reply.text);
        assert!(
            reply.message().contains(row.says),
            "{}: {}",
            row.query,
            reply.message()
        );
    }
    let reply = cluster
        .get(&format!("{CONFIG_MAPS}?labelSelector=a%3Db%20c"))
        .await;
    let told = "found 'c', expected: ',' or 'end of string'";
    assert_eq!((reply.code, reply.message().as_str()), (400, told));
    let reply = cluster
        .get(&format!("{CONFIG_MAPS}/a?resourceVersion=latest"))
        .await;
    let told = "resourceVersion: Invalid value: \"latest\": strconv.ParseUint: parsing \"latest\": invalid syntax";
    assert_eq!((reply.code, reply.message().as_str()), (500, told));
    let reply = cluster
        .get(&format!("{JOBS}?fieldSelector=spec.x%3D1"))
        .await;
    assert_eq!(
        reply.message(),
        "field label not supported: spec.x",
        "JOBV-20"
    );
}

/// K-06: which state a version stands for, alone and by either rule.
#[tokio::test(start_paused = true)]
async fn k_06_a_version_is_the_least_or_the_exact_one() {
    let cluster = Cluster::start().await;
    five(&cluster).await;
    let then = cluster.get(CONFIG_MAPS).await.json()["metadata"]["resourceVersion"].clone();
    let then = then.as_str().expect("a version");
    cluster.post(CONFIG_MAPS, &config_map("f")).await;
    let rows = [
        (String::new(), 6),
        ("resourceVersion=".to_owned(), 6),
        ("resourceVersion=0".to_owned(), 6),
        (
            "resourceVersion=0&resourceVersionMatch=NotOlderThan".to_owned(),
            6,
        ),
        (format!("resourceVersion={then}"), 6),
        (
            format!("resourceVersion={then}&resourceVersionMatch=NotOlderThan"),
            6,
        ),
        (
            format!("resourceVersion={then}&resourceVersionMatch=Exact"),
            5,
        ),
        (format!("resourceVersion={then}&limit=9"), 5),
        ("timeoutSeconds=5&allowWatchBookmarks=true".to_owned(), 6),
    ];
    for (query, count) in rows {
        let list = cluster.get(&format!("{CONFIG_MAPS}?{query}")).await.json();
        assert_eq!(names(&list).len(), count, "{query}");
        let exact = list["metadata"]["resourceVersion"] == then;
        assert_eq!(exact, count == 5, "{query}");
    }
}

/// K-03: what is over is told as upstream's storage tells it, which takes a limit for a list that goes on.
#[tokio::test(start_paused = true)]
async fn k_03_an_exact_version_that_is_forgotten_has_expired() {
    let cluster = Cluster::with_history(4).await;
    five(&cluster).await;
    five(&cluster).await;
    for at in 0..20 {
        cluster
            .post(CONFIG_MAPS, &config_map(&format!("x{at}")))
            .await;
    }
    let rows = [
        (
            "resourceVersionMatch=Exact",
            "The resourceVersion for the provided list is too old.",
        ),
        (
            "limit=2",
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
        ),
    ];
    for (query, told) in rows {
        let path = format!("{CONFIG_MAPS}?resourceVersion=2&{query}");
        let gone = cluster.get(&path).await;
        assert_eq!(
            (gone.code, &gone.json()["reason"], gone.message().as_str()),
            (410, &json!("Expired"), told)
        );
        assert_eq!(gone.json()["metadata"], json!({}), "{query}");
    }
}

/// What upstream's cache answers is answered whole; a page of what is selected ends with its last, whatever
/// stands behind it.
#[tokio::test(start_paused = true)]
async fn pages_end_where_upstreams_do() {
    let cluster = Cluster::start().await;
    for (name, app) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")] {
        let mut made = config_map(name);
        made["metadata"]["labels"] = json!({"app": app});
        cluster.post(CONFIG_MAPS, &made).await;
    }
    let list = async |query: &str| cluster.get(&format!("{CONFIG_MAPS}?{query}")).await.json();
    let whole = list("resourceVersion=0&limit=1").await;
    assert_eq!(names(&whole), ["a", "b", "c", "d"]);
    assert_eq!(whole["metadata"].get("continue"), None);
    let first = list("limit=2&labelSelector=app%3Dx").await;
    assert_eq!(names(&first), ["a", "c"]);
    assert_eq!(first["metadata"].get("remainingItemCount"), None);
    let token = first["metadata"]["continue"].as_str().expect("d is there");
    let query = format!("limit=2&labelSelector=app%3Dx&resourceVersion=0&continue={token}");
    let rest = list(&query).await;
    assert_eq!(names(&rest), [""; 0]);
    assert_eq!(rest["metadata"].get("continue"), None);
    let last = list("limit=2&labelSelector=app%3Dy").await;
    assert_eq!(names(&last), ["b", "d"]);
    assert_eq!(last["metadata"].get("continue"), None, "nothing is behind");
}

/// K-03: by the cause clients know that asking again helps, by the seconds when.
#[tokio::test(start_paused = true)]
async fn k_03_a_version_of_the_future_says_that_it_may_come() {
    let cluster = Cluster::start().await;
    let path = format!("{CONFIG_MAPS}?resourceVersion=99999");
    let told = cluster.get(&path).await.json();
    let details = &told["details"];
    assert_eq!(
        (
            &told["reason"],
            &details["causes"][0]["reason"],
            &details["retryAfterSeconds"]
        ),
        (
            &json!("Timeout"),
            &json!("ResourceVersionTooLarge"),
            &json!(1)
        )
    );
}

/// K-39.
#[tokio::test(start_paused = true)]
async fn pods_are_selected_by_their_node() {
    let cluster = Cluster::start().await;
    for name in ["p", "q"] {
        cluster.post(PODS, &pod(name)).await;
    }
    cluster
        .post(
            &format!("{PODS}/p/binding"),
            &json!({"metadata": {"name": "p"}, "target": {"name": "node-1"}}),
        )
        .await;
    for field in ["spec.nodeName", "spec.host"] {
        let list = cluster
            .get(&format!(
                "/api/v1/pods?fieldSelector={field}%3Dnode-1,status.phase!%3DFailed"
            ))
            .await;
        assert_eq!(names(&list.json()), ["p"], "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_none_are_told_so() {
    let cluster = Cluster::start().await;
    let rows = [
        ("****", "illegal base64 data at input byte 0"),
        ("ab=", "illegal base64 data at input byte 2"),
        ("abcde", "illegal base64 data at input byte 4"),
        (
            "abc",
            "invalid character 'i' looking for beginning of value",
        ),
        (
            "eyJ2IjoiZm9vIiwicnYiOjF9",
            "server does not recognize this encoded version foo",
        ),
    ];
    for (token, why) in rows {
        let reply = cluster.get(&format!("{PODS}?continue={token}")).await;
        let told = format!("invalid continue token: continue key is not valid: {why}");
        assert_eq!((reply.code, reply.message()), (400, told));
    }
}
