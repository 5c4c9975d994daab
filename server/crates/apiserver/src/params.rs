//! Query parameters of the verbs, read as upstream reads them: unknown ones are tolerated (K-08).

use std::borrow::Cow;

use crate::problem::{Outcome, Problem};

/// The query string, decoded; the last of several equal keys wins where one is wanted.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string.
    pub fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(
            pairs
                .map(|(k, v)| (Cow::into_owned(k), Cow::into_owned(v)))
                .collect(),
        )
    }

    /// Says `key` where the client says nothing of it.
    pub fn default_to(&mut self, key: &str, value: &str) {
        if self.get(key).is_none() {
            self.0.push((key.to_owned(), value.to_owned()));
        }
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
        Some(!matches!(
            value.to_ascii_lowercase().as_str(),
            "false" | "0"
        ))
    }

    /// An integer, or 400 with upstream's words.
    pub fn integer(&self, key: &str) -> Outcome<Option<i64>> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Problem::bad_request(format!(
                "strconv.ParseInt: parsing {text:?}: invalid syntax"
            ))),
        }
    }
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

impl WriteParams {
    /// Reads `dryRun` and `fieldValidation`; `fieldManager`, `force` and `pretty` are tolerated.
    pub fn read(params: &Params) -> Outcome<Self> {
        Ok(Self {
            dry_run: dry_run(params.all("dryRun"))?,
            field_validation: field_validation(params.get("fieldValidation"))?,
        })
    }
}

/// True when the only directive is `All`.
pub fn dry_run<'a>(directives: impl Iterator<Item = &'a str>) -> Outcome<bool> {
    let mut dry = false;
    for directive in directives.filter(|d| !d.is_empty()) {
        if directive != "All" {
            return Err(Problem::bad_request(format!(
                "dryRun: Unsupported value: {directive:?}: supported values: \"All\""
            )));
        }
        dry = true;
    }
    Ok(dry)
}

fn field_validation(text: Option<&str>) -> Outcome<FieldValidation> {
    match text {
        None | Some("Warn") => Ok(FieldValidation::Warn),
        Some("Strict") => Ok(FieldValidation::Strict),
        Some("Ignore") => Ok(FieldValidation::Ignore),
        Some(other) => Err(Problem::bad_request(format!(
            "fieldValidation: Unsupported value: {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
        ))),
    }
}
