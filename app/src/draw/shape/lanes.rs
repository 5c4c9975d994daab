//! Which pod stands in which lane, and what waits.

use orrery_view::{JobDetail, JobStatus, Millis, PodSpan, SpanState};

/// A pod in its lane.
#[derive(Debug, PartialEq)]
pub(super) struct Bar<'a> {
    pub span: &'a PodSpan,
    pub lane: usize,
    pub end: Millis,
    /// Since when the place waited for this pod: the end of the one that failed before it.
    pub waited_from: Option<Millis>,
}

/// A failed pod whose successor is still to come.
#[derive(Debug, PartialEq)]
pub(super) struct Wait {
    pub lane: usize,
    pub from: Millis,
}

/// Places each pod in a lane. A retry follows the pod that it replaces: the one of its index or, without indexes,
/// the first that failed and has no successor. No bar is drawn shorter than `least`, so that none hides another.
pub(super) fn lanes<'a>(
    spans: &'a [PodSpan],
    job: &JobDetail,
    least: Millis,
) -> (Vec<Bar<'a>>, Vec<Wait>) {
    // Until when each lane has a pod, and until when one is drawn there.
    let mut busy: Vec<Millis> = Vec::new();
    let mut drawn: Vec<Millis> = Vec::new();
    let mut bars: Vec<Bar<'a>> = Vec::new();
    // Bars that failed and have no successor yet.
    let mut failed: Vec<usize> = Vec::new();
    for span in spans {
        let replaces = |at: &usize| {
            let before = &bars[*at];
            before.span.index == span.index && before.end <= span.created
        };
        let before = failed.iter().position(replaces).map(|n| failed.remove(n));
        let before = before.map(|at| (bars[at].lane, bars[at].end));
        let from = before.map_or(span.created, |(_, end)| end);
        let own = before.map(|(lane, _)| lane);
        let own = own.filter(|lane| busy[*lane] <= from);
        let lane = own.or_else(|| drawn.iter().position(|until| *until <= from));
        let lane = lane.unwrap_or_else(|| {
            busy.push(0);
            drawn.push(0);
            busy.len() - 1
        });
        let end = end(span, job);
        busy[lane] = end;
        drawn[lane] = end.max(span.created + least);
        if span.state == SpanState::Failed {
            failed.push(bars.len());
        }
        bars.push(Bar {
            span,
            lane,
            end,
            waited_from: before.map(|(_, end)| end),
        });
    }
    let more = matches!(job.row.status, JobStatus::Running) && job.row.end.is_none();
    let waits = failed.iter().filter(|_| more).map(|at| &bars[*at]);
    let waits = waits
        .filter(|bar| busy[bar.lane] <= bar.end && !over(bar.span, job))
        .map(|bar| Wait {
            lane: bar.lane,
            from: bar.end,
        });
    let waits = waits.collect();
    (bars, waits)
}

/// When the pod ended, or until when it is known to run.
pub(super) fn end(span: &PodSpan, job: &JobDetail) -> Millis {
    span.end.unwrap_or(job.seen).max(span.created)
}

/// Whether the pod's index will have no other pod.
fn over(span: &PodSpan, job: &JobDetail) -> bool {
    use orrery_view::IndexState::{Failed, Stopped, Succeeded};
    let Some(index) = span.index else {
        return false;
    };
    let mut runs = job.indexes.iter();
    let run = runs.find(|run| (run.first..=run.last).contains(&index));
    run.is_none_or(|run| matches!(run.state, Failed | Stopped | Succeeded))
}

#[cfg(test)]
mod tests {
    use super::super::tests::spans;
    use super::*;
    use crate::tests::a_job;

    #[test]
    fn retries_follow_what_they_replace() {
        use SpanState::*;
        for (sentence, pods, expected) in [
            (
                "two at once have a lane each, and the next takes a free one",
                &[
                    (None, 0, Some(5), Succeeded),
                    (None, 0, Some(9), Succeeded),
                    (None, 5, None, Running),
                ][..],
                vec![(0, None), (1, None), (0, None)],
            ),
            (
                "JOB-45 a retry waits in the lane of what failed",
                &[
                    (None, 0, Some(2), Failed),
                    (None, 12, Some(14), Failed),
                    (None, 34, None, Running),
                ],
                vec![(0, None), (0, Some(2_000)), (0, Some(14_000))],
            ),
            (
                "of an index only its own next pod is a retry",
                &[
                    (Some(0), 0, Some(2), Failed),
                    (Some(1), 3, None, Running),
                    (Some(0), 12, None, Running),
                ],
                vec![(0, None), (0, None), (1, Some(2_000))],
            ),
            (
                "what was stopped has no retry",
                &[(None, 0, Some(2), Stopped), (None, 60, None, Running)],
                vec![(0, None), (0, None)],
            ),
        ] {
            let job = a_job(70_000);
            let spans = spans(pods);
            let (bars, _) = lanes(&spans, &job, 0);
            let said: Vec<_> = bars.iter().map(|bar| (bar.lane, bar.waited_from)).collect();
            assert_eq!(said, expected, "{sentence}");
        }
    }

    #[test]
    fn what_ended_at_once_hides_nothing() {
        let at_once = spans(&[
            (None, 0, Some(0), SpanState::Succeeded),
            (None, 0, Some(0), SpanState::Succeeded),
            (None, 5, Some(5), SpanState::Succeeded),
        ]);
        let (bars, _) = lanes(&at_once, &a_job(9_000), 400);
        let lanes: Vec<_> = bars.iter().map(|bar| bar.lane).collect();
        assert_eq!(lanes, [0, 1, 0]);
    }

    #[test]
    fn a_wait_under_way_is_drawn_only_while_the_job_runs() {
        let failed = spans(&[(None, 0, Some(2), SpanState::Failed)]);
        let mut job = a_job(9_000);
        let open = [Wait {
            lane: 0,
            from: 2_000,
        }];
        assert_eq!(lanes(&failed, &job, 0).1, open);
        for status in [JobStatus::Failed, JobStatus::Suspended, JobStatus::Complete] {
            job.row.status = status;
            assert_eq!(lanes(&failed, &job, 0).1, [], "{status:?}");
        }
    }
}
