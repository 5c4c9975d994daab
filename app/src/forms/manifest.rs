//! What the cluster says to YAML that makes objects, or one in place of another.

use orrery_view::ObjectRef;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    /// In the words of who found it.
    pub message: String,
}

/// One document of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// As it stands there.
    pub text: String,
    /// `CronJob data/backup`, as far as it says.
    pub name: String,
    /// It says itself where it goes, so that kubectl is told no namespace for it.
    pub placed: bool,
    pub outcome: Outcome,
}

/// What becomes of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, or would be; the object, if its kind has a page.
    Made(Option<ObjectRef>),
    /// It cannot be rehearsed before an earlier document is made: the cluster's words.
    Later(String),
    /// Nothing is made of it.
    Wrong(Vec<Problem>),
    /// Nothing is made of it as long as others are wrong.
    Held,
}

/// What became of an object that was edited as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    Saved,
    /// The cluster has it so already.
    Same,
    /// How it would differ: lines that begin with ` `, `+` or `-`.
    Rehearsed(String),
    Wrong(Vec<Problem>),
    /// Somebody else changed it since the text was opened; nothing was saved.
    Changed(Box<Both>),
}

/// What the cluster's OpenAPI says of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Of the field, or of what would hold it.
    pub path: String,
    /// Its type, as `kubectl explain` has it.
    pub word: String,
    /// May be empty.
    pub text: String,
    /// What it may hold.
    pub fields: Vec<String>,
}

/// The fields whose names may be typed at a place of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Lines before it.
    pub line: usize,
    /// Letters in its line before the name begins, each of one column.
    pub column: usize,
    pub fields: Vec<Offer>,
}

/// A field that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub name: String,
    /// Its type, as `kubectl explain` has it.
    pub word: String,
    /// What follows its name, up to where its value is typed.
    pub then: String,
}

/// Two changes of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// What they made of it.
    pub theirs: String,
    /// How that differs from what it was.
    pub they: String,
    /// How what is typed differs from what it was.
    pub you: String,
    /// Both changes in one text; where they meet, between marks that are no YAML.
    pub merged: String,
    /// They meet nowhere.
    pub apart: bool,
}
