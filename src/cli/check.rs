//! `qsproxy check`: validates the configuration.

use std::path::Path;

use anyhow::{anyhow, bail};

use crate::app;
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::readiness::settlement_gaps;
use crate::billing::store::BillingStore;
use crate::cli::output::{CommandOutcome, print};
use crate::config::{Config, ConfigError};
use crate::report::CountsReader;
use crate::server::tls;
use crate::storage::error::OpenError;
use crate::storage::postgres::error::PostgresFault;
use crate::storage::query::StoreLocation;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// Checks the configuration and the files that it names. Changes nothing.
///
/// # Errors
/// The configuration file cannot be read.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error @ ConfigError::Unreadable(..)) => bail!(error),
        Err(error @ ConfigError::Invalid(..)) => {
            eprintln!("{error}");
            return Ok(CommandOutcome::ProblemFound);
        }
    };
    if let Err(error) = check_files(&config) {
        eprintln!("{}: {error:#}", path.display());
        return Ok(CommandOutcome::ProblemFound);
    }
    if config.listen.hides_clients() {
        eprintln!(
            "[listen] trusted_proxies: is empty although clients use https and this listener has no certificate. Whatever ends \
             TLS is then one client, and everybody behind it shares its limits ([limits.client]): name its address here"
        );
    }
    for warning in config.warnings.iter().chain(&config.advice) {
        eprintln!("{}:{warning}", path.display());
    }
    for sentence in settlement_gaps(&config.contracts, &config.accounts) {
        eprintln!("{}: {sentence}", path.display());
    }
    for sentence in divided_otherwise(&config) {
        eprintln!("{sentence}");
    }
    let codes = count_noun(config.routes.len(), "code");
    let partners = count_noun(config.partners.len(), "partner");
    print(&format!("{} is valid: {codes}, {partners}\n", path.display()))
}

/// Returns a sentence for each closed month that this configuration divides otherwise than its last record. Books that cannot be read are
/// for `verify`.
fn divided_otherwise(config: &Config) -> Vec<String> {
    let Ok(store) = BillingStore::open(&config.counts.store) else { return Vec::new() };
    let today = time::now().day().date();
    let settlements =
        config.contracts.iter().filter_map(|contract| PartnerSettlement::read(&store, contract, today).ok());
    settlements.flat_map(|settlement| settlement.divided_otherwise()).collect()
}

/// Reads the files that the configuration names, as `serve` would.
fn check_files(config: &Config) -> anyhow::Result<()> {
    config.listen.tls.as_ref().map(tls::server_config).transpose().map_err(|error| anyhow!("[listen] {error}"))?;
    config.admin.token_file.as_deref().map(app::secrets::read_admin_token).transpose()?;
    let password = config.dedup.as_ref().and_then(|dedup| dedup.password_file.as_deref());
    password.map(app::secrets::read_redis_password).transpose()?;
    let keys = KeyRing::new(&config.counts.keys, config.counts.click_ttl).load(time::now());
    keys.map_err(|error| anyhow!("[counts] keys: {}: {error}", config.counts.keys.display()))?;
    let store = &config.counts.store;
    if let StoreLocation::Postgres(server) = store {
        app::secrets::check_postgres_password(server)?;
    }
    match CountsReader::open(store) {
        // `serve` creates a missing store, and upgrades one of an earlier version.
        Ok(_) | Err(OpenError::Missing | OpenError::Outdated) => Ok(()),
        // `serve` starts without the server and keeps counts in the spool.
        Err(OpenError::Postgres(error))
            if matches!(error.fault, PostgresFault::Unreachable | PostgresFault::TimedOut) =>
        {
            eprintln!("[counts] store: {store}: {error}; counts would be kept in the spool");
            Ok(())
        }
        Err(error) => Err(anyhow!("[counts] store: {store}: {error}")),
    }
}

fn count_noun(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
