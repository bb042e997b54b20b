//! The store and the spool: reachable, intact, of this version, delivered, and with room to grow.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::doctor::catalog::TableStore;
use crate::doctor::contents::{self, TableEntry};
use crate::doctor::finding::{Findings, Section};
use crate::doctor::known_names::KnownNames;
use crate::doctor::schema;
use crate::storage::error::{OpenError, StoreError};
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::time::{self, Time};

/// How long SQLite's own check of a file may take: about ten seconds for each gigabyte.
const INTEGRITY_TIME: Duration = Duration::from_secs(30);

/// With less room than this, the next hours may not fit.
const LITTLE_ROOM: u64 = 64 << 20;

/// With less room than this, somebody should look.
const SOME_ROOM: u64 = 1 << 30;

/// A write-ahead log beyond this has not been emptied for long.
const LARGE_LOG: u64 = 64 << 20;

/// Parts of a hundred of `spool_bytes` from which a spool is nearly full.
const FULL_SPOOL: u64 = 80;

/// Another clock that differs by this many seconds is worth a note; by [`WRONG_CLOCK`], a problem.
const DIFFERENT_CLOCK: u64 = 2;
/// Hours and days are counted wrongly for this long around midnight.
const WRONG_CLOCK: u64 = 60;

/// What was learned of the store.
#[derive(Debug, Default)]
pub(super) struct Examined {
    pub(super) tables: Vec<TableEntry>,
    /// Whether a process has the store or the spool open for writing.
    pub(super) is_running: bool,
    /// The latest hour that was counted, as text.
    pub(super) latest_hour: Option<String>,
}

/// Looks at the store, and at the spool if there is one.
pub(super) fn examine(config: &Config, known: &mut KnownNames, findings: &mut Findings) -> Examined {
    let mut examined = Examined::default();
    match (&config.counts.store, &config.counts.spool) {
        (StoreLocation::Sqlite(path), _) => {
            examine_file(path, TableStore::Sqlite, known, findings, &mut examined);
        }
        (StoreLocation::Postgres(_), spool) => {
            let sent = examine_server(config, known, findings, &mut examined);
            if let Some(spool) = spool {
                let file = examine_file(&spool.path, TableStore::Spool, known, findings, &mut examined);
                if let Some(file) = file {
                    examine_backlog(&file, spool.bytes, sent.as_ref(), findings);
                }
            }
        }
    }
    examined
}

/// Looks at a file of SQLite. Returns it if it can be read.
fn examine_file(
    path: &Path,
    store: TableStore,
    known: &mut KnownNames,
    findings: &mut Findings,
    examined: &mut Examined,
) -> Option<Database> {
    let name = path.display();
    // Before it is opened: whoever closes a file that nobody else uses empties its log.
    let log = std::fs::metadata(format!("{name}-wal")).map_or(0, |log| log.len());
    examine_room(path, findings);
    if !path.exists() && path.parent().is_none_or(|folder| std::fs::read_dir(folder).is_ok() || !folder.exists()) {
        findings.note(Section::Store, name, "does not exist yet; `qsproxy serve` creates it");
        return None;
    }
    examined.is_running = is_locked(path);
    let who = if examined.is_running { "a running service has it open" } else { "no service has it open" };
    findings.fine(Section::Store, &name, who);
    if log > LARGE_LOG {
        findings.note(
            Section::Store,
            &name,
            format!("its write-ahead log has {log} bytes: a reader keeps it from being emptied"),
        );
    } else if log > 0 && !examined.is_running {
        findings.note(
            Section::Store,
            &name,
            "its last process was killed; the log beside it is complete, and the next start takes it in",
        );
    }
    let opened = match store {
        TableStore::Spool => Database::open_spool(path),
        TableStore::Sqlite | TableStore::Postgres => {
            Database::open(&StoreLocation::Sqlite(path.to_owned()), AccessMode::Read)
        }
    };
    let mut database = match opened {
        Ok(database) => database,
        Err(error) => {
            let remedy = "see the message; `qsproxy backup` copies are restored as docs/operations.md says";
            findings.problem(Section::Store, name, format!("cannot be read: {error}"), remedy);
            return None;
        }
    };
    examine_integrity(&mut database, &name.to_string(), findings);
    schema::examine(&database, store, findings);
    examined.tables.extend(contents::examine(&mut database, store, known, findings));
    examined.latest_hour = examined.latest_hour.take().max(latest_hour(&database));
    Some(database)
}

fn examine_integrity(database: &mut Database, name: &str, findings: &mut Findings) {
    let checked = database
        .stop_at(time::instant() + INTEGRITY_TIME)
        .and_then(|()| database.query("integrity_check", "pragma integrity_check(1)", &[]));
    match checked {
        Ok(rows) if rows.first().is_some_and(|row| row.text("integrity_check").is_ok_and(|text| text == "ok")) => {
            findings.fine(Section::Store, name, "intact, by SQLite's integrity check");
        }
        Ok(_) => {
            let remedy = "stop the service, keep a copy of the file, and restore a backup (docs/operations.md)";
            findings.problem(Section::Store, name, "damaged, by SQLite's integrity check", remedy);
        }
        Err(error) if error.sqlite_code() == SQLITE_INTERRUPT => {
            let seconds = INTEGRITY_TIME.as_secs();
            findings.note(
                Section::Store,
                name,
                format!("its integrity check was stopped after {seconds} s; check a backup instead"),
            );
        }
        Err(error) => {
            findings.problem(Section::Store, name, format!("cannot be checked: {error}"), "see the message");
        }
    }
}

/// SQLite's result code for a statement that was stopped (<https://www.sqlite.org/rescode.html>).
const SQLITE_INTERRUPT: i32 = 9;

fn latest_hour(database: &Database) -> Option<String> {
    let latest = |table: &str| {
        let sql = format!("select {} as hour from {table} order by hour desc limit 1", database.hour("hour"));
        database.query(table, &sql, &[]).ok()?.first().and_then(|row| row.text("hour").ok().map(str::to_owned))
    };
    latest("clicks").max(latest("searches"))
}

/// Whether another process holds the writer's lock.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

fn examine_room(path: &Path, findings: &mut Findings) {
    let mut folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The folder may not exist yet.
    while !folder.exists() {
        folder = folder.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    }
    let Ok(system) = rustix::fs::statvfs(folder) else { return };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let found = format!("{} MB left on its disk", free >> 20);
    if free < LITTLE_ROOM {
        let remedy = "make room: clicks wait and counts stay in memory while the disk is full";
        findings.problem(Section::Store, path.display(), found, remedy);
    } else if free < SOME_ROOM {
        findings.note(Section::Store, path.display(), found);
    } else {
        findings.fine(Section::Store, path.display(), found);
    }
}

/// A spool's ID, and the number of its last batch that PostgreSQL has.
type Delivered = Vec<(String, u64)>;

fn examine_server(
    config: &Config,
    known: &mut KnownNames,
    findings: &mut Findings,
    examined: &mut Examined,
) -> Option<Delivered> {
    let store = &config.counts.store;
    let mut database = match Database::open(store, AccessMode::Read) {
        Ok(database) => database,
        Err(OpenError::Missing) => {
            findings.note(
                Section::Store,
                store,
                "reachable; the tables do not exist yet, and `qsproxy serve` creates them",
            );
            return None;
        }
        Err(error) => {
            let remedy = "see the message; counts wait in the spool meanwhile, and reports do not work";
            findings.problem(Section::Store, store, error, remedy);
            return None;
        }
    };
    findings.fine(Section::Store, store, "reachable, and the tables are of this version");
    if let Err(error) = examine_settings(&database, config, findings) {
        findings.note(Section::Store, store, format!("its settings cannot be read: {error}"));
    }
    schema::examine(&database, TableStore::Postgres, findings);
    examined.tables.extend(contents::examine(&mut database, TableStore::Postgres, known, findings));
    examined.latest_hour = latest_hour(&database);
    let rows = database.query("spools", "select spool, seq from spools", &[]).ok()?;
    rows.iter().map(|row| Some((row.text("spool").ok()?.to_owned(), row.count("seq").ok()?))).collect()
}

fn examine_settings(database: &Database, config: &Config, findings: &mut Findings) -> Result<(), StoreError> {
    let store = &config.counts.store;
    let sql = "select cast(extract(epoch from clock_timestamp()) as bigint) as now, current_setting('fsync') as fsync,
        current_setting('log_statement') as log_statement";
    let rows = database.query("pg_settings", sql, &[])?;
    let Some(row) = rows.first() else { return Ok(()) };
    compare_clock(&format!("PostgreSQL at {store}"), Time(row.count("now")?), findings);
    if row.text("fsync")? == "off" {
        let found = "fsync is off: a crash of its machine loses batches that it has acknowledged";
        findings.problem(Section::Store, store, found, "set fsync = on, and restart PostgreSQL");
    }
    if matches!(row.text("log_statement")?, "all" | "mod") {
        let found =
            "it logs statements: a batch in the log holds sums of at least k events, or of an hour that has ended";
        findings.note(Section::Store, store, found);
    }
    Ok(())
}

/// Compares another machine's clock with this one.
pub(super) fn compare_clock(whose: &str, theirs: Time, findings: &mut Findings) {
    let difference = theirs.0.abs_diff(time::now().0);
    let found = format!("differs from the clock of {whose} by {difference} s");
    if difference >= WRONG_CLOCK {
        let remedy = "set both clocks by NTP: hours, days and the lives of links depend on them";
        findings.problem(Section::Clock, "this machine", found, remedy);
    } else if difference >= DIFFERENT_CLOCK {
        findings.note(Section::Clock, "this machine", found);
    } else {
        findings.fine(Section::Clock, "this machine", format!("agrees with the clock of {whose}"));
    }
}

/// Looks at what waits in the spool.
fn examine_backlog(spool: &Database, limit: u64, sent: Option<&Delivered>, findings: &mut Findings) {
    let looked = || -> Result<(String, u64, u64, u64), StoreError> {
        let row = spool.query("spool", "select id, seq, (select count(*) from parcel) as waiting from spool", &[])?;
        let used = "select (page_count - freelist_count) * page_size as used
            from pragma_page_count, pragma_freelist_count, pragma_page_size";
        let used = spool.query("spool", used, &[])?;
        let used = used.first().map_or(Ok(0), |row| row.count("used"))?;
        let row = row.first().ok_or(StoreError::Unsupported("the table spool has no row"))?;
        Ok((row.text("id")?.to_owned(), row.count("seq")?, row.count("waiting")?, used))
    };
    let (id, sequence, waiting, used) = match looked() {
        Ok(found) => found,
        Err(error) => {
            findings.problem(
                Section::Store,
                "spool",
                format!("its backlog cannot be read: {error}"),
                "see the message",
            );
            return;
        }
    };
    let share = used.saturating_mul(100) / limit.max(1);
    let found = format!("uses {share} % of spool_bytes");
    if share >= FULL_SPOOL {
        let remedy = "bring PostgreSQL back, or raise [counts] spool_bytes: when it is full, new counts wait in memory";
        findings.problem(Section::Store, "spool", found, remedy);
    } else {
        findings.fine(Section::Store, "spool", found);
    }
    let Some(sent) = sent else { return };
    let delivered = sent.iter().find(|(spool, _)| *spool == id).map_or(0, |(_, sequence)| *sequence);
    if delivered > sequence {
        let remedy =
            "an old copy of the spool was restored; delete it while the service is stopped, and a new one begins";
        findings.problem(Section::Store, "spool", "PostgreSQL has later batches of it than it has itself", remedy);
    } else if sequence - delivered > waiting {
        let found = format!("PostgreSQL lacks {} batches that it had acknowledged", sequence - delivered - waiting);
        findings.problem(
            Section::Store,
            "spool",
            found,
            "PostgreSQL was restored to an earlier state; its counts of since then are lost",
        );
    } else {
        let found = if waiting == 0 { "all batches are delivered" } else { "one batch is being delivered" };
        findings.fine(Section::Store, "spool", found);
    }
}
