//! `qsproxy check`.

use std::path::Path;

use anyhow::{anyhow, bail};

use crate::app;
use crate::cli::CommandOutcome;
use crate::config::{Config, ConfigError};
use crate::report::CountsReader;
use crate::server::tls;
use crate::storage::postgres::PostgresFault;
use crate::storage::query::StoreLocation;
use crate::storage::schema::OpenError;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// Checks the configuration and what it names, and changes nothing.
///
/// # Errors
/// Where the file cannot be read.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error @ ConfigError::Unreadable(..)) => bail!(error),
        Err(error @ ConfigError::Mistakes(..)) => {
            eprintln!("{error}");
            return Ok(CommandOutcome::Found);
        }
    };
    if let Err(error) = named_files(&config) {
        eprintln!("{}: {error:#}", path.display());
        return Ok(CommandOutcome::Found);
    }
    let (codes, partners) = (config.routes.len(), config.partners.len());
    let (codes, partners) = (counted(codes, "code"), counted(partners, "partner"));
    crate::cli::print(&format!("{}: no mistakes; {codes} and {partners}\n", path.display()))
}

/// The files that the configuration names, as `serve` would find them.
fn named_files(config: &Config) -> anyhow::Result<()> {
    config.listen.tls.as_ref().map(tls::server).transpose().map_err(|what| anyhow!("[listen] {what}"))?;
    config.admin.token_file.as_deref().map(app::read_token).transpose()?;
    let password = config.dedupe.as_ref().and_then(|dedupe| dedupe.password_file.as_deref());
    password.map(crate::app::dedupe::read_password).transpose()?;
    let keys = KeyRing::new(&config.counts.keys, config.counts.click_ttl).load(time::now().day());
    keys.map_err(|error| anyhow!("[counts] keys: {}: {error}", config.counts.keys.display()))?;
    let store = &config.counts.store;
    if let StoreLocation::Postgres(server) = store {
        crate::app::store::check_password(server)?;
    }
    match CountsReader::open(store) {
        // `serve` makes it, and a server that is away keeps `serve` from nothing.
        Ok(_) | Err(OpenError::Missing) => Ok(()),
        Err(OpenError::Postgres(error))
            if matches!(error.fault, PostgresFault::Unreachable | PostgresFault::TimedOut) =>
        {
            eprintln!("[counts] store: {store}: {error}; counts would gather in the spool");
            Ok(())
        }
        Err(error) => Err(anyhow!("[counts] store: {store}: {error}")),
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
