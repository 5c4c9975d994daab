//! What went wrong in a history, by names of which none is part of another.

use std::collections::BTreeMap;

use http::Method;

use crate::history::{History, Line, Request, What};

/// A kind of fault, and how a line of the history shows it.
type Kind = (&'static str, fn(&Line) -> bool);

const KINDS: &[Kind] = &[
    ("a request is refused", |line| {
        fault(line, |f| f == "refused")
    }),
    ("a creation conflicts", |line| {
        conflict(line, |m| m == Method::POST)
    }),
    ("a deletion conflicts", |line| {
        conflict(line, |m| m == Method::DELETE)
    }),
    ("an update conflicts", |line| {
        conflict(line, |m| m == Method::PUT || m == Method::PATCH)
    }),
    ("a list's next page expires", |line| {
        fault(line, |f| f == "page expired")
    }),
    ("an answer is lost", |line| {
        fault(line, |f| f == "answer lost")
    }),
    ("a request is delayed", |line| {
        fault(line, |f| f.starts_with("delayed by "))
    }),
    ("a watch is refused", |line| {
        fault(line, |f| f == "watch refused")
    }),
    ("a watch is late", |line| {
        fault(line, |f| f.starts_with("watch late by "))
    }),
    ("a watch is cut", |line| {
        fault(line, |f| f.starts_with("watch cut after "))
    }),
    ("a watch's revision expires before it", |line| {
        fault(line, |f| f == "watch expired")
    }),
    ("a watch's revision expires within it", |line| {
        fault(line, |f| f.starts_with("watch outdated after "))
    }),
    ("a watch falls silent", |line| {
        fault(line, |f| f.starts_with("watch silent after "))
    }),
    ("controllers die before a write", |line| {
        death(line, "controller-manager", "before it")
    }),
    ("controllers die after a write", |line| {
        death(line, "controller-manager", "after it")
    }),
    ("the scheduler dies before a write", |line| {
        death(line, "scheduler", "before it")
    }),
    ("the scheduler dies after a write", |line| {
        death(line, "scheduler", "after it")
    }),
    ("node agents die before a write", |line| {
        death(line, "nodes", "before it")
    }),
    ("node agents die after a write", |line| {
        death(line, "nodes", "after it")
    }),
    ("the server dies within a write", |line| {
        fault(line, |f| f.starts_with("the server dies within "))
    }),
    ("a connection is refused", |line| {
        fault(line, |f| f == "connection refused")
    }),
    ("a connection is reset", |line| {
        fault(line, |f| f == "connection reset by peer")
    }),
    ("a write finds the disk full", |line| {
        request(line, |r| {
            r.code == 500 && r.fault.is_empty() && r.method != Method::GET
        })
    }),
    ("managers take turns", |line| {
        request(line, |r| r.path.contains("/leases/kube-controller-manager"))
    }),
    ("a crash loses what was not flushed", |line| {
        unflushed(line, "Lost")
    }),
    ("a crash keeps what was not flushed", |line| {
        unflushed(line, "Kept")
    }),
    ("a crash zeroes what was not flushed", |line| {
        unflushed(line, "Zeroed")
    }),
    ("a crash halves what was not flushed", |line| {
        unflushed(line, "Half")
    }),
    ("everything loses its power", |line| {
        happens(line, |h| h == "everything loses its power")
    }),
    ("a node loses its power", |line| {
        happens(line, |h| {
            h.starts_with("node-") && h.ends_with(" loses its power")
        })
    }),
    ("a node has power again", |line| {
        happens(line, |h| {
            h.starts_with("node-") && h.ends_with(" has power")
        })
    }),
    ("the nodes are turned off and on", |line| {
        happens(line, |h| {
            h == "the machine of all nodes is turned off and on"
        })
    }),
    ("all managers are killed", |line| {
        happens(line, |h| {
            h.starts_with("controllers and scheduler die for ")
        })
    }),
    ("the first manager is killed", |line| {
        happens(line, |h| h.starts_with("manager 1 dies for "))
    }),
    ("the second manager is killed", |line| {
        happens(line, |h| h.starts_with("manager 2 dies for "))
    }),
    ("the disk fills", |line| {
        happens(line, |h| h.starts_with("the disk is full but for "))
    }),
    ("the clock is set back", |line| {
        happens(line, |h| h.starts_with("the clock is set by -"))
    }),
    ("the clock is set forward", |line| {
        let ahead = |h: &str| h.starts_with("the clock is set by ") && !h.contains('-');
        happens(line, ahead)
    }),
    ("a container runs out of memory", |line| {
        happens(line, |h| {
            h.starts_with("container ") && h.ends_with(", out of memory")
        })
    }),
    ("a container ends", |line| {
        let ends = |h: &str| h.contains(" ends with ") && !h.contains("memory");
        happens(line, |h| h.starts_with("container ") && ends(h))
    }),
    ("a sandbox is lost", |line| {
        happens(line, |h| h.starts_with("the sandbox of "))
    }),
    ("a pod starts slowly", |line| {
        happens(line, |h| h == "a pod starts slowly")
    }),
    ("a container's start is refused", |line| {
        happens(line, |h| h == "the start of a container is refused")
    }),
    ("a container ignores SIGTERM", |line| {
        happens(line, |h| h == "a container ignores SIGTERM")
    }),
];

/// The names of all kinds of faults that [`crate::check`] knows.
pub fn fault_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

impl History {
    /// How often each kind of fault came.
    pub fn faults(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for line in self.lines() {
            for (name, _) in KINDS.iter().filter(|(_, shows)| shows(line)) {
                *counts.entry(*name).or_default() += 1;
            }
        }
        counts
    }
}

fn request(line: &Line, is: impl Fn(&Request) -> bool) -> bool {
    matches!(&line.what, What::Request(request) if is(request))
}

fn happens(line: &Line, is: impl Fn(&str) -> bool) -> bool {
    matches!(&line.what, What::Happening(happening) if is(happening))
}

fn fault(line: &Line, is: impl Fn(&str) -> bool) -> bool {
    request(line, |request| is(&request.fault))
}

fn conflict(line: &Line, of: impl Fn(&Method) -> bool) -> bool {
    request(line, |request| {
        request.fault == "refused as a conflict" && of(&request.method)
    })
}

fn death(line: &Line, of: &str, when: &str) -> bool {
    request(line, |request| {
        let dies = request.fault.strip_prefix("the sender dies ") == Some(when);
        dies && request.user.ends_with(of)
    })
}

fn unflushed(line: &Line, what: &str) -> bool {
    let crash = "the API server and its store crash at ";
    let fate = format!("of what was not flushed: {what};");
    happens(line, |h| h.starts_with(crash) && h.contains(&fate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_one_kind_at_most() {
        let asked = |method: Method, fault: &str, code| {
            What::Request(Request {
                user: "system:nodes",
                method,
                path: "/api/v1/pods".to_owned(),
                body: 0,
                code,
                fault: fault.to_owned(),
            })
        };
        let said = |what: &str| What::Happening(what.to_owned());
        let rows = [
            (
                asked(Method::GET, "refused", 500),
                Some("a request is refused"),
            ),
            (
                asked(Method::PUT, "refused as a conflict", 409),
                Some("an update conflicts"),
            ),
            (
                asked(Method::POST, "", 500),
                Some("a write finds the disk full"),
            ),
            (asked(Method::POST, "", 201), None),
            (
                asked(Method::POST, "the sender dies after it", 0),
                Some("node agents die after a write"),
            ),
            (
                said("node-2 loses its power"),
                Some("a node loses its power"),
            ),
            (
                said("everything loses its power"),
                Some("everything loses its power"),
            ),
            (
                said("the clock is set by -3 s"),
                Some("the clock is set back"),
            ),
            (
                said("the clock is set by 30 s"),
                Some("the clock is set forward"),
            ),
            (
                said("container main of u ends with 137, out of memory"),
                Some("a container runs out of memory"),
            ),
            (
                said("container main of u ends with 1"),
                Some("a container ends"),
            ),
            (said("the disk has room"), None),
        ];
        for (what, kind) in rows {
            let line = Line { at_millis: 0, what };
            let shown = KINDS.iter().filter(|(_, shows)| shows(&line));
            let shown: Vec<_> = shown.map(|(name, _)| *name).collect();
            assert_eq!(shown, kind.into_iter().collect::<Vec<_>>(), "{line}");
        }
    }
}
