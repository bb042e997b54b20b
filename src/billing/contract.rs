//! The contract with a partner: how its statements are read and compared. A partner that was removed from the configuration has
//! what its last record or statement says.

use jiff::tz::TimeZone;

use crate::billing::closing::record::ClosingRecord;
use crate::billing::profile::Profile;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::store::BillingStore;
use crate::billing::tolerance::Tolerance;
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
    /// True if its links lead directly to their targets, so that we do not count its clicks.
    pub is_direct: bool,
    /// What was agreed about money.
    pub agreement: Agreement,
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

/// Why there is no contract with a partner.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// Neither the configuration nor the store has a partner of this name.
    #[error("no such partner in the configuration; choose one of {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Contract {
    /// Returns the contract with a partner: the configured one, or that of a partner which is no longer configured and has
    /// statements or closed months.
    ///
    /// # Errors
    /// [`ContractError::Unknown`] with the names that are known, or a store that cannot be read.
    pub fn find(configured: &[Self], store: &BillingStore, partner: &str) -> Result<Self, ContractError> {
        if let Some(contract) = configured.iter().find(|contract| contract.partner.as_str() == partner) {
            return Ok(contract.clone());
        }
        let (closings, statements) = (store.closings()?, store.statements(None)?);
        let name = ConfigName::new(partner).ok();
        let record = closings.iter().rev().find(|closing| Some(&closing.partner) == name.as_ref());
        let statement = statements.iter().rev().find(|statement| statement.partner == partner);
        let closed = record.and_then(|closing| ClosingRecord::parse(&closing.record).ok());
        let details = closed.as_ref().and_then(|closed| closed.details.as_ref());
        let zone = match (&closed, statement) {
            (Some(closed), _) => TimeZone::get(closed.zone.as_str()).ok(),
            (None, Some(statement)) => zone_in_profile(&statement.profile),
            (None, None) => None,
        };
        if let Some(name) = name.filter(|_| record.is_some() || statement.is_some()) {
            return Ok(Self {
                partner: name,
                profile: None,
                zone,
                tolerance: details.map_or_else(Tolerance::default, |details| details.tolerance),
                tags: None,
                is_direct: details.is_some_and(|details| details.is_direct),
                agreement: Agreement::default(),
                statement_due: DEFAULT_STATEMENT_DUE,
            });
        }
        let in_store = statements.iter().map(|statement| statement.partner.clone());
        let in_store = in_store.chain(closings.iter().map(|closing| closing.partner.to_string()));
        let mut known: Vec<String> = configured.iter().map(|contract| contract.partner.to_string()).collect();
        for name in in_store {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        Err(ContractError::Unknown(known))
    }
}

/// Returns the zone in the text of a stored profile, as [`Profile::text`] writes it.
fn zone_in_profile(text: &str) -> Option<TimeZone> {
    let line = text.lines().find_map(|line| line.strip_prefix("zone = "))?;
    TimeZone::get(line.trim_matches('"')).ok()
}
