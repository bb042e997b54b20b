//! `qsproxy serve`: runs the proxy.

use std::path::Path;

use crate::app;
use crate::cli::output::CommandOutcome;
use crate::config::Config;

/// Runs the proxy until it is stopped.
///
/// # Errors
/// The proxy cannot start, one of its threads failed, or the last counts could not be saved.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    app::run(Config::load(path)?, Some(path))?;
    Ok(CommandOutcome::Success)
}
