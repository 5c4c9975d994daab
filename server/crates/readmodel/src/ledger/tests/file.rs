//! What a file gives back, and what is kept in it.

use super::{DAY, NOW, SECOND, run, text, uids};
use crate::ledger::Book;
use crate::ledger::book::{KEEP_MILLIS, Limits};
use crate::ledger::entry::{Entry, read_all, write};

#[test]
fn a_file_cut_at_any_byte_gives_back_every_whole_line() {
    let mut book = Book::load([], NOW);
    for n in 0..3 {
        book.put(run("etl", &format!("etl-{n}"), NOW + n, 1), NOW);
    }
    let whole = text(&book);
    assert_eq!(Book::load(read_all(&whole).0, NOW).since(0).count(), 3);
    for cut in 0..whole.len() {
        let (entries, _) = read_all(&whole[..cut]);
        let full_lines = whole[..=cut].matches('\n').count();
        assert_eq!(entries.len(), full_lines, "cut at byte {cut}");
    }
}

#[test]
fn a_line_whose_bytes_changed_is_left_out() {
    let line = write(&Entry::Run(Box::new(run("etl", "etl-1", NOW, 1))));
    let changed = line.replace("etl-1", "etl-2");
    let (entries, lines) = read_all(&format!("{line}\n{changed}\n"));
    assert_eq!((entries.len(), lines), (1, 2));
}

#[test]
fn a_later_line_of_the_same_run_counts() {
    let mut book = Book::default();
    book.put(run("etl", "etl-1", NOW, 1), NOW);
    assert!(book.put_log("etl-1", vec!["done".to_owned()], NOW));
    assert!(
        !book.put(run("etl", "etl-1", NOW, 1), NOW),
        "seen again without its log, it is the same run"
    );
    let runs: Vec<_> = book.of_owner("etl").collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].log, ["done"]);
}

#[test]
fn what_is_older_than_a_quarter_goes() {
    let mut book = Book::default();
    book.put(run("etl", "old", NOW, 1), NOW);
    book.put(run("etl", "older", NOW - 1, 1), NOW);
    let later = NOW + KEEP_MILLIS;
    book.put(run("etl", "new", later, 1), later);
    assert_eq!(uids(book.of_owner("etl")), ["new", "old"]);
    assert!(!book.put(run("etl", "older", NOW - 1, 1), later));
}

#[test]
fn a_noisy_cronjob_never_costs_a_quiet_one_its_history() {
    let weight = run("noisy", "noisy-000", NOW, 1).weight();
    let rows = [
        (
            Limits {
                per_owner: 10,
                bytes: usize::MAX,
            },
            "by number",
        ),
        (
            Limits {
                per_owner: usize::MAX,
                bytes: 11 * weight,
            },
            "by size",
        ),
    ];
    for (limits, why) in rows {
        let mut book = Book::limited(limits);
        book.put(run("quiet", "quiet-000", NOW, 1), NOW);
        for n in 1..200 {
            book.put(run("noisy", &format!("noisy-{n:03}"), NOW + n, 1), NOW);
        }
        assert_eq!(book.of_owner("quiet").count(), 1, "{why}");
        let noisy = uids(book.of_owner("noisy"));
        assert_eq!(
            (noisy.len(), noisy[0]),
            (10, "noisy-199"),
            "{why}: the latest stay"
        );
        assert_eq!((book.entries().len(), book.len()), (12, 12), "{why}");
        let complete = |owner| book.complete_since(owner, NOW - DAY);
        assert_eq!(complete("quiet"), NOW - DAY, "{why}");
        assert_eq!(complete("noisy"), NOW + 189, "{why}: the next is known");
        let again = Book::load(read_all(&text(&book)).0, NOW);
        assert_eq!(again.complete_since("noisy", 0), NOW + 189, "{why}");
    }
}

#[test]
fn restarts_and_suspensions_come_back_from_the_file() {
    let mut book = Book::load([], NOW);
    book.watch(NOW + 60 * SECOND);
    book.put_suspensions("etl", &[(NOW, None)]);
    book.put_suspensions("gone", &[(NOW, None)]);
    book.put_suspensions("gone", &[]);
    let again = NOW + 100 * SECOND;
    let book = Book::load(read_all(&text(&book)).0, again);
    assert_eq!(book.known_since(again), NOW);
    assert_eq!(book.away(), [(NOW + 60 * SECOND, again)]);
    assert_eq!(book.suspensions("etl"), [(NOW, None)]);
    assert_eq!(book.suspensions("gone"), []);
}
