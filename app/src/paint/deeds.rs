//! What can be pressed, as HTML.

use std::fmt::{self, Write};
use std::sync::Arc;

use leptos::reactive::owner::with_context;
use orrery_view::ObjectRef;

use super::Esc;
use crate::cell::{Button, Deed};
use crate::lang::Lang;
use crate::permit::Permits;
use crate::tr;
use crate::ui::Here;

/// On means "not suspended".
pub fn switch(out: &mut String, object: &ObjectRef, on: bool, lang: Lang) -> fmt::Result {
    let deed = Deed::Suspend(object.clone(), on);
    write!(
        out,
        r#"<button class="switch" type="button" role="switch" aria-checked="{on}" aria-label="{}""#,
        Esc(&tr!(lang, "act.switch", name = object.name)),
    )?;
    match permits().why_not(&deed, lang) {
        None => self::deed(out, &deed)?,
        Some(why) => refused(out, &why)?,
    }
    out.write_str("></button>")
}

/// What may be done on the page that is drawn; without a page, everything is offered.
fn permits() -> Arc<Permits> {
    with_context::<Here, _>(|here| here.permits.clone()).unwrap_or_default()
}

/// Instead of a deed: it can be reached and says why, where `disabled` would hide both from the keyboard.
fn refused(out: &mut String, why: &str) -> fmt::Result {
    write!(out, r#" aria-disabled="true" title="{}""#, Esc(why))
}

pub fn buttons(out: &mut String, buttons: &[Button], lang: Lang) -> fmt::Result {
    let permits = permits();
    for button in permits.offered(buttons, lang).iter() {
        let class = match (button.prime, button.danger, &button.deed) {
            (true, ..) => "btn prime",
            (_, true, _) => "btn danger",
            (.., Deed::Menu(..)) => "btn more",
            _ => "btn",
        };
        let (label, about) = (Esc(&button.label), Esc(&button.about));
        match &button.deed {
            Deed::Go(href) => write!(
                out,
                r#"<a class="{class}" href="{}" aria-label="{about}">{label}</a>"#,
                Esc(href)
            )?,
            deed => {
                write!(
                    out,
                    r#"<button class="{class}" type="button" aria-label="{about}""#
                )?;
                match button.refused.as_str() {
                    "" => self::deed(out, deed)?,
                    why => refused(out, why)?,
                }
                write!(out, ">{label}</button>")?;
            }
        }
    }
    Ok(())
}

/// What a button does, as the attribute that says so. JSON has so many double quotes that it stands between single
/// ones.
fn deed(out: &mut String, deed: &Deed) -> fmt::Result {
    let code = deed.code();
    let (mut rest, special) = (code.as_str(), ['<', '>', '&', '\'']);
    out.write_str(" data-deed='")?;
    while let Some(at) = rest.find(special) {
        let (plain, from) = rest.split_at(at);
        out.write_str(plain)?;
        write!(out, "{}", Esc(&from[..1]))?;
        rest = &from[1..];
    }
    write!(out, "{rest}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_one_attribute_whatever_it_names() {
        let mut html = String::new();
        let evil = Deed::Go(r#"it's <a> & "b""#.into());
        assert_eq!(deed(&mut html, &evil), Ok(()));
        assert_eq!(
            html,
            r#" data-deed='{"Go":"it&#39;s &lt;a&gt; &amp; \"b\""}'"#
        );
    }
}
