//! GET of a collection: stored bytes strung together, never decoded unless a Table is wanted.

use std::sync::Arc;

use orrery_store::{AtError, Entry, List, Range};

use crate::call::Call;
use crate::list_options::{self, At, Continue, ListOptions};
use crate::problem::{Outcome, Problem};
use crate::selection::Selection;
use crate::versions;

/// One page of a collection.
pub struct Page {
    pub revision: u64,
    pub entries: Vec<Arc<Entry>>,
    pub continue_token: Option<String>,
    /// Objects after this page; unknown when a selector is at work, as upstream has it.
    pub remaining: Option<usize>,
}

/// What a query asks for.
pub struct Wanted {
    selection: Selection,
    options: ListOptions,
}

/// Lists what the query selects.
pub fn list(call: &Call) -> Outcome<Page> {
    page(call, &wanted(call)?)
}

/// Reads the query, in upstream's order.
pub fn wanted(call: &Call) -> Outcome<Wanted> {
    let params = &call.params;
    list_options::check_numbers(params)?;
    let selection = Selection::read(params)?;
    ListOptions::check(params)?;
    selection.check(&call.resource)?;
    let options = ListOptions::read(params)?;
    Ok(Wanted { selection, options })
}

/// Lists what was asked for.
pub fn page(call: &Call, wanted: &Wanted) -> Outcome<Page> {
    select(call, &wanted.selection, &wanted.options)
}

/// Lists what `selection` selects.
pub fn select(call: &Call, selection: &Selection, options: &ListOptions) -> Outcome<Page> {
    let everything = selection.is_everything();
    let range = Range {
        resource: call.resource.key.clone(),
        namespace: call.namespace.as_deref().map(Arc::from),
        after: options
            .continue_from
            .as_ref()
            .map(|c| (c.namespace.as_str().into(), c.name.as_str().into())),
        // a selector decides only afterwards who counts
        limit: options.limit.filter(|_| everything),
    };
    let List {
        revision,
        mut entries,
        mut more,
        remaining,
    } = fetch(call, &range, options)?;
    if !everything {
        (entries, more) = selected(entries, selection, options.limit);
    }
    let before = options.continue_from.as_ref().and_then(|from| from.left);
    let left = remaining.or(before.map(|left| left.saturating_sub(entries.len())));
    let left = left.filter(|_| more && everything);
    let last = entries.last().filter(|_| more);
    let continue_token = last.map(|entry| token(entry, revision, left).encode());
    Ok(Page {
        revision,
        continue_token,
        remaining: left,
        entries,
    })
}

/// Those that are selected, and whether any stand behind the last of them: upstream does not look whether
/// those are selected, too, and the next page may be empty.
fn selected(
    entries: Vec<Arc<Entry>>,
    selection: &Selection,
    limit: Option<usize>,
) -> (Vec<Arc<Entry>>, bool) {
    let mut rest = entries.into_iter();
    let found = rest.by_ref().filter(|entry| selection.matches(entry));
    let found = found.take(limit.unwrap_or(usize::MAX)).collect();
    (found, rest.next().is_some())
}

fn token(last: &Entry, revision: u64, left: Option<usize>) -> Continue {
    Continue {
        rv: revision,
        namespace: last.key.namespace.to_string(),
        name: last.key.name.to_string(),
        left,
    }
}

fn fetch(call: &Call, range: &Range, options: &ListOptions) -> Outcome<List> {
    let store = &call.core.store;
    if let Some(from) = &options.continue_from {
        return match from.rv {
            0 => Ok(store.list(range)),
            rv => store.list_at(range, rv).map_err(|error| match error {
                AtError::Gone(_) => expired_page(from),
                AtError::Future { asked, current } => Problem::TooLargeVersion { asked, current },
            }),
        };
    }
    match options.at {
        At::Newest => Ok(store.list(range)),
        At::NotOlderThan(asked) => {
            versions::reached(store, Some(asked))?;
            Ok(store.list(range))
        }
        At::Exactly(asked) => store.list_at(range, asked).map_err(|error| match error {
            AtError::Gone(_) => forgotten(options.limit.is_some()),
            AtError::Future { asked, current } => Problem::TooLargeVersion { asked, current },
        }),
    }
}

/// 410 of a version that the history does not reach. Upstream takes any limited list for one that is continued.
fn forgotten(is_limited: bool) -> Problem {
    let message = match is_limited {
        true => {
            "The provided continue parameter is too old to display a consistent list result. You can start a new \
             list without the continue parameter."
        }
        false => "The resourceVersion for the provided list is too old.",
    };
    Problem::Expired {
        message: message.to_owned(),
        continue_token: None,
    }
}

/// 410 with a token that goes on inconsistently, as upstream offers it.
fn expired_page(from: &Continue) -> Problem {
    let onwards = Continue {
        rv: 0,
        ..from.clone()
    };
    Problem::Expired {
        message: "The provided continue parameter is too old to display a consistent list result. You can start a \
                  new list without the continue parameter, or use the continue token in this response to retrieve \
                  the remainder of the results. Continuing with the provided token results in an inconsistent list \
                  - objects that were created, modified, or deleted between the time the first chunk was returned \
                  and now may show up in the list."
            .to_owned(),
        continue_token: Some(onwards.encode()),
    }
}
