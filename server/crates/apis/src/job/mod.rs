//! Jobs.

mod columns;
mod defaults;
mod kind;
mod prepare;
mod status;
#[cfg(test)]
mod tests;
mod update;
mod validation;

pub use prepare::{
    CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL,
};
