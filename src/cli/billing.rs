//! What the billing commands share.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::atomic_file::{FolderLock, UMASK_DEFAULT};
use crate::billing::contract::{Contract, ContractError};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::config::Config;

/// Returns the contract with a partner.
///
/// # Errors
/// The configuration has no such partner.
pub(super) fn find_contract<'c>(config: &'c Config, partner: &str) -> anyhow::Result<&'c Contract> {
    let found = config.contracts.iter().find(|contract| contract.partner.as_str() == partner);
    let known = || config.contracts.iter().map(|contract| contract.partner.as_str()).collect::<Vec<_>>().join(", ");
    found.with_context(|| {
        format!("--partner {partner}: no such partner in the configuration; choose one of {}", known())
    })
}

/// Returns the contract with a partner that is configured, or that has statements or closed months in the store.
///
/// # Errors
/// There is no such partner, or the store cannot be read.
pub(super) fn find_recorded_contract(config: &Config, store: &BillingStore, partner: &str) -> anyhow::Result<Contract> {
    Contract::find(&config.contracts, store, partner).map_err(|error| match error {
        ContractError::Unknown(_) => anyhow!("--partner {partner}: {error}"),
        ContractError::Store(_) | ContractError::Closing(_) => anyhow!(error),
    })
}

/// Returns the contracts with all partners of the configuration and of the store, or with this one.
///
/// # Errors
/// There is no such partner, or the store cannot be read.
pub(super) fn recorded_contracts(
    config: &Config,
    store: &BillingStore,
    partner: Option<&str>,
) -> anyhow::Result<Vec<Contract>> {
    match partner {
        Some(partner) => Ok(vec![find_recorded_contract(config, store, partner)?]),
        None => Ok(Contract::all(&config.contracts, store)?),
    }
}

/// Opens the billing tables of the configured store.
///
/// # Errors
/// The store cannot be opened.
pub(super) fn open_store(config: &Config) -> anyhow::Result<BillingStore> {
    let store = &config.counts.store;
    BillingStore::open(store).map_err(|error| anyhow!("[counts] store: {store}: {error}"))
}

/// Parses the value of `--month`.
///
/// # Errors
/// The text is not a month.
pub(super) fn parse_month(text: &str) -> anyhow::Result<YearMonth> {
    YearMonth::parse(text).with_context(|| format!("--month {text}: this must be a month, YYYY-MM"))
}

/// Returns the path of the public key that belongs to the secret key of closings.
pub(super) fn public_key_path(secret: &Path) -> PathBuf {
    let mut name = secret.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Writes a file with the permissions of the process's umask.
///
/// # Errors
/// The file or its folder cannot be written.
pub(super) fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = FolderLock::acquire_for(path).and_then(|folder| folder.write(path, text.as_bytes(), UMASK_DEFAULT));
    written.with_context(|| path.display().to_string())
}
