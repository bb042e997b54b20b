//! What a partner states now minus what it stated, by code and currency.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::closing::stated::{Revenue, StatedSums, Told};
use crate::billing::money::{Currency, Micros};

/// What identifies sums: unmapped after mapped, the code, and the currency.
type StatedKey<'s> = (bool, &'s str, Option<Currency>);

fn by_key(stated: &[StatedSums]) -> BTreeMap<StatedKey<'_>, &StatedSums> {
    stated.iter().map(|stated| ((!stated.is_mapped, stated.code.as_str(), stated.currency), stated)).collect()
}

/// Returns the differences that are not zero. The numbers of rows are those of today, or those before of a code that is gone. A number
/// counts as told by all rows only if it was and is. None if a difference is too large.
#[must_use]
pub fn stated_change(before: &[StatedSums], after: &[StatedSums]) -> Option<Vec<StatedSums>> {
    let (before, after) = (by_key(before), by_key(after));
    let keys: BTreeSet<StatedKey<'_>> = before.keys().chain(after.keys()).copied().collect();
    let mut changes = Vec::new();
    for key in keys {
        let (before, after) = (before.get(&key).copied(), after.get(&key).copied());
        let Some(shown) = after.or(before) else { continue };
        let told = |told: fn(&StatedSums) -> Told| {
            let is_whole = |side: Option<&StatedSums>| side.is_none_or(|side| told(side).rows == side.rows);
            let sum = |side: Option<&StatedSums>| side.map_or(0, |side| told(side).sum);
            let sum = sum(after).checked_sub(sum(before))?;
            let rows = told(shown).rows;
            let rows =
                if is_whole(before) && is_whole(after) { shown.rows } else { rows.min(shown.rows.saturating_sub(1)) };
            Some(Told { sum, rows })
        };
        let change = StatedSums {
            is_mapped: shown.is_mapped,
            code: shown.code.clone(),
            currency: shown.currency,
            rows: shown.rows,
            clicks: told(|stated| stated.clicks)?,
            searches: told(|stated| stated.searches)?,
            revenue: told(|stated| stated.revenue)?,
        };
        if before != after {
            changes.push(change);
        }
    }
    Some(changes)
}

/// Returns the money of configured codes now minus the money before, by currency, and the currencies whose difference is not known because
/// a row does not tell its money. None if a difference is too large.
#[must_use]
pub fn credit(before: &[StatedSums], after: &[StatedSums]) -> Option<(Vec<Revenue>, Vec<Currency>)> {
    let mapped = |stated: &&StatedSums| stated.is_mapped;
    let currencies: BTreeSet<Currency> =
        before.iter().chain(after).filter(mapped).filter_map(|stated| stated.currency).collect();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for currency in currencies {
        let sum = |stated: &[StatedSums]| -> Option<Option<Micros>> {
            let mut of_currency = stated.iter().filter(mapped).filter(|stated| stated.currency == Some(currency));
            if of_currency.clone().any(|stated| stated.whole_revenue().is_none()) {
                return Some(None);
            }
            of_currency.try_fold(Micros(0), |sum, stated| sum.checked_add(Micros(stated.revenue.sum))).map(Some)
        };
        match (sum(before)?, sum(after)?) {
            (Some(before), Some(after)) => {
                known.push(Revenue { amount: Micros(after.0.checked_sub(before.0)?), currency });
            }
            (None, _) | (_, None) => unknown.push(currency),
        }
    }
    Some((known, unknown))
}
