//! resourceVersion as clients send it (K-06, K-41).

use std::num::IntErrorKind;

use orrery_apis::FieldError;
use orrery_apis::go_quote::quoted;
use orrery_store::Store;

use crate::problem::{Outcome, Problem};

/// Reads a resourceVersion parameter of a get or a watch; absent and "" are `None`. What upstream's storage
/// says of another text is nobody's to translate.
pub fn parse(text: Option<&str>) -> Outcome<Option<u64>> {
    parameter(text).map_err(Problem::Unmapped)
}

/// The same of a list, whose options upstream checks before its storage reads them.
pub fn parse_of_list(text: Option<&str>) -> Outcome<Option<u64>> {
    parameter(text).map_err(|why| Problem::BadRequest(format!("invalid resource version: {why}")))
}

fn parameter(text: Option<&str>) -> Result<Option<u64>, String> {
    let Some(text) = text else { return Ok(None) };
    let wrong = |why: String| FieldError::invalid("resourceVersion", text, why).to_string();
    number(text).map(Some).map_err(wrong)
}

/// A number as Go's `strconv.ParseUint` reads it, or what it says of another text.
pub fn number(text: &str) -> Result<u64, String> {
    let why = match text.parse::<u64>() {
        Ok(number) if !text.starts_with('+') => return Ok(number),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => "value out of range",
        _ => "invalid syntax",
    };
    Err(format!(
        "strconv.ParseUint: parsing {}: {why}",
        quoted(text)
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_41_reads_numbers_as_go_does() {
        let rows = [
            ("7", Ok(7)),
            ("007", Ok(7)),
            ("+7", Err("invalid syntax")),
            ("-7", Err("invalid syntax")),
            ("x", Err("invalid syntax")),
            ("18446744073709551616", Err("value out of range")),
        ];
        for (text, expected) in rows {
            let told = |why| format!("strconv.ParseUint: parsing {text:?}: {why}");
            assert_eq!(number(text), expected.map_err(told));
        }
    }
}
