//! A page that could not be made: what happened and what to do next.

use leptos::prelude::*;

use crate::backend::AppError;
use crate::tr;
use crate::ui::Here;

#[component]
pub fn Trouble(
    /// `None`: there is no such address.
    error: Option<AppError>,
) -> impl IntoView {
    let lang = Here::now().lang;
    let (title, text) = match &error {
        None => (tr!(lang, "trouble.lost"), tr!(lang, "trouble.lost_text")),
        Some(AppError::SignIn) => (
            tr!(lang, "trouble.sign_in"),
            tr!(lang, "trouble.sign_in_text"),
        ),
        Some(AppError::Gone { .. }) => (tr!(lang, "trouble.gone"), tr!(lang, "trouble.gone_text")),
        Some(AppError::Refused { .. }) => (
            tr!(lang, "trouble.refused"),
            tr!(lang, "trouble.refused_text"),
        ),
        Some(AppError::Away { .. }) => (tr!(lang, "trouble.away"), tr!(lang, "trouble.away_text")),
    };
    let said = error
        .filter(|error| *error != AppError::SignIn)
        .map(|error| error.to_string());
    view! {
        <section class="card empty" role="alert">
            <h2>{title}</h2>
            <p>{text}</p>
            {said.map(|said| view! { <code class="said">{said}</code> })}
            <a class="btn prime" href="/cronjobs">{tr!(lang, "trouble.back")}</a>
        </section>
    }
}
