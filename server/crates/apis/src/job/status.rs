//! Validation of a Job's status (JOBV-13).
