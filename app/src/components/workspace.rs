//! The page around its islands: the server draws it, first whole and then, by the live stream, what changed of it.

use leptos::prelude::*;

use super::detail::DetailPage;
use super::dialog::Dialog;
use super::gallery::Gallery;
use super::list::ListPage;
use super::logs::LogPage;
use super::nav::Nav;
use super::overview::OverviewPage;
use super::schedule::SchedulePage;
use super::state::Banner;
use super::terminal::TerminalPage;
use super::toasts::Toasts;
use super::topbar::Topbar;
use super::trouble::Trouble;
use crate::forms::palette;
use crate::kinds;
use crate::props::{Props, View};
use crate::tr;
use crate::ui::Here;

/// All of the body.
#[component]
pub fn Workspace(props: Props) -> impl IntoView {
    let lang = props.lang;
    view! {
        <Shell props=props/>
        <template id="palette" inner_html=palette::blank(lang)></template>
        <Dialog/>
        <Toasts lang=lang/>
    }
}

/// What a change in the cluster can change.
#[component]
pub fn Shell(props: Props) -> impl IntoView {
    provide_context(Here::of(&props));
    let lang = props.lang;
    let kind = match &props.view {
        View::List { query, .. } => Some(query.kind),
        View::Detail { object, .. } => Some(object.kind),
        View::Log(log) => Some(log.object.kind),
        View::Terminal(terminal) => Some(terminal.object.kind),
        _ => None,
    };
    let title = match (&props.view, kind) {
        (View::Overview(_), _) => tr!(lang, "kind.overview"),
        (View::Schedule(_), _) => tr!(lang, "schedule.title"),
        (_, Some(kind)) => kinds::title(kind, lang),
        _ => "Orrery".into(),
    };
    let home = matches!(props.view, View::Overview(_));
    let schedule = matches!(props.view, View::Schedule(_));
    view! {
        <div class="shell">
            <Nav kind=kind home=home schedule=schedule/>
            <div class="page">
                <Topbar title=title kind=kind/>
                <Banner/>
                <ClusterAway/>
                <main id="main" tabindex="-1">{main(props.view)}</main>
            </div>
        </div>
    }
}

/// Says that the cluster does not answer, while the page itself is well.
#[component]
fn ClusterAway() -> impl IntoView {
    let here = Here::now();
    here.shell.away.clone().map(|why| {
        view! {
            <p class="banner" role="alert">
                {tr!(here.lang, "shell.away", cluster = here.shell.cluster)}
                <code class="said">{why}</code>
            </p>
        }
    })
}

fn main(view: View) -> AnyView {
    match view {
        View::Overview(overview) => view! { <OverviewPage overview=*overview/> }.into_any(),
        View::List { query, page } => view! { <ListPage query=query page=page/> }.into_any(),
        View::Detail {
            object,
            tab,
            detail,
            span,
            gone,
            yaml,
        } => view! { <DetailPage object=object tab=tab detail=detail span=span gone=gone yaml=yaml/> }
            .into_any(),
        View::Schedule(load) => view! { <SchedulePage load=*load/> }.into_any(),
        View::Log(log) => view! { <LogPage log=*log/> }.into_any(),
        View::Terminal(terminal) => view! { <TerminalPage terminal=*terminal/> }.into_any(),
        View::Gallery => view! { <Gallery/> }.into_any(),
        View::Lost => view! { <Trouble error=None/> }.into_any(),
        View::Trouble(error) => view! { <Trouble error=Some(error)/> }.into_any(),
    }
}
