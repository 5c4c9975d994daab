//! The machines under the nodes of the embedded cluster: one more, one less, one without power and one that has it again.
//! The API knows nothing of machines, so that only the node that goes has a kubectl line.

use orrery_view::{Detail, Kind, ObjectRef, PodSquare};

use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::backend::{AppError, Machines};
use crate::cell::{Deed, Link};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{address as pages, tr};

/// Where the form for one more is.
pub const ADD: &str = "/form/add/nodes";

/// One more. Its name travels with the form, so that two presses make one.
pub async fn add(desk: &Desk<'_>, fields: &Fields) -> Result<String, AppError> {
    let (lang, machines) = (desk.lang, machines(desk)?);
    if fields.pressed() == "run" {
        let node = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: fields.text("name").to_owned(),
        };
        machines.add(node.clone()).await?;
        let link = Link {
            text: node.name.clone(),
            href: pages::object(&node),
            away: false,
        };
        let text = tr!(lang, "toast.node_added");
        return Ok(toast(Tone::Ok, &text, "", &[link], None, lang));
    }
    let next = machines.next().await?;
    let title = tr!(lang, "machine.add_title");
    let mut paper = Paper::new(ADD, false, &title, lang);
    let Some((node, ip)) = next else {
        paper.note("warn", &tr!(lang, "machine.full"));
        return Ok(paper.end(&[]));
    };
    paper.hidden("name", &node.name);
    let name = &node.name;
    paper.text(&tr!(lang, "machine.add_text", name = name, address = ip));
    paper.reason(fields.text("reason"));
    Ok(paper.end(&[("run", tr!(lang, "machine.add_go"), "prime")]))
}

/// One less: it asks, for its pods go with it.
pub async fn remove(
    desk: &Desk<'_>,
    node: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, machines, name) = (desk.lang, machines(desk)?, &node.name);
    let command = format!("kubectl delete node {name}");
    if fields.pressed() == "run" {
        machines.remove(node.clone()).await?;
        let text = tr!(lang, "toast.node_removed", name = name);
        return Ok(toast(Tone::Ok, &text, &command, &[], None, lang));
    }
    let pods = pods(desk, node).await?;
    let title = tr!(lang, "machine.remove_title", name = name);
    let mut paper = Paper::new(&address("remove", node), false, &title, lang);
    paper.text(&tr!(lang, "machine.remove_text"));
    list(&mut paper, &pods, lang);
    paper.reason(fields.text("reason"));
    paper.command(&command);
    Ok(paper.end(&[("run", tr!(lang, "machine.remove_go"), "danger")]))
}

/// A power cut: it asks, for what runs there is lost.
pub async fn fail(desk: &Desk<'_>, node: &ObjectRef, fields: &Fields) -> Result<String, AppError> {
    let (lang, machines, name) = (desk.lang, machines(desk)?, &node.name);
    if fields.pressed() == "run" {
        machines.fail(node.clone()).await?;
        let text = tr!(lang, "toast.node_failed", name = name);
        let back = Deed::Form(address("recover", node)).code();
        return Ok(toast(Tone::Ok, &text, "", &[], Some(back), lang));
    }
    let pods = pods(desk, node).await?;
    let title = tr!(lang, "machine.fail_title", name = name);
    let mut paper = Paper::new(&address("fail", node), false, &title, lang);
    paper.text(&tr!(lang, "machine.fail_text"));
    list(&mut paper, &pods, lang);
    paper.text(&tr!(lang, "machine.fail_then"));
    paper.reason(fields.text("reason"));
    Ok(paper.end(&[("run", tr!(lang, "machine.fail_go"), "danger")]))
}

/// The power is back. Nothing is lost by it, so nothing is asked.
pub async fn recover(desk: &Desk<'_>, node: &ObjectRef) -> Result<String, AppError> {
    let (lang, machines) = (desk.lang, machines(desk)?);
    machines.recover(node.clone()).await?;
    let text = tr!(lang, "toast.node_recovered", name = node.name);
    Ok(toast(Tone::Ok, &text, "", &[], None, lang))
}

fn machines<'a>(desk: &Desk<'a>) -> Result<&'a dyn Machines, AppError> {
    let machines = desk.backend.machines();
    machines.ok_or_else(|| AppError::Refused {
        message: tr!(desk.lang, "machine.none"),
    })
}

/// What is on the node now.
async fn pods(desk: &Desk<'_>, node: &ObjectRef) -> Result<Vec<PodSquare>, AppError> {
    match desk.backend.detail(node.clone()).await? {
        Some(Detail::Node(detail)) => Ok(detail.row.pods),
        _ => Err(AppError::Gone {
            message: tr!(desk.lang, "detail.none", kind = "Node", name = node.name),
        }),
    }
}

fn list(paper: &mut Paper, pods: &[PodSquare], lang: Lang) {
    if pods.is_empty() {
        return paper.note("ok", &tr!(lang, "drain.none"));
    }
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for pod in pods {
        let object = ObjectRef {
            kind: Kind::Pod,
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        };
        paper.put(format_args!(
            r#"<li><a class="link" href="{}">{}/{}</a><span class="sub">{}</span></li>"#,
            Esc(&pages::object(&object)),
            Esc(&pod.namespace),
            Esc(&pod.name),
            Esc(&pod.status)
        ));
    }
    paper.html("</ul>");
}
