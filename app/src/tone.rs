//! Words and colours of states. A status always has a word; the colour only repeats it.

use orrery_view::{
    CellState, ContainerState, CronJobStatus, DaemonSetStatus, JobStatus, NotRun, Outcome,
    PodHealth, SlotWhy,
};

use crate::{lang::Lang, tr};

/// The colours that states have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Run,
    Bad,
    Warn,
    #[default]
    Off,
}

impl Tone {
    /// Its CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Run => "run",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }
}

/// A state that has a word and a tone.
pub trait State {
    fn tone(self) -> Tone;
    fn word(self, lang: Lang) -> String;
}

impl State for CronJobStatus {
    fn tone(self) -> Tone {
        match self {
            Self::Failing | Self::Invalid => Tone::Bad,
            Self::Skipping => Tone::Warn,
            Self::Running => Tone::Run,
            Self::Healthy => Tone::Ok,
            Self::Suspended | Self::Waiting => Tone::Off,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Failing => tr!(lang, "state.failing"),
            Self::Invalid => tr!(lang, "state.invalid"),
            Self::Skipping => tr!(lang, "state.skipping"),
            Self::Running => tr!(lang, "state.running"),
            Self::Healthy => tr!(lang, "state.healthy"),
            Self::Suspended => tr!(lang, "state.suspended"),
            Self::Waiting => tr!(lang, "state.not_run_yet"),
        }
    }
}

impl State for JobStatus {
    fn tone(self) -> Tone {
        match self {
            Self::Failed | Self::Failing => Tone::Bad,
            Self::Terminating => Tone::Warn,
            Self::Running => Tone::Run,
            Self::Suspended => Tone::Off,
            Self::Complete => Tone::Ok,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Failed => tr!(lang, "state.failed"),
            Self::Failing => tr!(lang, "state.failing"),
            Self::Terminating => tr!(lang, "state.terminating"),
            Self::Running => tr!(lang, "state.running"),
            Self::Suspended => tr!(lang, "state.suspended"),
            Self::Complete => tr!(lang, "state.complete"),
        }
    }
}

impl State for DaemonSetStatus {
    fn tone(self) -> Tone {
        match self {
            Self::Unavailable => Tone::Bad,
            Self::Updating => Tone::Run,
            Self::Paused => Tone::Warn,
            Self::Healthy => Tone::Ok,
            Self::Idle => Tone::Off,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Unavailable => tr!(lang, "state.unavailable"),
            Self::Updating => tr!(lang, "state.updating"),
            Self::Paused => tr!(lang, "state.paused"),
            Self::Healthy => tr!(lang, "state.healthy"),
            Self::Idle => tr!(lang, "state.no_node"),
        }
    }
}

impl State for Outcome {
    fn tone(self) -> Tone {
        match self {
            Self::Running => Tone::Run,
            Self::Succeeded => Tone::Ok,
            Self::Failed => Tone::Bad,
            Self::Replaced | Self::Skipped => Tone::Warn,
            Self::Missed | Self::Deleted => Tone::Off,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Running => tr!(lang, "state.running"),
            Self::Succeeded => tr!(lang, "state.succeeded"),
            Self::Failed => tr!(lang, "state.failed"),
            Self::Replaced => tr!(lang, "state.replaced"),
            Self::Skipped => tr!(lang, "state.skipped"),
            Self::Missed => tr!(lang, "state.missed"),
            Self::Deleted => tr!(lang, "state.deleted"),
        }
    }
}

/// A slot that waits, or came while nothing was to run, is neither skipped nor missed.
impl State for &NotRun {
    fn tone(self) -> Tone {
        match self.why {
            SlotWhy::Waits { .. } | SlotWhy::Suspended => Tone::Off,
            _ => self.outcome.tone(),
        }
    }

    fn word(self, lang: Lang) -> String {
        match self.why {
            SlotWhy::Waits { .. } => tr!(lang, "state.waiting"),
            SlotWhy::Suspended => tr!(lang, "state.suspended"),
            _ => self.outcome.word(lang),
        }
    }
}

impl State for CellState {
    fn tone(self) -> Tone {
        match self {
            Self::Ready => Tone::Ok,
            Self::NotReady | Self::Misscheduled => Tone::Bad,
            Self::Pending | Self::Missing => Tone::Warn,
            Self::Old => Tone::Run,
            Self::Excluded => Tone::Off,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Ready => tr!(lang, "state.ready"),
            Self::NotReady => tr!(lang, "state.not_ready"),
            Self::Pending => tr!(lang, "state.pending"),
            Self::Old => tr!(lang, "state.old_revision"),
            Self::Missing => tr!(lang, "state.missing"),
            Self::Excluded => tr!(lang, "state.excluded"),
            Self::Misscheduled => tr!(lang, "state.misscheduled"),
        }
    }
}

impl State for ContainerState {
    fn tone(self) -> Tone {
        match self {
            Self::Waiting => Tone::Warn,
            Self::Running => Tone::Run,
            Self::Succeeded => Tone::Ok,
            Self::Failed => Tone::Bad,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Waiting => tr!(lang, "state.waiting"),
            Self::Running => tr!(lang, "state.running"),
            Self::Succeeded => tr!(lang, "state.succeeded"),
            Self::Failed => tr!(lang, "state.failed"),
        }
    }
}

/// A pod's word is kubectl's own, so only its colour is here.
pub fn of_pod(health: PodHealth) -> Tone {
    match health {
        PodHealth::Bad | PodHealth::Failed => Tone::Bad,
        PodHealth::Waiting | PodHealth::Terminating => Tone::Warn,
        PodHealth::Running => Tone::Run,
        PodHealth::Done => Tone::Ok,
    }
}
