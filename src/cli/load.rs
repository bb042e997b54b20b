//! Loads the configuration that a command runs with.

use std::path::Path;

use crate::config::Config;

/// The default of `--config`.
pub(super) const DEFAULT_CONFIG: &str = "proxy.toml";

/// The shipped configuration, for a newcomer without a file.
const SHIPPED: &str = include_str!("../../proxy.toml");

/// Loads a configuration file. If none was named and the default does not exist, uses the shipped configuration and says
/// so on standard error.
///
/// # Errors
/// The file cannot be read or has errors.
pub(super) fn load_config(path: &Path) -> anyhow::Result<Config> {
    if path != Path::new(DEFAULT_CONFIG) || path.exists() {
        return Ok(Config::load(path)?);
    }
    eprintln!("qsproxy: no {DEFAULT_CONFIG} in this folder; using the built-in configuration");
    Config::parse(SHIPPED, Path::new("")).map_err(|errors| anyhow::anyhow!("the built-in configuration: {errors:?}"))
}
