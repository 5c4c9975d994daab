//! What a page is drawn with; one component a file.

mod workspace;

pub use workspace::{Workspace, WorkspaceProps};
