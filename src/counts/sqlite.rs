//! The store as an SQLite file: CONTRACT section 6's tables, one writer, write-ahead logging with every
//! commit flushed to disk, and a log that is emptied at least once a minute so that it holds no history.

use std::collections::HashMap;
use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};

use super::cells::{ActiveByIdCell, ActiveCell, Cell, ClickCell, RetentionCell, SearchCell, SliceCell};
use super::schema::{self, OpenError};
use crate::kind::Kind;
use crate::world::{Day, Hour};

/// How long a statement waits for another process's lock: readers hold none for long.
const BUSY: Duration = Duration::from_secs(5);

/// Counts to be added, each cell once.
pub type Sums = HashMap<Cell, u64>;

/// One version of the privacy statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Counted from 1.
    pub number: u32,
    /// The UTC day from which it held, `YYYY-MM-DD`.
    pub day: String,
    /// The statement, as `privacy` writes it.
    pub statement: String,
}

/// The statement's version in force and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The one in force.
    pub current: Version,
    /// The one before; the first has none.
    pub previous: Option<Version>,
}

/// The store, open for its one writer.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    /// Keeps the file locked against a second writer for as long as this lives.
    _lock: File,
    node: String,
}

impl Sqlite {
    /// Opens or makes the store at this path for this node, alone.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, node: &str) -> Result<Self, OpenError> {
        let lock =
            File::options().read(true).append(true).create(true).mode(0o600).open(path).map_err(OpenError::Io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(std::fs::TryLockError::Error(error)) => return Err(OpenError::Io(error)),
        }
        // An older or copied file may be open to others, and SQLite makes its log like it.
        lock.set_permissions(Permissions::from_mode(0o600)).map_err(OpenError::Io)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        prepare(&mut connection)?;
        Ok(Self { connection, _lock: lock, node: node.to_owned() })
    }

    /// The sequence number of this node's last batch in the store; 0 before the first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn last_sequence(&self) -> rusqlite::Result<u64> {
        last_sequence(&self.connection, &self.node)
    }

    /// Adds a batch, in one transaction with its number, so that a batch tried again is added once.
    /// Committed means flushed to disk.
    ///
    /// # Errors
    /// SQLite's; the batch may then be in the store or not, and trying it again is right either way.
    pub fn apply(&mut self, sequence: u64, sums: &Sums) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if last_sequence(&transaction, &self.node)? >= sequence {
            // An earlier try was committed, though its answer was lost.
            return Ok(());
        }
        for (cell, n) in sums {
            let n = i64::try_from(*n).unwrap_or(i64::MAX);
            match cell {
                Cell::Click(cell) => add_clicks(&transaction, cell, n)?,
                Cell::Search(cell) => add_searches(&transaction, cell, n)?,
                Cell::Active(cell) => add_active(&transaction, cell, n)?,
                Cell::Retention(cell) => add_retention(&transaction, cell, n)?,
                Cell::ActiveById(cell) => add_active_by_id(&transaction, cell, n)?,
                Cell::Slice(cell) => add_slices(&transaction, cell, n)?,
            }
        }
        transaction
            .prepare_cached(
                "insert into batches (node, seq) values (?1, ?2) on conflict do update set seq = excluded.seq",
            )?
            .execute(params![self.node, i64::try_from(sequence).unwrap_or(i64::MAX)])?;
        transaction.commit()
    }

    /// Takes a privacy statement as its next version, unless it is the last one's to the letter. Committed
    /// means flushed to disk.
    ///
    /// # Errors
    /// SQLite's; the statement is then not in the store.
    pub fn publish(&self, statement: &str, day: Day) -> rusqlite::Result<Versions> {
        // Nobody else writes here, so what is read stays true; and a store that takes nothing at present can be read.
        let (last, before) = last_versions(&self.connection)?;
        let number = match last {
            Some(last) if last.statement == statement => return Ok(Versions { current: last, previous: before }),
            Some(ref last) => last.number.saturating_add(1),
            None => 1,
        };
        let current = Version { number, day: day_text(day), statement: statement.to_owned() };
        self.connection.execute(
            "insert into privacy_versions (version, day, statement) values (?1, ?2, ?3)",
            params![current.number, current.day, current.statement],
        )?;
        Ok(Versions { current, previous: last })
    }

    /// Moves the write-ahead log into the file and cuts it to nothing. False where a reader is in the
    /// way, who is not waited for.
    ///
    /// # Errors
    /// SQLite's.
    pub fn empty_log(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let busy = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(BUSY)?;
        Ok(!busy?)
    }
}

fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    let found = schema::recognise(connection)?;
    schema::check_whole(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // What is overwritten is gone from the file, not left in its free space.
    connection.pragma_update(None, "secure_delete", "on")?;
    // Sorting and statement journals stay in memory: nothing but the store is written.
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(schema::complete(connection, found)?)
}

fn last_versions(connection: &Connection) -> rusqlite::Result<(Option<Version>, Option<Version>)> {
    let mut query =
        connection.prepare("select version, day, statement from privacy_versions order by version desc limit 2")?;
    let version =
        |row: &rusqlite::Row<'_>| Ok(Version { number: row.get(0)?, day: row.get(1)?, statement: row.get(2)? });
    let mut versions = query.query_map([], version)?;
    Ok((versions.next().transpose()?, versions.next().transpose()?))
}

fn last_sequence(connection: &Connection, node: &str) -> rusqlite::Result<u64> {
    let mut query = connection.prepare_cached("select seq from batches where node = ?1")?;
    let sequence: Option<i64> = query.query_row([node], |row| row.get(0)).optional()?;
    Ok(sequence.and_then(|sequence| u64::try_from(sequence).ok()).unwrap_or(0))
}

fn add_clicks(transaction: &Transaction<'_>, cell: &ClickCell, n: i64) -> rusqlite::Result<()> {
    let ClickCell { hour, partner, code, kind, outcome } = cell;
    transaction
        .prepare_cached(
            "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![
            hour_text(*hour),
            partner.as_str(),
            code.as_str(),
            kind.map_or(crate::names::UNKNOWN, Kind::as_str),
            outcome.as_str(),
            n
        ])?;
    Ok(())
}

fn add_searches(transaction: &Transaction<'_>, cell: &SearchCell, n: i64) -> rusqlite::Result<()> {
    let SearchCell { hour, partner, code, outcome } = cell;
    transaction
        .prepare_cached(
            "insert into searches (hour, partner, code, outcome, n) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![hour_text(*hour), partner.as_str(), code.as_str(), outcome.as_str(), n])?;
    Ok(())
}

fn add_active(transaction: &Transaction<'_>, cell: &ActiveCell, n: i64) -> rusqlite::Result<()> {
    let ActiveCell { day, code, gap } = cell;
    transaction
        .prepare_cached(
            "insert into active (day, code, gap, n) values (?1, ?2, ?3, ?4)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day_text(*day), code.as_str(), gap, n])?;
    Ok(())
}

fn add_retention(transaction: &Transaction<'_>, cell: &RetentionCell, n: i64) -> rusqlite::Result<()> {
    let RetentionCell { cohort, age, code } = cell;
    transaction
        .prepare_cached(
            "insert into retention (cohort, age, code, n) values (?1, ?2, ?3, ?4)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day_text(*cohort), age.days(), code.as_str(), n])?;
    Ok(())
}

fn add_active_by_id(transaction: &Transaction<'_>, cell: &ActiveByIdCell, n: i64) -> rusqlite::Result<()> {
    let ActiveByIdCell { day, code } = cell;
    transaction
        .prepare_cached(
            "insert into active_by_id (day, code, n) values (?1, ?2, ?3)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day_text(*day), code.as_str(), n])?;
    Ok(())
}

fn add_slices(transaction: &Transaction<'_>, cell: &SliceCell, n: i64) -> rusqlite::Result<()> {
    let SliceCell { day, partner, value } = cell;
    transaction
        .prepare_cached(
            "insert into slices (day, partner, dimension, value, n) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day_text(*day), partner.as_str(), value.dimension(), value.value(), n])?;
    Ok(())
}

/// `YYYY-MM-DD`.
fn day_text(day: Day) -> String {
    day.date().to_string()
}

/// `YYYY-MM-DDTHH`, UTC.
fn hour_text(hour: Hour) -> String {
    let seconds = i64::from(hour.0) * 3_600;
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::cells::{ClickOutcome, SearchOutcome};
    use crate::names::Name;

    fn sums(n: u64) -> Sums {
        let name = || Name::new("a").unwrap();
        let hour = Hour(490_000);
        let click = ClickCell { hour, partner: name(), code: name(), kind: None, outcome: ClickOutcome::Forged };
        let search = SearchCell { hour, partner: name(), code: name(), outcome: SearchOutcome::Empty };
        Sums::from([(Cell::Click(click), n), (Cell::Search(search), 1)])
    }

    fn total(store: &Sqlite) -> i64 {
        store.connection.query_row("select sum(n) from clicks", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_batch_is_added_once_however_often_it_is_tried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let mut store = Sqlite::open(&path, "one").unwrap();
        assert_eq!(store.last_sequence().unwrap(), 0);
        for (sequence, n) in [(1, 5), (1, 5), (2, 7), (1, 5), (2, 7)] {
            store.apply(sequence, &sums(n)).unwrap();
        }
        drop(store);
        let store = Sqlite::open(&path, "one").unwrap();
        assert_eq!((store.last_sequence().unwrap(), total(&store)), (2, 12));
    }

    #[test]
    fn a_second_writer_another_database_and_a_later_one_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let store = Sqlite::open(&path, "one").unwrap();
        assert!(matches!(Sqlite::open(&path, "one"), Err(OpenError::InUse)));
        store.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        assert!(matches!(Sqlite::open(&path, "one"), Err(OpenError::Newer(99))));

        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("create table t (x)").unwrap();
        assert!(matches!(Sqlite::open(&other, "one"), Err(OpenError::Foreign)));
        let text = folder.path().join("text.db");
        std::fs::write(&text, "not a database at all, but long enough to be read as one, surely, by now").unwrap();
        assert!(matches!(Sqlite::open(&text, "one"), Err(OpenError::Foreign)));
    }

    #[test]
    fn a_damaged_store_is_refused_by_its_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let mut store = Sqlite::open(&path, "one").unwrap();
        store.apply(1, &sums(5)).unwrap();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        // The second page is the first table's; the head of the file stays as it was.
        bytes[4_096..8_192].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(Sqlite::open(&path, "one"), Err(OpenError::Damaged)));
    }

    #[test]
    fn a_statement_is_a_new_version_where_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let store = Sqlite::open(&path, "one").unwrap();
        let version = |number, day: &str, statement: &str| Version {
            number,
            day: day.to_owned(),
            statement: statement.to_owned(),
        };
        let first = version(1, "2026-11-23", "a");
        let wanted = Versions { current: first.clone(), previous: None };
        assert_eq!(store.publish("a", Day(20_780)).unwrap(), wanted);
        drop(store);
        let store = Sqlite::open(&path, "one").unwrap();
        assert_eq!(store.publish("a", Day(20_781)).unwrap(), wanted, "nothing changed, so nothing is new");
        let second = Versions { current: version(2, "2026-11-25", "b"), previous: Some(first) };
        assert_eq!(store.publish("b", Day(20_782)).unwrap(), second);
        assert_eq!(store.publish("b", Day(20_783)).unwrap(), second);
        assert_eq!(store.publish("a", Day(20_783)).unwrap().current, version(3, "2026-11-26", "a"));
    }

    #[test]
    fn stores_of_earlier_versions_are_upgraded_with_their_counts() {
        let since_3 = "drop table active; drop table retention; drop table active_by_id; drop table slices;";
        for (version, without) in [(2, since_3.to_owned()), (1, format!("{since_3} drop table privacy_versions;"))] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("counts.db");
            let mut store = Sqlite::open(&path, "one").unwrap();
            store.apply(1, &sums(5)).unwrap();
            store.connection.execute_batch(&format!("{without} pragma user_version = {version}")).unwrap();
            assert_eq!(schema::recognise(&store.connection).unwrap(), schema::Found::Older(version));
            drop(store);
            let mut store = Sqlite::open(&path, "one").unwrap();
            assert_eq!(schema::recognise(&store.connection).unwrap(), schema::Found::Store);
            assert_eq!((store.last_sequence().unwrap(), total(&store)), (1, 5));
            assert_eq!(store.publish("a", Day(0)).unwrap().current.number, 1);
            let active = ActiveCell { day: Day(0), code: Name::new("a").unwrap(), gap: 0 };
            store.apply(2, &Sums::from([(Cell::Active(active), 1)])).unwrap();
        }
    }

    #[test]
    fn the_log_is_cut_to_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let mut store = Sqlite::open(&path, "one").unwrap();
        store.apply(1, &sums(5)).unwrap();
        let log = folder.path().join("counts.db-wal");
        assert!(std::fs::metadata(&log).unwrap().len() > 0);
        assert!(store.empty_log().unwrap());
        assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
    }

    #[test]
    fn hours_read_as_the_contract_says() {
        assert_eq!(hour_text(Hour(0)), "1970-01-01T00");
        assert_eq!(hour_text(Hour(498_783)), "2026-11-25T15");
    }
}
