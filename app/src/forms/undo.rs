//! Back to an earlier revision of a DaemonSet, as `kubectl rollout undo` does it.

use orrery_view::{Detail, ObjectRef};

use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::backend::AppError;
use crate::cell::Deed;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// The form's address for a revision.
pub fn at(daemonset: &ObjectRef, revision: i64) -> String {
    format!("{}?revision={revision}", address("undo", daemonset))
}

pub(super) fn kubectl(daemonset: &ObjectRef, revision: i64) -> String {
    let ObjectRef {
        namespace, name, ..
    } = daemonset;
    format!("kubectl rollout undo daemonset {name} -n {namespace} --to-revision={revision}")
}

pub async fn answer(
    desk: &Desk<'_>,
    daemonset: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let (lang, name) = (desk.lang, &daemonset.name);
    let revision: i64 = fields.text("revision").parse().unwrap_or(0);
    let run = fields.pressed() == "run";
    let current = current(desk, daemonset).await?;
    let done = desk.backend.undo(daemonset.clone(), revision, !run).await;
    if let (true, Ok(_)) = (run, &done) {
        let text = tr!(lang, "toast.undone", name = name, n = revision);
        let back = current.filter(|current| *current != revision);
        let back = back.map(|current| Deed::Form(at(daemonset, current)).code());
        let command = kubectl(daemonset, revision);
        return Ok(toast(Tone::Ok, &text, &command, &[], back, lang));
    }
    let title = tr!(lang, "undo.title", name = name, n = revision);
    let mut paper = Paper::new(&at(daemonset, revision), false, &title, lang);
    paper.text(&tr!(lang, "undo.text"));
    let go = match done {
        Ok(done) if done.diff.is_empty() => {
            paper.note("run", &tr!(lang, "undo.same", n = revision));
            false
        }
        Ok(done) => {
            paper.diff(&done.diff);
            paper.reason(fields.text("reason"));
            paper.command(&kubectl(daemonset, revision));
            true
        }
        Err(AppError::SignIn) => return Err(AppError::SignIn),
        Err(error) => {
            paper.refused(&error.to_string());
            false
        }
    };
    let go = go.then(|| ("run", tr!(lang, "undo.go"), "prime"));
    Ok(paper.end(go.as_slice()))
}

/// The number of the revision that is rolled out now.
async fn current(desk: &Desk<'_>, daemonset: &ObjectRef) -> Result<Option<i64>, AppError> {
    let detail = desk.backend.detail(daemonset.clone()).await?;
    let Some(Detail::DaemonSet(detail)) = detail else {
        return Ok(None);
    };
    let current = detail.history.iter().find(|revision| revision.current);
    Ok(current.map(|revision| revision.number))
}
