//! What the palette offers for what is typed.

use orrery_view::{Detail, Kind, ListQuery, Row, Sort, SortBy};

use super::At;
use crate::backend::AppError;
use crate::cell::{Button, Deed};
use crate::forms::{Desk, editor};
use crate::lang::Lang;
use crate::permit::Permits;
use crate::props::for_examples;
use crate::{address, kinds, lists, tr};

/// Objects of one kind that are looked at: the best of them by name.
const EACH: u32 = 8;
/// Objects told in all: what one looks through before typing another letter.
const OBJECTS: usize = 10;
/// Actions told in all.
const ACTIONS: usize = 10;

/// The kinds that have pages of their own.
const KINDS: [Kind; 5] = [
    Kind::CronJob,
    Kind::Job,
    Kind::DaemonSet,
    Kind::Pod,
    Kind::Node,
];

/// Choices under one heading.
pub struct Group {
    pub title: String,
    pub choices: Vec<Choice>,
}

/// Something to go to or to do.
pub struct Choice {
    pub label: String,
    /// Where or on what: `CronJob · data`.
    pub about: String,
    pub deed: Deed,
    /// Why it cannot be done; empty when it can.
    pub refused: String,
}

/// An action on an object: its button in the reader's language, and its name in English, which people type anyway.
struct Act {
    row: Row,
    button: Button,
    english: String,
}

pub async fn groups(desk: &Desk<'_>, at: &At, text: &str) -> Result<Vec<Group>, AppError> {
    let lang = desk.lang;
    let here = match &at.object {
        Some(object) => desk.backend.detail(object.clone()).await?.map(row),
        None => None,
    };
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let rows = match words.is_empty() {
        true => Vec::new(),
        false => objects(desk, at, text).await?,
    };
    let mut acts = named_acts(desk, at, here.as_ref(), &words).await?;
    // a verb with the name of what it is done to is meant; a word alone may be a name
    let acts_first = words.len() > 1 && !acts.is_empty();
    if words.is_empty() {
        acts = here.iter().flat_map(|row| all_acts(row, lang)).collect();
    } else if acts.is_empty()
        && let Some(best) = rows.first()
    {
        acts = all_acts(best, lang);
    }
    acts.truncate(ACTIONS);
    let permits = permits(desk, &acts).await;
    let acts = Group {
        title: tr!(lang, "palette.actions"),
        choices: acts
            .iter()
            .filter_map(|act| choice(act, &permits, lang))
            .collect(),
    };
    let mut go: Vec<Choice> = pages(at, &words, lang);
    go.extend(rows.iter().take(OBJECTS).map(|row| object(row, lang)));
    go.extend(create(desk, at, &words).await);
    let go = Group {
        title: tr!(lang, "palette.go"),
        choices: go,
    };
    let mut groups = match acts_first || words.is_empty() {
        true => vec![acts, go],
        false => vec![go, acts],
    };
    groups.retain(|group| !group.choices.is_empty());
    Ok(groups)
}

/// Objects that match, the likest names first.
async fn objects(desk: &Desk<'_>, at: &At, text: &str) -> Result<Vec<Row>, AppError> {
    let mut found = Vec::new();
    for kind in KINDS {
        let query = ListQuery {
            namespaces: at.namespaces.clone(),
            text: text.into(),
            sort: Sort {
                by: SortBy::Match,
                descending: false,
            },
            limit: EACH,
            ..ListQuery::of(kind)
        };
        let rows = desk.backend.page(query.clone()).await?.rows;
        found.extend(
            rows.into_iter()
                .map(|row| (query.unlikeness(&row.head().name), row)),
        );
    }
    found.sort_by_key(|(unlikeness, row)| (*unlikeness, row.kind()));
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// Actions whose name begins what is typed or ends it: `suspend backup`, and `backup suspend`.
async fn named_acts(
    desk: &Desk<'_>,
    at: &At,
    here: Option<&Row>,
    words: &[String],
) -> Result<Vec<Act>, AppError> {
    let (Some(first), Some(last)) = (words.split_first(), words.split_last()) else {
        return Ok(Vec::new());
    };
    let ways = match words.len() {
        1 => vec![first],
        _ => vec![first, last],
    };
    for (verb, names) in ways {
        let rows = match (names.is_empty(), here) {
            (true, Some(here)) => vec![here.clone()],
            _ if !is_verb(verb) => continue,
            _ => objects(desk, at, &names.join(" ")).await?,
        };
        let acts = rows.iter().flat_map(|row| all_acts(row, desk.lang));
        let acts: Vec<Act> = acts.filter(|act| act.is_called(verb)).collect();
        if !acts.is_empty() {
            return Ok(acts);
        }
    }
    Ok(Vec::new())
}

/// Whether any action may be meant, before objects are looked for: most words are names.
fn is_verb(word: &str) -> bool {
    let verbs = Lang::ALL.map(|lang| {
        [
            tr!(lang, "act.trigger"),
            tr!(lang, "act.trigger_with"),
            tr!(lang, "act.suspend"),
            tr!(lang, "act.resume"),
            tr!(lang, "edit.button"),
            tr!(lang, "yaml.button"),
            tr!(lang, "backfill.button"),
            tr!(lang, "retry.button"),
            tr!(lang, "act.rerun"),
            tr!(lang, "act.logs"),
            tr!(lang, "act.restart"),
            tr!(lang, "act.pause"),
            tr!(lang, "act.unpause"),
            tr!(lang, "act.cordon"),
            tr!(lang, "act.uncordon"),
            tr!(lang, "drain.button"),
            tr!(lang, "evict.button"),
            tr!(lang, "marks.button"),
            tr!(lang, "machine.fail"),
            tr!(lang, "machine.recover"),
            tr!(lang, "machine.remove"),
            tr!(lang, "act.delete"),
        ]
    });
    verbs.iter().flatten().any(|verb| begins(verb, word))
}

/// Whether a word of a phrase begins so.
fn begins(phrase: &str, with: &str) -> bool {
    let phrase = phrase.to_lowercase();
    phrase.starts_with(with) || phrase.split_whitespace().any(|word| word.starts_with(with))
}

fn all_acts(row: &Row, lang: Lang) -> Vec<Act> {
    let act = |(button, english): (Button, Button)| Act {
        row: row.clone(),
        button,
        english: english.label,
    };
    let buttons = buttons(row, lang).into_iter();
    buttons.zip(self::buttons(row, Lang::En)).map(act).collect()
}

/// What its page offers, its tab of YAML included.
fn buttons(row: &Row, lang: Lang) -> Vec<Button> {
    let object = lists::object(row);
    let mut buttons = lists::buttons(row, lang);
    if editor::edits(object.kind) {
        buttons.push(editor::edit(&object, lang));
    }
    buttons
}

impl Act {
    fn is_called(&self, word: &str) -> bool {
        begins(&self.button.label, word) || begins(&self.english, word)
    }
}

async fn permits(desk: &Desk<'_>, acts: &[Act]) -> Permits {
    let namespaces = acts.iter().map(|act| act.row.head().namespace.clone());
    let mut namespaces: Vec<String> = namespaces.filter(|name| !name.is_empty()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    desk.backend.permits(&namespaces).await
}

/// `None`: a read-only page does not offer it.
fn choice(act: &Act, permits: &Permits, lang: Lang) -> Option<Choice> {
    let offered = permits.offered(std::slice::from_ref(&act.button), lang);
    let button = offered.into_owned().into_iter().next()?;
    let head = act.row.head();
    Some(Choice {
        label: format!("{} · {}", button.label, head.name),
        about: place(&act.row),
        deed: button.deed,
        refused: button.refused,
    })
}

fn object(row: &Row, lang: Lang) -> Choice {
    let object = lists::object(row);
    let status = lists::word(row, lang);
    Choice {
        label: object.name.clone(),
        about: format!("{} · {status}", place(row)),
        deed: Deed::Go(address::object(&object)),
        refused: String::new(),
    }
}

fn place(row: &Row) -> String {
    let kind = kinds::one(row.kind());
    match row.head().namespace.as_str() {
        "" => kind.into(),
        namespace => format!("{kind} · {namespace}"),
    }
}

/// The way to make objects, if all the words are of its name; `None` too where a read-only page does not offer it.
async fn create(desk: &Desk<'_>, at: &At, words: &[String]) -> Option<Choice> {
    let names = Lang::ALL.map(|lang| tr!(lang, "create.title"));
    let is_meant = |word: &String| names.iter().any(|name| begins(name, word));
    if !words.iter().all(is_meant) {
        return None;
    }
    let namespace = for_examples(&at.namespaces);
    let permits = desk.backend.permits(std::slice::from_ref(&namespace)).await;
    let kind = at.object.as_ref().map(|object| object.kind);
    let button = editor::create(kind, &at.namespaces, &permits, desk.lang);
    let offered = permits.offered(std::slice::from_ref(&button), desk.lang);
    let button = offered.into_owned().into_iter().next()?;
    Some(Choice {
        label: tr!(desk.lang, "create.title"),
        about: namespace,
        deed: button.deed,
        refused: button.refused,
    })
}

/// The pages whose names have all the words, in the reader's language or in English.
fn pages(at: &At, words: &[String], lang: Lang) -> Vec<Choice> {
    let names = |lang| {
        let kinds = Kind::ALL.map(|kind| (kinds::title(kind, lang), address::list(kind, &[])));
        let own = [
            (tr!(lang, "kind.overview"), "/".to_owned()),
            (tr!(lang, "schedule.title"), "/schedule".to_owned()),
        ];
        own.into_iter().chain(kinds)
    };
    let ns = match at.namespaces.is_empty() {
        true => String::new(),
        false => format!("?ns={}", at.namespaces.join(",")),
    };
    let named =
        |title: &str, english: &str, word: &String| begins(title, word) || begins(english, word);
    names(lang)
        .zip(names(Lang::En))
        .filter(|((title, _), (english, _))| words.iter().all(|word| named(title, english, word)))
        .map(|((title, href), _)| Choice {
            label: title,
            about: tr!(lang, "palette.page"),
            deed: Deed::Go(format!("{href}{ns}")),
            refused: String::new(),
        })
        .collect()
}

fn row(detail: Detail) -> Row {
    match detail {
        Detail::CronJob(detail) => Row::CronJob(detail.row),
        Detail::Job(detail) => Row::Job(detail.row),
        Detail::DaemonSet(detail) => Row::DaemonSet(detail.row),
        Detail::Pod(detail) => Row::Pod(detail.row),
        Detail::Node(detail) => Row::Node(detail.row),
    }
}
