//! What a served kind must say about itself.

use jiff::Timestamp;
use k8s_openapi::Metadata;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::FieldErrors;
use crate::meta::NameRule;

/// A kind's identity and the options of its storage, as discovery and the router need them (K-02).
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// `""` for the core group.
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub namespaced: bool,
    pub short_names: &'static [&'static str],
    pub categories: &'static [&'static str],
    pub has_status: bool,
    /// PUT without a resourceVersion is allowed (API-01).
    pub unconditional_update: bool,
    /// PUT of an object that is not there creates it (API-01).
    pub create_on_update: bool,
    /// Graceful deletion (pods only).
    pub graceful_delete: bool,
    /// What DELETE does without a propagationPolicy: true = Orphan (jobs, JOBV-15), false = Background.
    pub orphan_by_default: bool,
    /// DELETE answers the object rather than a Status (GC-10).
    pub delete_returns_object: bool,
    /// metadata.generation is kept: 1 on create, +1 when [`Kind::spec_changed`].
    pub has_generation: bool,
}

impl Info {
    /// A namespaced kind with nothing special but the unconditional update that most kinds allow.
    pub const fn namespaced(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
        singular: &'static str,
    ) -> Self {
        Self {
            group,
            version,
            kind,
            plural,
            singular,
            namespaced: true,
            short_names: &[],
            categories: &[],
            has_status: false,
            unconditional_update: true,
            create_on_update: false,
            graceful_delete: false,
            orphan_by_default: false,
            delete_returns_object: false,
            has_generation: false,
        }
    }

    /// The same for a cluster-scoped kind.
    pub const fn cluster(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
        singular: &'static str,
    ) -> Self {
        Self {
            namespaced: false,
            ..Self::namespaced(group, version, kind, plural, singular)
        }
    }
}

/// The answer of kinds whose only selectable fields are the two of every kind (JOBV-20).
pub fn only_metadata_fields(label: &str) -> String {
    format!(
        "{label:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    )
}

/// Which door an update came through. The last two are of pods only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    Main,
    Status,
    EphemeralContainers,
    Resize,
}

impl Update {
    /// The subresource's name; empty for the object itself.
    pub const fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Resize => "resize",
        }
    }

    /// The door of that subresource; `None` for those that are no part of the object.
    pub fn through(subresource: &str) -> Option<Self> {
        [Self::Status, Self::EphemeralContainers, Self::Resize]
            .into_iter()
            .find(|door| door.subresource() == subresource)
    }
}

/// A printed column (PR-01); `priority` 1 shows with `-o wide` only.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    /// `string`, `integer`, `date`…
    pub type_: &'static str,
    /// `"name"` for the Name column, else `""`.
    pub format: &'static str,
    pub priority: i32,
    pub description: &'static str,
}

/// A printed cell: a string or an integer (PR-04).
pub type Cell = serde_json::Value;

/// One row of a Table: cells in the order of the columns, and upstream's row conditions
/// (a finished pod's `Completed`), as their JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Printed {
    pub cells: Vec<Cell>,
    pub conditions: Vec<serde_json::Value>,
}

/// A kind that Orrery serves. Generic metadata (uid, creationTimestamp, resourceVersion, generation,
/// deletion) and its validation are the API server's; what a kind says here is only its own.
pub trait Kind:
    Metadata<Ty = ObjectMeta>
    + k8s_openapi::Resource
    + Clone
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    const INFO: Info;

    /// Fills in upstream's defaults. Runs on every decoded body before anything else; idempotent.
    fn default_fields(&mut self);

    /// Notes what the type cannot tell from its default, by the JSON that a client sent.
    fn note_absent(&mut self, _json: &[u8]) {}

    /// Whether [`Self::note_absent`] notes anything.
    const NOTES_ABSENT: bool = false;

    /// Why upstream cannot convert the object to its inner type, in Go's words: a body that says so is none.
    fn unconvertible(&self) -> Option<String> {
        None
    }

    /// Strategy's PrepareForCreate: wipes status, sets first values, generates selectors (needs
    /// metadata.uid, already set). `now` is the creation time.
    fn prepare_create(&mut self, now: Timestamp);

    /// What upstream copies from one field to another of a new object after its warnings are said.
    fn complete_create(&mut self) {}

    /// Strategy's PrepareForUpdate: through [`Update::Main`] keeps the old status, through
    /// [`Update::Status`] keeps the old spec (and what else upstream resets), through a pod's other doors
    /// all but what they are for. Must not touch generation.
    fn prepare_update(&mut self, old: &Self, door: Update);

    /// Counts what has changed in the spec, beside the generation (DSV-05). `new` is this object as it would be
    /// read again, without the `[]` that says nothing; in it and in `old` amounts are levelled.
    fn count_changes(&mut self, _new: &Self, _old: &Self) {}

    /// Says equal amounts in equal words (`1Gi` and `1073741824`), for comparing: who says an amount in other
    /// words changes nothing.
    fn level_amounts(&mut self) {}

    /// True when metadata.generation must be raised.
    fn spec_changed(&self, old: &Self) -> bool;

    /// Which names the kind accepts, for the generic validation of metadata.
    const NAME_RULE: NameRule = NameRule::DnsSubdomain;

    /// Errors of a create, without those of [`crate::meta::validate_object_meta`], which applies
    /// [`Kind::NAME_RULE`]; name rules beyond that one (the 52 characters of a CronJob) are here.
    fn validate_create(&self) -> FieldErrors;

    /// Errors of an update; immutable fields included.
    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors;

    /// Warnings (HTTP 299 texts) of a create (`old` is None) or update.
    fn warnings(&self, _old: Option<&Self>) -> Vec<String> {
        Vec::new()
    }

    /// Warnings of a write through [`Update::Status`], where nothing else is warned of.
    fn status_warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Selectable fields besides metadata.name and metadata.namespace, with this object's values (K-39).
    /// The labels returned must be the same set for every object (see [`Kind::field_labels`]).
    fn fields(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Every selectable label that [`Kind::fields`] returns, plus aliases it understands.
    fn field_labels() -> &'static [&'static str] {
        &[]
    }

    /// The message for an unsupported field label (JOBV-20).
    fn unsupported_field(label: &str) -> String {
        format!("field label not supported: {label}")
    }

    /// Table columns (section 5.2 of the semantics).
    fn columns() -> &'static [Column];

    /// The Table row at `now`.
    fn print(&self, now: Timestamp) -> Printed;
}
