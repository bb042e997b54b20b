//! Everything that the store has of the chain: closings, corrections and hand-overs in one order, and the archives.

use crate::billing::closing::chain::ChainLink;
use crate::billing::digest::Sha256Digest;
use crate::billing::store::{BillingStore, Closing, StoredArchive, StoredCorrection, StoredHandOver};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;

/// The chain as stored.
#[derive(Debug)]
pub struct ChainLedger {
    /// The records in the order of their numbers.
    pub links: Vec<ChainLink>,
    /// The closed months.
    pub closings: Vec<Closing>,
    /// The corrections.
    pub corrections: Vec<StoredCorrection>,
    /// The archives.
    pub archives: Vec<StoredArchive>,
}

impl ChainLedger {
    /// Reads the chain.
    ///
    /// # Errors
    /// Errors of the store, or a row that cannot be decoded.
    pub fn read(store: &BillingStore) -> Result<Self, StoreError> {
        let (closings, corrections) = (store.closings()?, store.corrections()?);
        let closing_link = |Closing { number, record, signature, .. }: &Closing| ChainLink {
            number: *number,
            record: record.clone(),
            signature: signature.clone(),
            new_signature: None,
        };
        let correction_link = |StoredCorrection { number, record, signature, .. }: &StoredCorrection| ChainLink {
            number: *number,
            record: record.clone(),
            signature: signature.clone(),
            new_signature: None,
        };
        let hand_over_link = |StoredHandOver { number, record, signature, new_signature }: StoredHandOver| ChainLink {
            number,
            record,
            signature,
            new_signature: Some(new_signature),
        };
        let mut links: Vec<ChainLink> = closings.iter().map(closing_link).collect();
        links.extend(corrections.iter().map(correction_link));
        links.extend(store.hand_overs()?.into_iter().map(hand_over_link));
        links.sort_by_key(|link| link.number);
        Ok(Self { links, closings, corrections, archives: store.archives()? })
    }

    /// Reads the closing and the corrections of one month, with their archives, and no links.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_month(store: &BillingStore, partner: &ConfigName, month: YearMonth) -> Result<Self, StoreError> {
        let (mut closings, mut corrections) = (store.closings()?, store.corrections()?);
        closings.retain(|closing| closing.partner == *partner && closing.month == month);
        corrections.retain(|correction| correction.partner == *partner && correction.month == month);
        let numbers = closings.iter().map(|closing| closing.number);
        let numbers = numbers.chain(corrections.iter().map(|correction| correction.number));
        let archives = numbers.filter_map(|number| store.archive(number).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { links: Vec::new(), closings, corrections, archives })
    }

    /// The number of the next record.
    #[must_use]
    pub fn next_number(&self) -> i64 {
        self.links.last().map_or(0, |link| link.number).saturating_add(1)
    }

    /// The digest of the last record; [`Sha256Digest::ZERO`] without records.
    #[must_use]
    pub fn last_digest(&self) -> Sha256Digest {
        self.links.last().map_or(Sha256Digest::ZERO, |link| Sha256Digest::of(&link.record))
    }

    /// The closing of a partner's month.
    #[must_use]
    pub fn closing(&self, partner: &ConfigName, month: YearMonth) -> Option<&Closing> {
        self.closings.iter().find(|closing| closing.partner == *partner && closing.month == month)
    }

    /// The corrections of a partner's month, in their order.
    pub fn corrections_of(&self, partner: &ConfigName, month: YearMonth) -> impl Iterator<Item = &StoredCorrection> {
        self.corrections.iter().filter(move |correction| correction.partner == *partner && correction.month == month)
    }
}
