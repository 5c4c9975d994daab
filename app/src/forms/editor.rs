//! YAML that is typed: objects to make, or one to put in the place of another. The cluster rehearses it whenever what
//! is typed rests, and what it refuses is told at the line.

pub mod create;
mod paint;
pub mod replace;
mod starts;
mod wish;

use orrery_view::{Kind, ObjectRef};

use super::manifest::{About, Offers};
use super::{Desk, Fields, address};
use crate::address::escape;
use crate::cell::{Button, Deed};
use crate::kinds;
use crate::lang::Lang;
use crate::permit::Permits;
use crate::props::for_examples;
use crate::tr;

pub use starts::{KINDS, of as example};
pub use wish::Wish;

/// Kinds whose objects are edited here.
pub fn edits(kind: Kind) -> bool {
    kind != Kind::Event
}

/// A longer text is rehearsed when a person says so: at each rest, it would cost the cluster and the browser the whole
/// of it.
const MOST_AT_REST_BYTES: usize = 128 << 10;
/// Has a text rehearsed, however long it is.
const CHECK: &str = "check";
/// What the browser presses by Ctrl Space: the fields that can stand at the cursor.
const OFFER: &str = "offer";

/// Whether a text is painted without a word of the cluster's.
fn waits(text: &str, fields: &Fields) -> bool {
    text.len() > MOST_AT_REST_BYTES && matches!(fields.pressed(), "" | OFFER)
}

/// What helps at the cursor.
#[derive(Default)]
struct Guide {
    /// What the cluster says of the field.
    about: Option<About>,
    /// What may be typed there.
    offers: Option<Offers>,
}

impl Guide {
    async fn of(desk: &Desk<'_>, text: &str, fields: &Fields) -> Self {
        let Ok(cursor) = fields.text("cursor").parse() else {
            return Self::default();
        };
        let at = byte_at(text, cursor);
        let is_begun = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let offers = match is_begun || fields.pressed() == OFFER {
            true => desk.backend.offers(text.to_owned(), at).await,
            false => None,
        };
        let line = line_at(text, cursor);
        let about = desk.backend.explain(text.to_owned(), line).await;
        Self { about, offers }
    }
}

/// The same place, which the browser counts in UTF-16, in bytes.
fn byte_at(text: &str, cursor: usize) -> usize {
    let mut units = 0;
    let mut letters = text.char_indices();
    let found = letters.find(|(_, letter)| {
        let is_there = units >= cursor;
        units += letter.len_utf16();
        is_there
    });
    found.map_or(text.len(), |(at, _)| at)
}

/// The line of a place, which the browser counts in UTF-16.
fn line_at(text: &str, cursor: usize) -> u32 {
    let before = text.encode_utf16().take(cursor);
    let ends = before.filter(|unit| *unit == u16::from(b'\n')).count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

/// Edits an object as YAML.
pub fn edit(object: &ObjectRef, lang: Lang) -> Button {
    let deed = Deed::Form(address("yaml", object));
    Button::new(tr!(lang, "yaml.button"), &object.name, deed)
}

/// Makes objects, in the first namespace that is chosen. It begins with one of `kind`, or of another kind where the
/// cluster would refuse that.
pub fn create(kind: Option<Kind>, namespaces: &[String], permits: &Permits, lang: Lang) -> Button {
    // the page's address says it, and may say anything
    let namespace = escape(&for_examples(namespaces));
    let all = kind.into_iter().chain(KINDS);
    let deeds = all
        .filter(|kind| starts::of(*kind).is_some())
        .map(|kind| Deed::Form(format!("/form/create/{}?ns={namespace}", kinds::path(kind))));
    let deeds: Vec<_> = deeds.collect();
    let allowed = deeds
        .iter()
        .find(|deed| permits.why_not(deed, lang).is_none());
    let deed = allowed.or(deeds.first()).cloned();
    let deed = deed.expect("there are kinds to begin with");
    Button::new(tr!(lang, "create.button"), "", deed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permit::{Denied, Need, Verb};

    #[test]
    fn a_place_in_utf_16_is_on_a_line() {
        let text = "a\n가🙂\nb";
        for (cursor, line, byte) in [
            (0, 1, 0),
            (1, 1, 1),
            (2, 2, 2),
            (5, 2, 9),
            (6, 3, 10),
            (99, 3, 11),
        ] {
            assert_eq!(line_at(text, cursor), line, "{cursor}");
            assert_eq!(byte_at(text, cursor), byte, "{cursor}");
        }
    }

    #[test]
    fn what_may_not_be_made_is_not_begun_with() {
        let namespaces = ["data".to_owned()];
        let denied = |kinds: &[Kind]| Permits {
            denied: kinds
                .iter()
                .map(|kind| Denied {
                    need: Need {
                        verb: Verb::Create,
                        kind: *kind,
                        namespace: "data".into(),
                    },
                    reason: String::new(),
                })
                .collect(),
            ..Permits::default()
        };
        let all = [Kind::CronJob, Kind::Job, Kind::DaemonSet];
        let rows: [(Option<Kind>, &[Kind], &str, bool); 5] = [
            (None, &[], "cronjobs", true),
            (Some(Kind::Job), &[], "jobs", true),
            (Some(Kind::Node), &[], "cronjobs", true),
            (Some(Kind::CronJob), &all[..2], "daemonsets", true),
            (Some(Kind::Job), &all, "jobs", false),
        ];
        for (kind, without, form, offered) in rows {
            let permits = denied(without);
            let button = create(kind, &namespaces, &permits, Lang::En);
            let address = format!("/form/create/{form}?ns=data");
            assert_eq!(button.deed, Deed::Form(address), "{kind:?}");
            let shown = permits.offered(std::slice::from_ref(&button), Lang::En);
            assert_eq!(shown[0].refused.is_empty(), offered, "{kind:?}");
        }
        let odd = ["a&text=b".to_owned()];
        let button = create(None, &odd, &Permits::default(), Lang::En);
        let address = "/form/create/cronjobs?ns=a%26text%3Db";
        assert_eq!(button.deed, Deed::Form(address.into()));
        let closed = Permits {
            read_only: true,
            ..Permits::default()
        };
        let button = create(None, &namespaces, &closed, Lang::En);
        let shown = closed.offered(std::slice::from_ref(&button), Lang::En);
        assert!(shown.is_empty(), "a read-only page makes nothing");
    }
}
