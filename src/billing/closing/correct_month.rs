//! Corrects a closed month: signs what was counted and stated since as a record of its own, which follows the month's record and its
//! earlier corrections.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::books_state::{SignedMonth, books_state, rows_of_month};
use crate::billing::closing::chain_key::ChainKey;
use crate::billing::closing::clock::clock_off;
use crate::billing::closing::close_month::{CloseError, CloseRequest, versions};
use crate::billing::closing::condition::Accepted;
use crate::billing::closing::conditions::{ExaminedMonth, MonthClicks};
use crate::billing::closing::correction::{CorrectionRecord, NumberChange, RecordReference};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::files::{ADJUSTMENTS_FILE, JOURNAL_FILE, STATEMENT_FILE, counts_csv, statement_csv};
use crate::billing::closing::journal::{JournalHeading, journal};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::signed_agreement::signed_agreement;
use crate::billing::closing::signing::SigningKey;
use crate::billing::closing::since::{EarlierState, earlier_state, removed_codes, stated_now};
use crate::billing::closing::stated::{Overflow, StatedSums};
use crate::billing::closing::stated_change::{credit, stated_change};
use crate::billing::contract::Contract;
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::{PartnerCounts, StoredCounts};
use crate::billing::month::ReconciledMonth;
use crate::billing::reconcile::paid_clicks;
use crate::billing::reconcile::result::Status;
use crate::billing::settlement::agreement::{Agreement, PayeeTag};
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing, StoredArchive, StoredCorrection};

/// 100 % in hundredths of a per cent.
const HUNDRED_PER_CENT: u128 = 10_000;

/// A corrected month.
#[derive(Debug)]
pub enum CorrectionOutcome {
    /// The correction was signed now. Names that were accepted and not needed.
    Signed(StoredCorrection, Vec<&'static str>),
    /// Nothing came since this record.
    NothingNew(i64),
}

/// Signs what came since a month was closed or corrected last.
///
/// # Errors
/// [`CloseError`]; nothing is signed then.
pub fn correct_month(
    store: &BillingStore,
    request: &CloseRequest<'_>,
    key: &SigningKey,
) -> Result<CorrectionOutcome, CloseError> {
    store.transaction(|store| {
        let ledger = ChainLedger::read(store)?;
        let partner = &request.contract.partner;
        let closing = ledger.closing(partner, request.month).ok_or(CloseError::NotClosed)?;
        // The key was read before this transaction began.
        if !ChainKey::of(&ledger)?.is(&ledger, &key.public_key()) {
            return Err(CloseError::OtherKey);
        }
        let month = ReconciledMonth::read(store, request.contract, request.month, request.now)?;
        let unmapped = month.reconciliation.unmapped.iter().map(|row| row.code.as_str()).collect();
        let earlier = earlier_state(store, &ledger, closing, &unmapped)?;
        let adjustments = store.adjustments(partner, &closing.hours)?;
        let rows = rows_of_month(&month.statement_rows, request.month);
        let stated = stated_now(&rows, request.contract.codes(), &earlier.stated).map_err(ClosingError::from)?;
        let is_same_statement = statement_csv(&rows, earlier.is_version_1)? == earlier.statement_csv;
        let is_mapped_otherwise = !earlier.is_version_1 && stated != earlier.stated;
        let has_news =
            !is_same_statement || is_mapped_otherwise || counts_csv(&adjustments)? != earlier.adjustments_csv;
        let draft = CorrectionDraft {
            store,
            request,
            ledger: &ledger,
            closing,
            month: &month,
            earlier,
            adjustments,
            rows,
            stated,
        };
        if !has_news && !draft.is_divided_otherwise()? {
            return Ok(CorrectionOutcome::NothingNew(draft.earlier.reference.number));
        }
        let (record, archive, unneeded) = draft.record(key)?;
        let (number, text) = (record.number, record.text());
        let comment = format!("qsproxy correction {number}: {partner} {}", request.month);
        let signature = key.sign(&text, &comment).map_err(CloseError::Signing)?;
        let correction =
            StoredCorrection { number, partner: partner.clone(), month: request.month, record: text, signature };
        store.insert_archive(&archive)?;
        store.insert_correction(&correction)?;
        Ok(CorrectionOutcome::Signed(correction, unneeded))
    })
}

/// What a correction is made of.
struct CorrectionDraft<'d> {
    store: &'d BillingStore,
    request: &'d CloseRequest<'d>,
    ledger: &'d ChainLedger,
    closing: &'d Closing,
    month: &'d ReconciledMonth,
    earlier: EarlierState,
    adjustments: PartnerCounts,
    rows: Vec<StatementRow>,
    stated: Vec<StatedSums>,
}

impl CorrectionDraft<'_> {
    /// Returns the record, its archive, and the names that were accepted and not needed.
    fn record(self, key: &SigningKey) -> Result<(CorrectionRecord, StoredArchive, Vec<&'static str>), CloseError> {
        let Self { request, ledger, closing, earlier, .. } = &self;
        let partner = &request.contract.partner;
        let closed = ClosingRecord::parse(&closing.record).map_err(ClosingError::from)?;
        let paid = self.later_clicks(&closed);
        let ours = closed.clicks.first().copied().flatten().map(|clicks: u64| clicks.saturating_add(paid));
        let theirs = self.theirs();
        let status = status(ours, theirs, self.rows.is_empty(), request.contract);
        let (accepted, unneeded) = self.accept(MonthClicks { ours, theirs, status })?;
        let (number, day) = (ledger.next_number(), request.now.day().date());
        let overflow = || ClosingError::Overflow(Overflow);
        let changed = stated_change(&earlier.stated, &self.stated).ok_or_else(overflow)?;
        let (credit, unknown_credit) = credit(&earlier.stated, &self.stated).ok_or_else(overflow)?;
        let (month, accounts) = (request.month, request.accounts);
        let heading = JournalHeading { number, partner, month, day, subject: "correction", accounts };
        let file = |name: &str, text: String| NamedText { name: name.to_owned(), text };
        let files = vec![
            file(ADJUSTMENTS_FILE, counts_csv(&self.adjustments)?),
            file(STATEMENT_FILE, statement_csv(&self.rows, false)?),
            file(JOURNAL_FILE, journal(&heading, &changed).ok_or_else(overflow)?),
        ];
        let stated = self.stated.clone();
        let agreement = self.agreement()?;
        let agreement = agreement.as_ref();
        let signed =
            SignedMonth { key: key.public_key(), partner, month: request.month, accepted, stated, agreement, files };
        let (books, archive) = books_state(self.store, ledger, signed)?;
        let record = CorrectionRecord {
            number,
            partner: partner.clone(),
            month: request.month,
            zone: closed.zone,
            hours: closing.hours.clone(),
            corrects: RecordReference { number: closing.number, sha256: Sha256Digest::of(&closing.record) },
            after: (earlier.reference.number != closing.number).then_some(earlier.reference),
            clicks: NumberChange { before: earlier.clicks, after: ours.and_then(|ours| i64::try_from(ours).ok()) },
            statement_clicks: NumberChange { before: earlier.statement_clicks, after: theirs },
            changed,
            credit,
            unknown_credit,
            status,
            reason: request.acceptances.plain.clone(),
            books,
            versions: versions(request.bots_version)?,
            day,
            previous: ledger.last_digest(),
        };
        Ok((record, archive, unneeded))
    }

    /// Returns the paid clicks of the month that arrived since it was closed: hours that belong to the month before or after, too, are divided.
    fn later_clicks(&self, closed: &ClosingRecord) -> u64 {
        if self.month.hours == self.closing.hours {
            return self.month.heading.adjustments;
        }
        // The zone was changed since: the month has the days of the zone in which it was closed.
        let counts = StoredCounts { hourly: self.adjustments.clone(), daily: PartnerCounts::default() };
        let days = (self.request.month.first_day(), self.request.month.last_day());
        let zone = TimeZone::get(closed.zone.as_str()).unwrap_or(TimeZone::UTC);
        paid_clicks(&counts, days, &zone).unwrap_or(0)
    }

    /// Returns what is agreed, with the payees of removed codes as the record before signed them.
    fn agreement(&self) -> Result<Option<Agreement>, ClosingError> {
        let Some(mut agreement) = self.request.contract.agreement.clone() else { return Ok(None) };
        let removed = removed_codes(self.request.contract.tags.as_deref(), &self.earlier.stated);
        if let Some(signed) = self.signed_agreement()?.filter(|_| !removed.is_empty()) {
            let of_removed = signed.payees.into_iter().filter(|payee| removed.contains(&payee.tag));
            agreement.payees.extend(of_removed.filter(|payee| !self.has_payee(payee)));
        }
        Ok(Some(agreement))
    }

    /// Returns what the record before signed, if it signed an agreement.
    fn signed_agreement(&self) -> Result<Option<Agreement>, ClosingError> {
        let number = self.earlier.reference.number;
        let link = self.ledger.links.iter().find(|link| link.number == number);
        link.map_or(Ok(None), |link| signed_agreement(self.store, number, &link.record))
    }

    /// Whether the month's revenue is divided otherwise than the record before says.
    fn is_divided_otherwise(&self) -> Result<bool, ClosingError> {
        let Self { request, .. } = self;
        Ok(self.signed_agreement()?.is_some_and(|signed| request.contract.divides_otherwise(&signed, request.month)))
    }

    /// Whether the agreement has the payee already: that of a removed partner is the one that was signed.
    fn has_payee(&self, payee: &PayeeTag) -> bool {
        self.request.contract.agreement.as_ref().is_some_and(|agreement| agreement.payees.contains(payee))
    }

    /// Returns the partner's clicks for configured codes; None if it does not tell them for every day.
    fn theirs(&self) -> Option<i64> {
        let theirs = self.month.reconciliation.month.theirs;
        let reconciled: HashSet<&str> =
            self.month.reconciliation.unmapped.iter().map(|row| row.code.as_str()).collect();
        let mut mapped = self.stated.iter().filter(|stated| stated.is_mapped);
        let has_removed = mapped.clone().any(|stated| reconciled.contains(stated.code.as_str()));
        if self.request.contract.tags.is_some() && !has_removed {
            return theirs;
        }
        // Reconciled without tags, the month has the clicks of all codes; with those of today, none of a removed code.
        if mapped.clone().any(|stated| stated.clicks.rows < stated.rows) {
            return None;
        }
        theirs.and_then(|_| mapped.try_fold(0_i64, |sum, stated| sum.checked_add(stated.clicks.sum)))
    }

    /// Returns what is accepted, now or by an earlier record of the month, and the names that were accepted and not needed.
    fn accept(&self, month: MonthClicks) -> Result<(Vec<Accepted>, Vec<&'static str>), CloseError> {
        let clock = clock_off(self.store, self.ledger, self.request.now)?;
        let examined = ExaminedMonth {
            contract: self.request.contract,
            reconciliation: &self.month.reconciliation,
            month,
            rows: &self.rows,
            stated: &self.stated,
            // Days that had no hours are signed by the month's record; a correction signs what came since, by the hour.
            daily: &PartnerCounts::default(),
            clock: clock.as_ref(),
            // The hours are those of the closing, which were accepted with it or with the month beside it.
            other_hours: None,
            far_off: None,
        };
        let found = examined.conditions();
        let unneeded = self.request.acceptances.unneeded(&found);
        let mut acceptances = self.request.acceptances.clone();
        acceptances.add_earlier(&found, &self.earlier.accepted);
        match acceptances.accept(found) {
            Ok(accepted) => Ok((accepted, unneeded)),
            Err(refused) => Err(CloseError::NotAccepted(month.status.as_str(), refused)),
        }
    }
}

/// Compares the clicks of the month, with those that were counted since.
fn status(ours: Option<u64>, theirs: Option<i64>, is_without_statement: bool, contract: &Contract) -> Status {
    let known = ours.and_then(|ours| i64::try_from(ours).ok());
    let difference = known.zip(theirs).and_then(|(ours, theirs)| ours.checked_sub(theirs));
    let allowed = u128::from(ours.unwrap_or(0)) * u128::from(contract.tolerance.month) / HUNDRED_PER_CENT;
    match difference {
        _ if contract.is_direct => Status::Uncounted,
        None if is_without_statement => Status::MissingTheirs,
        None if theirs.is_none() => Status::Suppressed,
        None => Status::RolledUp,
        Some(0) => Status::Matched,
        Some(difference) if u128::from(difference.unsigned_abs()) <= allowed => Status::Within,
        Some(difference) if difference > 0 => Status::Under,
        Some(_) => Status::Over,
    }
}
