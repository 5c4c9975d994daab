//! `kubectl drain` of a Node: what becomes of each of its pods is told first, and which budget would not let one go.

use orrery_view::ObjectRef;

use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::backend::AppError;
use crate::cell::Deed;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{address as pages, format, tr};

/// What a person agrees to lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Pods that nobody makes again (`--force`).
    pub unmanaged: bool,
    /// What pods keep in an emptyDir (`--delete-emptydir-data`).
    pub local_data: bool,
}

/// A pod of the Node, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub pod: ObjectRef,
    pub fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its DaemonSet would make it again here at once.
    OfDaemonSet,
    /// The node's own: the API cannot stop it.
    OfNode,
    /// What is lost with it was not agreed to.
    Needs(Consent),
    /// It is evicted, or was.
    Evicted,
    /// The cluster refuses, in its words.
    Refused(String),
}

pub async fn answer(
    desk: &Desk<'_>,
    node: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, name) = (desk.lang, &node.name);
    let run = fields.pressed() == "run";
    let consent = Consent {
        unmanaged: !fields.text(UNMANAGED).is_empty(),
        local_data: !fields.text(LOCAL_DATA).is_empty(),
    };
    let pods = desk.backend.drain(node.clone(), consent, !run).await?;
    let count = |is: fn(&Fate) -> bool| pods.iter().filter(|pod| is(&pod.fate)).count();
    let leave = count(|fate| *fate == Fate::Evicted);
    let held = count(|fate| matches!(fate, Fate::Refused(_)));
    // a pod that came since one agreed is not among those that one knew of
    let unasked = count(|fate| matches!(fate, Fate::Needs(_)));
    if run && held + unasked == 0 {
        let text = tr!(
            lang,
            "toast.drained",
            name = name,
            n = format::number(leave)
        );
        let back = Deed::Cordon(node.clone(), false).code();
        let command = kubectl(node, consent);
        return Ok(toast(Tone::Ok, &text, &command, &[], Some(back), lang));
    }
    let title = match run {
        true => tr!(lang, "drain.partly", name = name),
        false => tr!(lang, "drain.title", name = name),
    };
    let mut paper = Paper::new(&address("drain", node), false, &title, lang);
    match (run, held) {
        (true, 0) => {}
        (true, held) => paper.text(&tr!(lang, "drain.left", n = format::number(held))),
        (false, _) => paper.text(&tr!(lang, "drain.text")),
    }
    list(&mut paper, &pods);
    if !run && held > 0 {
        paper.note("warn", &tr!(lang, "drain.held"));
    }
    let asked = agreements(&mut paper, &pods, consent);
    if asked.unmanaged || asked.local_data {
        paper.note("warn", &tr!(lang, "drain.agree"));
        return Ok(paper.end(&[]));
    }
    paper.reason(fields.text("reason"));
    paper.command(&kubectl(node, consent));
    let word = match run {
        true => tr!(lang, "bulk.again"),
        false => tr!(lang, "drain.go"),
    };
    Ok(paper.end(&[("run", word, "danger")]))
}

const UNMANAGED: &str = "unmanaged";
const LOCAL_DATA: &str = "local_data";

fn kubectl(node: &ObjectRef, consent: Consent) -> String {
    let force = if consent.unmanaged { " --force" } else { "" };
    let data = match consent.local_data {
        true => " --delete-emptydir-data",
        false => "",
    };
    let name = &node.name;
    format!("kubectl drain {name} --ignore-daemonsets{force}{data}")
}

/// Those first that hold it up.
fn list(paper: &mut Paper, pods: &[Leaving]) {
    let lang = paper.lang;
    let rank = |leaving: &&Leaving| match leaving.fate {
        Fate::Refused(_) => 0,
        Fate::Needs(_) => 1,
        Fate::Evicted => 2,
        Fate::OfDaemonSet | Fate::OfNode => 3,
    };
    let mut pods: Vec<_> = pods.iter().collect();
    pods.sort_by_key(rank);
    if pods.is_empty() {
        return paper.note("ok", &tr!(lang, "drain.none"));
    }
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for Leaving { pod, fate } in pods {
        let class = match fate {
            Fate::Refused(_) | Fate::Needs(_) => "bad",
            Fate::Evicted => "",
            Fate::OfDaemonSet | Fate::OfNode => "mute",
        };
        paper.put(format_args!(
            r#"<li class="{class}"><a class="link" href="{}">{}/{}</a><span class="sub">{}</span></li>"#,
            Esc(&pages::object(pod)),
            Esc(&pod.namespace),
            Esc(&pod.name),
            Esc(&said(fate, lang))
        ));
    }
    paper.html("</ul>");
}

fn said(fate: &Fate, lang: Lang) -> String {
    match fate {
        Fate::OfDaemonSet => tr!(lang, "drain.of_daemonset"),
        Fate::OfNode => tr!(lang, "drain.of_node"),
        Fate::Needs(need) => {
            let unmanaged = need.unmanaged.then(|| tr!(lang, "drain.unmanaged"));
            let data = need.local_data.then(|| tr!(lang, "drain.local_data"));
            let both: Vec<_> = unmanaged.into_iter().chain(data).collect();
            both.join(" ")
        }
        Fate::Evicted => tr!(lang, "drain.evicted"),
        Fate::Refused(why) => why.clone(),
    }
}

/// The boxes by which one agrees, of what there is to lose; answers what is not agreed to.
fn agreements(paper: &mut Paper, pods: &[Leaving], consent: Consent) -> Consent {
    let lang = paper.lang;
    let mut needed = Consent::default();
    for leaving in pods {
        if let Fate::Needs(need) = leaving.fate {
            needed.unmanaged |= need.unmanaged;
            needed.local_data |= need.local_data;
        }
    }
    let boxes = [
        (
            UNMANAGED,
            consent.unmanaged,
            needed.unmanaged,
            tr!(lang, "drain.force"),
        ),
        (
            LOCAL_DATA,
            consent.local_data,
            needed.local_data,
            tr!(lang, "drain.lose"),
        ),
    ];
    for (name, agreed, needed, word) in boxes {
        if agreed || needed {
            let checked = if agreed { " checked" } else { "" };
            paper.put(format_args!(
                r#"<label class="choice"><input type="checkbox" name="{name}" value="1"{checked}><span>{}</span></label>"#,
                Esc(&word)
            ));
        }
    }
    needed
}
