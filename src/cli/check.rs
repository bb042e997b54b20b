//! `qsproxy check`.

use std::path::Path;

use anyhow::bail;

use super::Verdict;
use crate::config::{Config, ConfigError};
use crate::door::tls;

/// Checks the configuration and what it names, and changes nothing.
///
/// # Errors
/// Where the file cannot be read.
pub fn run(path: &Path) -> anyhow::Result<Verdict> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error @ ConfigError::Unreadable(..)) => bail!(error),
        Err(error @ ConfigError::Mistakes(..)) => {
            eprintln!("{error}");
            return Ok(Verdict::Found);
        }
    };
    if let Some(Err(what)) = config.listen.tls.as_ref().map(tls::server) {
        eprintln!("{}: listen: {what}", path.display());
        return Ok(Verdict::Found);
    }
    let (codes, partners) = (config.routes.len(), config.partners.len());
    println!("{}: no mistakes; {} and {}", path.display(), counted(codes, "code"), counted(partners, "partner"));
    Ok(Verdict::Fine)
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
