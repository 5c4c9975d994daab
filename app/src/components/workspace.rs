//! The island: everything on the page that lives.

use leptos::prelude::*;
use orrery_view::{Body, Topic};

use super::detail::DetailPage;
use super::dialog::Dialog;
use super::list::ListPage;
use super::logs::LogPage;
use super::nav::Nav;
use super::overview::OverviewPage;
use super::toasts::Toasts;
use super::topbar::{Banner, Topbar};
use super::trouble::Trouble;
use crate::browser;
use crate::kinds;
use crate::props::{Props, View};
use crate::tr;
use crate::ui::{Asking, Ui};

#[island]
pub fn Workspace(props: Props) -> impl IntoView {
    let ui = Ui::new(&props);
    provide_context(ui);
    ui.live.watch(Some(Topic::Shell), move |body, _| {
        if let Body::Shell(shell) = body {
            ui.clock.correct(shell.now);
            ui.shell.set(shell);
        }
    });
    let kind = match &props.view {
        View::List { query, .. } => Some(query.kind),
        View::Detail { object, .. } => Some(object.kind),
        View::Log(log) => Some(log.object.kind),
        _ => None,
    };
    let title = match (&props.view, kind) {
        (View::Overview(_), _) => tr!(ui.lang, "kind.overview"),
        (_, Some(kind)) => kinds::title(kind, ui.lang),
        _ => "Orrery".into(),
    };
    let home = matches!(props.view, View::Overview(_));
    // Effects run in the browser only, once everything on the page has asked for its topic.
    Effect::new(move |_| {
        ui.clock.start();
        ui.live.start();
        browser::listen(move || ui.asking.set(Some(Asking::Help)));
    });
    view! {
        <div class="shell">
            <Nav kind=kind home=home/>
            <div class="page">
                <Topbar title=title kind=kind/>
                <Banner/>
                <main id="main" tabindex="-1">{main(props.view)}</main>
            </div>
        </div>
        <Dialog/>
        <Toasts/>
    }
}

fn main(view: View) -> AnyView {
    match view {
        View::Overview(overview) => view! { <OverviewPage overview=*overview/> }.into_any(),
        View::List { query, page } => view! { <ListPage query=query page=page/> }.into_any(),
        View::Detail {
            object,
            tab,
            detail,
            yaml,
        } => view! { <DetailPage object=object tab=tab detail=detail yaml=yaml/> }.into_any(),
        View::Log(log) => view! { <LogPage log=*log/> }.into_any(),
        View::Lost => view! { <Trouble error=None/> }.into_any(),
        View::Trouble(error) => view! { <Trouble error=Some(error)/> }.into_any(),
    }
}
