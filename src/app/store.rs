//! The store: a ledger over an SQLite file; or over this node's spool, with a courier to PostgreSQL.

use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::app::{make_folder, statement};
use crate::config::Config;
use crate::config::service::Counts;
use crate::forward::forwarder::{Courier, Route};
use crate::password_file;
use crate::privacy::Statement;
use crate::storage::postgres::Server;
use crate::storage::query::Store;
use crate::storage::sqlite::{Sqlite, Versions};
use crate::storage::writer::{Ledger, Writer};
use crate::time::{self, Day};

/// What counts go through, for as long as the process lives.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) ledger: Ledger,
    /// Where the store is a server.
    pub(super) courier: Option<Courier>,
}

/// A store that has just been opened.
pub(super) struct Opened {
    pub(super) writer: Writer,
    pub(super) store: Kept,
    pub(super) statement: Statement,
}

/// Opens the store, and tells it what the privacy statement says. A server that is away keeps nothing from starting.
///
/// # Errors
/// What is the matter with the file, or the password's, with the key that it stands under.
pub(super) fn open(config: &Config) -> anyhow::Result<Opened> {
    let Counts { store, spool, node, .. } = &config.counts;
    let (key, path) = match (store, spool) {
        (Store::Sqlite(path), _) => ("store", path.as_path()),
        (Store::Postgres(_), spool) => ("spool", spool.as_ref().map_or(Path::new(""), |spool| &spool.path)),
    };
    let named = |error: &dyn std::fmt::Display| anyhow!("[counts] {key}: {}: {error}", path.display());
    make_folder(path).with_context(|| format!("[counts] {key}: {}", path.display()))?;
    let file = match spool {
        Some(spool) => Sqlite::open_spool(path, node, spool.bytes),
        None => Sqlite::open(path, node),
    };
    let file = file.map_err(|error| named(&error))?;
    let versions = file.publish(&statement(config), time::now().day()).map_err(|error| named(&error))?;
    let courier = match (store, spool) {
        (Store::Postgres(server), Some(spool)) => {
            check_password(server)?;
            let route = Route { spool: path, limit: spool.bytes, every: spool.deliver_every, node };
            Some(Courier::start((**server).clone(), &route).map_err(|error| named(&error))?)
        }
        (Store::Postgres(_) | Store::Sqlite(_), _) => None,
    };
    let versions = courier.as_ref().and_then(Courier::settle).unwrap_or(versions);
    let (ledger, writer) = Ledger::start(file).map_err(|error| named(&error))?;
    Ok(Opened { writer, store: Kept { ledger, courier }, statement: Statement::new(&versions) })
}

impl Kept {
    /// Has the store take a privacy statement. None where the disk does not.
    pub(super) async fn publish(&self, statement: String, day: Day) -> Option<Versions> {
        let versions = self.ledger.publish(statement, day).await?;
        let Some(courier) = self.courier.clone() else { return Some(versions) };
        // What the server does not say in time is told it later; until then the spool's own number is shown.
        let settled = tokio::task::spawn_blocking(move || courier.settle()).await;
        Some(settled.ok().flatten().unwrap_or(versions))
    }
}

/// Sees to it that the password's file can be used.
///
/// # Errors
/// Why not.
pub fn check_password(server: &Server) -> anyhow::Result<()> {
    let read = server.password_file.as_deref().map(password_file::read);
    read.transpose().map(drop).map_err(|what| anyhow!("[counts] store_password_file: {what}"))
}
