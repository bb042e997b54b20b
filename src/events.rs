//! Operational events: all that this program ever writes to standard error while it serves. A closed
//! list of numbers and configured names; no event can carry a part of a request. There is no general
//! logger (ARCHITECTURE, invariant 5), and none of these happens once per request: a line per search
//! would be a history of searches.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;

use crate::name::ConfigName;
use crate::problem::PartnerFailure;
use crate::time;

/// One operational event. `EMISSIONS.md` lists them all; `tests/tidy.rs` compares.
#[derive(Debug)]
pub enum Event<'a> {
    /// A listener is bound; its name and address.
    Listening(&'static str, SocketAddr),
    /// Serving has begun, on this many worker threads.
    Started(usize),
    /// SIGTERM or SIGINT came: no new connections, running requests end.
    Draining,
    /// All is committed and closed.
    Stopped,
    /// SIGHUP came and the new configuration is in force.
    Reloaded,
    /// SIGHUP came and the new configuration has this many mistakes; the old one stays in force.
    ReloadRefused(usize),
    /// This partner failed several times in a row, the last time so: one of the words of [`PartnerFailure`].
    PartnerDown(&'a ConfigName, PartnerFailure),
    /// This partner answers again.
    PartnerUp(&'a ConfigName),
    /// The store does not take batches; counts wait in memory. SQLite's extended result code.
    StoreFailed(i32),
    /// The store takes batches again.
    StoreRecovered,
    /// PostgreSQL does not take parcels, for this reason (one of twelve words); counts gather in the
    /// spool.
    StoreAway(&'static str),
    /// PostgreSQL takes parcels again.
    StoreBack,
    /// PostgreSQL lacks this many parcels that it had acknowledged: it was put back to an earlier state.
    ParcelsMissing(i64),
    /// The process ends with counts in its spool; the next one delivers them.
    SpoolKept,
    /// The memory that nodes share does not take marks, for this reason (one of five words); our own stands in.
    DedupeFailed(&'static str),
    /// The memory that nodes share takes marks again.
    DedupeRecovered,
    /// For a minute a reader of the store has kept the write-ahead log from being emptied.
    LogKept,
    /// The process may open fewer files than `connections` needs; this many connections are taken.
    ConnectionsBounded(usize),
    /// SIGHUP came and the new configuration changes this key, which needs a restart.
    ReloadNeedsRestart(&'static str),
    /// SIGHUP came, and the store did not take the new configuration's privacy statement; the old one stays.
    StatementUnsaved,
    /// The process ends with this many counts that no store took.
    CountsUnsaved(u64),
    /// The sealing keys were rotated for a new day.
    KeysRotated,
    /// The key ring could not be written; the old keys stay in use.
    KeysFailed,
    /// The wall clock stands this many seconds before an earlier reading of it.
    ClockStepped(u64),
    /// Code of ours panicked, in this file and line; one connection ended.
    Panicked(&'a str, u32),
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening(listener, address) => {
                write!(f, "event=listening listener={listener} address={address}")
            }
            Self::Started(workers) => write!(f, "event=started workers={workers}"),
            Self::Draining => f.write_str("event=draining"),
            Self::Stopped => f.write_str("event=stopped"),
            Self::Reloaded => f.write_str("event=reloaded"),
            Self::ReloadRefused(mistakes) => write!(f, "event=reload_refused mistakes={mistakes}"),
            Self::PartnerDown(partner, failure) => write!(f, "event=partner_down partner={partner} failure={failure}"),
            Self::PartnerUp(partner) => write!(f, "event=partner_up partner={partner}"),
            Self::StoreFailed(code) => write!(f, "event=store_failed sqlite_code={code}"),
            Self::StoreRecovered => f.write_str("event=store_recovered"),
            Self::StoreAway(failure) => write!(f, "event=store_away failure={failure}"),
            Self::StoreBack => f.write_str("event=store_back"),
            Self::ParcelsMissing(n) => write!(f, "event=parcels_missing n={n}"),
            Self::SpoolKept => f.write_str("event=spool_kept"),
            Self::DedupeFailed(failure) => write!(f, "event=dedupe_failed failure={failure}"),
            Self::DedupeRecovered => f.write_str("event=dedupe_recovered"),
            Self::LogKept => f.write_str("event=log_kept"),
            Self::ConnectionsBounded(n) => write!(f, "event=connections_bounded n={n}"),
            Self::ReloadNeedsRestart(key) => write!(f, "event=reload_needs_restart key={key}"),
            Self::StatementUnsaved => f.write_str("event=statement_unsaved"),
            Self::CountsUnsaved(n) => write!(f, "event=counts_unsaved n={n}"),
            Self::KeysRotated => f.write_str("event=keys_rotated"),
            Self::KeysFailed => f.write_str("event=keys_failed"),
            Self::ClockStepped(seconds) => write!(f, "event=clock_stepped seconds={seconds}"),
            Self::Panicked(file, line) => write!(f, "event=panicked at={file}:{line}"),
        }
    }
}

/// Writes one event as a line of `key=value` pairs, led by the UTC time to the second.
pub fn emit(event: &Event<'_>) {
    let time = i64::try_from(time::now().0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let time = time.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    // A closed standard error must not end the service, so a failed write is let go.
    drop(writeln!(std::io::stderr().lock(), "{time} {event}"));
}

/// Makes panics say where they happened and nothing else: a panic's message may hold what was being
/// worked on.
pub fn hook_panics(count: impl Fn() + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        count();
        let (file, line) = info.location().map_or(("unknown", 0), |at| (at.file(), at.line()));
        emit(&Event::Panicked(file, line));
    }));
}
