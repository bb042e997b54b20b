//! Compares what a JSON file says of itself, its currency and how many rows it has, with the profile and with the rows that were read.

use serde_json::value::RawValue;

use crate::billing::import::currency_columns::cell_currency;
use crate::billing::import::issue::{ImportIssue, quoted};
use crate::billing::import::json_value::{find_all, scalar};
use crate::billing::money::Currency;
use crate::billing::profile::{CurrencySource, FileClaims, Profile};

/// What a file says of itself.
pub(super) struct JsonClaims {
    /// Where the file says it.
    pointers: FileClaims,
    /// The profile's currency, if it is one for all rows.
    currency: Option<Currency>,
    /// The numbers of rows.
    rows: Vec<String>,
}

impl JsonClaims {
    pub(super) fn new(profile: &Profile) -> Self {
        let currency = if let CurrencySource::In(currency) = profile.currency { Some(currency) } else { None };
        Self { pointers: profile.claims.clone(), currency, rows: Vec::new() }
    }

    /// Reads what the file, or an entry of it that is not a row, says.
    ///
    /// # Errors
    /// Another currency than the profile's.
    pub(super) fn read(&mut self, value: &RawValue) -> Result<(), ImportIssue> {
        if let Some(pointer) = &self.pointers.rows {
            self.rows.extend(texts(value, pointer)?);
        }
        let (Some(pointer), Some(currency)) = (&self.pointers.currency, self.currency) else { return Ok(()) };
        let other = texts(value, pointer)?.into_iter().find(|text| cell_currency(text.trim()) != Some(currency));
        other.map_or(Ok(()), |text| {
            let (text, profile) = (quoted(&text), currency.as_str());
            Err(ImportIssue::new(format!(
                "the file says at {pointer} that its currency is \"{text}\", the profile says currency = \"{profile}\"; correct the profile"
            )))
        })
    }

    /// Compares the number of rows that were read with the file's.
    ///
    /// # Errors
    /// They differ, or the file's is not a number.
    pub(super) fn check_rows(&self, read: u64) -> Result<(), ImportIssue> {
        let other = self.rows.iter().find(|text| text.parse() != Ok(read));
        other.map_or(Ok(()), |text| {
            let (text, pointer) = (quoted(text), self.pointers.rows.as_deref().unwrap_or_default());
            Err(ImportIssue::new(format!(
                "the file says at {pointer} that it has {text} rows, but it has {read}; it is incomplete, so export it again"
            )))
        })
    }
}

/// The texts and numbers at a pointer; an object or a list there is an empty text, which is no valid claim.
fn texts(value: &RawValue, pointer: &str) -> Result<Vec<String>, ImportIssue> {
    let text = |found| Ok(scalar(found)?.map_or_else(String::new, |cell| cell.trim().to_owned()));
    find_all(value, pointer)?.into_iter().map(text).collect()
}
