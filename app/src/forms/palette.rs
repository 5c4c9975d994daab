//! The command palette: goes to any page and object, and runs any action that an object's page offers. Painted by the
//! server as the other forms are; the browser moves through it by keys (`browser::palette`).

mod find;
mod paint;

use orrery_view::ObjectRef;

use super::{Desk, Fields};
use crate::address::{self, Place};
use crate::backend::AppError;
pub use paint::blank;

/// Its address; `at` is the page that it is opened on.
pub const ADDRESS: &str = "/form/palette";

/// The page that the palette is opened on.
pub struct At {
    /// Whose page it is, if it is one object's.
    object: Option<ObjectRef>,
    /// The namespaces that are chosen there.
    namespaces: Vec<String>,
}

impl At {
    fn read(at: &str) -> Self {
        let (path, query) = at.split_once('?').unwrap_or((at, ""));
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self {
            object: Place::at(path).object(),
            namespaces: address::query(orrery_view::Kind::Event, pairs).namespaces,
        }
    }
}

pub async fn answer(desk: &Desk<'_>, fields: &Fields) -> Result<String, AppError> {
    let (at, text) = (fields.text("at"), fields.text("q"));
    let groups = find::groups(desk, &At::read(at), text).await?;
    Ok(paint::palette(at, text, &groups, desk.lang))
}
