//! Slow start (JOB-24, DS-14): batches of 1, 2, 4 … writes, so that what fails for all of them, a
//! quota or an admission error, fails once and not five hundred times.

use futures::StreamExt;
use futures::stream;

/// What became of the items: answers in their order, and how many were never tried.
#[derive(Debug, PartialEq)]
pub struct Batches<R, E> {
    pub answers: Vec<Result<R, E>>,
    pub skipped: usize,
}

/// Runs `write` for every item, at most `at_once` at a time; a batch with a failure is the last.
pub async fn slow_start<T, R, E, F, Fut>(items: Vec<T>, at_once: usize, write: F) -> Batches<R, E>
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<R, E>>,
{
    let mut left = items.into_iter();
    let mut answers = Vec::with_capacity(left.len());
    let mut size = 1;
    while left.len() > 0 {
        let batch: Vec<T> = left.by_ref().take(size).collect();
        let before = answers.len();
        let mut writes = stream::iter(batch).map(&write).buffered(at_once.max(1));
        while let Some(answer) = writes.next().await {
            answers.push(answer);
        }
        if answers[before..].iter().any(Result::is_err) {
            break;
        }
        size *= 2;
    }
    Batches {
        answers,
        skipped: left.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn job_24_batches_double_and_stop_at_the_first_failure() {
        let rows = [
            ("all succeed", 10, usize::MAX, 10, 0),
            ("the very first fails: nothing else is tried", 10, 0, 1, 9),
            ("the rest of a failing batch is still tried", 10, 1, 3, 7),
            ("a failure in the third batch", 10, 4, 7, 3),
            ("nothing to do", 0, 0, 0, 0),
        ];
        for (why, items, failing, tried, skipped) in rows {
            let write = |n: usize| async move { if n == failing { Err(n) } else { Ok(n) } };
            let batches = slow_start((0..items).collect(), 16, write).await;
            assert_eq!(batches.answers.len(), tried, "{why}");
            assert_eq!(batches.skipped, skipped, "{why}");
        }
    }
}
