//! The kinds that Orrery serves, as upstream defines them: identity, defaults, validation, what an
//! update may change, selectable fields and printed columns. Pure: objects in, objects and errors
//! out; no time but what is passed in, no IO. Shared by the API server, the controllers and the
//! scheduler, so that each rule exists once.

pub mod field_error;
pub mod kind;

pub use field_error::{ErrorType, FieldError, FieldErrors};
pub use kind::{Cell, Column, Info, Kind, Printed, Update};
