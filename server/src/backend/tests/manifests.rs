//! Objects that are made and edited as YAML.

use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::editor::{KINDS, Wish, example};
use orrery_app::forms::manifest::{Both, Document, Offers, Outcome, Replaced};
use orrery_view::Kind;
use serde_json::{Value, json};

use super::{House, cronjob, object};

const CRONJOB: &str = r#"apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: c
            image: busybox
"#;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: team\ndata:\n  a: b\n";
const TEAM: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n";

async fn create(house: &House, text: &str, token: &str, dry_run: bool) -> Vec<Document> {
    let (text, namespace, token) = (text.to_owned(), "default".to_owned(), token.to_owned());
    let made = house.backend.create(text, namespace, token, dry_run).await;
    made.expect("it is told of each")
}

/// Where each document is wrong.
fn lines(documents: &[Document]) -> Vec<Vec<u32>> {
    let lines = |document: &Document| match &document.outcome {
        Outcome::Wrong(problems) => problems.iter().map(|problem| problem.line).collect(),
        _ => Vec::new(),
    };
    documents.iter().map(lines).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_document_is_told_at_its_lines_and_none_is_made_while_one_is_wrong() {
    let house = House::new().await;
    let wrong = CRONJOB
        .replace("0 0 1 1 *", "61 * * * *")
        .replace("restartPolicy: Never", "restartPolicy: Sometimes");
    let rows = [
        ("refused values", wrong.clone(), vec![vec![6, 11, 11]]),
        (
            "an unknown field",
            CRONJOB.replace("schedule:", "shedule: x\n  schedule:"),
            vec![vec![6]],
        ),
        (
            "the wrong type",
            format!("{CONFIG}  c: 1\n").replace("team", "default"),
            vec![vec![6]],
        ),
        (
            "no such kind",
            CRONJOB.replace("kind: CronJob", "kind: CornJob"),
            vec![vec![2]],
        ),
        (
            "no such version",
            CRONJOB.replace("batch/v1", "batch/v7"),
            vec![vec![1]],
        ),
        ("no kind", "metadata: {name: x}\n".to_owned(), vec![vec![1]]),
        ("no such namespace", CONFIG.to_owned(), vec![vec![5]]),
        (
            "no YAML, between others",
            format!("{CRONJOB}---\na: b: c\n---\n{wrong}"),
            vec![vec![], vec![16], vec![23, 28, 28]],
        ),
    ];
    for (what, text, wanted) in rows {
        for dry_run in [true, false] {
            let told = create(&house, &text, "t", dry_run).await;
            assert_eq!(lines(&told), wanted, "{what}: {told:#?}");
        }
    }
    let held = create(&house, &format!("{CRONJOB}---\n{wrong}"), "t", false).await;
    assert_eq!(held[0].outcome, Outcome::Held);
    let all = house.api::<CronJob>().list(&ListParams::default()).await;
    assert_eq!(all.expect("listed").items.len(), 0, "nothing is made");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_says_what_the_field_at_a_line_is() {
    let house = House::new().await;
    let text = format!("{CONFIG}---\n{CRONJOB}");
    let rows = [
        (7, "data.a", "string", ""),
        (14, "spec.schedule", "string", "Cron format"),
        (13, "spec", "CronJobSpec", "desired behavior"),
        (
            20,
            "spec.jobTemplate.spec.template.spec.containers",
            "[]Container",
            "containers belonging to the pod",
        ),
        (
            22,
            "spec.jobTemplate.spec.template.spec.containers[0].image",
            "string",
            "image name",
        ),
    ];
    for (line, path, word, says) in rows {
        let about = house.backend.explain(text.clone(), line).await;
        let about = about.expect("it says something");
        assert_eq!((about.path.as_str(), about.word.as_str()), (path, word));
        assert!(about.text.contains(says), "{says} in {}", about.text);
    }
    let unknown = text.replace("kind: CronJob", "kind: CornJob");
    assert_eq!(house.backend.explain(unknown, 14).await, None);
    assert_eq!(house.backend.explain("a: [".to_owned(), 1).await, None);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_offers_the_fields_that_are_not_there_yet() {
    let house = House::new().await;
    let rows = [
        (
            "spec:\n",
            "spec:\n  S",
            "startingDeadlineSeconds: |successfulJobsHistoryLimit: |suspend: ",
        ),
        ("spec:\n", "spec:\n  jobT", ""),
        (
            "          containers:\n",
            "          hostA|          containers:\n",
            "hostAliases:\n          - ",
        ),
        (
            "            image: busybox\n",
            "            image: busybox\n            env|",
            "env:\n            - |envFrom:\n            - ",
        ),
        (
            "          - name: c\n",
            "          - reso|          - name: c\n",
            "resources:\n              ",
        ),
        (
            "            image: busybox\n",
            "            command:\n            - na|",
            "",
        ),
    ];
    for (before, typed, wanted) in rows {
        // the cursor is where a bar is, or at the end of what is typed
        let typed = typed.split_once('|').unwrap_or((typed, ""));
        let at = CRONJOB.find(before).expect("it is in the text") + typed.0.len();
        let with = format!("{}\n{}", typed.0, typed.1);
        let text = CRONJOB.replacen(before, &with, 1);
        let offers = house.backend.offers(text.clone(), at).await;
        let fields = offers.map(|offers| offers.fields).unwrap_or_default();
        let told = fields
            .iter()
            .map(|field| format!("{}{}", field.name, field.then));
        let told: Vec<_> = told.collect();
        assert_eq!(told.join("|"), wanted, "{text}");
    }
    let whole = |offers: Option<Offers>| -> Vec<String> {
        let fields = offers.map(|offers| offers.fields).unwrap_or_default();
        let told = fields.into_iter().map(|field| field.name + &field.then);
        told.collect()
    };
    let begun = house.backend.offers("ap".to_owned(), 2).await;
    let begun = whole(begun);
    assert_eq!(begun[0], "apiVersion: batch/v1\nkind: CronJob");
    for text in begun {
        let named = format!("{text}\nmetadata: {{name: x}}\nme");
        let fields = house.backend.offers(named.clone(), named.len()).await;
        assert_eq!(fields, None, "the one that begins so is there: {text}");
        let next = format!("{text}\nme");
        let fields = house.backend.offers(next.clone(), next.len()).await;
        let fields = whole(fields);
        assert_eq!(fields, ["metadata:\n  "], "the cluster has it: {text}");
    }
    let kind = "kind: Job\nspec:\n  para".to_owned();
    let at = kind.len();
    let fields = whole(house.backend.offers(kind, at).await);
    assert_eq!(fields, ["parallelism: "], "its version is known");
    let nothing = house.backend.offers("spec".to_owned(), 4).await;
    assert_eq!(nothing, None, "of no kind");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_text_begins_with_is_taken_as_it_is() {
    let house = House::new().await;
    for kind in KINDS {
        let text = example(kind).expect("an example").yaml();
        let told = create(&house, &text, "", true).await;
        let made = told.first().map(|document| &document.outcome);
        assert!(
            matches!(made, Some(Outcome::Made(Some(made))) if made.kind == kind),
            "{told:#?}"
        );
        let wish = Wish {
            kind,
            name: "by-fields".into(),
            image: "busybox".into(),
            command: "echo \"it's: 1\" # done".into(),
            schedule: "*/5 * * * *".into(),
            policy: "Replace".into(),
            completions: "3".into(),
            parallelism: String::new(),
        };
        let told = create(&house, &wish.yaml(), "", true).await;
        let made = told.first().map(|document| &document.outcome);
        let wanted = object(kind, "by-fields");
        assert!(
            matches!(made, Some(Outcome::Made(Some(made))) if *made == wanted),
            "{told:#?}"
        );
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_made_in_order_once_and_say_who_made_them() {
    let house = House::new().await;
    let text = format!("# a team's own\n{TEAM}---\n{CONFIG}---\n{CRONJOB}");
    let told = create(&house, &text, "t", true).await;
    let outcomes: Vec<_> = told.iter().map(|document| &document.outcome).collect();
    let backup = object(Kind::CronJob, "backup");
    assert!(
        matches!(&outcomes[..], [Outcome::Made(None), Outcome::Later(why), Outcome::Made(Some(made))]
            if why.contains("team") && *made == backup),
        "{told:#?}"
    );
    let names: Vec<_> = told.iter().map(|document| document.name.as_str()).collect();
    let expected = [
        "Namespace team",
        "ConfigMap team/settings",
        "CronJob default/backup",
    ];
    assert_eq!(names, expected);
    let placed: Vec<_> = told.iter().map(|document| document.placed).collect();
    assert_eq!(placed, [true, true, false]);
    let all: String = told.iter().map(|document| document.text.as_str()).collect();
    assert_eq!(all, text);
    let namespaces: Api<Namespace> = Api::all(house.client.clone());
    let team = namespaces.get_opt("team").await.expect("asked");
    assert!(team.is_none(), "a rehearsal makes nothing");

    for _ in 0..2 {
        let made = create(&house, &text, "t", false).await;
        let done = made
            .iter()
            .all(|document| matches!(document.outcome, Outcome::Made(_)));
        assert!(done, "a form sent twice is one of each: {made:#?}");
    }
    let other = create(&house, &text, "u", false).await;
    assert_eq!(lines(&other), [vec![5], vec![10], vec![18]]);
    let made = house.api::<CronJob>().get("backup").await.expect("made");
    assert_eq!(made.annotations()["orrery.dev/change-reason"], "Create");
    let configs: Api<ConfigMap> = Api::namespaced(house.client.clone(), "team");
    let config = configs.get("settings").await.expect("made");
    assert_eq!(
        config.annotations()["orrery.dev/changed-by"],
        "orrery-admin (dashboard)"
    );
    house.stop().await;
}

async fn replace(house: &House, text: &str, was: &str, dry_run: bool) -> Replaced {
    let (backup, text, was) = (object(Kind::CronJob, "backup"), text.into(), was.into());
    let replaced = house.backend.replace(backup, text, was, dry_run).await;
    replaced.expect("it is told")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_text_is_rehearsed_and_saved_and_lies_over_nobody_elses_change() {
    let house = House::new().await;
    house.create::<CronJob>(cronjob("0 0 1 1 *")).await;
    let (backup, api) = (object(Kind::CronJob, "backup"), house.api::<CronJob>());
    let was = house.backend.source(backup.clone()).await.expect("read");
    for without in ["managedFields", "resourceVersion", "uid:", "status:"] {
        assert!(!was.contains(without), "{without} in {was}");
    }
    assert_eq!(replace(&house, &was, &was, false).await, Replaced::Same);
    let kept = |n: u32| format!("failedJobsHistoryLimit: {n}\n");
    let mine = was.replace(&kept(1), &kept(5));
    let Replaced::Rehearsed(diff) = replace(&house, &mine, &was, true).await else {
        panic!("it is rehearsed");
    };
    for line in [
        "-  failedJobsHistoryLimit: 1",
        "+  failedJobsHistoryLimit: 5",
    ] {
        assert!(diff.lines().any(|l| l == line), "{line} in {diff}");
    }
    let wrong = was.replace("0 0 1 1 *", "61 * * * *");
    let at = wrong.lines().position(|line| line.contains("61 *"));
    let at = u32::try_from(at.expect("it is there") + 1).expect("few lines");
    let Replaced::Wrong(problems) = replace(&house, &wrong, &was, true).await else {
        panic!("it is refused");
    };
    assert_eq!((problems.len(), problems[0].line), (1, at), "{problems:?}");

    // who changes the status changes nothing of the text
    let status = json!({ "status": { "lastScheduleTime": "2026-01-01T00:00:00Z" } });
    let (params, status) = (PatchParams::default(), Patch::Merge(status));
    let patched = api.patch_status("backup", &params, &status);
    patched.await.expect("patched");
    assert_eq!(replace(&house, &mine, &was, false).await, Replaced::Saved);
    let saved = api.get("backup").await.expect("there");
    assert_eq!(saved.spec.failed_jobs_history_limit, Some(5));
    assert!(
        saved
            .status
            .and_then(|status| status.last_schedule_time)
            .is_some()
    );
    let marks = saved.metadata.annotations.expect("marks");
    assert_eq!(marks["orrery.dev/change-reason"], "Edit");
    assert_eq!(
        replace(&house, &mine, &was, false).await,
        Replaced::Same,
        "sent twice"
    );
    three_ways(&house).await;
    let gone = object(Kind::CronJob, "gone");
    let gone = house.backend.replace(gone, mine, was, true).await;
    assert!(matches!(gone, Err(AppError::Gone { .. })), "{gone:?}");
    house.stop().await;
}

/// Somebody suspends it while a limit is edited, and then edits the limit as well. Not the schedule: the controller
/// leaves a note when that changes.
async fn three_ways(house: &House) {
    let (backup, api) = (object(Kind::CronJob, "backup"), house.api::<CronJob>());
    let was = house.backend.source(backup.clone()).await.expect("read");
    let limit = |n: u32| format!("  failedJobsHistoryLimit: {n}\n");
    let mine = was.replace(&limit(5), &limit(7));
    let change = async |spec: Value| {
        let (params, patch) = (
            PatchParams::default(),
            Patch::Merge(json!({ "spec": spec })),
        );
        api.patch("backup", &params, &patch).await.expect("changed");
    };
    let both = async |text: &str| -> Both {
        for dry_run in [true, false] {
            if let Replaced::Changed(both) = replace(house, text, &was, dry_run).await {
                if !dry_run {
                    return *both;
                }
            } else {
                panic!("nothing is saved over it");
            }
        }
        unreachable!("the second of two answers")
    };
    change(json!({ "suspend": true })).await;
    let told = both(&mine).await;
    assert!(
        told.apart && told.they.contains("\n+  suspend: true\n"),
        "{told:?}"
    );
    assert!(told.you.contains(&format!("\n+{}", limit(7))), "{told:?}");
    // what cannot be read is no reason to hide what they did
    both("a: [").await;
    let saved = replace(house, &told.merged, &told.theirs, false).await;
    assert_eq!(saved, Replaced::Saved);
    let now = api.get("backup").await.expect("there").spec;
    assert_eq!(
        (now.failed_jobs_history_limit, now.suspend),
        (Some(7), Some(true))
    );

    let was = house.backend.source(backup).await.expect("read");
    let mine = was.replace(&limit(7), &limit(8));
    change(json!({ "failedJobsHistoryLimit": 9 })).await;
    let Replaced::Changed(told) = replace(house, &mine, &was, false).await else {
        panic!("nothing is saved over it");
    };
    assert!(!told.apart && told.merged.contains(&limit(8)), "{told:?}");
    let marked = replace(house, &told.merged, &told.theirs, true).await;
    assert!(
        matches!(&marked, Replaced::Wrong(problems) if problems.len() == 1),
        "{marked:?}"
    );
    let saved = replace(house, &mine, &told.theirs, false).await;
    assert_eq!(saved, Replaced::Saved, "it goes on with what is typed");
    let now = api.get("backup").await.expect("there").spec;
    assert_eq!(now.failed_jobs_history_limit, Some(8));
}
