//! The way to PostgreSQL: who may deliver, what its numbers say, and one parcel delivered.

use crate::events::{self, Event};
use crate::forward::spool::{Batch, Spool};
use crate::storage::postgres::{PostgresError, PostgresFault, PostgresServer, Session, SessionPurpose};
use crate::storage::query::SqlValue;
use crate::time::Hour;

/// Tries to take the lock of a name for as long as the session lives. Locks are numbers; these are the names' hashes.
const CLAIM: &str = "select case when pg_try_advisory_lock(hashtextextended('qsproxy ' || cast(?1 as text), 0))
    then 'taken' else 'refused' end";

/// Ends sessions of this very spool that are left from before: their node is we, and its connection broke.
const SUCCEED: &str = "select count(*) from (
    select pg_terminate_backend(pid, 1000) from pg_stat_activity
    where application_name = 'qsproxy ' || cast(?1 as text) and usename = current_user and pid <> pg_backend_pid()) as ended";

/// Opens a session that may deliver: with tables of this version, alone under the node's name, and with a spool whose numbers fit.
pub(super) fn connect(server: &PostgresServer, spool: &Spool, node: &str) -> Result<Session, PostgresError> {
    let mut session = Session::open(server, &SessionPurpose::Delivery(spool.id().to_owned()))?;
    session.bring_up_to_date()?;
    // First, since a copy of a spool that delivers must not disturb it.
    check_numbers(&session, spool, node)?;
    if !claim(&session, node)? {
        session.number(SUCCEED, &[spool.id().into()])?;
        if !claim(&session, node)? {
            return Err(PostgresError::of(PostgresFault::Name));
        }
    }
    Ok(session)
}

fn claim(session: &Session, node: &str) -> Result<bool, PostgresError> {
    Ok(session.text(CLAIM, &[node.into()])? == "taken")
}

/// Holds the spool's numbers against those that were delivered. A fresh one goes on after its node's last; one that lags behind
/// itself was put back from a copy; and where the store lags behind, it has lost what it acknowledged.
fn check_numbers(session: &Session, spool: &Spool, node: &str) -> Result<(), PostgresError> {
    let (last, began, under_way) = (spool.last_number()?, spool.began_after()?, spool.sha256_under_way()?);
    let row = session.rows("select seq, digest from spools where spool = ?1", &[spool.id().into()])?;
    let row = row.first().map(Vec::as_slice);
    let delivered = row.and_then(|row| row.first()?.number());
    let same = row.and_then(|row| row.get(1)).map(SqlValue::text) == under_way.as_deref();
    if delivered > Some(last) || delivered == Some(last) && under_way.is_some() && !same {
        return Err(PostgresError::of(PostgresFault::Spool));
    }
    let acknowledged = if under_way.is_some() { last - 1 } else { last };
    let missing = acknowledged - delivered.unwrap_or(0).max(began);
    if missing > 0 {
        events::emit(&Event::ParcelsMissing(missing));
    }
    if last == 0 {
        let before = session.number("select max(seq) from spools where node = ?1", &[node.into()])?;
        spool.begin_after(before.unwrap_or(0))?;
    }
    Ok(())
}

/// Delivers a parcel, and forgets it once it has arrived.
pub(super) fn deliver(session: &Session, spool: &Spool, node: &str, parcel: &Batch) -> Result<(), PostgresError> {
    let given = [
        node.into(),
        spool.id().into(),
        parcel.number.into(),
        parcel.sha256.as_str().into(),
        SqlValue::from(parcel.body.as_str()),
    ];
    let deliver = "select deliver(?1, ?2, ?3, ?4, cast(cast(?5 as text) as jsonb))";
    match session.text(deliver, &given)?.as_str() {
        "added" | "again" => spool.acknowledge(parcel.number),
        _ => Err(PostgresError::of(PostgresFault::Spool)),
    }
}

/// Has days made of the hours before this one.
pub(super) fn fold(session: &Session, before: Hour) -> Result<(), PostgresError> {
    session.text(
        "select cast(fold(cast(cast(?1 as text) || ':00:00Z' as timestamptz)) as text)",
        &[before.to_string().into()],
    )?;
    Ok(())
}
