//! Warning headers (K-04): each text once, and all cut short when together they are too long to send.

use std::collections::BTreeSet;

use http::HeaderValue;

/// What all of them may hold, and what each does of those that hold more, as upstream's recorder has it.
const MAX_CHARS: usize = 4 * 1024;
const MAX_CHARS_EACH: usize = 256;

/// The headers for these texts, in their order.
pub fn headers(texts: &[String]) -> Vec<HeaderValue> {
    told(texts).into_iter().map(|text| header(&text)).collect()
}

/// `299 - "text"`
pub fn header(text: &str) -> HeaderValue {
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    let quoted = printable.replace('\\', "\\\\").replace('"', "\\\"");
    let value = format!("299 - \"{quoted}\"");
    HeaderValue::from_bytes(value.as_bytes())
        .unwrap_or_else(|_| HeaderValue::from_static("299 - \"warning\""))
}

/// What is left of them.
fn told(texts: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let new = texts.iter().map(String::as_str);
    let new = new.filter(|text| !text.is_empty() && seen.insert(*text));
    let short = |text: &str| text.chars().count().min(MAX_CHARS_EACH);
    let (mut kept, mut chars, mut cut) = (Vec::new(), 0, false);
    for text in new {
        if cut && chars >= MAX_CHARS {
            break;
        }
        kept.push(text);
        chars += match cut {
            true => short(text),
            false => text.chars().count(),
        };
        if !cut && chars > MAX_CHARS {
            cut = true;
            chars = kept.iter().map(|text| short(text)).sum();
        }
    }
    let limit = if cut { MAX_CHARS_EACH } else { usize::MAX };
    let kept = kept.into_iter();
    kept.map(|text| text.chars().take(limit).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHARS, header, told};

    /// As many letters.
    fn long(letter: char, chars: usize) -> String {
        std::iter::repeat_n(letter, chars).collect()
    }

    #[test]
    fn texts() {
        let rows = [
            ("nothing", vec![], vec![]),
            (
                "each once, and none for nothing",
                vec![long('a', 1), long('b', 2), String::new(), long('a', 1)],
                vec![long('a', 1), long('b', 2)],
            ),
            (
                "as much as fits",
                vec![long('ñ', MAX_CHARS - 1), long('b', 1)],
                vec![long('ñ', MAX_CHARS - 1), long('b', 1)],
            ),
            (
                "one letter more",
                vec![long('ñ', MAX_CHARS), long('b', 1), long('c', 300)],
                vec![long('ñ', 256), long('b', 1), long('c', 256)],
            ),
            (
                "none beyond the limit",
                ('a'..='z').map(|letter| long(letter, 300)).collect(),
                ('a'..='p').map(|letter| long(letter, 256)).collect(),
            ),
        ];
        for (why, given, want) in rows {
            assert_eq!(told(&given), want, "{why}");
        }
    }

    #[test]
    fn quotes() {
        let header = header("a \"b\" \\ c\n");
        assert_eq!(header, "299 - \"a \\\"b\\\" \\\\ c\"");
    }
}
