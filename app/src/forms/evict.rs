//! The Eviction of one Pod: what becomes of it is told first, and which budget would not let it go.

use orrery_view::ObjectRef;

use super::drain::Fate;
use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::backend::AppError;
use crate::lang::Lang;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// What an eviction would come to, or came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicting {
    pub after: After,
    /// It keeps data in an emptyDir, which is lost.
    pub local_data: bool,
    pub fate: Fate,
}

/// What comes after the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The controller of this kind and name makes another.
    Another { kind: String, name: String },
    /// It has ended: nothing is missed.
    Ended,
    /// Nobody makes it again.
    Nothing,
}

pub async fn answer(desk: &Desk<'_>, pod: &ObjectRef, fields: &Fields) -> Result<String, AppError> {
    let (lang, name) = (desk.lang, &pod.name);
    let run = fields.pressed() == "run";
    let told = desk.backend.evict(pod.clone(), !run).await?;
    if run && told.fate == Fate::Evicted {
        let text = tr!(lang, "toast.evicted", name = name);
        return Ok(toast(Tone::Ok, &text, &kubectl(pod), &[], None, lang));
    }
    let title = tr!(lang, "evict.title", name = name);
    let mut paper = Paper::new(&address("evict", pod), false, &title, lang);
    if told.fate == Fate::OfNode {
        paper.note("warn", &tr!(lang, "evict.of_node"));
        return Ok(paper.end(&[]));
    }
    paper.text(&tr!(lang, "evict.text"));
    let class = match told.after {
        After::Nothing => "bad",
        After::Another { .. } | After::Ended => "run",
    };
    paper.note(class, &said(&told.after, lang));
    if told.local_data {
        paper.note("warn", &tr!(lang, "drain.local_data"));
    }
    let word = match &told.fate {
        Fate::Refused(why) => {
            paper.refused(why);
            paper.text(&tr!(lang, "evict.held"));
            tr!(lang, "evict.again")
        }
        _ => tr!(lang, "evict.go"),
    };
    paper.reason(fields.text("reason"));
    paper.command(&kubectl(pod));
    Ok(paper.end(&[("run", word, "danger")]))
}

/// kubectl evicts single pods by no command of its own; this is what it sends when it drains.
fn kubectl(pod: &ObjectRef) -> String {
    let ObjectRef {
        namespace, name, ..
    } = pod;
    format!(
        r#"echo '{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{name}","namespace":"{namespace}"}}}}' | kubectl create --raw /api/v1/namespaces/{namespace}/pods/{name}/eviction -f -"#
    )
}

fn said(after: &After, lang: Lang) -> String {
    match after {
        After::Another { kind, name } => match kind.as_str() {
            "DaemonSet" => tr!(lang, "evict.of_daemonset", name = name),
            "Job" => tr!(lang, "evict.of_job", name = name),
            kind => tr!(lang, "evict.of_other", kind = kind, name = name),
        },
        After::Ended => tr!(lang, "evict.ended"),
        After::Nothing => tr!(lang, "evict.lost"),
    }
}
