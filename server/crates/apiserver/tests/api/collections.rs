//! Whole collections: deleted as the options say, and read in pages whose words change (K-06, GC-06, GC-10).

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, PODS, config_map};

/// Three that are labelled and one that is not.
async fn four(cluster: &Cluster) {
    for name in ["a", "b", "c", "d"] {
        let mut object = config_map(name);
        if name != "d" {
            object["metadata"]["labels"] = json!({"of": "us"});
        }
        assert_eq!(cluster.post(CONFIG_MAPS, &object).await.code, 201);
    }
}

/// The objects' names, each with its finalizers: `a b[orphan]`.
fn shown(list: &Value) -> String {
    let mut text = String::new();
    for item in list["items"].as_array().expect("items are never null") {
        let metadata = &item["metadata"];
        let space = if text.is_empty() { "" } else { " " };
        let name = metadata["name"].as_str().expect("a name");
        write!(text, "{space}{name}").expect("text grows");
        for finalizer in metadata["finalizers"].as_array().into_iter().flatten() {
            write!(text, "[{}]", finalizer.as_str().expect("text")).expect("text grows");
        }
    }
    text
}

struct Deletion {
    why: &'static str,
    query: &'static str,
    /// Null sends no body at all, so that the query counts.
    options: Value,
    code: u16,
    /// What the answer lists, as it was.
    told: &'static str,
    left: &'static str,
}

#[tokio::test(start_paused = true)]
async fn gc_06_gc_10_a_collection_is_deleted_as_its_options_say() {
    let ours = "labelSelector=of%3Dus";
    let table = [
        Deletion {
            why: "all that is selected",
            query: ours,
            options: json!({}),
            code: 200,
            told: "a b c",
            left: "d",
        },
        Deletion {
            why: "one by its name",
            query: "fieldSelector=metadata.name%3Db",
            options: Value::Null,
            code: 200,
            told: "b",
            left: "a c d",
        },
        Deletion {
            why: "a page of it",
            query: "limit=2",
            options: json!({}),
            code: 200,
            told: "a b",
            left: "c d",
        },
        Deletion {
            why: "a rehearsal by the query",
            query: "labelSelector=of%3Dus&dryRun=All",
            options: Value::Null,
            code: 200,
            told: "a b c",
            left: "a b c d",
        },
        Deletion {
            why: "a rehearsal by the body",
            query: ours,
            options: json!({"dryRun": ["All"], "propagationPolicy": "Foreground"}),
            code: 200,
            told: "a b c",
            left: "a b c d",
        },
        Deletion {
            why: "by the body, which a query beside it does not change",
            query: "labelSelector=of%3Dus&propagationPolicy=Foreground",
            options: json!({"propagationPolicy": "Orphan"}),
            code: 200,
            told: "a b c",
            left: "a[orphan] b[orphan] c[orphan] d",
        },
        Deletion {
            why: "by the query where there is no body",
            query: "labelSelector=of%3Dus&propagationPolicy=Foreground",
            options: Value::Null,
            code: 200,
            told: "a b c",
            left: "a[foregroundDeletion] b[foregroundDeletion] c[foregroundDeletion] d",
        },
        Deletion {
            why: "none that is another than was meant",
            query: ours,
            options: json!({"preconditions": {"uid": "another"}}),
            code: 409,
            told: "",
            left: "a b c d",
        },
        Deletion {
            why: "none by options that are wrong",
            query: ours,
            options: json!({"propagationPolicy": "Perhaps"}),
            code: 422,
            told: "",
            left: "a b c d",
        },
        Deletion {
            why: "none by a selector that is none",
            query: "labelSelector=of%3D%3D%3Dus",
            options: json!({}),
            code: 400,
            told: "",
            left: "a b c d",
        },
        Deletion {
            why: "none by a field that cannot be selected by, which is seen before options that are wrong",
            query: "fieldSelector=data.a%3D1",
            options: json!({"propagationPolicy": "Perhaps"}),
            code: 400,
            told: "",
            left: "a b c d",
        },
    ];
    for row in table {
        let cluster = Cluster::start().await;
        four(&cluster).await;
        let path = format!("{CONFIG_MAPS}?{}", row.query);
        let reply = match &row.options {
            Value::Null => cluster.ask("DELETE", &path, &[], "").await,
            options => cluster.delete(&path, options).await,
        };
        assert_eq!(reply.code, row.code, "{}: {}", row.why, reply.text);
        if row.code == 200 {
            assert_eq!(shown(&reply.json()), row.told, "{}", row.why);
        }
        let left = cluster.get(CONFIG_MAPS).await.json();
        assert_eq!(shown(&left), row.left, "{}", row.why);
    }
}

/// A page says how the next one is asked for, so that a collection can be deleted in pages.
#[tokio::test(start_paused = true)]
async fn k_06_a_collection_is_deleted_in_pages() {
    let cluster = Cluster::start().await;
    four(&cluster).await;
    let mut token = String::new();
    let mut told = Vec::new();
    for _ in 0..2 {
        let path = format!("{CONFIG_MAPS}?limit=2&continue={token}");
        let page = cluster.ask("DELETE", &path, &[], "").await.json();
        told.push(shown(&page));
        let next = page["metadata"]["continue"].as_str();
        token = next.unwrap_or_default().to_owned();
    }
    assert_eq!((told.join(","), token.as_str()), ("a b,c d".to_owned(), ""));
    assert_eq!(shown(&cluster.get(CONFIG_MAPS).await.json()), "");
}

/// The token says where to go on and at which version, the query what is looked for.
#[tokio::test(start_paused = true)]
async fn k_06_a_page_goes_on_with_other_words() {
    let cluster = Cluster::start().await;
    four(&cluster).await;
    let first = cluster.get(&format!("{CONFIG_MAPS}?limit=1")).await.json();
    let token = first["metadata"]["continue"].as_str().expect("more");
    cluster
        .delete(&format!("{CONFIG_MAPS}/c"), &json!({}))
        .await;
    let rows = [
        ("limit=9", "b c d"),
        ("labelSelector=of%3Dus", "b c"),
        ("limit=1&labelSelector=of%3Dus", "b"),
        ("limit=1&labelSelector=!of", "d"),
        ("limit=1&fieldSelector=metadata.name%3Dc", "c"),
        ("fieldSelector=metadata.name%3Da", ""),
        ("resourceVersion=0&limit=0", "b c d"),
    ];
    for (query, want) in rows {
        let path = format!("{CONFIG_MAPS}?{query}&continue={token}");
        let page = cluster.get(&path).await.json();
        assert_eq!(shown(&page), want, "{query}");
        assert_eq!(
            page["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"],
            "{query}"
        );
    }
    let with_version = format!("{CONFIG_MAPS}?resourceVersion=1&continue={token}");
    let refused = cluster.get(&with_version).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            400,
            "specifying resource version is not allowed when using continue"
        )
    );
}

/// However large the pages are, together they are the list, over all namespaces, too.
#[tokio::test(start_paused = true)]
async fn k_06_pages_are_together_what_the_list_is() {
    let cluster = Cluster::start().await;
    four(&cluster).await;
    for namespace in ["kube-system", "kube-public"] {
        let path = format!("/api/v1/namespaces/{namespace}/configmaps");
        cluster.post(&path, &config_map("b")).await;
    }
    for selector in [
        "",
        "labelSelector=of%3Dus",
        "fieldSelector=metadata.name%3Db",
    ] {
        let whole = cluster
            .get(&format!("/api/v1/configmaps?{selector}"))
            .await
            .json();
        for limit in 1..=7 {
            let mut items = Vec::new();
            let mut token = String::new();
            loop {
                let path = format!("/api/v1/configmaps?{selector}&limit={limit}&continue={token}");
                let page = cluster.get(&path).await.json();
                let page_items = page["items"].as_array().expect("items are never null");
                assert!(page_items.len() <= limit, "{selector} {limit}");
                items.extend(page_items.iter().cloned());
                match page["metadata"]["continue"].as_str() {
                    Some(next) => token = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(Value::Array(items), whole["items"], "{selector} {limit}");
        }
    }
}

/// Of several options that are wrong, upstream tells of the one that it reads first.
#[tokio::test(start_paused = true)]
async fn k_06_options_are_read_in_upstreams_order() {
    let cluster = Cluster::start().await;
    let rows = [
        (
            "timeoutSeconds=x&limit=y&labelSelector=!!",
            400,
            "parsing \"x\": invalid syntax",
        ),
        (
            "limit=y&labelSelector=!!&resourceVersionMatch=Exact",
            400,
            "parsing \"y\": invalid syntax",
        ),
        (
            "labelSelector=!!&fieldSelector=zz&resourceVersionMatch=Exact",
            400,
            "found '!', expected: identifier",
        ),
        (
            "fieldSelector=zz&resourceVersionMatch=Exact",
            400,
            "can't understand 'zz'",
        ),
        (
            "fieldSelector=zz%3Da&resourceVersionMatch=Exact",
            422,
            "resourceVersionMatch: Forbidden",
        ),
        (
            "fieldSelector=zz%3Da&resourceVersion=latest",
            400,
            "field label not supported: zz",
        ),
    ];
    for (query, code, says) in rows {
        for path in [
            format!("{PODS}?{query}"),
            format!("{PODS}?{query}&watch=true"),
        ] {
            let reply = cluster.get(&path).await;
            assert_eq!(reply.code, code, "{path}: {}", reply.text);
            assert!(reply.message().contains(says), "{path}: {}", reply.text);
        }
    }
}
