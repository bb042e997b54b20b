//! Operational events: everything that this program writes to standard error while it serves.
//!
//! The list is closed, and an event carries only numbers and configured names, never a part of a request. No event occurs
//! once per request, because a line per search would be a history of searches. There is no general logger.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;

use crate::mutants::{Mutant, leak};
use crate::name::ConfigName;
use crate::problem::PartnerFailure;
use crate::time;

/// One operational event. `docs/emissions.md` lists them all; `tests/tidy.rs` compares the two lists.
#[derive(Debug)]
pub enum Event<'a> {
    /// A listener was bound: its name and address.
    Listening(&'static str, SocketAddr),
    /// Serving has begun with this number of worker threads.
    Started(usize),
    /// The process stops accepting connections and finishes running requests, after SIGTERM, SIGINT or SIGUSR2.
    Draining,
    /// The process executes its program file again, after SIGUSR2.
    Restarting,
    /// The program file does not accept the configuration, and the process goes on after SIGUSR2.
    RestartRefused,
    /// The configuration names, under this key, a file that this process cannot let its successor write. It goes on after SIGUSR2.
    RestartOutsideSandbox(&'static str),
    /// The kernel lacks this part of what restricts the process.
    SandboxIncomplete(&'static str),
    /// Another process still uses the store. This one waits until it has ended.
    StoreAwaited,
    /// The runtime of this thread has made no progress for a second.
    WorkerStalled(&'a str),
    /// The runtime of this thread makes progress again, after this number of seconds.
    WorkerRecovered(&'a str, u64),
    /// All counts are committed, and the process ends.
    Stopped,
    /// The configuration was reloaded after SIGHUP.
    Reloaded,
    /// The configuration has this number of errors and was not reloaded.
    ReloadRefused(usize),
    /// A partner failed several times in a row, the last time for this reason.
    PartnerDown(&'a ConfigName, PartnerFailure),
    /// A partner answers again.
    PartnerUp(&'a ConfigName),
    /// A partner's circuit opened: it is skipped.
    CircuitOpened(&'a ConfigName),
    /// A partner's circuit closed: it is asked again.
    CircuitClosed(&'a ConfigName),
    /// No entry of a partner's recent answers has this field of its mapping.
    PointerLost(&'a ConfigName, &'static str),
    /// Four fifths of the budget of this partner are used: of this code (`*` for all together), in this kind of period.
    BudgetLow(&'a ConfigName, &'a str, &'static str),
    /// The budget of this partner is used up: of this code (`*` for all together), in this kind of period.
    BudgetReached(&'a ConfigName, &'a str, &'static str),
    /// The store does not accept reservations of budgets. What is reserved is used up; then the partners are skipped.
    BudgetsFailed,
    /// The store accepts reservations of budgets again.
    BudgetsRecovered,
    /// The store cannot be written, with this extended result code of SQLite. Counts are kept in memory.
    StoreFailed(i32),
    /// The store can be written again.
    StoreRecovered,
    /// Old hours could not be rolled up into days, with this extended result code of SQLite. The next attempt is an hour later.
    RollUpFailed(i32),
    /// PostgreSQL does not accept batches, for this reason (one of twelve words). Counts are kept in the spool.
    StoreAway(&'static str),
    /// PostgreSQL accepts batches again.
    StoreBack,
    /// PostgreSQL lacks this number of batches that it had acknowledged: it was restored to an earlier state.
    ParcelsMissing(i64),
    /// The process ends with counts in its spool. The next process delivers them.
    SpoolKept,
    /// The shared deduplication server cannot be used, for this reason (one of five words). The cache of this process is
    /// used instead.
    DedupeFailed(&'static str),
    /// The shared deduplication server can be used again.
    DedupeRecovered,
    /// A reader of the store has prevented a checkpoint of the write-ahead log for a minute.
    LogKept,
    /// The limit of open files allows only this number of connections, fewer than `connections`.
    ConnectionsBounded(usize),
    /// A proxy whose word about clients does not count seems to be in front, so that everybody behind it is one client:
    /// `configuration` or `requests` say so.
    ProxyUntrusted(&'static str),
    /// So many places of the configuration have codes or tags by which people could be told apart; `qsproxy check` prints them.
    CodesIdentify(usize),
    /// The admin listener rejected this number of tokens since the last such event, at most one a minute.
    AdminTokensRejected(u64),
    /// The configuration was not reloaded because it changes this key, which needs a restart.
    ReloadNeedsRestart(&'static str),
    /// The configuration was not reloaded because the store did not accept its privacy statement.
    StatementUnsaved,
    /// The process ends with this number of counts that could not be saved.
    CountsUnsaved(u64),
    /// A new day began, the key ring was replaced, or another key began to seal: other keys are in use.
    KeysRotated,
    /// The key ring could not be read or written. The old keys stay in use.
    KeysFailed,
    /// The wall clock is this number of seconds behind an earlier reading.
    ClockStepped(u64),
    /// The code panicked at this file and line. One connection ended.
    Panicked(&'a str, u32),
    /// A thread or task that must run for ever has ended. The process drains and exits with an error.
    TaskFailed(&'static str),
    /// The business counters could not be read from the store. `/metrics` shows their previous values.
    CountersFailed,
    /// The business counters are read from the store again.
    CountersRecovered,
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening(listener, address) => {
                write!(f, "event=listening listener={listener} address={address}")
            }
            Self::Started(workers) => write!(f, "event=started workers={workers}"),
            Self::Draining => f.write_str("event=draining"),
            Self::Restarting => f.write_str("event=restarting"),
            Self::RestartRefused => f.write_str("event=restart_refused"),
            Self::RestartOutsideSandbox(key) => write!(f, "event=restart_outside_sandbox key={key}"),
            Self::SandboxIncomplete(missing) => write!(f, "event=sandbox_incomplete missing={missing}"),
            Self::StoreAwaited => f.write_str("event=store_awaited"),
            Self::WorkerStalled(thread) => write!(f, "event=worker_stalled worker={thread}"),
            Self::WorkerRecovered(thread, seconds) => {
                write!(f, "event=worker_recovered worker={thread} seconds={seconds}")
            }
            Self::Stopped => f.write_str("event=stopped"),
            Self::Reloaded => f.write_str("event=reloaded"),
            Self::ReloadRefused(errors) => write!(f, "event=reload_refused mistakes={errors}"),
            Self::PartnerDown(partner, failure) => write!(f, "event=partner_down partner={partner} failure={failure}"),
            Self::PartnerUp(partner) => write!(f, "event=partner_up partner={partner}"),
            Self::CircuitOpened(partner) => write!(f, "event=circuit_opened partner={partner}"),
            Self::CircuitClosed(partner) => write!(f, "event=circuit_closed partner={partner}"),
            Self::PointerLost(partner, field) => write!(f, "event=pointer_lost partner={partner} field={field}"),
            Self::BudgetLow(partner, code, period) => {
                write!(f, "event=budget_low partner={partner} code={code} period={period}")
            }
            Self::BudgetReached(partner, code, period) => {
                write!(f, "event=budget_reached partner={partner} code={code} period={period}")
            }
            Self::BudgetsFailed => f.write_str("event=budgets_failed"),
            Self::BudgetsRecovered => f.write_str("event=budgets_recovered"),
            Self::StoreFailed(code) => write!(f, "event=store_failed sqlite_code={code}"),
            Self::StoreRecovered => f.write_str("event=store_recovered"),
            Self::RollUpFailed(code) => write!(f, "event=roll_up_failed sqlite_code={code}"),
            Self::StoreAway(failure) => write!(f, "event=store_away failure={failure}"),
            Self::StoreBack => f.write_str("event=store_back"),
            Self::ParcelsMissing(n) => write!(f, "event=parcels_missing n={n}"),
            Self::SpoolKept => f.write_str("event=spool_kept"),
            Self::DedupeFailed(failure) => write!(f, "event=dedupe_failed failure={failure}"),
            Self::DedupeRecovered => f.write_str("event=dedupe_recovered"),
            Self::LogKept => f.write_str("event=log_kept"),
            Self::ConnectionsBounded(n) => write!(f, "event=connections_bounded n={n}"),
            Self::ProxyUntrusted(cause) => write!(f, "event=proxy_untrusted cause={cause}"),
            Self::CodesIdentify(n) => write!(f, "event=codes_identify n={n}"),
            Self::AdminTokensRejected(n) => write!(f, "event=admin_tokens_rejected n={n}"),
            Self::ReloadNeedsRestart(key) => write!(f, "event=reload_needs_restart key={key}"),
            Self::StatementUnsaved => f.write_str("event=statement_unsaved"),
            Self::CountsUnsaved(n) => write!(f, "event=counts_unsaved n={n}"),
            Self::KeysRotated => f.write_str("event=keys_rotated"),
            Self::KeysFailed => f.write_str("event=keys_failed"),
            Self::ClockStepped(seconds) => write!(f, "event=clock_stepped seconds={seconds}"),
            Self::TaskFailed(task) => write!(f, "event=task_failed task={task}"),
            Self::CountersFailed => f.write_str("event=counters_failed"),
            Self::CountersRecovered => f.write_str("event=counters_recovered"),
            Self::Panicked(file, line) => write!(f, "event=panicked at={file}:{line}"),
        }
    }
}

/// Writes an event to standard error: the UTC time in seconds, then `key=value` pairs.
pub fn emit(event: &Event<'_>) {
    // The service must keep running even if standard error is closed, so a failed write is ignored.
    drop(writeln!(std::io::stderr().lock(), "{} {event}", time::now()));
}

/// Reports a panic by its location only, because its message may contain parts of a request. Calls `count` for each.
pub fn install_panic_hook(count: impl Fn() + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        count();
        leak::print(Mutant::LogsPanicMessages, || info.to_string().into_bytes());
        let (file, line) = info.location().map_or(("unknown", 0), |at| (at.file(), at.line()));
        emit(&Event::Panicked(file, line));
    }));
}
