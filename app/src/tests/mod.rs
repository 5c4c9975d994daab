//! The first HTML of each page, and the phrases in both languages.

mod causes;
pub mod details;
mod editor;
mod forms;
mod logs;
mod pages;
mod palette;
mod phrases;
mod stream;

#[path = "../../examples/preview/around.rs"]
mod around;
#[path = "../../examples/preview/sample.rs"]
mod sample;

/// A running Job without pods, seen at `seen`.
pub fn a_job(seen: orrery_view::Millis) -> orrery_view::JobDetail {
    let sample = a_sample();
    let row = sample.jobs().remove(0);
    let orrery_view::Detail::Job(mut job) = sample.around(orrery_view::Row::Job(row)) else {
        unreachable!("a Job has a Job's detail")
    };
    job.row.start = Some(0);
    (job.seen, job.spans, job.indexes) = (seen, Vec::new(), Vec::new());
    job
}

/// A cluster with a bit of everything.
pub fn a_sample() -> sample::Sample {
    sample::Sample {
        empty: false,
        now: sample::NOW,
    }
}
