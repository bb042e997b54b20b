//! Opens the store and the key ring: an SQLite file with its writer; or this node's spool, with a forwarder to PostgreSQL.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::app::folders;
use crate::app::secrets;
use crate::app::statement;
use crate::config::Config;
use crate::config::counts::CountsConfig;
use crate::forward::forwarder::{DeliveryTarget, Forwarder};
use crate::privacy::statement::PrivacyStatement;
use crate::storage::error::OpenError;
use crate::storage::privacy_version::PrivacyVersions;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::SqliteStore;
use crate::storage::writer::{CountWriter, WriterThread};
use crate::time::{self, Day};
use crate::tokens::key_ring::KeyRing;
use crate::tokens::key_ring::key_set::KeySet;

/// Handles to the threads that save counts.
#[derive(Debug, Clone)]
pub(super) struct StoreHandle {
    /// Commits counts to the local file.
    pub(super) writer: CountWriter,
    /// Delivers the spool, if the store is PostgreSQL.
    pub(super) forwarder: Option<Forwarder>,
}

/// A store that was just opened.
pub(super) struct OpenedStore {
    /// The thread of the writer, to close it at the end.
    pub(super) writer: WriterThread,
    pub(super) store: StoreHandle,
    /// The privacy statement of the configuration, with its version.
    pub(super) statement: PrivacyStatement,
}

/// Opens the key ring and rotates it to today.
///
/// # Errors
/// The file cannot be read or written; the message names the key.
pub(super) fn open_key_ring(config: &Config, ring: &KeyRing) -> anyhow::Result<KeySet> {
    let path = &config.counts.keys;
    let key = || format!("[counts] keys: {}", path.display());
    folders::create_parent(path).with_context(key)?;
    ring.rotate(time::now()).map_err(|error| anyhow!("{}: {error}", key()))
}

/// Opens the store and writes the privacy statement of the configuration to it. An unreachable PostgreSQL server does not
/// prevent the start.
///
/// # Errors
/// The file or the password file cannot be used; the message names the key.
pub(super) fn open(config: &Config) -> anyhow::Result<OpenedStore> {
    let CountsConfig { store, spool, node, k, .. } = &config.counts;
    let (key, path) = match (store, spool) {
        (StoreLocation::Sqlite(path), _) => ("store", path.as_path()),
        (StoreLocation::Postgres(_), spool) => ("spool", spool.as_ref().map_or(Path::new(""), |spool| &spool.path)),
    };
    let with_key = |error: &dyn std::fmt::Display| anyhow!("[counts] {key}: {}: {error}", path.display());
    folders::create_parent(path).with_context(|| format!("[counts] {key}: {}", path.display()))?;
    let file = match spool {
        Some(spool) => SqliteStore::open_spool(path, node, spool.bytes),
        None => SqliteStore::open(path, node),
    };
    let file =
        file.map_err(|error| anyhow::Error::new(error).context(format!("[counts] {key}: {}", path.display())))?;
    let versions = file.publish(&statement::encode(config), time::now().day()).map_err(|error| with_key(&error))?;
    let forwarder = match (store, spool) {
        (StoreLocation::Postgres(server), Some(spool)) => {
            secrets::check_postgres_password(server)?;
            let target = DeliveryTarget { spool: path, limit: spool.bytes, every: spool.deliver_every, k: *k, node };
            Some(Forwarder::start((**server).clone(), &target).map_err(|error| with_key(&error))?)
        }
        (StoreLocation::Postgres(_) | StoreLocation::Sqlite(_), _) => None,
    };
    let versions = forwarder.as_ref().and_then(Forwarder::privacy_versions).unwrap_or(versions);
    let (handle, writer) = CountWriter::start(file).map_err(|error| with_key(&error))?;
    let statement = PrivacyStatement::from_versions(&versions).map_err(|error| with_key(&error))?;
    Ok(OpenedStore { writer, store: StoreHandle { writer: handle, forwarder }, statement })
}

/// Whether [`open`] failed because another process uses the store.
pub(super) fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::InUse))
}

impl StoreHandle {
    /// Writes a privacy statement to the store and returns its versions. None if the local file does not accept it.
    pub(super) async fn publish(&self, statement: String, day: Day) -> Option<PrivacyVersions> {
        let versions = self.writer.publish(statement, day).await?;
        let Some(forwarder) = self.forwarder.clone() else { return Some(versions) };
        // If the server does not answer in time, it receives the statement later, and the version of the spool is shown
        // until then.
        let settled = tokio::task::spawn_blocking(move || forwarder.privacy_versions()).await;
        Some(settled.ok().flatten().unwrap_or(versions))
    }
}
