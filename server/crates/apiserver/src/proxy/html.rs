//! Links in a backend's page, told as the client reaches them (upstream's `rewriteHTML`).

use std::ops::Range;

/// Which attributes of which elements are links.
const LINKS: [(&str, &[&str]); 25] = [
    ("a", &["href"]),
    ("applet", &["codebase"]),
    ("area", &["href"]),
    ("audio", &["src"]),
    ("base", &["href"]),
    ("blockquote", &["cite"]),
    ("body", &["background"]),
    ("button", &["formaction"]),
    ("command", &["icon"]),
    ("del", &["cite"]),
    ("embed", &["src"]),
    ("form", &["action"]),
    ("frame", &["longdesc", "src"]),
    ("head", &["profile"]),
    ("html", &["manifest"]),
    ("iframe", &["longdesc", "src"]),
    ("img", &["longdesc", "src", "usemap"]),
    ("input", &["src", "usemap", "formaction"]),
    ("ins", &["cite"]),
    ("link", &["href"]),
    ("object", &["classid", "codebase", "data", "usemap"]),
    ("q", &["cite"]),
    ("script", &["src"]),
    ("source", &["src"]),
    ("video", &["poster", "src"]),
];
/// Elements that hold text, whatever it looks like.
const TEXTS: [&str; 4] = ["script", "style", "textarea", "title"];

/// The page, each of its links as `link` has it; where that answers nothing it stays.
pub fn rewritten(page: &str, link: impl Fn(&str) -> Option<String>) -> String {
    let mut told = String::with_capacity(page.len() + page.len() / 8);
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        told.push_str(&rest[..start]);
        let markup = &rest[start..];
        let end = match Tag::read(markup) {
            Some(tag) => {
                tag.write(markup, &link, &mut told);
                let text = tag.text_len(&markup[tag.end..]);
                told.push_str(&markup[tag.end..tag.end + text]);
                tag.end + text
            }
            None => {
                let end = other_end(markup);
                told.push_str(&markup[..end]);
                end
            }
        };
        rest = &markup[end..];
    }
    told.push_str(rest);
    told
}

/// How long what begins with `<` and is no whole beginning of an element is: a comment, the character
/// alone, or all that is left where an element is cut off.
fn other_end(markup: &str) -> usize {
    let is_cut_off = markup[1..].starts_with(|first: char| first.is_ascii_alphabetic());
    match markup.strip_prefix("<!--") {
        Some(comment) => match comment.find("-->") {
            Some(end) => "<!--".len() + end,
            None => markup.len(),
        },
        None if is_cut_off => markup.len(),
        None => 1,
    }
}

/// An element's beginning.
struct Tag {
    /// In small letters.
    name: String,
    /// Names in small letters, and where their values are, without quotes.
    attributes: Vec<(String, Range<usize>)>,
    /// Behind its bracket.
    end: usize,
}

impl Tag {
    /// Reads what begins with `<`; `None` for no element, and for one that is cut off.
    fn read(markup: &str) -> Option<Self> {
        let mut at = Reader { markup, at: 1 };
        if !at.peek()?.is_ascii_alphabetic() {
            return None;
        }
        let name = at.until(|byte| is_space(byte) || matches!(byte, b'/' | b'>'))?;
        let name = markup[name].to_ascii_lowercase();
        let mut attributes = Vec::new();
        loop {
            at.until(|byte| !is_space(byte) && byte != b'/')?;
            if at.peek()? == b'>' {
                let end = at.at + 1;
                return Some(Self {
                    name,
                    attributes,
                    end,
                });
            }
            let attribute = at.attribute()?;
            attributes.push(attribute);
        }
    }

    fn is_link(&self, attribute: &str) -> bool {
        let links = LINKS.iter().find(|(name, _)| *name == self.name);
        links.is_some_and(|(_, attributes)| attributes.contains(&attribute))
    }

    fn write(&self, markup: &str, link: &impl Fn(&str) -> Option<String>, told: &mut String) {
        let mut written = 0;
        let links = self
            .attributes
            .iter()
            .filter(|(name, _)| self.is_link(name));
        for (_, value) in links {
            if let Some(there) = link(&markup[value.clone()]) {
                told.push_str(&markup[written..value.start]);
                told.push_str(&there);
                written = value.end;
            }
        }
        told.push_str(&markup[written..self.end]);
    }

    /// How much of what follows is this element's text.
    fn text_len(&self, behind: &str) -> usize {
        if !TEXTS.contains(&self.name.as_str()) {
            return 0;
        }
        let is_own = |(at, _): &(usize, &str)| {
            let name = behind[at + 2..].get(..self.name.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
        };
        let closing = behind.match_indices("</").find(is_own);
        closing.map_or(behind.len(), |(at, _)| at)
    }
}

struct Reader<'a> {
    markup: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.markup.as_bytes().get(self.at).copied()
    }

    /// Goes to the first byte that is one, and answers what was before; `None` where there is none.
    fn until(&mut self, is_end: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        let start = self.at;
        while !is_end(self.peek()?) {
            self.at += 1;
        }
        Some(start..self.at)
    }

    fn attribute(&mut self) -> Option<(String, Range<usize>)> {
        let first = self.at;
        // a name may begin with what ends it elsewhere
        self.at += 1;
        let name = self.until(|byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='))?;
        let name = self.markup[first..name.end].to_ascii_lowercase();
        self.until(|byte| !is_space(byte))?;
        if self.peek()? != b'=' {
            return Some((name, self.at..self.at));
        }
        self.at += 1;
        self.until(|byte| !is_space(byte))?;
        let value = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                let value = self.until(|byte| byte == quote)?;
                self.at += 1;
                value
            }
            _ => self.until(|byte| is_space(byte) || byte == b'>')?,
        };
        Some((name, value))
    }
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fuzz;

    proptest! {
        #![proptest_config(fuzz::cases())]

        /// Whatever a backend takes for a page.
        #[test]
        fn fuzz_any_page_is_told_in_full(
            page in "(<a |<img |<script|</|<!--|-->| href=| src=|[<>/a-z=\"' é!]){0,30}",
        ) {
            let told = below(&page);
            prop_assert!(told.len() >= page.len());
            prop_assert_eq!(rewritten(&page, |_| None), page);
        }
    }

    fn below(page: &str) -> String {
        rewritten(page, |link| {
            let is_own = link.starts_with('/');
            is_own.then(|| format!("/p{link}"))
        })
    }

    #[test]
    fn links_that_begin_with_a_slash_are_rewritten() {
        let rows = [
            ("<a href=\"/x\">/x</a>", "<a href=\"/p/x\">/x</a>"),
            ("<A HREF = '/x' class=b>", "<A HREF = '/p/x' class=b>"),
            ("<img src=/x usemap=/y>", "<img src=/p/x usemap=/p/y>"),
            ("<a title=\"/x\" href=\"y\">", "<a title=\"/x\" href=\"y\">"),
            ("<p href=\"/x\">", "<p href=\"/x\">"),
            (
                "<script src=\"/a.js\">\"<a href='/x'>\"</SCRIPT><link href='/b'/>",
                "<script src=\"/p/a.js\">\"<a href='/x'>\"</SCRIPT><link href='/p/b'/>",
            ),
            (
                "<!-- <a href=\"/x\"> --><a href=\"/y\">",
                "<!-- <a href=\"/x\"> --><a href=\"/p/y\">",
            ),
            (
                "<input disabled formaction=\"/x\"/>",
                "<input disabled formaction=\"/p/x\"/>",
            ),
            (
                "<a title=\"a > b\" href=\"/x\">",
                "<a title=\"a > b\" href=\"/p/x\">",
            ),
            ("1 < 2 <a href=\"/é\">", "1 < 2 <a href=\"/p/é\">"),
        ];
        for (page, expect) in rows {
            assert_eq!(below(page), expect);
        }
    }

    #[test]
    fn what_is_cut_off_stays_as_it_is() {
        for page in [
            "",
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"/x",
            "<a href='/x'",
            "<!-- <a href=\"/x\">",
            "<script>x",
            "</a>",
            "<a =>",
            "<é href=\"/x\">",
        ] {
            assert_eq!(below(page), page);
        }
    }
}
