//! The completion matrix of an Indexed Job: a cell for each index, or for a block of them.

use std::fmt::Write;

use orrery_view::{IndexRun, IndexState, JobDetail, Kind, ListQuery};

use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::{State, Tone};
use crate::{address, format, tr};

/// Cells at most. With more indexes a cell stands for as many neighbours as it takes; it has the colour of the
/// worst of them and says how many there are of each.
pub const MOST_CELLS: u32 = 1_000;
/// Cells in a row of the table. Rows are what the live stream sends, so a change costs a row.
const ROW: usize = 20;
/// Up to here each cell is a stop of the tab key; beyond one is, from which the arrow keys lead to the others.
pub const MOST_STOPS: usize = 60;

/// The label of a pod that says its index.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The states with a letter, in the order of the legend.
const LEGEND: [IndexState; 7] = [
    IndexState::Succeeded,
    IndexState::Running,
    IndexState::Waiting,
    IndexState::Retrying,
    IndexState::Failed,
    IndexState::Stopped,
    IndexState::Open,
];

/// One cell: neighbours and how many of them are in each state of [`LEGEND`].
struct Block {
    first: u32,
    last: u32,
    counts: [u32; 7],
    pod: Option<String>,
}

pub fn html(job: &JobDetail, lang: Lang) -> String {
    let (blocks, size) = blocks(&job.indexes);
    let mut out = legend(&job.indexes, size, lang);
    let caption = Esc(&tr!(lang, "jobs.matrix")).to_string();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<table class="matrix"><caption class="vh">{caption}</caption><tbody>"#
    );
    let many = blocks.len() > MOST_STOPS;
    for (n, row) in blocks.chunks(ROW).enumerate() {
        let _ = write!(out, r#"<tr data-k="matrix {n}">"#);
        row.iter()
            .for_each(|block| cell(&mut out, block, job, many, lang));
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}

fn cell(out: &mut String, block: &Block, job: &JobDetail, many: bool, lang: Lang) {
    let state = worst(&block.counts);
    let stop = stop(many, block.first == 0);
    let (tone, href, label) = (tone(state), href(block, job), label(block, lang));
    let (href, label, letter) = (Esc(&href), Esc(&label), letter(state));
    // Writing to a string does not fail.
    let _ = match many {
        true => write!(
            out,
            r#"<td><a class="ix {tone}" href="{href}" aria-label="{label}" title="{label}"{stop}>{letter}</a></td>"#
        ),
        false => write!(
            out,
            r#"<td><a class="ix n {tone}" href="{href}" aria-label="{label}" title="{label}" data-letter="{letter}">{}</a></td>"#,
            block.first
        ),
    };
}

/// Of many cells only the first is a stop of the tab key.
pub fn stop(many: bool, first: bool) -> &'static str {
    match many && !first {
        true => r#" tabindex="-1""#,
        false => "",
    }
}

/// The pod of one index where one is known, else the Job's pods, narrowed to the index.
fn href(block: &Block, job: &JobDetail) -> String {
    let head = &job.row.head;
    match &block.pod {
        Some(pod) => format!("/pods/{}/{pod}", head.namespace),
        None => address::of(&ListQuery {
            namespaces: vec![head.namespace.clone()],
            owner: Some(head.uid.clone()),
            labels: match block.first == block.last {
                true => format!("{INDEX}={}", block.first),
                false => String::new(),
            },
            limit: address::ROWS,
            ..ListQuery::of(Kind::Pod)
        }),
    }
}

/// `12: Failed`, `10–19: 8 succeeded, 2 failed`.
fn label(block: &Block, lang: Lang) -> String {
    if block.first == block.last {
        return format!("{}: {}", block.first, worst(&block.counts).word(lang));
    }
    let counts = said(&block.counts, lang);
    format!("{}–{}: {}", block.first, block.last, counts.join(", "))
}

/// `8 Succeeded`, for each state that there is.
fn said(counts: &[u32; 7], lang: Lang) -> Vec<String> {
    let there = LEGEND.into_iter().zip(counts).filter(|(_, n)| **n > 0);
    there
        .map(|(state, n)| format!("{} {}", format::number(*n), state.word(lang)))
        .collect()
}

/// How many there are of each, by letter, word and colour.
fn legend(runs: &[IndexRun], size: u32, lang: Lang) -> String {
    let mut counts = [0; 7];
    runs.iter()
        .for_each(|run| counts[place(run.state)] += run.last - run.first + 1);
    let mut out = String::from(r#"<p class="legend">"#);
    for (state, n) in LEGEND.into_iter().zip(counts).filter(|(_, n)| *n > 0) {
        entry(&mut out, tone(state), letter(state), &state.word(lang), n);
    }
    if size > 1 {
        let _ = write!(
            out,
            "<span>{}</span>",
            tr!(lang, "jobs.block", n = format::number(size))
        );
    }
    out.push_str("</p>");
    out
}

/// A look of cells, its letter and word, and how many there are.
pub fn entry(out: &mut String, class: &str, letter: char, word: &str, n: u32) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<span><i class="ix {class}" aria-hidden="true">{letter}</i>{word} <b>{}</b></span>"#,
        format::number(n)
    );
}

/// The cells, and how many indexes each stands for.
fn blocks(runs: &[IndexRun]) -> (Vec<Block>, u32) {
    let all = runs.last().map_or(0, |run| run.last + 1);
    let size = all.div_ceil(MOST_CELLS).max(1);
    let mut blocks: Vec<Block> = (0..all.div_ceil(size))
        .map(|n| Block {
            first: n * size,
            last: ((n + 1) * size - 1).min(all - 1),
            counts: [0; 7],
            pod: None,
        })
        .collect();
    for run in runs {
        for n in run.first / size..=run.last / size {
            let block = &mut blocks[n as usize];
            let (first, last) = (run.first.max(block.first), run.last.min(block.last));
            block.counts[place(run.state)] += last - first + 1;
            if size == 1 {
                block.pod.clone_from(&run.pod);
            }
        }
    }
    (blocks, size)
}

fn place(state: IndexState) -> usize {
    LEGEND.iter().position(|known| *known == state).unwrap_or(6)
}

fn worst(counts: &[u32; 7]) -> IndexState {
    let there = LEGEND.into_iter().zip(counts).filter(|(_, n)| **n > 0);
    there
        .map(|(state, _)| state)
        .min()
        .unwrap_or(IndexState::Open)
}

fn letter(state: IndexState) -> char {
    match state {
        IndexState::Succeeded => 'S',
        IndexState::Running => 'R',
        IndexState::Waiting => 'W',
        IndexState::Retrying => 'B',
        IndexState::Failed => 'F',
        IndexState::Stopped => 'X',
        IndexState::Open => '·',
    }
}

/// What is still open is only an outline.
fn tone(state: IndexState) -> &'static str {
    match state {
        IndexState::Open => "open",
        state => state.tone().class(),
    }
}

impl State for IndexState {
    fn tone(self) -> Tone {
        match self {
            Self::Failed => Tone::Bad,
            Self::Retrying | Self::Waiting => Tone::Warn,
            Self::Running => Tone::Run,
            Self::Open | Self::Stopped => Tone::Off,
            Self::Succeeded => Tone::Ok,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Failed => tr!(lang, "state.failed"),
            Self::Retrying => tr!(lang, "jobs.retrying"),
            Self::Waiting => tr!(lang, "state.waiting"),
            Self::Running => tr!(lang, "state.running"),
            Self::Stopped => tr!(lang, "jobs.stopped"),
            Self::Open => tr!(lang, "jobs.open"),
            Self::Succeeded => tr!(lang, "state.succeeded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first: u32, last: u32, state: IndexState) -> IndexRun {
        IndexRun {
            first,
            last,
            state,
            pod: None,
        }
    }

    #[test]
    fn up_to_a_thousand_indexes_have_a_cell_each() {
        let (blocks, size) = blocks(&[run(0, 999, IndexState::Open)]);
        assert_eq!((blocks.len(), size), (1_000, 1));
        assert_eq!(label(&blocks[7], Lang::En), "7: Not started");
    }

    #[test]
    fn of_many_cells_one_is_a_stop_and_each_says_which_it_is() {
        let mut job = crate::tests::a_job(0);
        for (indexes, stops) in [(60, 60), (61, 1)] {
            job.indexes = vec![run(0, indexes - 1, IndexState::Succeeded)];
            let html = html(&job, Lang::En);
            let (cells, passed) = (html.matches("<td>").count(), "tabindex=\"-1\"");
            assert_eq!(cells - html.matches(passed).count(), stops);
            assert_eq!(html.matches("title=\"").count(), cells);
            assert!(html.contains(r#"title="7: Succeeded""#), "{html}");
        }
    }

    #[test]
    fn beyond_a_thousand_a_cell_stands_for_neighbours_and_shows_the_worst() {
        let runs = [
            run(0, 5, IndexState::Succeeded),
            run(6, 6, IndexState::Failed),
            run(7, 99_999, IndexState::Open),
        ];
        let (blocks, size) = blocks(&runs);
        assert_eq!((blocks.len(), size), (1_000, 100));
        assert_eq!(worst(&blocks[0].counts), IndexState::Failed);
        assert_eq!(
            label(&blocks[0], Lang::En),
            "0–99: 6 Succeeded, 1 Failed, 93 Not started"
        );
        assert_eq!(blocks[999].last, 99_999);
    }
}
