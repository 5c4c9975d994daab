//! Query parameters of the verbs, read as upstream reads them: unknown ones are tolerated (K-08).

use std::borrow::Cow;
use std::num::IntErrorKind;

use orrery_apis::go_quote::quoted;
use orrery_apis::{FieldError, FieldErrors};
use orrery_schedule::is_printable;

use crate::problem::{Outcome, Problem};

/// The query string, decoded; the first of several equal keys counts where one is wanted.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string. A pair that Go cannot read is none.
    pub fn parse(query: Option<&str>) -> Self {
        let owned = |(k, v)| (Cow::into_owned(k), Cow::into_owned(v));
        Self(pairs(query).map(owned).collect())
    }

    /// Says `key` where the client says nothing of it.
    pub fn default_to(&mut self, key: &str, value: &str) {
        if self.get(key).is_none() {
            self.0.push((key.to_owned(), value.to_owned()));
        }
    }

    /// Says `key`, whatever the client says of it.
    pub fn overrule(&mut self, key: &str, value: &str) {
        self.0.retain(|(k, _)| k != key);
        self.0.push((key.to_owned(), value.to_owned()));
    }

    /// The value of `key`; an empty value counts as absent.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(k, _)| k == key)?;
        Some(found.1.as_str()).filter(|v| !v.is_empty())
    }

    /// All values of `key`.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(k, _)| k == key)
            .map(|(_, v)| v.as_str())
    }

    /// True when `key` is there and says neither `false` nor `0`, as upstream's conversion has it.
    pub fn flag(&self, key: &str) -> bool {
        self.optional_flag(key).unwrap_or(false)
    }

    /// As [`Self::flag`]; `None` when `key` is absent.
    pub fn optional_flag(&self, key: &str) -> Option<bool> {
        let (_, value) = self.0.iter().find(|(k, _)| k == key)?;
        Some(says_so(value))
    }

    /// An integer, or 400 with upstream's words.
    pub fn integer(&self, key: &str) -> Outcome<Option<i64>> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        text.parse::<i64>().map(Some).map_err(|error| {
            let why = match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            let text = quoted(text);
            Problem::BadRequest(format!("strconv.ParseInt: parsing {text}: {why}"))
        })
    }
}

/// True when each percent sign stands before two hexadecimal digits.
pub fn is_escaped_well(text: &str) -> bool {
    let mut behind = text.split('%').skip(1);
    behind.all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = query.unwrap_or_default().split('&');
    let pairs = pairs.filter(|pair| !pair.contains(';') && is_escaped_well(pair));
    pairs.flat_map(|pair| form_urlencoded::parse(pair.as_bytes()))
}

/// As [`Params::get`] where nothing else is wanted of a query string: nothing else of it is kept.
pub fn value_in<'a>(query: Option<&'a str>, key: &str) -> Option<Cow<'a, str>> {
    let (_, value) = pairs(query).find(|(k, _)| k == key)?;
    Some(value).filter(|value| !value.is_empty())
}

/// As [`Params::flag`] where nothing else is wanted of a query string.
pub fn flag_in(query: Option<&str>, key: &str) -> bool {
    let found = pairs(query).find(|(k, _)| k == key);
    found.is_some_and(|(_, value)| says_so(&value))
}

fn says_so(value: &str) -> bool {
    !value.eq_ignore_ascii_case("false") && value != "0"
}

/// What the client says about fields that the kind does not know (K-08).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    Ignore,
    /// The server's default since 1.27.
    #[default]
    Warn,
    Strict,
}

/// The parameters that every write understands.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteParams {
    pub dry_run: bool,
    pub field_validation: FieldValidation,
}

/// What a wrong option is said to be wrong in.
pub const CREATE: &str = "CreateOptions";
pub const UPDATE: &str = "UpdateOptions";
pub const PATCH: &str = "PatchOptions";

/// The longest name of a manager, as upstream's `FieldManagerMaxLength`.
pub const MAX_MANAGER_LEN: usize = 128;

impl WriteParams {
    /// Reads the options called `kind`, or 422 with all that is wrong in them; `force` and `pretty` are
    /// tolerated.
    pub fn read(params: &Params, kind: &'static str) -> Outcome<Self> {
        let mut errors = FieldErrors::new();
        let read = Self::check(params, &mut errors);
        match errors.is_empty() {
            true => Ok(read),
            false => Err(Problem::InvalidOptions { kind, errors }),
        }
    }

    /// Reads them, and adds what is wrong in upstream's order.
    pub fn check(params: &Params, errors: &mut FieldErrors) -> Self {
        errors.extend(check_manager(
            params.get("fieldManager").unwrap_or_default(),
        ));
        let dry_run = dry_run(params.all("dryRun"), errors);
        let field_validation = field_validation(params.get("fieldValidation"), errors);
        Self {
            dry_run,
            field_validation,
        }
    }
}

fn check_manager(name: &str) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if name.len() > MAX_MANAGER_LEN {
        errors.push(FieldError::too_long("fieldManager", MAX_MANAGER_LEN));
    }
    for (at, c) in name.char_indices().filter(|(_, c)| !is_printable(*c)) {
        let detail = format!(
            "invalid character U+{:04X} (at position {at})",
            u32::from(c)
        );
        errors.push(FieldError::invalid("fieldManager", name, detail));
    }
    errors
}

/// True when the only directive is `All`.
pub fn dry_run<'a>(directives: impl Iterator<Item = &'a str>, errors: &mut FieldErrors) -> bool {
    let said: Vec<&str> = directives.filter(|d| !d.is_empty()).collect();
    if said.iter().any(|directive| *directive != "All") {
        errors.push(FieldError::not_supported("dryRun", &said, &["All"]));
    }
    !said.is_empty()
}

fn field_validation(text: Option<&str>, errors: &mut FieldErrors) -> FieldValidation {
    match text {
        None | Some("Warn") => FieldValidation::Warn,
        Some("Strict") => FieldValidation::Strict,
        Some("Ignore") => FieldValidation::Ignore,
        Some(other) => {
            let known = ["", "Ignore", "Strict", "Warn"];
            errors.push(FieldError::not_supported("fieldValidation", other, &known));
            FieldValidation::Warn
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is looked for alone is what is found among all.
    #[test]
    fn one_value_is_read_as_all_are() {
        for query in [
            None,
            Some(""),
            Some("watch"),
            Some("watch="),
            Some("watch=1"),
            Some("watch=true&watch=false"),
            Some("watch=FALSE&watch=true"),
            Some("watch=0"),
            Some("w%61tch=true"),
            Some("watch=%zz&watch=true"),
            Some("a=1;watch=true"),
            Some("unwatch=true&timeoutSeconds=290"),
            Some("dryRun=All&timeout=3%73&dryRun="),
            Some("timeout=&timeout=3s"),
        ] {
            let all = Params::parse(query);
            for key in ["watch", "timeout", "dryRun"] {
                assert_eq!(flag_in(query, key), all.flag(key), "{key} in {query:?}");
                let value = value_in(query, key);
                assert_eq!(value.as_deref(), all.get(key), "{key} in {query:?}");
            }
        }
    }
}
