//! One month of one partner in the overview.

use jiff::Span;
use jiff::civil::Date;

use crate::billing::closing::books_state::stated_month;
use crate::billing::closing::conditions::{ExaminedMonth, MonthClicks};
use crate::billing::closing::correction::CorrectionRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::since::since_closing;
use crate::billing::contract::{Contract, ContractError, DEFAULT_STATEMENT_DUE};
use crate::billing::money::{Currency, Micros};
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::reconcile::result::Status;
use crate::billing::store::{BillingStore, Closing, StoredCorrection, StoredStatement};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::report::overview::paid::{PaidMonth, PaidMonths, PaidState};
use crate::report::overview::request::OverviewRequest;
use crate::report::overview::state::{MonthState, due_day};
use crate::storage::error::StoreError;
use crate::time::{Day, HOUR_SECONDS, Hour};

/// A month of a partner. What is not known is None.
#[derive(Debug, Clone)]
pub struct MonthOverview {
    /// The partner.
    pub partner: ConfigName,
    /// The month in its time zone.
    pub month: YearMonth,
    /// Where the month is.
    pub state: MonthState,
    /// Whether somebody has to do something: the month is open after its due day.
    pub needs_attention: bool,
    /// The first day that a statement covers.
    pub first: Option<Date>,
    /// The last day that a statement covers.
    pub last: Option<Date>,
    /// Days that a statement covers.
    pub days: u64,
    /// Days of the month.
    pub of_days: u64,
    /// Whether the partner calls all days final; None if it does not say so of each.
    pub is_final: Option<bool>,
    /// Our counted sponsored clicks.
    pub ours: Option<u64>,
    /// The partner's clicks.
    pub theirs: Option<i64>,
    /// Ours minus theirs.
    pub difference: Option<i64>,
    /// The currency of the revenue.
    pub currency: Option<Currency>,
    /// The revenue.
    pub revenue: Option<Micros>,
    /// The status of the month as reconciled.
    pub status: Option<Status>,
    /// Whether the difference is a dispute.
    pub is_dispute: bool,
    /// The number of the closing record.
    pub closed: Option<i64>,
    /// The number of the last correction.
    pub corrected: Option<i64>,
    /// How far it is paid; None if nothing is to be paid for it yet.
    pub paid: Option<PaidState>,
    /// What is open of it, with the currency.
    pub open: Option<String>,
    /// The last day on which it is no alarm that the month is open.
    pub due: Date,
    /// The names of what stops its closing, if the clicks agree.
    pub to_accept: Vec<&'static str>,
    /// The next step, as a command to type.
    pub next: Option<String>,
}

/// Reads months.
#[derive(Debug)]
pub(super) struct MonthReader<'r> {
    pub(super) store: &'r BillingStore,
    pub(super) request: &'r OverviewRequest<'r>,
    pub(super) closings: &'r [Closing],
    pub(super) corrections: &'r [StoredCorrection],
    pub(super) statements: &'r [StoredStatement],
}

impl MonthReader<'_> {
    /// Returns how a partner's months are read: by the configuration, or as its last record and statement say, if it has no `statement`
    /// there any more. None if these do not say it.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub(super) fn contract(&self, partner: &ConfigName) -> Result<Option<Contract>, StoreError> {
        let configured = self.request.contracts.iter().find(|contract| contract.partner == *partner);
        if let Some(configured) = configured.filter(|contract| contract.profile.is_some()) {
            return Ok(Some(configured.clone()));
        }
        match Contract::find(&[], self.store, partner.as_str()) {
            Ok(contract) => Ok(Some(contract)),
            Err(ContractError::Store(error) | ContractError::Closing(ClosingError::Store(error))) => Err(error),
            Err(ContractError::Closing(_) | ContractError::Unknown(_)) => Ok(None),
        }
    }

    /// Reads one month; None if there is nothing to say of it, since the partner was removed before.
    pub(super) fn read(
        &self,
        partner: &ConfigName,
        contract: Option<&Contract>,
        month: YearMonth,
        paid: &PaidMonths,
    ) -> Result<Option<MonthOverview>, StoreError> {
        let is_removed = contract.is_none_or(|contract| contract.profile.is_none());
        if is_removed && self.closing(partner, month).is_none() && !self.has_statement(partner, month) {
            return Ok(None);
        }
        let mut overview = self.empty(partner, month, contract);
        let PaidMonth { state, open } = paid.month(month);
        (overview.paid, overview.open) = (state, open);
        let is_unpaid = paid.has_payments && state == Some(PaidState::Overdue);
        let found = contract.map(|contract| {
            let found = ReconciledMonth::read(self.store, contract, month, self.request.now);
            found.map(|found| (contract, found))
        });
        match found {
            Some(Ok((contract, found))) => self.fill(&mut overview, contract, &found)?,
            Some(Err(ReconcileError::Store(error))) => return Err(error),
            Some(Err(ReconcileError::NoProfile(_) | ReconcileError::StoreUnavailable | ReconcileError::Archive(_)))
            | None => overview.state = MonthState::Unreadable,
        }
        if is_removed && overview.closed.is_none() {
            overview.state = MonthState::Removed;
        }
        overview.needs_attention = self.is_alarm(&overview) || is_unpaid;
        overview.next =
            next(&overview).or_else(|| is_unpaid.then(|| format!("qsproxy settlement --partner {partner}")));
        Ok(Some(overview))
    }

    pub(super) fn closing(&self, partner: &ConfigName, month: YearMonth) -> Option<&Closing> {
        self.closings.iter().find(|closing| closing.partner == *partner && closing.month == month)
    }

    pub(super) fn has_statement(&self, partner: &ConfigName, month: YearMonth) -> bool {
        let days = month.first_day()..=month.last_day();
        self.statements.iter().any(|statement| statement.partner == partner.as_str() && statement.covers_any(&days))
    }

    /// A month of which nothing is known but whether it is closed.
    fn empty(&self, partner: &ConfigName, month: YearMonth, contract: Option<&Contract>) -> MonthOverview {
        let of_month = |stored: &&StoredCorrection| stored.partner == *partner && stored.month == month;
        let corrections = self.corrections.iter().filter(of_month);
        let due = contract.map_or(DEFAULT_STATEMENT_DUE, |contract| contract.statement_due);
        MonthOverview {
            partner: partner.clone(),
            month,
            state: MonthState::Idle,
            needs_attention: false,
            first: None,
            last: None,
            days: 0,
            of_days: u64::try_from(month.days().count()).unwrap_or_default(),
            is_final: None,
            ours: None,
            theirs: None,
            difference: None,
            currency: None,
            revenue: None,
            status: None,
            is_dispute: false,
            closed: self.closing(partner, month).map(|closing| closing.number),
            corrected: corrections.map(|correction| correction.number).max(),
            paid: None,
            open: None,
            due: due_day(month, due),
            to_accept: Vec::new(),
            next: None,
        }
    }

    fn fill(
        &self,
        overview: &mut MonthOverview,
        contract: &Contract,
        found: &ReconciledMonth,
    ) -> Result<(), StoreError> {
        let ReconciledMonth { heading, reconciliation, statement_rows, hours } = found;
        let sum = &reconciliation.month;
        let covered = statement_rows
            .iter()
            .flat_map(|(_, row)| row.day.series(Span::new().days(1)).take_while(|day| *day <= row.last));
        let mut days: Vec<Date> = covered.filter(|day| YearMonth::containing(*day) == overview.month).collect();
        days.sort_unstable();
        days.dedup();
        overview.first = days.first().copied();
        overview.last = days.last().copied();
        overview.days = u64::try_from(days.len()).unwrap_or_default();
        let finals = || statement_rows.iter().map(|(_, row)| row.is_final);
        overview.is_final = finals().fold(finals().next().flatten(), |all, one| Some(all? && one?));
        if finals().any(|is_final| is_final == Some(false)) {
            overview.is_final = Some(false);
        }
        overview.ours = sum.ours().filter(|_| !contract.is_direct);
        overview.theirs = sum.theirs;
        overview.difference = sum.difference();
        if let Some(record) = self.last_correction(overview) {
            // A corrected month has the numbers that were signed last: with the clicks that arrived after the closing.
            overview.ours = record.clicks.after.and_then(|clicks| u64::try_from(clicks).ok());
            overview.difference =
                record.clicks.after.zip(sum.theirs).and_then(|(ours, theirs)| ours.checked_sub(theirs));
        }
        overview.currency = heading.currency;
        overview.revenue = sum.revenue;
        overview.status = Some(sum.status);
        overview.is_dispute = reconciliation.is_dispute;
        let is_over = hours.end <= self.request.now;
        let has_activity = sum.status != Status::NoData;
        overview.state = if overview.closed.is_some() {
            self.closed_state(contract, overview.month)?
        } else if !is_over {
            MonthState::Running
        } else if statement_rows.is_empty() && !has_activity {
            MonthState::Idle
        } else if statement_rows.is_empty() {
            self.due_state(overview, MonthState::NoStatement)
        } else if overview.days < overview.of_days {
            self.due_state(overview, MonthState::Incomplete)
        } else if reconciliation.is_provisional() || overview.is_final == Some(false) {
            self.due_state(overview, MonthState::Preliminary)
        } else if reconciliation.is_dispute {
            MonthState::Disputed
        } else if reconciliation.is_out_of_tolerance()
            || !reconciliation.unmapped.is_empty()
            || sum.status == Status::Suppressed
        {
            MonthState::Differs
        } else {
            overview.to_accept = self.to_accept(contract, found)?;
            MonthState::Matched
        };
        Ok(())
    }

    /// The names of what stops a closing although the clicks agree.
    fn to_accept(&self, contract: &Contract, found: &ReconciledMonth) -> Result<Vec<&'static str>, StoreError> {
        let ReconciledMonth { reconciliation, hours, .. } = found;
        let (rows, stated) = match stated_month(found, contract.codes()) {
            Ok(stated) => stated,
            Err(ClosingError::Store(error)) => return Err(error),
            Err(_) => return Ok(Vec::new()),
        };
        let sum = &reconciliation.month;
        let month = MonthClicks { ours: sum.ours(), theirs: sum.theirs, status: sum.status };
        let daily = &self.store.stored_counts(&contract.partner, hours)?.daily;
        let (rows, stated) = (rows.as_slice(), stated.as_slice());
        let examined = ExaminedMonth {
            contract,
            reconciliation,
            month,
            rows,
            stated,
            daily,
            clock: None,
            other_hours: None,
            far_off: None,
        };
        Ok(examined.conditions().iter().map(|found| found.condition.as_str()).collect())
    }

    /// The last correction of a month. A record that cannot be read is for `qsproxy verify`.
    fn last_correction(&self, overview: &MonthOverview) -> Option<CorrectionRecord> {
        let number = overview.corrected?;
        let stored = self.corrections.iter().find(|correction| correction.number == number)?;
        CorrectionRecord::parse(&stored.record).ok()
    }

    /// The state of a closed month: whether counts, a statement, or codes, shares or payees in the configuration came since it was closed or
    /// corrected last.
    fn closed_state(&self, contract: &Contract, month: YearMonth) -> Result<MonthState, StoreError> {
        match since_closing(self.store, contract, month) {
            Ok(Some(since)) if since.has_news() => Ok(MonthState::Changed),
            Ok(Some(_) | None) => Ok(MonthState::Closed),
            Err(ClosingError::Store(error)) => Err(error),
            Err(_) => Ok(MonthState::Unreadable),
        }
    }

    /// The state after the due day; before, the partner is waited for.
    fn due_state(&self, overview: &MonthOverview, after: MonthState) -> MonthState {
        if self.is_due(overview) { after } else { MonthState::Waiting }
    }

    fn is_due(&self, overview: &MonthOverview) -> bool {
        self.request.now.day().date() > overview.due
    }

    /// Whether the month is open after its due day. A month that agrees is none before its links have expired: it cannot be closed yet.
    fn is_alarm(&self, overview: &MonthOverview) -> bool {
        let ttl = u32::try_from(self.request.click_ttl.as_secs().div_ceil(HOUR_SECONDS)).unwrap_or(u32::MAX);
        // Some zones are up to a day behind UTC.
        let end = overview.month.last_day().saturating_add(Span::new().days(2));
        let closable = Hour(Day::from_date(end).first_hour().0.saturating_add(ttl));
        overview.state.is_open()
            && self.is_due(overview)
            && (overview.state != MonthState::Matched || self.request.now >= closable)
    }
}

/// Returns the next step as a command.
fn next(overview: &MonthOverview) -> Option<String> {
    let MonthOverview { partner, month, state, .. } = overview;
    let import = || Some(format!("qsproxy statement import --partner {partner} FILE"));
    let reconcile = || Some(format!("qsproxy reconcile --partner {partner} --month {month}"));
    match state {
        MonthState::Idle | MonthState::Running | MonthState::Closed => None,
        MonthState::Waiting | MonthState::NoStatement | MonthState::Incomplete | MonthState::Preliminary => import(),
        MonthState::Unreadable if overview.closed.is_some() => Some("qsproxy verify".to_owned()),
        MonthState::Unreadable | MonthState::Differs | MonthState::Changed | MonthState::Removed => reconcile(),
        MonthState::Disputed => reconcile().map(|command| format!("{command} --pack dispute-{partner}-{month}")),
        MonthState::Matched => {
            let accept = overview.to_accept.iter().map(|name| format!(" --accept {name}=REASON"));
            let accept = if overview.to_accept.is_empty() { " --if-matched".to_owned() } else { accept.collect() };
            Some(format!("qsproxy close --partner {partner} --month {month}{accept} --out {partner}-{month}"))
        }
    }
}
