//! `qsproxy preset`: prints a ready `[[partner]]` block, or which there are.

use anyhow::bail;

use crate::cli::{CommandOutcome, print};
use crate::config::diagnostic::suggestion;
use crate::presets;

/// Prints the block of this name, or the names.
///
/// # Errors
/// A name that no preset has, with the one that may have been meant; standard output that cannot be written.
pub fn run(name: Option<&str>) -> anyhow::Result<CommandOutcome> {
    let names = || presets::ALL.iter().map(|(name, _)| *name);
    let Some(name) = name else {
        return print(&format!("{}\n", names().collect::<Vec<_>>().join("\n")));
    };
    match presets::block(name) {
        Some(block) => print(block),
        None => bail!("`qsproxy preset` lists the presets; none has this name{}", suggestion(name, names())),
    }
}
