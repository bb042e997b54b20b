//! Adds a count to the row of its cell. Counts for a closed month go to `adjustments` instead: they are neither lost nor a change
//! of what was closed.

use rusqlite::{Transaction, params};

use crate::counts::cells::{
    ActiveByIdCell, ActiveCell, Cell, ClickCell, PartnerRequestCell, RetentionCell, SearchCell, SliceCell,
};
use crate::money::Currency;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::time::Hour;

/// The kind of searches in `adjustments`, since searches have none.
const NO_KIND: &str = "none";

/// Adds `n` to the row of a cell, which is inserted if it is new.
///
/// # Errors
/// Those of SQLite, among them a sum that no longer fits.
pub(super) fn add(transaction: &Transaction<'_>, cell: &Cell, n: i64) -> rusqlite::Result<()> {
    match cell {
        Cell::Click(cell) => add_clicks(transaction, cell, n),
        Cell::Search(cell) => add_searches(transaction, cell, n),
        Cell::Active(cell) => add_active(transaction, cell, n),
        Cell::Retention(cell) => add_retention(transaction, cell, n),
        Cell::ActiveById(cell) => add_active_by_id(transaction, cell, n),
        Cell::Slice(cell) => add_slices(transaction, cell, n),
        Cell::PartnerRequest(cell) => add_partner_requests(transaction, cell, n),
    }
}

fn is_closed(transaction: &Transaction<'_>, hour: Hour, partner: &ConfigName) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "select exists (select 1 from closings where partner = ?1 and from_hour <= ?2 and ?2 < to_hour)",
        )?
        .query_row(params![partner.as_str(), hour.to_string()], |row| row.get(0))
}

fn add_adjustments(transaction: &Transaction<'_>, keys: &[&str; 6], n: i64) -> rusqlite::Result<()> {
    let [subject, hour, partner, code, kind, outcome] = keys;
    transaction
        .prepare_cached(
            "insert into adjustments (subject, hour, partner, code, kind, outcome, n) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![subject, hour, partner, code, kind, outcome, n])?;
    Ok(())
}

fn add_clicks(transaction: &Transaction<'_>, cell: &ClickCell, n: i64) -> rusqlite::Result<()> {
    let ClickCell { hour, partner, code, kind, outcome } = cell;
    let kind = kind.map_or(crate::name::UNKNOWN, ResultKind::as_str);
    if is_closed(transaction, *hour, partner)? {
        return add_adjustments(
            transaction,
            &["clicks", &hour.to_string(), partner.as_str(), code.as_str(), kind, outcome.as_str()],
            n,
        );
    }
    transaction
        .prepare_cached(
            "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![hour.to_string(), partner.as_str(), code.as_str(), kind, outcome.as_str(), n])?;
    Ok(())
}

fn add_searches(transaction: &Transaction<'_>, cell: &SearchCell, n: i64) -> rusqlite::Result<()> {
    let SearchCell { hour, partner, code, outcome } = cell;
    if is_closed(transaction, *hour, partner)? {
        return add_adjustments(
            transaction,
            &["searches", &hour.to_string(), partner.as_str(), code.as_str(), NO_KIND, outcome.as_str()],
            n,
        );
    }
    transaction
        .prepare_cached(
            "insert into searches (hour, partner, code, outcome, n) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![hour.to_string(), partner.as_str(), code.as_str(), outcome.as_str(), n])?;
    Ok(())
}

fn add_active(transaction: &Transaction<'_>, cell: &ActiveCell, n: i64) -> rusqlite::Result<()> {
    let ActiveCell { day, code, gap } = cell;
    transaction
        .prepare_cached(
            "insert into active (day, code, gap, n) values (?1, ?2, ?3, ?4)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day.date().to_string(), code.as_str(), gap, n])?;
    Ok(())
}

fn add_retention(transaction: &Transaction<'_>, cell: &RetentionCell, n: i64) -> rusqlite::Result<()> {
    let RetentionCell { cohort, age, code } = cell;
    transaction
        .prepare_cached(
            "insert into retention (cohort, age, code, n) values (?1, ?2, ?3, ?4)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![cohort.date().to_string(), age.days(), code.as_str(), n])?;
    Ok(())
}

fn add_active_by_id(transaction: &Transaction<'_>, cell: &ActiveByIdCell, n: i64) -> rusqlite::Result<()> {
    let ActiveByIdCell { day, code } = cell;
    transaction
        .prepare_cached(
            "insert into active_by_id (day, code, n) values (?1, ?2, ?3)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day.date().to_string(), code.as_str(), n])?;
    Ok(())
}

fn add_slices(transaction: &Transaction<'_>, cell: &SliceCell, n: i64) -> rusqlite::Result<()> {
    let SliceCell { day, partner, value } = cell;
    transaction
        .prepare_cached(
            "insert into slices (day, partner, dimension, value, n) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day.date().to_string(), partner.as_str(), value.dimension(), value.value(), n])?;
    Ok(())
}

fn add_partner_requests(transaction: &Transaction<'_>, cell: &PartnerRequestCell, n: i64) -> rusqlite::Result<()> {
    let PartnerRequestCell { day, partner, code, currency, price } = cell;
    let currency = currency.as_ref().map_or("", Currency::as_str);
    transaction
        .prepare_cached(
            "insert into partner_requests (day, partner, code, currency, price, n) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do update set n = n + excluded.n",
        )?
        .execute(params![day.date().to_string(), partner.as_str(), code.as_str(), currency, price.0, n])?;
    Ok(())
}
