//! What a form holds.

/// Which of the form's buttons was pressed.
const PRESSED: &str = "do";

/// Names and values, in the order of the form.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query string and a body; the body comes later and so decides. An address fills in a form, and presses no
    /// button of it.
    pub fn read(query: &str, body: &[u8]) -> Self {
        let query = form_urlencoded::parse(query.as_bytes()).into_owned();
        let query = query.filter(|(name, _)| name != PRESSED);
        let body = form_urlencoded::parse(body).into_owned();
        Self(query.chain(body).collect())
    }

    /// The last value of a name; empty without one.
    pub fn text(&self, name: &str) -> &str {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The same as it was typed: what is a text of lines begins and ends with blanks as it likes.
    pub fn lines(&self, name: &str) -> String {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| value.replace("\r\n", "\n"))
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether it was sent at all: a form that was just opened was not.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The button that was pressed; empty while the form is filled in.
    pub fn pressed(&self) -> &str {
        self.text(PRESSED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_decides_over_the_address() {
        let fields = Fields::read("do=a&pick=x%2Fy", b"pick=v&do=b&text=+c+d");
        assert_eq!((fields.pressed(), fields.text("text")), ("b", "c d"));
        assert_eq!(fields.all("pick").collect::<Vec<_>>(), ["x/y", "v"]);
        assert_eq!(Fields::read("do=run&text=a", b"").pressed(), "");
        let typed = Fields::read("", b"text=%0Aa%3A+1%0D%0A++b%0A");
        assert_eq!(typed.lines("text"), "\na: 1\n  b\n");
        assert_eq!(typed.lines("nothing"), "");
        assert!(!fields.has("nothing") && fields.text("nothing").is_empty());
    }
}
