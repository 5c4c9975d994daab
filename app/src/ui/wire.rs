//! Between the values of a page and its JSON, by the browser's own reader: a second one in the module would be a
//! quarter of it.

use js_sys::{Array, JSON, Reflect};
use orrery_view::{Kind, ObjectRef};
use wasm_bindgen::{JsCast, JsValue};

use crate::action::Done;
use crate::backend::AppError;
use crate::cell::{Button, Deed};
use crate::kinds;
use crate::live::Patch;

pub fn parse(json: &str) -> Option<JsValue> {
    JSON::parse(json).ok()
}

/// A field; `undefined` for what has none.
fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(value: &JsValue, name: &str) -> String {
    field(value, name).as_string().unwrap_or_default()
}

fn number(value: &JsValue, name: &str) -> f64 {
    field(value, name).as_f64().unwrap_or_default()
}

fn list(value: &JsValue) -> Vec<JsValue> {
    value.dyn_ref().map(Array::to_vec).unwrap_or_default()
}

/// The name and the content of an enum's variant.
fn variant(value: &JsValue) -> Option<(String, JsValue)> {
    if let Some(name) = value.as_string() {
        return Some((name, JsValue::UNDEFINED));
    }
    let name = Reflect::own_keys(value).ok()?.get(0).as_string()?;
    let content = field(value, &name);
    Some((name, content))
}

fn object(value: &JsValue) -> Option<ObjectRef> {
    let kind = text(value, "kind");
    let kind: Kind = Kind::ALL
        .into_iter()
        .find(|known| kinds::resource(*known) == kind)?;
    Some(ObjectRef {
        kind,
        namespace: text(value, "namespace"),
        name: text(value, "name"),
    })
}

/// What a `data-deed` says.
pub fn deed(value: &JsValue) -> Option<Deed> {
    let (name, content) = variant(value)?;
    let pair = list(&content);
    let pair = |i: usize| pair.get(i).cloned().unwrap_or(JsValue::UNDEFINED);
    Some(match name.as_str() {
        "Go" => Deed::Go(content.as_string()?),
        "Form" => Deed::Form(content.as_string()?),
        "Examples" => Deed::Examples(content.as_string()?),
        "Trigger" => Deed::Trigger(object(&content)?),
        "Rerun" => Deed::Rerun(object(&content)?),
        "Restart" => Deed::Restart(object(&content)?),
        "Delete" => Deed::Delete(object(&content)?),
        "Suspend" => Deed::Suspend(object(&pair(0))?, pair(1).is_truthy()),
        "Pause" => Deed::Pause(object(&pair(0))?, pair(1).is_truthy()),
        "Cordon" => Deed::Cordon(object(&pair(0))?, pair(1).is_truthy()),
        "Menu" => Deed::Menu(
            object(&pair(0))?,
            list(&pair(1)).iter().filter_map(button).collect(),
        ),
        _ => return None,
    })
}

fn button(value: &JsValue) -> Option<Button> {
    Some(Button {
        label: text(value, "label"),
        about: text(value, "about"),
        prime: field(value, "prime").is_truthy(),
        danger: field(value, "danger").is_truthy(),
        deed: deed(&field(value, "deed"))?,
        refused: text(value, "refused"),
    })
}

/// What came of an action.
pub fn done(value: &JsValue) -> Done {
    Done {
        made: object(&field(value, "made")),
        count: number(value, "count") as u32,
        diff: text(value, "diff"),
    }
}

/// Why an action was not done; what is no such answer is from between browser and server.
pub fn error(body: &str) -> AppError {
    let said = parse(body).as_ref().and_then(variant);
    let (name, message) = match said {
        Some((name, content)) => (name, text(&content, "message")),
        None => (String::new(), body.to_owned()),
    };
    match name.as_str() {
        "SignIn" => AppError::SignIn,
        "Gone" => AppError::Gone { message },
        "Refused" => AppError::Refused { message },
        _ => AppError::Away { message },
    }
}

/// What the stream says.
pub fn patch(value: &JsValue) -> Option<Patch> {
    let (name, content) = variant(value)?;
    Some(match name.as_str() {
        "Page" => Patch::Page {
            now: number(&content, "now") as i64,
            whole: field(&content, "whole").as_string(),
            pieces: list(&field(&content, "pieces"))
                .iter()
                .filter_map(JsValue::as_string)
                .collect(),
        },
        "Log" => Patch::Log {
            first: field(&content, "first").is_truthy(),
            lines: list(&field(&content, "lines"))
                .iter()
                .filter_map(JsValue::as_string)
                .collect(),
        },
        "LogEnd" => Patch::LogEnd(content.as_string().unwrap_or_default()),
        "Again" => Patch::Again,
        _ => return None,
    })
}
