//! The language of a page: chosen by cookie, else by the browser's `Accept-Language`.

use serde::{Deserialize, Serialize};

/// A language that the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Ko,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// As in `lang="…"`, the cookie and the translations.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The best of an `Accept-Language` header that we speak; English when there is none.
    pub fn accepted(header: &str) -> Self {
        let mut best = (Self::En, 0.0_f32);
        for part in header.split(',') {
            let mut fields = part.trim().split(';');
            let tag = fields.next().unwrap_or_default().trim();
            let weight = fields
                .find_map(|field| field.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let primary = tag
                .split('-')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            if let Some(lang) = Self::of_code(&primary)
                && weight > best.1
            {
                best = (lang, weight);
            }
        }
        best.0
    }
}

/// A phrase of the page in a language: `tr!(lang, "nav.jobs")`, `tr!(lang, "toast.made", name = job)`.
/// A test holds every key used here against both languages.
#[cfg(feature = "ssr")]
#[macro_export]
macro_rules! tr {
    ($lang:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        ::rust_i18n::t!($key, locale = $lang.code() $(, $name = $value)*).into_owned()
    };
}

/// The same where the words are the module's own: see [`crate::phrase`].
#[cfg(not(feature = "ssr"))]
#[macro_export]
macro_rules! tr {
    ($lang:expr, $key:literal $(,)?) => {{
        const PHRASE: &$crate::phrase::Phrase = &$crate::phrase::of($key);
        $crate::phrase::say(PHRASE, $lang)
    }};
    ($lang:expr, $key:literal $(, $name:ident = $value:expr)+ $(,)?) => {{
        const PHRASE: &$crate::phrase::Phrase = &$crate::phrase::of($key);
        $crate::phrase::fill(PHRASE, $lang, &[$((stringify!($name), $value.to_string())),+])
    }};
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn the_browser_chooses() {
        for (header, lang) in [
            ("", Lang::En),
            ("ko-KR,ko;q=0.9,en;q=0.8", Lang::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Lang::En),
            ("fr-FR, ko;q=0.3, en;q=0.2", Lang::Ko),
            ("de", Lang::En),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header}");
        }
    }
}
