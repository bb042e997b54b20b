//! `qsproxy preset`: prints a ready-made `[[partner]]` block, or the names of all presets; or shows how an answer is read with
//! one.

use std::path::Path;

use anyhow::{anyhow, bail};

use crate::cli::answer;
use crate::cli::output::{CommandOutcome, print};
use crate::config::diagnostic::suggestion;
use crate::config::limits::DEFAULT_DECOMPRESSED_BYTES;
use crate::config::partners::parse_block;
use crate::presets;

/// Prints the block of this name, or shows how `answer` is read with it; without a name, lists the names.
///
/// # Errors
/// There is no preset of this name; the message suggests a similar one. The answer cannot be read.
pub fn run(name: Option<&str>, answer: Option<&Path>) -> anyhow::Result<CommandOutcome> {
    let names = || presets::PARTNERS.iter().map(|(name, _)| *name);
    let Some(name) = name else {
        return print(&format!("{}\n", names().collect::<Vec<_>>().join("\n")));
    };
    match (presets::partner(name), answer) {
        (Some(block), None) => print(block),
        (Some(block), Some(file)) => {
            let partner =
                parse_block(block).map_err(|errors| anyhow!("the preset {name} has {} errors", errors.len()))?;
            answer::show(&partner, file, DEFAULT_DECOMPRESSED_BYTES)
        }
        (None, _) => {
            let hint = suggestion(name, names());
            let hint = if hint.is_empty() { "; `qsproxy preset` lists all presets".to_owned() } else { hint };
            bail!("there is no preset \"{name}\"{hint}")
        }
    }
}
