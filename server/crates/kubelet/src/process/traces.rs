//! What a run has left when those who began it are gone: its log, which is there before it begins and says last how it
//! ended.

use std::fs;
use std::path::Path;

use super::last_words::LastWords;
use super::log_files::rotated;
use super::logs::place;
use crate::pod_init::Ending;
use crate::runtime::{End, Exit, Run, Trace};

/// Of a run in the pod that has that folder.
pub fn trace(dir: &Path, run: &Run<'_>) -> Trace {
    let log = dir.join(place(run.container, run.attempt));
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    // whoever was about to begin a new file may have moved the old one aside and died
    if !is_there(&log) && !is_there(&rotated(&log, 1)) {
        return Trace::Absent;
    }
    let Some(ending) = Ending::of_log(&log) else {
        return Trace::Begun;
    };
    let exit = Exit {
        code: ending.code,
        signal: ending.signal,
        out_of_memory: false,
    };
    let words = LastWords::beside(log, run.message_from_log);
    Trace::Ended(End {
        id: ending.id,
        exit,
        message: words.read(ending.words, &exit),
        started_at: ending.started_at,
        finished_at: ending.finished_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "2026-11-23T12:00:01.000000000Z stderr F no disk\n";

    fn ending(code: i32, words: &str) -> String {
        let ending = serde_json::json!({
            "id": "a", "started_at": "2026-11-23T12:00:00Z", "finished_at": "2026-11-23T12:00:07Z",
            "code": code, "signal": null, "words": {"Text": words},
        });
        format!("2026-11-23T12:00:07.000000000Z exit F {ending}\n")
    }

    #[test]
    fn what_a_log_tells_of_its_run() {
        let dir = std::env::temp_dir().join(format!("orrery-traces-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let ended = |code: i32, message: Option<&str>| {
            Trace::Ended(End {
                id: "a".to_owned(),
                exit: Exit {
                    code,
                    signal: None,
                    out_of_memory: false,
                },
                message: message.map(str::to_owned),
                started_at: "2026-11-23T12:00:00Z".parse().expect("a literal time"),
                finished_at: "2026-11-23T12:00:07Z".parse().expect("a literal time"),
            })
        };
        let log = |number: u32| place("c", number);
        let aside = |number: u32| format!("{}.1", place("c", number));
        let rows = [
            ("it is not there", vec![], Trace::Absent),
            ("it is empty", vec![(log(1), String::new())], Trace::Begun),
            (
                "it was killed",
                vec![(log(2), OUTPUT.to_owned())],
                Trace::Begun,
            ),
            (
                "it was killed between two files",
                vec![(aside(3), OUTPUT.to_owned())],
                Trace::Begun,
            ),
            (
                "it succeeded",
                vec![(log(4), [OUTPUT, &ending(0, "")].concat())],
                ended(0, None),
            ),
            (
                "it failed, and its log stands in for its last words",
                vec![(log(5), [OUTPUT, &ending(3, "")].concat())],
                ended(3, Some("no disk\n")),
            ),
            (
                "it failed, and had the last word",
                vec![(log(6), [OUTPUT, &ending(3, "bye")].concat())],
                ended(3, Some("bye")),
            ),
            (
                "it put out so much that there are two files",
                vec![(aside(7), OUTPUT.to_owned()), (log(7), ending(0, ""))],
                ended(0, None),
            ),
            (
                "what it says is no record",
                vec![(log(8), ending(0, "").replace("code", "cod"))],
                Trace::Begun,
            ),
        ];
        for (attempt, (why, files, want)) in (0..).zip(rows) {
            for (name, content) in files {
                fs::write(dir.join(name), content).expect("written");
            }
            let run = Run {
                namespace: "default",
                pod: "p",
                pod_uid: "u",
                container: "c",
                attempt,
                message_from_log: true,
            };
            assert_eq!(trace(&dir, &run), want, "{why}");
        }
        fs::remove_dir_all(dir).expect("removed");
    }
}
