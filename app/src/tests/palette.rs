//! The command palette as the server paints it, over the sample cluster.

use http::StatusCode;

use super::forms::send;

async fn typed(at: &str, text: &str, lang: &str) -> String {
    let body = format!("q={}", crate::address::escape(text));
    let address = format!("/form/palette?at={}", crate::address::escape(at));
    let (status, html) = send(&address, &body, lang).await;
    assert_eq!(status, StatusCode::OK, "{html}");
    html
}

/// What the options say, in order: the label, and what pressing it does.
fn options(html: &str) -> Vec<(String, String)> {
    let option = |part: &str| {
        let label = part.split("<b>").nth(1)?.split("</b>").next()?;
        let deed = ["href=\"", "data-deed=\""]
            .iter()
            .find_map(|name| part.split_once(name)?.1.split('"').next());
        Some((label.to_owned(), deed.unwrap_or_default().to_owned()))
    };
    html.split("role=\"option\"")
        .skip(1)
        .filter_map(option)
        .collect()
}

#[tokio::test]
async fn it_goes_to_every_page_and_keeps_the_namespaces() {
    let html = typed("/?ns=data", "", "en").await;
    let found = options(&html);
    for (page, href) in [
        ("Overview", "/?ns=data"),
        ("Schedule", "/schedule?ns=data"),
        ("CronJobs", "/cronjobs?ns=data"),
        ("Events", "/events?ns=data"),
    ] {
        assert!(found.contains(&(page.into(), href.into())), "{found:?}");
    }
    let html = typed("/", "sched", "ko").await;
    assert_eq!(
        options(&html)[0].1,
        "/schedule",
        "English names work in every language: {html}"
    );
}

#[tokio::test]
async fn it_creates_and_edits_as_yaml() {
    for (text, lang, form) in [
        ("create", "en", "/form/create/cronjobs?ns=default"),
        ("yaml create", "ko", "/form/create/cronjobs?ns=default"),
        ("만들기", "ko", "/form/create/cronjobs?ns=default"),
        (
            "yaml sync-cat",
            "en",
            "/form/yaml/cronjobs/shop/sync-catalog",
        ),
    ] {
        let html = typed("/", text, lang).await;
        let (label, deed) = options(&html).remove(0);
        assert!(deed.contains(form), "{text}: {label} does {deed}");
    }
    let html = typed("/jobs?ns=data", "", "en").await;
    let there = options(&html)
        .iter()
        .any(|(_, deed)| deed.contains("/form/create/cronjobs?ns=data"));
    assert!(there, "{html}");
}

#[tokio::test]
async fn it_goes_to_objects_and_offers_what_the_best_of_them_offers() {
    let html = typed("/", "sync-catalog", "en").await;
    let found = options(&html);
    assert_eq!(
        found[0],
        ("sync-catalog".into(), "/cronjobs/shop/sync-catalog".into())
    );
    for words in ["Trigger · sync-catalog", "Delete · sync-catalog"] {
        assert!(found.iter().any(|(label, _)| label == words), "{found:?}");
    }
}

#[tokio::test]
async fn it_runs_an_action_by_verb_and_name_in_either_language() {
    for (text, lang) in [
        ("trigger sync-cat", "en"),
        ("sync-cat trigger", "en"),
        ("TRIGGER sync-cat", "ko"),
        ("sync-cat 지금", "ko"),
    ] {
        let html = typed("/", text, lang).await;
        let (label, deed) = options(&html).remove(0);
        assert!(
            label.contains("sync-catalog") && deed.contains("&quot;Trigger&quot;"),
            "{text}: {label} does {deed}"
        );
    }
}

#[tokio::test]
async fn on_an_objects_page_its_own_actions_come_first() {
    let html = typed("/cronjobs/shop/sync-catalog", "", "en").await;
    let labels: Vec<_> = options(&html).into_iter().map(|(label, _)| label).collect();
    assert_eq!(labels[0], "Trigger · sync-catalog");
    let page = crate::lists::buttons(
        &orrery_view::Row::CronJob(super::a_sample().cronjobs().remove(0)),
        crate::lang::Lang::En,
    );
    let all = page
        .iter()
        .all(|button| labels.iter().any(|label| label.starts_with(&button.label)));
    assert!(all, "every action of the page is there: {labels:?}");
    let html = typed("/cronjobs/shop/sync-catalog", "susp", "en").await;
    assert_eq!(
        options(&html).last().map(|(label, _)| label.as_str()),
        Some("Suspend · sync-catalog")
    );
}

#[tokio::test]
async fn it_is_a_combobox_whose_first_choice_is_chosen_and_says_when_there_is_none() {
    let html = typed("/", "jobs", "en").await;
    for words in [
        "role=\"combobox\"",
        "aria-controls=\"choices\"",
        "aria-activedescendant=\"choice-0\"",
        "id=\"choice-0\" tabindex=\"-1\" aria-selected=\"true\"",
        "data-asked=\"jobs\"",
    ] {
        assert!(html.contains(words), "{words} in {html}");
    }
    let html = typed("/", "<b>", "en").await;
    assert!(
        html.contains("Nothing is called so") && html.contains("aria-expanded=\"false\""),
        "{html}"
    );
    assert!(
        !html.contains("<b>\"") && !html.contains("value=\"<"),
        "{html}"
    );
}
