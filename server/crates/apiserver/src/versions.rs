//! resourceVersion as clients send it (K-06, K-41).

use orrery_store::Store;

use crate::problem::{Outcome, Problem};

/// Reads a resourceVersion parameter; absent and "" are `None`.
pub fn parse(text: Option<&str>) -> Outcome<Option<u64>> {
    let Some(text) = text else { return Ok(None) };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Problem::bad_request(format!(
            "invalid resource version {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
        ))),
    }
}

/// Refuses a version of the future: upstream waits three seconds and then says the same; our one
/// store is never behind itself, so there is nothing to wait for.
pub fn reached(store: &Store, asked: Option<u64>) -> Outcome<()> {
    let current = store.revision();
    match asked {
        Some(asked) if asked > current => Err(Problem::TooLargeVersion { asked, current }),
        _ => Ok(()),
    }
}
