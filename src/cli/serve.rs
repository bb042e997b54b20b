//! `qsproxy serve`: runs the proxy.

use std::path::Path;

use crate::app;
use crate::app::sandbox::Sandbox;
use crate::cli::output::CommandOutcome;
use crate::config::Config;

/// Runs the proxy until it is stopped.
///
/// # Errors
/// The proxy cannot start, one of its threads failed, or the last counts could not be saved.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let config = Config::load(path)?;
    let sandbox = Sandbox::enter(&config);
    app::run(config, Some(path), &sandbox)?;
    Ok(CommandOutcome::Success)
}
