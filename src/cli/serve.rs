//! `qsproxy serve`.

use std::path::Path;

use crate::app;
use crate::cli::CommandOutcome;
use crate::config::Config;

/// Runs the proxy on this configuration.
///
/// # Errors
/// Whatever keeps it from starting, or counts from being saved.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    app::run(Config::load(path)?, Some(path))?;
    Ok(CommandOutcome::Fine)
}
