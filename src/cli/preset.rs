//! `qsproxy preset`: prints a ready-made `[[partner]]` block, or the names of all presets.

use anyhow::bail;

use crate::cli::output::{CommandOutcome, print};
use crate::config::diagnostic::suggestion;
use crate::presets;

/// Prints the block of this name; without a name, lists the names.
///
/// # Errors
/// There is no preset of this name; the message suggests a similar one.
pub fn run(name: Option<&str>) -> anyhow::Result<CommandOutcome> {
    let names = || presets::PARTNERS.iter().map(|(name, _)| *name);
    let Some(name) = name else {
        return print(&format!("{}\n", names().collect::<Vec<_>>().join("\n")));
    };
    match presets::partner(name) {
        Some(block) => print(block),
        None => {
            let hint = suggestion(name, names());
            let hint = if hint.is_empty() { "; `qsproxy preset` lists all presets".to_owned() } else { hint };
            bail!("there is no preset \"{name}\"{hint}")
        }
    }
}
