//! The record of a hand-over from one key to the next.

use crate::billing::closing::chain::{ChainLink, check_hand_over};
use crate::billing::closing::chain_key::ChainKey;
use crate::billing::closing::close_month::{CloseError, versions};
use crate::billing::closing::hand_over::HandOverRecord;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record_text::TextLine;
use crate::billing::closing::signing::{PublicKeyText, SigningKey};
use crate::billing::store::{BillingStore, StoredHandOver};
use crate::time::Hour;

/// A hand-over to sign.
#[derive(Debug)]
pub struct HandOverRequest<'r> {
    /// The key that signed so far; None if it is lost.
    pub old: Option<&'r SigningKey>,
    /// The public half of the key that signed so far.
    pub old_public: PublicKeyText,
    /// The key that signs from now on.
    pub new: &'r SigningKey,
    /// Why the old key does not sign.
    pub lost: Option<TextLine>,
    /// The current hour.
    pub now: Hour,
    /// The version of the list of bots.
    pub bots_version: &'r str,
}

/// Appends a hand-over to the chain. Returns its number.
///
/// # Errors
/// A store that cannot be written, or keys that cannot sign. Nothing is handed over then.
pub fn hand_over(store: &BillingStore, request: &HandOverRequest<'_>) -> Result<i64, CloseError> {
    store.transaction(|store| {
        let ledger = ChainLedger::read(store)?;
        if !ChainKey::of(&ledger)?.is(&ledger, &request.old_public) {
            return Err(CloseError::OtherKey);
        }
        let record = HandOverRecord {
            number: ledger.next_number(),
            old_key: request.old_public.clone(),
            new_key: request.new.public_key(),
            lost: request.lost.clone(),
            versions: versions(request.bots_version)?,
            day: request.now.day().date(),
            previous: ledger.last_digest(),
        };
        let (number, text) = (record.number, record.text());
        let comment = format!("qsproxy hand-over {number}");
        let sign = |key: &SigningKey| key.sign(&text, &comment).map_err(CloseError::Signing);
        let signature = request.old.map(sign).transpose()?.unwrap_or_default();
        let stored = StoredHandOver { number, record: text.clone(), signature, new_signature: sign(request.new)? };
        let link = ChainLink {
            number,
            record: stored.record.clone(),
            signature: stored.signature.clone(),
            new_signature: Some(stored.new_signature.clone()),
        };
        check_hand_over(&link, &record)
            .map_err(|_| CloseError::Signing("the hand-over cannot be verified with the keys that signed it"))?;
        store.insert_hand_over(&stored)?;
        Ok(number)
    })
}
