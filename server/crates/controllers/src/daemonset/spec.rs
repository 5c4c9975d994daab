//! A DaemonSet's spec with the API server's defaults made explicit (DSV-01).

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, RollingUpdateDaemonSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use orrery_apis::daemon_set::template_generation;
use orrery_apis::int_or_percent::scaled_rounded_up;

use crate::note::Note;

/// Old revisions kept when the spec does not say (DSV-01).
const REVISIONS_KEPT: i32 = 10;

/// What the controller reads of a DaemonSet.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    pub daemonset: &'a DaemonSet,
    pub spec: &'a DaemonSetSpec,
}

impl<'a> Spec<'a> {
    /// None for a DaemonSet without a spec, which the API server does not store.
    pub fn of(daemonset: &'a DaemonSet) -> Option<Self> {
        let spec = daemonset.spec.as_ref();
        spec.map(|spec| Self { daemonset, spec })
    }

    pub fn name(self) -> &'a str {
        self.daemonset.metadata.name.as_deref().unwrap_or_default()
    }

    pub fn namespace(self) -> &'a str {
        let namespace = self.daemonset.metadata.namespace.as_deref();
        namespace.unwrap_or_default()
    }

    pub fn uid(self) -> &'a str {
        self.daemonset.metadata.uid.as_deref().unwrap_or_default()
    }

    pub fn generation(self) -> i64 {
        self.daemonset.metadata.generation.unwrap_or(0)
    }

    pub fn observed_generation(self) -> i64 {
        let status = self.daemonset.status.as_ref();
        let observed = status.and_then(|status| status.observed_generation);
        observed.unwrap_or(0)
    }

    pub fn is_leaving(self) -> bool {
        self.daemonset.metadata.deletion_timestamp.is_some()
    }

    /// What is told of a DaemonSet whose selector is `{}`, or says as little (DS-20).
    pub fn selects_everything(self) -> Option<Note> {
        let text = "This daemon set is selecting all pods. A non-empty selector is required.";
        let LabelSelector {
            match_labels: labels,
            match_expressions: rules,
        } = &self.spec.selector;
        let everything = labels.as_ref().is_none_or(|labels| labels.is_empty())
            && rules.as_ref().is_none_or(|rules| rules.is_empty());
        everything.then(|| Note::warning("SelectingAll", text))
    }

    /// None where the annotation is missing or unreadable (DSV-05).
    pub fn template_generation(self) -> Option<i64> {
        Some(template_generation(self.daemonset)).filter(|generation| *generation > 0)
    }

    pub fn min_ready_secs(self) -> i32 {
        self.spec.min_ready_seconds.unwrap_or(0)
    }

    pub fn old_revisions_kept(self) -> usize {
        let limit = self.spec.revision_history_limit.unwrap_or(REVISIONS_KEPT);
        usize::try_from(limit).unwrap_or(0)
    }

    pub fn collision_count(self) -> Option<i32> {
        self.daemonset.status.as_ref()?.collision_count
    }

    /// The strategy is RollingUpdate (DS-31).
    pub fn is_rolling(self) -> bool {
        let strategy = self.spec.update_strategy.as_ref();
        strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("RollingUpdate"))
    }

    /// A surge pod may stand beside an old one (DS-18).
    pub fn allows_surge(self) -> bool {
        self.max_surge(1) > 0
    }

    /// Extra pods allowed among `desired` nodes (DS-32).
    pub fn max_surge(self, desired: usize) -> usize {
        self.scaled(|rolling| rolling.max_surge.as_ref(), desired)
    }

    /// Unavailable nodes allowed among `desired`; 1 where the spec allows neither this nor surge (DS-32).
    pub fn max_unavailable(self, desired: usize) -> usize {
        let max = self.scaled(|rolling| rolling.max_unavailable.as_ref(), desired);
        match max {
            0 if desired > 0 && self.max_surge(desired) == 0 => 1,
            max => max,
        }
    }

    fn scaled(
        self,
        field: impl Fn(&RollingUpdateDaemonSet) -> Option<&IntOrString>,
        desired: usize,
    ) -> usize {
        let strategy = self.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let value = rolling.filter(|_| self.is_rolling()).and_then(field);
        let desired = i32::try_from(desired).unwrap_or(i32::MAX);
        let scaled = value.and_then(|value| scaled_rounded_up(value, desired));
        usize::try_from(scaled.unwrap_or(0)).unwrap_or(0)
    }
}
