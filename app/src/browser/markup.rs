//! What makes one piece of our own painter's HTML another, as few changes as it takes: who makes a row of a list another
//! row by them makes no new nodes, of which a browser lays out, styles and later collects each.
//!
//! Read is what a painter writes and a browser writes back: elements that are closed, values in quotes.

use std::borrow::Cow;

/// Elements that are nested deeper are of nobody's row.
const DEEPEST: usize = 24;
const VOID: [&str; 5] = ["input", "br", "img", "hr", "wbr"];
/// Says of an element that the browser's clock writes its text; and all that the text depends on.
const TIME: &str = "data-at";
const TIMES: [&str; 4] = [TIME, "data-say", "data-usual", "data-zoned"];
/// A time has it once it is said in the reader's words.
const SAID: &str = "title";

/// A row's place in its list, the heading's being the first: the browser's matter, a row's HTML does not know it.
pub const PLACE: &str = "aria-rowindex";

/// A change of a node: where that is, by its place among its siblings on each level below the root, and what it is.
#[derive(Debug, PartialEq)]
pub struct Edit<'a> {
    pub path: Vec<u32>,
    pub change: Change<'a>,
}

#[derive(Debug, PartialEq)]
pub enum Change<'a> {
    Put(&'a str, Cow<'a, str>),
    Take(&'a str),
    Text(Cow<'a, str>),
    /// All that is within an element.
    Inner(&'a str),
}

/// What makes one element another of its kind; `None` where that is no such pair.
pub fn edits<'a>(old: &'a str, new: &'a str) -> Option<Vec<Edit<'a>>> {
    let mut walk = Walk {
        old: Reader::of(old),
        new: Reader::of(new),
        path: Vec::new(),
        edits: Vec::new(),
    };
    let (Token::Open(old), Token::Open(new)) = (walk.old.token()?, walk.new.token()?) else {
        return None;
    };
    if old.name != new.name {
        return None;
    }
    walk.element(old, new)?;
    let ends = walk.old.is_at_end() && walk.new.is_at_end();
    ends.then_some(walk.edits)
}

/// The value of an attribute of the first element.
pub fn value<'a>(html: &'a str, attribute: &str) -> Option<Cow<'a, str>> {
    match Reader::of(html).token()? {
        Token::Open(tag) => tag.value(attribute).map(decoded),
        _ => None,
    }
}

/// Elements that stand beside each other with nothing but comments between them, each with the value of an attribute.
pub fn elements<'a>(html: &'a str, attribute: &str) -> Option<Vec<(Cow<'a, str>, &'a str)>> {
    let (mut reader, mut found) = (Reader::of(html), Vec::new());
    while !reader.is_at_end() {
        let from = reader.at;
        let tag = match reader.token()? {
            Token::Open(tag) => tag,
            Token::Comment => continue,
            _ => return None,
        };
        if !tag.is_void() {
            reader.pass()?;
        }
        let value = decoded(tag.value(attribute)?);
        found.push((value, &html[from..reader.at]));
    }
    Some(found)
}

struct Walk<'a> {
    old: Reader<'a>,
    new: Reader<'a>,
    path: Vec<u32>,
    edits: Vec<Edit<'a>>,
}

impl<'a> Walk<'a> {
    /// Both tags are read.
    fn element(&mut self, old: Tag<'a>, new: Tag<'a>) -> Option<()> {
        let differ = old.attributes != new.attributes;
        let is_time = differ && [old, new].iter().all(|tag| tag.value(TIME).is_some());
        let is_said = is_time && TIMES.iter().all(|name| old.value(name) == new.value(name));
        if differ && !is_said {
            self.attributes(old, new, is_time);
        }
        match (old.is_void(), is_time) {
            (true, _) => Some(()),
            (_, true) => {
                self.old.pass()?;
                self.new.pass()?;
                Some(())
            }
            _ => self.children(),
        }
    }

    fn attributes(&mut self, old: Tag<'a>, new: Tag<'a>, is_time: bool) {
        // the clock says anew what does not say that it was said
        let stays = |name: &str| !(is_time && name == SAID);
        let (mut olds, mut news) = (attributes(old.attributes), attributes(new.attributes));
        for (name, value) in attributes(new.attributes) {
            let was = old.value_of(name, olds.next());
            if stays(name) && was.is_none_or(|was| !same(was, value)) {
                self.edit(Change::Put(name, decoded(value)));
            }
        }
        for (name, _) in attributes(old.attributes) {
            let is_wanted = new.value_of(name, news.next()).is_some();
            if name != PLACE && !(is_wanted && stays(name)) {
                self.edit(Change::Take(name));
            }
        }
    }

    /// What is within both elements, up to their ends.
    fn children(&mut self) -> Option<()> {
        if self.path.len() > DEEPEST {
            return None;
        }
        let (before, from) = (self.edits.len(), self.new.at);
        for place in 0.. {
            match (self.old.token()?, self.new.token()?) {
                (Token::Close, Token::Close) => break,
                (Token::Comment, Token::Comment) => {}
                (Token::Text(old), Token::Text(new)) => {
                    if !same(old, new) {
                        self.path.push(place);
                        self.edit(Change::Text(decoded(new)));
                        self.path.pop();
                    }
                }
                (Token::Open(old), Token::Open(new)) if old.name == new.name => {
                    self.path.push(place);
                    self.element(old, new)?;
                    self.path.pop();
                }
                (old, new) => {
                    self.old.leave(old)?;
                    let to = self.new.leave(new)?;
                    self.edits.truncate(before);
                    self.edit(Change::Inner(&self.new.html[from..to]));
                    break;
                }
            }
        }
        Some(())
    }

    fn edit(&mut self, change: Change<'a>) {
        self.edits.push(Edit {
            path: self.path.clone(),
            change,
        });
    }
}

#[derive(Clone, Copy)]
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    fn is_void(self) -> bool {
        VOID.contains(&self.name)
    }

    /// As it is written.
    fn value(self, name: &str) -> Option<&'a str> {
        let found = attributes(self.attributes).find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// The same where it is probably this one: two rows say one thing in one order.
    fn value_of(self, name: &str, probably: Option<(&'a str, &'a str)>) -> Option<&'a str> {
        match probably {
            Some((known, value)) if known == name => Some(value),
            _ => self.value(name),
        }
    }
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Open(Tag<'a>),
    Close,
    Text(&'a str),
    Comment,
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn of(html: &'a str) -> Self {
        Self { html, at: 0 }
    }

    fn is_at_end(self) -> bool {
        self.at == self.html.len()
    }

    /// `None` at the end, and of what is no markup of ours.
    fn token(&mut self) -> Option<Token<'a>> {
        let rest = &self.html[self.at..];
        let Some(tag) = rest.strip_prefix('<') else {
            let text = &rest[..rest.find('<').unwrap_or(rest.len())];
            self.at += text.len();
            return (!text.is_empty()).then_some(Token::Text(text));
        };
        let end = end_of_tag(tag)?;
        self.at += 1 + end + 1;
        let tag = &tag[..end];
        if tag.starts_with('/') {
            return Some(Token::Close);
        }
        if tag.starts_with('!') {
            return Some(Token::Comment);
        }
        let name = &tag[..tag.find(' ').unwrap_or(tag.len())];
        let is_name = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
        let is_ours = !name.is_empty() && name.bytes().all(is_name);
        let attributes = &tag[name.len()..];
        is_ours.then_some(Token::Open(Tag { name, attributes }))
    }

    /// Reads on over what is within an element whose tag is read, and over its end.
    fn pass(&mut self) -> Option<()> {
        let first = self.token()?;
        self.leave(first)?;
        Some(())
    }

    /// The same from a token on that is read; answers where the end begins.
    fn leave(&mut self, token: Token<'a>) -> Option<usize> {
        let (mut token, mut depth) = (token, 0_u32);
        loop {
            match token {
                Token::Open(tag) if !tag.is_void() => depth += 1,
                Token::Close if depth == 0 => return self.html[..self.at].rfind("</"),
                Token::Close => depth -= 1,
                _ => {}
            }
            token = self.token()?;
        }
    }
}

/// Where a tag ends whose `<` is read: a value may hold what ends others.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| {
        match quote {
            Some(open) if open == byte => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
        byte == b'>' && quote.is_none()
    })
}

/// Names and values, as they are written; one without a value has an empty one.
fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        let name = &rest[..rest.find([' ', '=']).unwrap_or(rest.len())];
        rest = &rest[name.len()..];
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let quote = after
                .chars()
                .next()
                .filter(|quote| ['"', '\''].contains(quote))?;
            value = after[1..].split(quote).next()?;
            rest = after.get(value.len() + 2..)?;
        }
        (!name.is_empty()).then_some((name, value))
    })
}

/// A painter and a browser write one thing in two ways.
fn same(one: &str, other: &str) -> bool {
    one == other || (one.contains('&') || other.contains('&')) && decoded(one) == decoded(other)
}

fn decoded(text: &str) -> Cow<'_, str> {
    const SIGNS: [(&str, &str); 6] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&amp;", "&"),
    ];
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let (mut out, mut rest) = (text[..first].to_owned(), &text[first..]);
    while !rest.is_empty() {
        let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (sign, says) = sign.copied().unwrap_or(("&", "&"));
        out.push_str(says);
        rest = &rest[sign.len()..];
        let plain = rest.find('&').unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
