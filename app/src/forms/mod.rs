//! Forms that the server paints: first empty, then anew as they are filled in, with what the cluster says to it, and at
//! last a report of what was done. The browser only carries them (`browser::form`).
//!
//! `POST /form/{deed}/{kind}/{namespace}/{name}` (for a Node without a namespace, for several objects
//! `POST /form/bulk/{kind}`, for one that is to be made `POST /form/add/{kind}`) takes what a form
//! holds, and answers the form again (`<form …`) or a report (`<div class="toast …`). Which of its buttons was pressed
//! is in `do`. `POST /form/palette` is the [`palette`], `POST /form/create/{kind}` makes objects from YAML.

mod backfill;
pub mod bulk;
pub mod draft;
pub mod drain;
pub mod edit;
pub mod editor;
pub mod evict;
mod fields;
pub mod machine;
pub mod manifest;
pub mod marks;
pub mod outlook;
pub mod palette;
mod paper;
mod retry;
pub mod slots;
pub mod trial;
pub mod trigger;
pub mod undo;

use orrery_view::{Kind, ObjectRef};

use crate::api::reasoned;
use crate::backend::{AppError, Backend};
use crate::kinds;
use crate::lang::Lang;

pub use fields::Fields;

/// Who fills in a form, and over which cluster.
pub struct Desk<'a> {
    pub backend: &'a dyn Backend,
    pub lang: Lang,
}

impl<'a> Desk<'a> {
    fn because(&self, backend: Option<&'a dyn Backend>) -> Self {
        Self {
            backend: backend.unwrap_or(self.backend),
            lang: self.lang,
        }
    }
}

/// The field in which a form asks why.
const REASON: &str = "reason";

/// Answers a form about one object; `None`: there is no such form.
pub async fn about_one(
    desk: &Desk<'_>,
    deed: &str,
    object: ObjectRef,
    fields: &Fields,
) -> Option<Result<String, AppError>> {
    // those two keep the reason with what else they are told
    let given = match deed {
        "backfill" | "trigger" => "",
        _ => fields.text(REASON),
    };
    let because = reasoned(desk.backend, given);
    let desk = &desk.because(because.as_deref());
    Some(match (deed, object.kind) {
        ("backfill", Kind::CronJob) => backfill::answer(desk, &object, fields).await,
        ("retry", Kind::Job) => retry::answer(desk, &object, fields).await,
        ("trigger", Kind::CronJob) => trigger::answer(desk, &object, fields).await,
        ("edit", Kind::CronJob) => edit::answer(desk, &object, fields).await,
        ("drain", Kind::Node) => drain::answer(desk, &object, fields).await,
        ("evict", Kind::Pod) => evict::answer(desk, &object, fields).await,
        ("marks", Kind::Node) => marks::answer(desk, &object, fields).await,
        ("remove", Kind::Node) => machine::remove(desk, &object, fields).await,
        ("fail", Kind::Node) => machine::fail(desk, &object, fields).await,
        ("recover", Kind::Node) => machine::recover(desk, &object).await,
        ("undo", Kind::DaemonSet) => undo::answer(desk, &object, fields).await,
        ("yaml", kind) if editor::edits(kind) => {
            editor::replace::answer(desk, &object, fields).await
        }
        _ => return None,
    })
}

/// Answers a form about a kind: several objects of it, or those that are to be made, of this kind to begin with;
/// `None`: there is no such form.
pub async fn about_kind(
    desk: &Desk<'_>,
    deed: &str,
    kind: Kind,
    fields: &Fields,
) -> Option<Result<String, AppError>> {
    let because = reasoned(desk.backend, fields.text(REASON));
    let desk = &desk.because(because.as_deref());
    Some(match (deed, kind) {
        ("bulk", kind) => bulk::answer(desk, kind, fields).await,
        ("create", kind) => editor::create::answer(desk, kind, fields).await,
        ("add", Kind::Node) => machine::add(desk, fields).await,
        _ => return None,
    })
}

/// Where the form of a deed on an object is.
pub fn address(deed: &str, object: &ObjectRef) -> String {
    let (kind, name) = (kinds::path(object.kind), &object.name);
    match object.namespace.as_str() {
        "" => format!("/form/{deed}/{kind}/{name}"),
        namespace => format!("/form/{deed}/{kind}/{namespace}/{name}"),
    }
}

/// A word of a command as a shell reads it: what is typed may be anything until the cluster has looked at it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
