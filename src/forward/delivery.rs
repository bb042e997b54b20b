//! Delivering to PostgreSQL: which spool may deliver, whether its batch numbers continue those of the store, and one batch.

use crate::events::{self, Event};
use crate::forward::error::ForwardError;
use crate::forward::spool::{Batch, Spool};
use crate::storage::error::StoreError;
use crate::storage::postgres::server::PostgresServer;
use crate::storage::postgres::session::{Session, SessionPurpose};
use crate::time::Hour;

/// Tries to take the lock of a node's name, which the session holds until it ends. Locks are numbers: this is the name's hash.
const LOCK_NODE: &str = "select case when pg_try_advisory_lock(hashtextextended('qsproxy ' || cast(?1 as text), 0))
    then 'locked' else 'in_use' end as result";

/// Ends earlier sessions of the same spool: they belong to this process or its predecessor, and their connection broke.
const END_EARLIER_SESSIONS: &str = "select count(*) as n from (
    select pg_terminate_backend(pid, 1000) from pg_stat_activity
    where application_name = 'qsproxy ' || cast(?1 as text) and usename = current_user and pid <> pg_backend_pid()) as ended";

const DELIVER: &str = "select deliver(?1, ?2, ?3, ?4, cast(cast(?5 as text) as jsonb)) as result";

const ROLL_UP: &str = "select cast(fold(cast(cast(?1 as text) || ':00:00Z' as timestamptz)) as text)";

/// Opens a session that may deliver: the tables are of this version, no other process delivers under the node's name, and the
/// spool's numbers continue those of the store.
///
/// # Errors
/// Any [`ForwardError`].
pub(super) fn connect(server: &PostgresServer, spool: &Spool, node: &str) -> Result<Session, ForwardError> {
    let session = Session::open(server, &SessionPurpose::Delivery(spool.id().to_owned()))?;
    session.migrate()?;
    // Before locking, since a restored copy of a spool must not end the sessions of the spool that is delivering.
    check_numbers(&session, spool, node)?;
    if !lock_node(&session, node)? {
        session.query("pg_stat_activity", END_EARLIER_SESSIONS, &[spool.id().into()])?;
        if !lock_node(&session, node)? {
            return Err(ForwardError::NodeInUse);
        }
    }
    Ok(session)
}

fn lock_node(session: &Session, node: &str) -> Result<bool, StoreError> {
    Ok(session.query_row("pg_locks", LOCK_NODE, &[node.into()])?.text("result")? == "locked")
}

/// Compares the spool's batch numbers with the store's. A new spool continues after its node's last number; a spool behind the store
/// was restored from a copy; a store behind the spool was restored, and has lost batches that it acknowledged.
fn check_numbers(session: &Session, spool: &Spool, node: &str) -> Result<(), ForwardError> {
    let (last, began_after, pending) = (spool.last_number()?, spool.began_after()?, spool.pending_sha256()?);
    let rows = session.query("spools", "select seq, digest from spools where spool = ?1", &[spool.id().into()])?;
    let delivered = match rows.first() {
        Some(row) => {
            let number = row.number("seq").map_err(StoreError::from)?;
            let is_pending_batch = pending.as_deref() == Some(row.text("digest").map_err(StoreError::from)?);
            if number > last || number == last && pending.is_some() && !is_pending_batch {
                return Err(ForwardError::SpoolRestored);
            }
            number
        }
        None => 0,
    };
    let acknowledged = if pending.is_some() { last - 1 } else { last };
    let missing = acknowledged - delivered.max(began_after);
    if missing > 0 {
        events::emit(&Event::ParcelsMissing(missing));
    }
    if last == 0 {
        let sql = "select max(seq) as seq from spools where node = ?1";
        let before = session.query_row("spools", sql, &[node.into()])?.optional_number("seq");
        spool.begin_after(before.map_err(StoreError::from)?.unwrap_or(0))?;
    }
    Ok(())
}

/// Delivers a batch, and removes it from the spool once the store has acknowledged it.
///
/// # Errors
/// Any [`ForwardError`]; the batch stays in the spool then.
pub(super) fn deliver(session: &Session, spool: &Spool, node: &str, batch: &Batch) -> Result<(), ForwardError> {
    let Batch { number, body, sha256 } = batch;
    let values = [node.into(), spool.id().into(), (*number).into(), sha256.as_str().into(), body.as_str().into()];
    let row = session.query_row("spools", DELIVER, &values)?;
    match row.text("result").map_err(StoreError::from)? {
        // `again`: an earlier attempt was committed without an acknowledgement.
        "added" | "again" => spool.acknowledge(*number),
        _ => Err(ForwardError::SpoolRestored),
    }
}

/// Rolls the hours before this one up into days.
///
/// # Errors
/// Those of the server; the hours are unchanged then.
pub(super) fn roll_up(session: &Session, before: Hour) -> Result<(), ForwardError> {
    session.query("node_clicks", ROLL_UP, &[before.to_string().into()])?;
    Ok(())
}
