//! Only what did not succeed of an Indexed Job, once more.

use orrery_view::{Detail, JobDetail, ObjectRef};

use super::paper::Paper;
use super::{Desk, Fields, address};
use crate::action::WITHOUT_GENERATED;
use crate::backend::AppError;
use crate::cell::Link;
use crate::tone::Tone;
use crate::ui::toast;
use crate::{address as pages, format, tr};

pub async fn answer(desk: &Desk<'_>, job: &ObjectRef, fields: &Fields) -> Result<String, AppError> {
    let lang = desk.lang;
    let detail = desk.backend.detail(job.clone()).await?;
    let Some(Detail::Job(detail)) = detail else {
        return Err(AppError::Gone {
            message: tr!(lang, "detail.none", kind = "Job", name = job.name),
        });
    };
    let title = tr!(lang, "retry.title", name = job.name);
    let mut paper = Paper::new(&address("retry", job), false, &title, lang);
    let token = paper.token(fields.text("token"));
    let run = fields.pressed() == "run";
    let done = desk.backend.retry(job.clone(), token, !run).await;
    let command = |made: Option<&ObjectRef>| kubectl(job, &detail, made);
    match done {
        Ok(done) if run => {
            let made = done.made.as_ref();
            let links = made.map(|made| Link {
                text: made.name.clone(),
                href: pages::object(made),
                away: false,
            });
            let text = tr!(lang, "toast.retried", name = job.name);
            return Ok(toast(
                Tone::Ok,
                &text,
                &command(made),
                links.as_slice(),
                None,
                lang,
            ));
        }
        Ok(done) => {
            paper.text(&match done.count {
                1 => tr!(lang, "retry.text_one", indexes = done.indexes),
                n => tr!(
                    lang,
                    "retry.text",
                    indexes = done.indexes,
                    n = format::number(n)
                ),
            });
            if !detail.completed_indexes.is_empty() {
                let kept = &detail.completed_indexes;
                paper.note("ok", &tr!(lang, "retry.kept", indexes = kept));
            }
            paper.reason(fields.text("reason"));
            paper.command(&command(None));
        }
        Err(AppError::SignIn) => return Err(AppError::SignIn),
        Err(error) => {
            paper.refused(&error.to_string());
            return Ok(paper.end(&[]));
        }
    }
    Ok(paper.end(&[("run", tr!(lang, "retry.run"), "prime")]))
}

/// A suspended copy, told which indexes are done, then resumed.
pub(super) fn kubectl(job: &ObjectRef, detail: &JobDetail, made: Option<&ObjectRef>) -> String {
    let ObjectRef {
        namespace, name, ..
    } = job;
    let new = made.map_or_else(|| format!("{name}-retry"), |made| made.name.clone());
    // whoever may write a Job's status must not write on somebody's shell
    let plain = |c: &char| c.is_ascii_digit() || matches!(c, ',' | '-');
    let completed: String = detail.completed_indexes.chars().filter(plain).collect();
    let n = detail.row.succeeded;
    format!(
        "kubectl get job {name} -n {namespace} -o json | jq 'del(.metadata.uid,.metadata.resourceVersion,.spec.selector,.status) | {WITHOUT_GENERATED} | .metadata.name=\"{new}\" | .spec.suspend=true' | kubectl create -f - && \
         kubectl patch job {new} -n {namespace} --subresource=status --type=merge -p '{{\"status\":{{\"completedIndexes\":\"{completed}\",\"succeeded\":{n}}}}}' && \
         kubectl patch job {new} -n {namespace} -p '{{\"spec\":{{\"suspend\":false}}}}'"
    )
}

#[cfg(test)]
mod tests {
    use orrery_view::Kind;

    use super::*;
    use crate::tests::a_job;

    #[test]
    fn what_a_status_says_is_no_part_of_a_shells_line() {
        let mut detail = a_job(0);
        detail.completed_indexes = "0-2,5\"}}'; reboot; '".to_owned();
        let job = ObjectRef {
            kind: Kind::Job,
            namespace: "data".into(),
            name: "pi".into(),
        };
        let line = kubectl(&job, &detail, None);
        assert!(line.contains(r#""completedIndexes":"0-2,5","#), "{line}");
        assert!(!line.contains("reboot"), "{line}");
    }
}
