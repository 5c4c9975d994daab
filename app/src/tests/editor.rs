//! The forms that take YAML, over the sample cluster.

use http::StatusCode;

use super::forms::send;
use crate::address::escape;

/// What is painted of a form that holds these.
async fn filled(address: &str, pairs: &[(&str, &str)], lang: &str) -> String {
    let pairs = pairs.iter();
    let body = pairs.map(|(name, value)| format!("{name}={}", escape(value)));
    let body: Vec<String> = body.collect();
    let (status, html) = send(address, &body.join("&"), lang).await;
    assert_eq!(status, StatusCode::OK, "{html}");
    html
}

fn says(html: &str, all: &[&str]) {
    for words in all {
        assert!(html.contains(words), "{words} in {html}");
    }
}

/// What is told of the text is told beside it, not below fields that are rarely filled in.
fn beside(html: &str, told: &str) {
    let [told, reason] = [told, "name=\"reason\""].map(|words| html.find(words));
    assert!(told.is_some() && told < reason, "{html}");
}

/// What the text field holds.
fn typed(html: &str) -> String {
    let after = html.split("<textarea name=\"text\"").nth(1);
    let after = after.and_then(|rest| rest.split_once(">\n"));
    let text = after.and_then(|(_, rest)| rest.split_once("</textarea>"));
    text.expect("a text field").0.replace("&quot;", "\"")
}

const NEW: &str = "/form/create/jobs";

#[tokio::test]
async fn a_new_text_begins_with_the_least_of_its_kind() {
    let html = filled("/form/create/jobs?ns=data", &[], "en").await;
    says(
        &html,
        &[
            "<form class=\"sheet wide\" data-form=\"/form/create/jobs\"",
            "Create from YAML",
            "<span class=\"l\"><span class=\"y-key\">kind</span>: Job\n</span>",
            "data-k=\"text-0\" aria-label=\"Manifest as YAML\"",
            "Esc and then Tab leaves the text",
            "value=\"start-cronjobs\">CronJob<",
            "type=\"file\"",
            "name=\"ns\" value=\"data\"",
            "name=\"token\" value=\"",
            "kubectl create -n data -f manifest.yaml",
            "The cluster would accept it: CronJob data/hello-once",
            "class=\"btn prime\" value=\"run\">Create<",
        ],
    );
    beside(
        &html,
        "The cluster would accept it: CronJob data/hello-once",
    );
    assert!(typed(&html).starts_with("apiVersion: batch/v1\nkind: Job\n"));
    assert!(!html.contains("data-unsaved") && !html.contains("aria-invalid"));
    let html = filled(NEW, &[], "ko").await;
    says(
        &html,
        &[
            "YAML로 만들기",
            "시작 예제",
            "name=\"ns\" value=\"default\"",
        ],
    );
    let html = filled("/form/create/pods", &[], "en").await;
    assert_eq!(typed(&html), "", "any kind may be typed");
    assert!(!html.contains("value=\"run\""), "nothing is not created");
    let (status, _) = send("/form/create/things", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_example_comes_after_what_is_typed() {
    let pairs = [("text", "a: 1\n"), ("do", "start-daemonsets")];
    let html = filled(NEW, &pairs, "en").await;
    assert!(typed(&html).starts_with("a: 1\n---\napiVersion: apps/v1\nkind: DaemonSet\n"));
    says(&html, &["data-k=\"text-1\"", "<form data-unsaved "]);
    let html = filled(NEW, &[("do", "start-daemonsets")], "en").await;
    assert!(typed(&html).starts_with("apiVersion: apps/v1\n"), "{html}");
}

#[tokio::test]
async fn fields_are_put_into_the_text() {
    let html = filled(NEW, &[], "en").await;
    says(
        &html,
        &[
            "<details class=\"wish\" data-k=\"wish\"><summary>By fields</summary>",
            "<option value=\"jobs\" selected>Job</option>",
            "name=\"wish.completions\"",
            "value=\"fill\">Put it into the text<",
        ],
    );
    assert!(!html.contains("wish.schedule"), "a Job has none: {html}");
    let typed_in = [("wish.kind", "cronjobs"), ("wish.name", "<b>")];
    let html = filled(NEW, &typed_in, "ko").await;
    says(
        &html,
        &[
            "양식으로 작성",
            "name=\"wish.name\" value=\"&lt;b&gt;\"",
            "name=\"wish.schedule\" value=\"*/5 * * * *\"",
            "<option value=\"Forbid\" selected>",
        ],
    );
    assert!(
        typed(&html).contains("kind: Job"),
        "nothing is put there yet"
    );
    let fill = [("wish.name", "first"), ("do", "fill")];
    let html = filled(NEW, &fill, "en").await;
    let first = typed(&html);
    assert!(first.contains("  name: first\n"), "{first}");
    says(&html, &["data-k=\"text-1\""]);
    let again = [
        ("text", first.as_str()),
        ("filled", first.as_str()),
        ("wish.name", "second"),
        ("do", "fill"),
    ];
    let second = typed(&filled(NEW, &again, "en").await);
    assert_eq!(second, first.replace("first", "second"), "it is one object");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_line() {
    let text = "\n  name: a\n<wrong>\n";
    let html = filled(NEW, &[("text", text)], "en").await;
    says(
        &html,
        &[
            "<span class=\"l bad\">&lt;wrong&gt;\n</span>",
            "aria-invalid=\"true\"",
            "data-line=\"3\">Line 3</button> metadata.name: &lt;not&gt; here",
        ],
    );
    assert_eq!(typed(&html), text.replace("<wrong>", "&lt;wrong&gt;"));
    let html = filled(NEW, &[("text", text)], "ko").await;
    says(&html, &["data-line=\"3\">3행</button>"]);
}

#[tokio::test]
async fn the_field_at_the_cursor_is_explained() {
    let html = filled(NEW, &[("text", "kind: Job\nspec:\n")], "en").await;
    says(&html, &["data-cursor", "Where the cursor is,"]);
    let pairs = [("text", "kind: Job\nspec:\n"), ("cursor", "11")];
    let html = filled(NEW, &pairs, "en").await;
    let explained = [
        "<code>spec</code> <span class=\"sub\">[]&lt;b&gt;</span>",
        "<p>What it means.</p><p>May hold: one, two</p>",
    ];
    says(&html, &explained);
    let pairs = [("text", "kind: Job\n"), ("was", ""), ("cursor", "0")];
    let html = filled(EDIT, &pairs, "ko").await;
    says(&html, &["<code>kind</code>", "가질 수 있는 필드: one, two"]);
}

#[tokio::test]
async fn fields_are_offered_where_a_name_is_typed_or_when_they_are_asked_for() {
    let begun = [("text", "kind: Job\nspec:\n  p"), ("cursor", "19")];
    let html = filled(NEW, &begun, "en").await;
    says(
        &html,
        &[
            "aria-controls=\"offers\" aria-activedescendant=\"offer-0\"",
            "data-k=\"offers\">\n\n  <ul id=\"offers\" role=\"listbox\" tabindex=\"-1\" aria-label=\"Fields that can stand here\">",
            "<li id=\"offer-0\" role=\"option\" aria-selected=\"true\" data-put=\"parallelism: \">parallelism <span class=\"sub\">&lt;integer&gt;</span></li>",
            "<li id=\"offer-1\" role=\"option\" aria-selected=\"false\" data-put=\"podFailurePolicy:\n    \">",
        ],
    );
    let blank = [("text", "kind: Job\nspec:\n  "), ("cursor", "18")];
    let html = filled(NEW, &blank, "en").await;
    assert!(!html.contains("role=\"listbox\""), "nobody asked: {html}");
    let asked = [blank[0], blank[1], ("was", ""), ("do", "offer")];
    let html = filled(EDIT, &asked, "ko").await;
    says(
        &html,
        &["여기에 쓸 수 있는 필드", "data-put=\"parallelism: \""],
    );
}

#[tokio::test]
async fn a_long_text_is_rehearsed_when_one_says_so() {
    let text = "# a line\n".repeat(20_000);
    let pairs = |more| [("text", text.as_str()), ("was", ""), more];
    let (unread, first) = ("These 20,000 lines are too many", "<span class=\"l\">");
    for address in [NEW, EDIT] {
        let html = filled(address, &pairs(("reason", "")), "en").await;
        says(&html, &[unread, "value=\"check\">Check it now<", first]);
        let again = filled(address, &pairs(("round", "0")), "en").await;
        says(&again, &[unread, "data-k=\"paint\" data-slot></pre>"]);
        assert!(!again.contains(first), "the browser has its colours");
        let checked = filled(address, &pairs(("do", "check")), "en").await;
        assert!(!checked.contains(unread) && checked.contains(first));
    }
}

#[tokio::test]
async fn each_document_is_told_what_became_of_it() {
    let run = |text| {
        [
            ("text", text),
            ("ns", "data"),
            ("token", "t"),
            ("do", "run"),
        ]
    };
    let html = filled(NEW, &run("  name: a\n---\n  name: b\n"), "en").await;
    says(
        &html,
        &[
            "class=\"toast ok\"",
            "Created: CronJob data/a, CronJob data/b",
            "href=\"/cronjobs/data/a\"",
            "href=\"/cronjobs/data/b\"",
            "kubectl create -n data -f manifest.yaml",
        ],
    );
    let html = filled(NEW, &run("  name: a\n  namespace: x\n"), "en").await;
    says(
        &html,
        &["class=\"toast ok\"", "kubectl create -f manifest.yaml"],
    );
    let odd = [("text", "  name: a\n"), ("ns", "a;b")];
    let html = filled(NEW, &odd, "en").await;
    says(&html, &["kubectl create -n &#39;a;b&#39; -f manifest.yaml"]);
    let html = filled(NEW, &run("  name: a\n---\nwrong\n"), "en").await;
    says(
        &html,
        &[
            "<b>CronJob data/a</b> <span class=\"sub\">not created, as others are wrong",
            "<li class=\"bad\">",
            "value=\"run\"",
        ],
    );
    assert_eq!(typed(&html), "  name: a\n---\nwrong\n");
    let html = filled(NEW, &run("  name: a\n---\n  name: late\n"), "en").await;
    says(
        &html,
        &[
            "Only some were created",
            "<li class=\"ok\"><b>CronJob data/a</b> <span class=\"sub\">created<",
            "<li class=\"bad\"><b>CronJob data/late</b>",
            "name=\"token\" value=\"t\"",
        ],
    );
    assert_eq!(
        typed(&html),
        "  name: late\n",
        "the rest is left to be mended"
    );
    let html = filled(NEW, &[("text", "  name: a\n---\n  name: b\n")], "en").await;
    assert_eq!(html.matches(">would be created<").count(), 2, "{html}");
}

const EDIT: &str = "/form/yaml/cronjobs/data/etl";
const WAS: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: etl\n  namespace: data\nspec:\n  schedule: \"*/5 * * * *\"\n";

#[tokio::test]
async fn an_object_is_edited_from_what_it_is() {
    let html = filled(EDIT, &[], "en").await;
    says(
        &html,
        &["Edit CronJob etl", "name=\"was\" value=\"apiVersion"],
    );
    assert_eq!(typed(&html), WAS);
    assert!(!html.contains("value=\"save\""), "it is as it was: {html}");
    let mine = format!("{WAS}# mine\n");
    let pairs = |pressed| [("text", mine.as_str()), ("was", WAS), ("do", pressed)];
    let html = filled(EDIT, &pairs(""), "en").await;
    says(
        &html,
        &[
            "<form data-unsaved ",
            "id=\"unsaved\" role=\"alert\" hidden>What is typed here is not saved",
            ">Discard<",
            "<del>-  schedule: 0 2 * * *</del>",
            "kubectl replace -f etl.yaml",
            "class=\"btn prime\" value=\"save\"",
        ],
    );
    beside(&html, "<del>-  schedule");
    let html = filled(EDIT, &pairs("save"), "en").await;
    says(&html, &["class=\"toast ok\"", "etl is changed"]);
    let html = filled(EDIT, &[("text", "wrong"), ("was", WAS)], "en").await;
    says(
        &html,
        &["data-line=\"2\">Line 2</button> kind: &lt;not&gt; such"],
    );
    let (status, _) = send("/form/yaml/nodes/node-1", "", "en").await;
    assert_eq!(status, StatusCode::OK, "a node has no namespace");
    let (status, _) = send("/form/yaml/events/data/x", "", "en").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_somebody_else_changed_is_shown_and_not_written_over() {
    let before = WAS.replace("*/5", "*/9");
    let pairs = |text, pressed| [("text", text), ("was", before.as_str()), ("do", pressed)];
    for pressed in ["", "save"] {
        let html = filled(EDIT, &pairs("mine", pressed), "en").await;
        says(
            &html,
            &[
                "role=\"alert\"",
                "Nothing is saved over that",
                "both fit into one text",
                "What they changed</h3><pre class=\"diff\" tabindex=\"0\"><del>-theirs: 1</del>",
                "<ins>+mine: 3</ins>",
                "value=\"mine\"",
                "value=\"merge\"",
            ],
        );
        beside(&html, "What they changed");
        assert!(!html.contains("value=\"save\""), "{html}");
        assert_eq!(typed(&html), "mine");
    }
    let html = filled(EDIT, &pairs("meets", ""), "en").await;
    says(&html, &["Both changed the same lines"]);
    let html = filled(EDIT, &pairs("mine", ""), "ko").await;
    says(&html, &["상대가 바꾼 내용", "내가 바꾼 내용"]);

    let merged = filled(EDIT, &pairs("mine", "merge"), "en").await;
    assert_eq!(typed(&merged), format!("{WAS}# merged\n"));
    says(&merged, &["data-k=\"text-1\"", "value=\"save\""]);
    let kept = filled(EDIT, &pairs("mine", "mine"), "en").await;
    assert_eq!(typed(&kept), "mine");
    let theirs = format!("name=\"was\" value=\"{}\"", WAS.replace('"', "&quot;"));
    says(&kept, &["data-k=\"text-0\"", "value=\"save\"", &theirs]);
}
