//! The store: a ledger over an SQLite file; or over this node's spool, with a courier to PostgreSQL.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::app::{make_folder, secrets, statement};
use crate::config::Config;
use crate::config::counts::CountsConfig;
use crate::forward::forwarder::{DeliveryTarget, Forwarder};
use crate::privacy::statement::PrivacyStatement;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::{SqliteStore, StatementVersions};
use crate::storage::writer::{CountWriter, WriterThread};
use crate::time::{self, Day};

/// What counts go through, for as long as the process lives.
#[derive(Debug, Clone)]
pub(super) struct StoreHandle {
    pub(super) ledger: CountWriter,
    /// Where the store is a server.
    pub(super) courier: Option<Forwarder>,
}

/// A store that has just been opened.
pub(super) struct OpenedStore {
    pub(super) writer: WriterThread,
    pub(super) store: StoreHandle,
    pub(super) statement: PrivacyStatement,
}

/// Opens the store, and tells it what the privacy statement says. A server that is away keeps nothing from starting.
///
/// # Errors
/// What is the matter with the file, or the password's, with the key that it stands under.
pub(super) fn open(config: &Config) -> anyhow::Result<OpenedStore> {
    let CountsConfig { store, spool, node, .. } = &config.counts;
    let (key, path) = match (store, spool) {
        (StoreLocation::Sqlite(path), _) => ("store", path.as_path()),
        (StoreLocation::Postgres(_), spool) => ("spool", spool.as_ref().map_or(Path::new(""), |spool| &spool.path)),
    };
    let named = |error: &dyn std::fmt::Display| anyhow!("[counts] {key}: {}: {error}", path.display());
    make_folder(path).with_context(|| format!("[counts] {key}: {}", path.display()))?;
    let file = match spool {
        Some(spool) => SqliteStore::open_spool(path, node, spool.bytes),
        None => SqliteStore::open(path, node),
    };
    let file = file.map_err(|error| named(&error))?;
    let versions = file.publish(&statement(config), time::now().day()).map_err(|error| named(&error))?;
    let courier = match (store, spool) {
        (StoreLocation::Postgres(server), Some(spool)) => {
            secrets::check_postgres_password(server)?;
            let route = DeliveryTarget { spool: path, limit: spool.bytes, every: spool.deliver_every, node };
            Some(Forwarder::start((**server).clone(), &route).map_err(|error| named(&error))?)
        }
        (StoreLocation::Postgres(_) | StoreLocation::Sqlite(_), _) => None,
    };
    let versions = courier.as_ref().and_then(Forwarder::settle).unwrap_or(versions);
    let (ledger, writer) = CountWriter::start(file).map_err(|error| named(&error))?;
    let statement = PrivacyStatement::from_versions(&versions).map_err(|error| named(&error))?;
    Ok(OpenedStore { writer, store: StoreHandle { ledger, courier }, statement })
}

impl StoreHandle {
    /// Has the store take a privacy statement. None where the disk does not.
    pub(super) async fn publish(&self, statement: String, day: Day) -> Option<StatementVersions> {
        let versions = self.ledger.publish(statement, day).await?;
        let Some(courier) = self.courier.clone() else { return Some(versions) };
        // What the server does not say in time is told it later; until then the spool's own number is shown.
        let settled = tokio::task::spawn_blocking(move || courier.settle()).await;
        Some(settled.ok().flatten().unwrap_or(versions))
    }
}
