//! The table of bars, as Markdown.

use std::fs;

use anyhow::{Context, Result};

use crate::shell::{root, say};

const BEGIN: &str = "<!-- bench -->";
const END: &str = "<!-- /bench -->";

/// One figure.
pub struct Row {
    pub what: &'static str,
    /// What it is held to; empty where there is no bar.
    pub aim: &'static str,
    /// Kubernetes' own figure, measured apart; empty where it has none.
    pub theirs: &'static str,
    pub value: String,
}

/// The table.
pub fn render(rows: &[Row]) -> String {
    let mut table = String::from("| what | aim | Orrery | theirs |\n|---|---|---|---|\n");
    for Row {
        what,
        aim,
        theirs,
        value,
    } in rows
    {
        table.push_str(&format!("| {what} | {aim} | {value} | {theirs} |\n"));
    }
    table
}

/// Replaces what lies between the markers in README.md.
pub fn write_readme(table: &str) -> Result<()> {
    let file = root().join("README.md");
    let text = fs::read_to_string(&file).context("README.md cannot be read")?;
    let new = between(&text, table).context("README.md has no bench markers")?;
    fs::write(&file, new)?;
    say("the table is in README.md");
    Ok(())
}

fn between(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_replaces_the_old_one() {
        let readme = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb";
        let new = between(readme, "new\n").expect("the markers are there");
        assert_eq!(new, "a\n<!-- bench -->\nnew\n<!-- /bench -->\nb");
        assert_eq!(between(&new, "new\n"), Some(new), "twice is once");
        assert_eq!(between("no markers", "new"), None);
    }
}
