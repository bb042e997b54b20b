//! `qsproxy serve`: runs the proxy.

use std::path::Path;

use crate::app::sandbox::Sandbox;
use crate::app::{self, MainRuntime};
use crate::cli::output::CommandOutcome;
use crate::config::Config;

/// Runs the proxy until it is stopped.
///
/// # Errors
/// The proxy cannot start, one of its threads failed, or the last counts could not be saved.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let main = MainRuntime::new()?;
    let config = Config::load(path)?;
    let sandbox = Sandbox::enter(&config);
    app::run(main, config, Some(path), &sandbox)?;
    Ok(CommandOutcome::Success)
}
