//! In which order lines of several logs are told, and which of a log have been told. Pure.

use jiff::Timestamp;
use orrery_view::{LogLine, LogPod};

use super::one::Line;

/// The last `most` lines of several logs by time. A line without a time stays behind the one before it.
pub fn merge(logs: Vec<(LogPod, Vec<Line>)>, most: usize) -> Vec<LogLine> {
    let mut all = Vec::new();
    for (pod, lines) in logs {
        let mut last = None;
        for line in lines {
            last = line.at.or(last);
            all.push((last, line.of(Some(pod.clone()))));
        }
    }
    // equal times keep the order of each log
    all.sort_by_key(|(at, _)| *at);
    let from = all.len().saturating_sub(most);
    all.drain(from..).map(|(_, line)| line).collect()
}

/// How far a log has been told, so that it can be read on from there: the API takes whole seconds only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The time of the last line, and how many lines of that very time there were.
    last: Option<(Timestamp, u32)>,
}

impl Told {
    pub fn of(lines: &[Line]) -> Self {
        let mut told = Self::default();
        lines.iter().for_each(|line| told.note(line));
        told
    }

    /// From when on the log is to be read.
    pub fn since(self) -> Option<Timestamp> {
        self.last.map(|(at, _)| at)
    }

    pub fn note(&mut self, line: &Line) {
        let Some(at) = line.at else { return };
        self.last = match self.last {
            Some((last, n)) if last == at => Some((last, n + 1)),
            Some((last, n)) if last > at => Some((last, n)),
            _ => Some((at, 1)),
        };
    }
}

/// Leaves out what was told, of a log that is read on from [`Told::since`].
pub struct Fresh {
    last: Option<Timestamp>,
    skip: u32,
}

impl Fresh {
    pub fn after(told: Told) -> Self {
        Self {
            last: told.since(),
            skip: told.last.map_or(0, |(_, n)| n),
        }
    }

    pub fn is(&mut self, line: &Line) -> bool {
        match (line.at, self.last) {
            (Some(at), Some(last)) if at < last => false,
            (Some(at), Some(last)) if at == last && self.skip > 0 => {
                self.skip -= 1;
                false
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(nanos: i128, text: &str) -> Line {
        Line {
            at: Some(Timestamp::from_nanosecond(nanos).expect("near the epoch")),
            text: text.to_owned(),
            level: None,
        }
    }

    fn pod(place: u16) -> LogPod {
        LogPod {
            name: format!("pod-{place}"),
            place,
        }
    }

    #[test]
    fn logs_are_interleaved_by_time_to_the_nanosecond() {
        let bare = Line {
            at: None,
            text: "a's second line, without a time".to_owned(),
            level: None,
        };
        let logs = vec![
            (pod(0), vec![line(10, "a"), bare, line(30, "c")]),
            (pod(1), vec![line(11, "b"), line(30, "d")]),
        ];
        let merged = merge(logs.clone(), 9);
        let texts: Vec<_> = merged.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            ["a", "a's second line, without a time", "b", "c", "d"]
        );
        let pods: Vec<_> = merged.iter().filter_map(|line| line.pod.as_ref()).collect();
        assert_eq!(
            pods.iter().map(|pod| pod.place).collect::<Vec<_>>(),
            [0, 0, 1, 0, 1]
        );
        let last: Vec<_> = merge(logs, 2).into_iter().map(|line| line.text).collect();
        assert_eq!(last, ["c", "d"], "the last ones of all");
    }

    #[test]
    fn a_log_that_is_read_on_repeats_nothing_and_loses_nothing() {
        let second = 1_000_000_000;
        let log = [
            line(second, "a"),
            line(second + 5, "b"),
            line(second + 5, "b again"),
            line(second + 5, "b, of the same time and later"),
            line(second + 9, "c"),
        ];
        for told in 0..=log.len() {
            let mut fresh = Fresh::after(Told::of(&log[..told]));
            let rest: Vec<_> = log.iter().filter(|line| fresh.is(line)).collect();
            assert_eq!(rest, log[told..].iter().collect::<Vec<_>>(), "after {told}");
        }
    }
}
