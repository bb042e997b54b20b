//! The contract with a partner: how its statements are read and compared. A partner that was removed from the configuration has
//! what its last record or statement says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::billing::closing::correction::CorrectionRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::signed_agreement::last_agreement;
use crate::billing::closing::stated::StatedSums;
use crate::billing::profile::Profile;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::store::{BillingStore, Closing, StoredStatement};
use crate::billing::tolerance::Tolerance;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::partner::code_tags::TagDays;
use crate::storage::error::StoreError;

/// The day of the next month on which a month's statement is there, if `statement_due` names no other. Partners finalise a month in its first
/// days; ten leave room for a weekend and for one reminder.
pub const DEFAULT_STATEMENT_DUE: i8 = 10;

/// The billing terms of one partner.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The partner.
    pub partner: ConfigName,
    /// How its statements are read; None if none is configured.
    pub profile: Option<Profile>,
    /// The time zone of its days; None if it is not known.
    pub zone: Option<TimeZone>,
    /// How far its counts may differ from ours.
    pub tolerance: Tolerance,
    /// The tags by which its statements identify our codes; None for a partner that is no longer configured.
    pub tags: Option<Vec<CodeTag>>,
    /// The partner's codes that its records signed as ours; None for a configured partner, and where no record says which codes are ours.
    pub signed_codes: Option<BTreeSet<String>>,
    /// True if its links lead directly to their targets, so that we do not count its clicks.
    pub is_direct: bool,
    /// What was agreed about money; None for a partner that is no longer configured and of which no record signed it.
    pub agreement: Option<Agreement>,
    /// The day of the next month, 1 to 28, by whose end a month's statement is there.
    pub statement_due: i8,
}

/// What a partner calls one of our codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeTag {
    /// The name of the code.
    pub code: ConfigName,
    /// The partner's name for it.
    pub tag: String,
    /// The days on which it is in force, in the partner's time zone. No day has the tag for two codes, unless both have it for all days.
    pub days: TagDays,
}

/// How it is known which of a partner's codes are ours.
#[derive(Debug, Clone, Copy)]
pub enum CodeSource<'c> {
    /// The configuration has their tags.
    Configured(&'c [CodeTag]),
    /// The partner is not configured any more: these are the codes that its records signed as ours. All others are not ours.
    Signed(&'c BTreeSet<String>),
    /// It is not known: the partner is not configured any more, and no record signed which codes are ours. All count as ours.
    Unknown,
}

/// Why there is no contract with a partner.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// Neither the configuration nor the store has a partner of this name.
    #[error("no such partner in the configuration; choose one of {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was agreed cannot be read from the partner's last record.
    #[error(transparent)]
    Closing(#[from] ClosingError),
}

impl Contract {
    /// How it is known which of the partner's codes are ours.
    #[must_use]
    pub fn codes(&self) -> CodeSource<'_> {
        match (&self.tags, &self.signed_codes) {
            (Some(tags), _) => CodeSource::Configured(tags),
            (None, Some(codes)) => CodeSource::Signed(codes),
            (None, None) => CodeSource::Unknown,
        }
    }

    /// Returns the contract with a partner: the configured one, or that of a partner which is no longer configured and has
    /// statements, closed months or payments.
    ///
    /// # Errors
    /// [`ContractError::Unknown`] with the names that are known, or a store that cannot be read.
    pub fn find(configured: &[Self], store: &BillingStore, partner: &str) -> Result<Self, ContractError> {
        if let Some(contract) = configured.iter().find(|contract| contract.partner.as_str() == partner) {
            return Ok(contract.clone());
        }
        let removed = RemovedPartners::read(configured, store)?;
        match removed.names.iter().find(|name| name.as_str() == partner) {
            Some(name) => removed.contract(store, name),
            None => {
                let known = configured.iter().map(|contract| &contract.partner).chain(&removed.names);
                Err(ContractError::Unknown(known.map(ToString::to_string).collect()))
            }
        }
    }

    /// Returns whether a closed month is divided otherwise now than its record signed: a share or a payee was changed. A code that was removed
    /// from the configuration keeps its payee, and a removed partner its shares.
    #[must_use]
    pub fn divides_otherwise(&self, signed: &Agreement, month: YearMonth) -> bool {
        let (Some(configured), Some(tags)) = (&self.agreement, &self.tags) else { return false };
        let mut signed = signed.clone();
        signed.payees.retain(|payee| tags.iter().any(|tag| tag.tag == payee.tag));
        !configured.divides_as(&signed, month)
    }

    /// Returns the contracts with all partners: the configured ones, then those of partners which are no longer configured and have
    /// statements, closed months or payments.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn all(configured: &[Self], store: &BillingStore) -> Result<Vec<Self>, ContractError> {
        let removed = RemovedPartners::read(configured, store)?;
        let removed = removed.names.iter().map(|name| removed.contract(store, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(configured.iter().cloned().chain(removed).collect())
    }
}

/// The partners that the store has and the configuration does not.
struct RemovedPartners {
    closings: Vec<Closing>,
    statements: Vec<StoredStatement>,
    names: BTreeSet<ConfigName>,
}

impl RemovedPartners {
    fn read(configured: &[Contract], store: &BillingStore) -> Result<Self, StoreError> {
        let (closings, statements) = (store.closings()?, store.statements(None)?);
        let payments = store.payments(None)?;
        let mut names: BTreeSet<ConfigName> = closings.iter().map(|closing| closing.partner.clone()).collect();
        names.extend(statements.iter().filter_map(|statement| ConfigName::new(&statement.partner).ok()));
        names.extend(payments.into_iter().map(|stored| stored.partner));
        names.retain(|name| configured.iter().all(|contract| contract.partner != *name));
        Ok(Self { closings, statements, names })
    }

    /// The contract as the partner's last record and statement say.
    fn contract(&self, store: &BillingStore, partner: &ConfigName) -> Result<Contract, ContractError> {
        let record = self.closings.iter().rev().find(|closing| closing.partner == *partner);
        let statement = self.statements.iter().rev().find(|statement| statement.partner == partner.as_str());
        let closed = record.and_then(|closing| ClosingRecord::parse(&closing.record).ok());
        let details = closed.as_ref().and_then(|closed| closed.details.as_ref());
        let zone = match (&closed, statement) {
            (Some(closed), _) => TimeZone::get(closed.zone.as_str()).ok(),
            (None, Some(statement)) => zone_in_profile(&statement.profile),
            (None, None) => None,
        };
        Ok(Contract {
            partner: partner.clone(),
            profile: None,
            zone,
            tolerance: details.map_or_else(Tolerance::default, |details| details.tolerance),
            tags: None,
            signed_codes: self.signed_codes(store, partner)?,
            is_direct: details.is_some_and(|details| details.is_direct),
            agreement: last_agreement(store, partner)?,
            statement_due: DEFAULT_STATEMENT_DUE,
        })
    }

    /// The partner's codes that its records signed as ours: of each code, what the last record says that names it. None if no record says
    /// which codes are ours, as those of version 1 do not. A record that cannot be read is for `qsproxy verify`.
    fn signed_codes(&self, store: &BillingStore, partner: &ConfigName) -> Result<Option<BTreeSet<String>>, StoreError> {
        let of_closing = |closing: &Closing| {
            let details = ClosingRecord::parse(&closing.record).ok()?.details?;
            Some((closing.number, details.books.stated))
        };
        let closings = self.closings.iter().filter(|closing| closing.partner == *partner).filter_map(of_closing);
        let corrections = store.corrections()?.into_iter().filter(|correction| correction.partner == *partner);
        let corrections = corrections.filter_map(|stored| {
            let record = CorrectionRecord::parse(&stored.record).ok()?;
            Some((stored.number, record.books.stated))
        });
        let mut records: Vec<(i64, Vec<StatedSums>)> = closings.chain(corrections).collect();
        records.sort_by_key(|(number, _)| *number);
        let mut is_ours: Option<BTreeMap<String, bool>> = None;
        for (_, stated) in records {
            let codes = is_ours.get_or_insert_default();
            let mut of_record: BTreeMap<String, bool> = BTreeMap::new();
            for StatedSums { code, is_mapped, .. } in stated {
                // A code that is ours on some days only is not known to be ours on others.
                *of_record.entry(code).or_insert(true) &= is_mapped;
            }
            codes.extend(of_record);
        }
        Ok(is_ours.map(|codes| codes.into_iter().filter_map(|(code, is_ours)| is_ours.then_some(code)).collect()))
    }
}

/// Returns the zone in the text of a stored profile, as [`Profile::text`] writes it.
fn zone_in_profile(text: &str) -> Option<TimeZone> {
    let line = text.lines().find_map(|line| line.strip_prefix("zone = "))?;
    TimeZone::get(line.trim_matches('"')).ok()
}
