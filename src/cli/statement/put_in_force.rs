//! `qsproxy statement withdraw` and `use`: take a statement back, or put it in force again.

use anyhow::bail;

use crate::billing::books_change::BooksChange;
use crate::billing::statement_event::StatementEventKind;
use crate::billing::store::{BillingStore, StatementState, StatementsInForce, StoredStatement};
use crate::cli::billing::open_store;
use crate::cli::output::{CommandOutcome, print};
use crate::cli::statement::changes_text::{changes_text, refusal_text, state_text};
use crate::config::Config;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time;

/// The most characters of a reason.
const MAX_REASON_CHARS: usize = 200;

/// A change of what is in force.
#[derive(Debug)]
pub(super) struct EventRequest<'c> {
    /// The number of the statement.
    pub number: i64,
    /// What happens to it.
    pub event: StatementEventKind,
    /// Why; may be empty.
    pub reason: &'c str,
    /// Whether it is only shown.
    pub is_dry_run: bool,
}

/// Why nothing is changed.
enum NotChanged {
    /// It is so already, or it was only tried: what to print.
    Print(String),
    /// It is refused: what to print, and why.
    Refused(String, String),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Withdraws a statement, or puts it in force again.
///
/// # Errors
/// There is no such statement; the change is refused; the store cannot be opened or written.
pub(super) fn change(config: &Config, change: &EventRequest<'_>) -> anyhow::Result<CommandOutcome> {
    let reason = change.reason.trim();
    if reason.contains(char::is_control) || reason.chars().count() > MAX_REASON_CHARS {
        bail!("--reason: this must be one line of at most {MAX_REASON_CHARS} characters");
    }
    let store = open_store(config)?;
    match store.change(|store| in_transaction(store, &EventRequest { reason, ..*change })) {
        Ok(text) | Err(NotChanged::Print(text)) => print(&text),
        Err(NotChanged::Refused(text, why)) => {
            print(&text)?;
            bail!("{why}; nothing was changed")
        }
        Err(NotChanged::Store(error)) => Err(error.into()),
    }
}

fn in_transaction(store: &BillingStore, change: &EventRequest<'_>) -> Result<String, NotChanged> {
    let EventRequest { number, event, reason, is_dry_run } = change;
    let no_such = |text: String| NotChanged::Refused(String::new(), text);
    let statements = store.statements(None)?;
    let known = "`qsproxy statement list` prints those that there are";
    let statement = statements.iter().find(|statement| statement.number == *number);
    let statement = statement.ok_or_else(|| no_such(format!("there is no statement {number}; {known}")))?;
    let partner = ConfigName::new(&statement.partner);
    let partner = partner.map_err(|_| no_such(format!("statement {number} has no valid partner")))?;
    let state = state_of(store, &partner, statement)?;
    let is_so = match event {
        StatementEventKind::Withdrawn => state == StatementState::Withdrawn,
        StatementEventKind::Used
        | StatementEventKind::Imported
        | StatementEventKind::WithCorrections
        | StatementEventKind::WithoutCorrections => state == StatementState::InForce,
    };
    if is_so {
        return Err(NotChanged::Print(format!("statement {number} is {}; nothing changes\n", state_text(&state))));
    }
    let [_, corrections] = store.rows_of_statement(*number)?;
    let own = statement.first..=statement.last;
    let act = || store.add_event(*number, *event, time::now().day(), reason);
    let (made, ()) = BooksChange::make(store, &partner, (&own, &corrections), act)?;
    let closings: Vec<_> = store.closings()?.into_iter().filter(|closing| closing.partner == partner).collect();
    let text = changes_text(&made, &closings);
    let takes_back = *event == StatementEventKind::Withdrawn;
    if let Some(refusal) = made.refusal(store, &partner, &own, takes_back)? {
        return Err(NotChanged::Refused(text, refusal_text(&refusal)));
    }
    if *is_dry_run {
        return Err(NotChanged::Print(text + "nothing was changed (--dry-run)\n"));
    }
    let done = if takes_back { "is withdrawn" } else { "is in force again" };
    Ok(format!("{text}statement {number} of {partner} {done}\n"))
}

/// Returns whether a statement is in force now.
///
/// # Errors
/// Errors of the store.
pub(super) fn state_of(
    store: &BillingStore,
    partner: &ConfigName,
    statement: &StoredStatement,
) -> Result<StatementState, StoreError> {
    let (statements, events) = (store.statements(Some(partner))?, store.statement_events(Some(partner))?);
    Ok(StatementsInForce::new(&statements, &events, i64::MAX).state(statement))
}
