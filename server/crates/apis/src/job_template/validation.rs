//! Validation of a Job specification.
