//! When what has come is put on the page. While a page is scrolled it waits: each change of a cell makes a browser draw
//! the page anew, which a frame of scrolling has no time for, and nobody reads what moves past.

use orrery_view::Millis;

/// A page that has not moved for so long rests: longer than a frame on a busy machine and than the time between two
/// notches of a wheel.
pub const REST_MILLIS: Millis = 150;
/// Nothing waits longer, however long one scrolls: who scrolls slowly sees the list live.
pub const MOST_MILLIS: Millis = 500;

/// Whether the page is scrolled, and since when something waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hold {
    /// When it moved last; none: it rests.
    moved: Option<Millis>,
    since: Option<Millis>,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Puts what waits on the page.
    pub show: bool,
    /// After how many milliseconds to look again; none: the page rests.
    pub again: Option<Millis>,
}

impl Hold {
    /// The page moved; answers whether it rested before, and is to be looked at from now on.
    pub fn moved(&mut self, now: Millis) -> bool {
        self.moved.replace(now).is_none()
    }

    /// Something came; answers whether it is put on the page now, with what waits.
    pub fn came(&mut self, now: Millis) -> bool {
        self.clock_at(now);
        let since = *self.since.get_or_insert(now);
        let holds = self.moved.is_some_and(|moved| now < moved + REST_MILLIS);
        let show = !holds || now >= since + MOST_MILLIS;
        if show {
            self.since = None;
        }
        show
    }

    /// What waited is on the page for another reason.
    pub fn shown(&mut self) {
        self.since = None;
    }

    /// Looks whether the page rests.
    pub fn look(&mut self, now: Millis) -> Look {
        self.clock_at(now);
        let rests_at = self.moved.map_or(now, |moved| moved + REST_MILLIS);
        let rests = rests_at <= now;
        if rests {
            self.moved = None;
        }
        let show = |since: Millis| rests || since + MOST_MILLIS <= now;
        let show = self.since.is_some_and(show);
        if show {
            self.since = None;
        }
        let due = self
            .since
            .map_or(rests_at, |since| rests_at.min(since + MOST_MILLIS));
        Look {
            show,
            again: (!rests).then_some(due - now),
        }
    }

    /// A clock that is put back makes nothing wait until it is there again.
    fn clock_at(&mut self, now: Millis) {
        for at in [&mut self.moved, &mut self.since].into_iter().flatten() {
            *at = now.min(*at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Step {
        Moved,
        Came,
        Look,
    }
    use Step::{Came, Look as Looked, Moved};

    /// What a step answers: whether something is shown, and when to look again.
    fn play(steps: &[(Millis, Step)]) -> Vec<(bool, Option<Millis>)> {
        let mut hold = Hold::default();
        let step = |(now, step): &(Millis, Step)| match step {
            Moved => (hold.moved(*now), None),
            Came => (hold.came(*now), None),
            Looked => {
                let look = hold.look(*now);
                (look.show, look.again)
            }
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn what_comes_while_the_page_moves_waits_until_it_rests() {
        struct Case {
            why: &'static str,
            steps: Vec<(Millis, Step)>,
            want: Vec<(bool, Option<Millis>)>,
        }
        let cases = [
            Case {
                why: "a page that rests shows all at once",
                steps: vec![(0, Came), (10, Came)],
                want: vec![(true, None), (true, None)],
            },
            Case {
                why: "only the first move begins to look",
                steps: vec![(0, Moved), (16, Moved), (32, Moved)],
                want: vec![(true, None), (false, None), (false, None)],
            },
            Case {
                why: "what comes is shown once the page rests",
                steps: vec![(0, Moved), (20, Came), (90, Came), (150, Looked)],
                want: vec![(true, None), (false, None), (false, None), (true, None)],
            },
            Case {
                why: "a page that rests with nothing to show only rests",
                steps: vec![(0, Moved), (150, Looked), (160, Moved)],
                want: vec![(true, None), (false, None), (true, None)],
            },
            Case {
                why: "a later move puts the rest off",
                steps: vec![(0, Moved), (20, Came), (100, Moved), (150, Looked)],
                want: vec![
                    (true, None),
                    (false, None),
                    (false, None),
                    (false, Some(100)),
                ],
            },
            Case {
                why: "nothing waits longer than the bound, and the page is looked at when it ends",
                steps: vec![
                    (0, Moved),
                    (10, Came),
                    (480, Moved),
                    (490, Looked),
                    (510, Looked),
                    (520, Came),
                ],
                want: vec![
                    (true, None),
                    (false, None),
                    (false, None),
                    (false, Some(20)),
                    (true, Some(120)),
                    (false, None),
                ],
            },
            Case {
                why: "what comes late takes what waits with it, though nobody looked",
                steps: vec![(0, Moved), (10, Came), (500, Moved), (511, Came)],
                want: vec![(true, None), (false, None), (false, None), (true, None)],
            },
            Case {
                why: "a page that rested unseen holds nothing",
                steps: vec![(0, Moved), (10, Came), (151, Came)],
                want: vec![(true, None), (false, None), (true, None)],
            },
            Case {
                why: "a clock that is put back begins anew",
                steps: vec![
                    (9_000_000, Moved),
                    (9_000_010, Came),
                    (1_000, Looked),
                    (1_150, Looked),
                ],
                want: vec![
                    (true, None),
                    (false, None),
                    (false, Some(150)),
                    (true, None),
                ],
            },
        ];
        for case in cases {
            assert_eq!(play(&case.steps), case.want, "{}", case.why);
        }
    }

    #[test]
    fn what_is_shown_for_another_reason_waits_no_more() {
        let mut hold = Hold::default();
        hold.moved(0);
        assert!(!hold.came(10));
        hold.shown();
        assert!(!hold.look(150).show);
    }
}
