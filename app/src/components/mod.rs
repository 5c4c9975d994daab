//! What a page is drawn with; one component a file.

mod buttons;
mod cell;
mod detail;
mod dialog;
mod empty;
mod facts;
mod list;
mod logs;
mod menu;
mod nav;
mod overview;
mod picker;
mod switch;
mod table;
mod toasts;
mod topbar;
mod trouble;
mod workspace;

pub use workspace::Workspace;
