//! What a cache keeps and tells.

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use super::*;

fn owned(name: &str, revision: &str) -> ConfigMap {
    let object = json!({"metadata": {
        "namespace": "default", "name": name, "resourceVersion": revision,
        "managedFields": [{"manager": "kubectl", "operation": "Apply", "apiVersion": "v1"}],
    }, "data": {"long": "text"}});
    serde_json::from_value(object).expect("a literal ConfigMap")
}

#[test]
fn what_is_trimmed_and_managed_fields_are_neither_kept_nor_told() {
    let cache = Cache::<ConfigMap>::builder()
        .trim(|object| object.data = None)
        .build();
    let told = Arc::new(AtomicU64::new(0));
    let count = told.clone();
    cache.on(move |change| {
        assert_eq!(change.object().metadata.managed_fields, None);
        assert_eq!(change.object().data, None);
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut listed = BTreeMap::new();
    for event in [
        Event::Init,
        Event::InitApply(owned("listed", "1")),
        Event::InitDone,
        Event::Apply(owned("watched", "2")),
    ] {
        cache.take(event, &mut listed);
    }
    let kept = cache.list();
    assert_eq!(kept.len(), 2);
    let found = ["a", "default", "z"].map(|namespace| cache.has_any_in(namespace));
    assert_eq!(found, [false, true, false]);
    for object in kept {
        assert_eq!(object.metadata.managed_fields, None);
        assert_eq!(object.data, None);
    }
    cache.take(Event::Delete(owned("watched", "3")), &mut listed);
    assert_eq!(told.load(Ordering::SeqCst), 3);
}

#[test]
fn a_relist_tells_of_one_that_another_of_its_name_has_replaced() {
    let of = |uid: &str, revision: &str| {
        let mut object = owned("a", revision);
        object.metadata.uid = Some(uid.to_owned());
        object
    };
    let cache = Cache::<ConfigMap>::builder().build();
    let told = Arc::new(RwLock::new(Vec::new()));
    let telling = told.clone();
    cache.on(move |change| {
        let uid = |object: &Option<Arc<ConfigMap>>| object.as_ref()?.metadata.uid.clone();
        let told = (uid(&change.old), uid(&change.new));
        telling.write().push(told);
    });
    let mut listed = BTreeMap::new();
    for object in [of("first", "1"), of("first", "2"), of("second", "4")] {
        for event in [Event::Init, Event::InitApply(object), Event::InitDone] {
            cache.take(event, &mut listed);
        }
    }
    let some = |uid: &str| Some(uid.to_owned());
    let want = [
        (None, some("first")),
        (some("first"), some("first")),
        (some("first"), None),
        (None, some("second")),
    ];
    assert_eq!(*told.read(), want);
}
