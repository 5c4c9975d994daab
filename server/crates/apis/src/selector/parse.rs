//! The grammar of label selector strings, with upstream's error texts.

use super::label::{Operator, Requirement};
use crate::FieldError;
use crate::meta::{label_value_errors, qualified_name_errors};

const SPECIAL: &str = "=!(),><";
const BINARY_OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    End,
    Identifier,
    In,
    NotIn,
    Open,
    Close,
    Comma,
    Not,
    Equals,
    DoubleEquals,
    NotEquals,
    Greater,
    Less,
}

/// `in` and `notin` are words of the language only where an operator may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    KeyAndOperator,
    Values,
}

/// Every requirement of the text, in its order.
pub(super) fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser {
        tokens: scan(text),
        at: 0,
    };
    let mut found = Vec::new();
    loop {
        match parser.peek() {
            (Token::Identifier | Token::Not, _) => {}
            (Token::End, _) => return Ok(found),
            (_, literal) => {
                return Err(format!(
                    "found '{literal}', expected: !, identifier, or 'end of string'"
                ));
            }
        }
        let requirement = parser.requirement();
        found.push(requirement.map_err(|error| format!("unable to parse requirement: {error}"))?);
        match parser.take(Context::Values) {
            (Token::End, _) => return Ok(found),
            (Token::Comma, _) => parser.expect_another()?,
            (_, literal) => {
                return Err(format!(
                    "found '{literal}', expected: ',' or 'end of string'"
                ));
            }
        }
    }
}

fn scan(text: &str) -> Vec<(Token, String)> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let (token, length) = if SPECIAL.contains(first) {
            symbol(rest)
        } else {
            let end = rest
                .find(|c| SPECIAL.contains(c) || blank(c))
                .unwrap_or(rest.len());
            (word(&rest[..end]), end)
        };
        tokens.push((token, rest[..length].to_owned()));
        rest = rest[length..].trim_start_matches(blank);
    }
    tokens
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn word(text: &str) -> Token {
    match text {
        "in" => Token::In,
        "notin" => Token::NotIn,
        _ => Token::Identifier,
    }
}

fn symbol(rest: &str) -> (Token, usize) {
    match rest.as_bytes() {
        [b'=', b'=', ..] => (Token::DoubleEquals, 2),
        [b'!', b'=', ..] => (Token::NotEquals, 2),
        [b'=', ..] => (Token::Equals, 1),
        [b'!', ..] => (Token::Not, 1),
        [b'(', ..] => (Token::Open, 1),
        [b')', ..] => (Token::Close, 1),
        [b',', ..] => (Token::Comma, 1),
        [b'>', ..] => (Token::Greater, 1),
        _ => (Token::Less, 1),
    }
}

struct Parser {
    tokens: Vec<(Token, String)>,
    at: usize,
}

impl Parser {
    fn look(&self, context: Context) -> (Token, String) {
        let (token, literal) = self
            .tokens
            .get(self.at)
            .cloned()
            .unwrap_or((Token::End, String::new()));
        match (context, token) {
            (Context::Values, Token::In | Token::NotIn) => (Token::Identifier, literal),
            _ => (token, literal),
        }
    }

    fn peek(&self) -> (Token, String) {
        self.look(Context::Values)
    }

    fn take(&mut self, context: Context) -> (Token, String) {
        let found = self.look(context);
        self.at += 1;
        found
    }

    fn expect_another(&self) -> Result<(), String> {
        match self.peek() {
            (Token::Identifier | Token::Not, _) => Ok(()),
            (_, literal) => Err(format!("found '{literal}', expected: identifier after ','")),
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (key, absent) = self.key()?;
        let alone = matches!(self.peek().0, Token::End | Token::Comma);
        if alone || absent {
            let operator = if absent {
                Operator::DoesNotExist
            } else {
                Operator::Exists
            };
            return Ok(Requirement {
                key,
                operator,
                values: Vec::new(),
            });
        }
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => vec![self.exact_value()?],
        };
        check(Requirement {
            key,
            operator,
            values,
        })
    }

    fn key(&mut self) -> Result<(String, bool), String> {
        let (mut token, mut literal) = self.take(Context::Values);
        let absent = token == Token::Not;
        if absent {
            (token, literal) = self.take(Context::Values);
        }
        if token != Token::Identifier {
            return Err(format!("found '{literal}', expected: identifier"));
        }
        let errors = qualified_name_errors(&literal);
        match errors.is_empty() {
            true => Ok((literal, absent)),
            // upstream prints its missing path
            false => Err(FieldError::invalid("<nil>", literal, errors.join("; ")).to_string()),
        }
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.take(Context::KeyAndOperator) {
            (Token::In, _) => Ok(Operator::In),
            (Token::NotIn, _) => Ok(Operator::NotIn),
            (Token::Equals | Token::DoubleEquals, _) => Ok(Operator::Equals),
            (Token::NotEquals, _) => Ok(Operator::NotEquals),
            (Token::Greater, _) => Ok(Operator::GreaterThan),
            (Token::Less, _) => Ok(Operator::LessThan),
            (_, literal) => Err(format!("found '{literal}', expected: {BINARY_OPERATORS}")),
        }
    }

    fn exact_value(&mut self) -> Result<String, String> {
        if matches!(self.peek().0, Token::End | Token::Comma) {
            return Ok(String::new());
        }
        match self.take(Context::Values) {
            (Token::Identifier, literal) => Ok(literal),
            (_, literal) => Err(format!("found '{literal}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.take(Context::Values) {
            (Token::Open, _) => {}
            (_, literal) => return Err(format!("found '{literal}' expected: '('")),
        }
        match self.peek() {
            (Token::Identifier | Token::Comma, _) => self.list(),
            (Token::Close, _) => {
                self.at += 1;
                Ok(vec![String::new()])
            }
            (_, literal) => Err(format!(
                "found '{literal}', expected: ',', ')' or identifier"
            )),
        }
    }

    /// Identifiers up to the closing parenthesis; nothing between two commas is the empty value.
    fn list(&mut self) -> Result<Vec<String>, String> {
        let mut values = Vec::new();
        loop {
            match self.take(Context::Values) {
                (Token::Identifier, literal) => {
                    values.push(literal);
                    match self.peek() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => break,
                        (_, literal) => {
                            return Err(format!("found '{literal}', expected: ',' or ')'"));
                        }
                    }
                }
                (Token::Comma, _) => {
                    let next = self.peek().0;
                    if values.is_empty() || matches!(next, Token::Close | Token::Comma) {
                        values.push(String::new());
                    }
                    if next == Token::Close {
                        break;
                    }
                    self.at += usize::from(next == Token::Comma);
                }
                (_, literal) => {
                    return Err(format!("found '{literal}', expected: ',', or identifier"));
                }
            }
        }
        self.at += 1;
        Ok(values)
    }
}

fn check(requirement: Requirement) -> Result<Requirement, String> {
    let mut errors = Vec::new();
    for (at, value) in requirement.values.iter().enumerate() {
        let numeric = matches!(
            requirement.operator,
            Operator::GreaterThan | Operator::LessThan
        );
        if numeric && value.parse::<i64>().is_err() {
            let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
            errors.push(
                FieldError::invalid(format!("values[{at}]"), value.as_str(), detail).to_string(),
            );
        }
        let wrong = label_value_errors(value);
        if !wrong.is_empty() {
            let path = format!("values[{at}][{}]", requirement.key);
            errors.push(FieldError::invalid(path, value.as_str(), wrong.join("; ")).to_string());
        }
    }
    match errors.as_slice() {
        [] => Ok(requirement),
        [one] => Err(one.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}
