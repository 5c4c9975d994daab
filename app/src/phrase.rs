//! The phrases as the browser has them. Each use of one is compiled to its words, so the module that a page loads holds
//! those that it shows: no keys, no map and nothing that reads them. `build.rs` takes them from the files that
//! rust-i18n reads for the server.

use crate::lang::Lang;

include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// What is said in each of [`LANGS`].
pub type Phrase = [&'static str; LANGS.len()];

/// For the compiler alone, which then refuses a key that nothing is said for.
pub const fn of(key: &str) -> Phrase {
    let mut n = 0;
    while n < PHRASES.len() {
        if is(PHRASES[n].0, key) {
            return PHRASES[n].1;
        }
        n += 1;
    }
    panic!("no phrase has this key");
}

const fn is(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut n = 0;
    while n < one.len() && n < other.len() && one[n] == other[n] {
        n += 1;
    }
    n == one.len() && n == other.len()
}

/// The phrase in a language.
pub fn say(phrase: &Phrase, lang: Lang) -> String {
    phrase[lang as usize].to_owned()
}

/// The same with a value for each `%{name}` in it.
pub fn fill(phrase: &Phrase, lang: Lang, values: &[(&str, String)]) -> String {
    let mut said = String::new();
    let mut rest = phrase[lang as usize];
    while let Some((before, hole)) = rest.split_once("%{") {
        let Some((name, after)) = hole.split_once('}') else {
            break;
        };
        said.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            said.push_str(value);
        }
        rest = after;
    }
    said.push_str(rest);
    said
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{LANGS, PHRASES, fill, of, say};
    use crate::lang::Lang;

    #[test]
    fn the_browser_says_what_the_server_says() {
        assert_eq!(
            LANGS,
            Lang::ALL.map(Lang::code),
            "a language is its place in a phrase"
        );
        for (key, phrase) in PHRASES {
            for lang in Lang::ALL {
                let server = rust_i18n::t!(*key, locale = lang.code());
                assert_eq!(say(phrase, lang), server, "{key}");
            }
        }
    }

    #[test]
    fn a_key_is_the_whole_key() {
        const CLOSE: [&str; 2] = of("act.close");
        assert_eq!(CLOSE[0], "Close");
        assert!(std::panic::catch_unwind(|| of("act.clos")).is_err());
        assert!(std::panic::catch_unwind(|| of("act.closed")).is_err());
    }

    #[test]
    fn a_value_is_put_where_its_name_is() {
        struct Case {
            why: &'static str,
            phrase: &'static str,
            want: &'static str,
        }
        #[rustfmt::skip]
        let cases = [
            Case { why: "nothing to fill", phrase: "Close", want: "Close" },
            Case { why: "at both ends and twice", phrase: "%{b}, %{a}, %{b}", want: "2%, %{b}, 2%" },
            Case { why: "a sign alone is itself", phrase: "100 % {a}", want: "100 % {a}" },
            Case { why: "what has no end is no name", phrase: "to %{a", want: "to %{a" },
            Case { why: "with other letters around it", phrase: "닫힘: %{b}개", want: "닫힘: 2%개" },
        ];
        // what is filled in is not filled again
        let values = [("a", "%{b}".to_owned()), ("b", "2%".to_owned())];
        for case in cases {
            let said = fill(&[case.phrase; 2], Lang::Ko, &values);
            assert_eq!(said, case.want, "{}", case.why);
        }
    }
}
