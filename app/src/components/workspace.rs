//! The island: everything on the page that lives.

use leptos::prelude::*;

use crate::props::Props;

#[island]
pub fn Workspace(props: Props) -> impl IntoView {
    view! { <main id="main">{props.shell.cluster}</main> }
}
