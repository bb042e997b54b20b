//! Reads requests to partners that are paid by request, and what they cost.

use jiff::civil::Date;

use crate::money::{Currency, Micros};
use crate::report::reader::{CountsReader, ReportFilter};
use crate::storage::error::StoreError;
use crate::storage::value::{DecodeError, Row, SqlValue};

/// The table, or the view over all nodes.
const TABLE: &str = "partner_requests";

/// Requests of one UTC day, partner and code at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCost {
    /// The UTC day.
    pub day: Date,
    /// The partner, of the configuration or not.
    pub partner: String,
    /// The code.
    pub code: String,
    /// The currency; None without a price.
    pub currency: Option<Currency>,
    /// The requests.
    pub requests: u64,
    /// What they cost together: 0 without a price.
    pub micros: Micros,
}

impl CountsReader {
    /// The stored requests of a period in the order of their days.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded. A cost beyond 9 223 372 036 854 units is none.
    pub fn stored_costs(&self, filter: &ReportFilter) -> Result<Vec<StoredCost>, StoreError> {
        let database = &self.database;
        if !database.has_table(TABLE)? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select {day} as day, partner, code, currency, {price} as price, {n} as n from {TABLE}
             where day between {from} and {to} and (cast(?3 as text) is null or partner = cast(?3 as text))
             and (cast(?4 as text) is null or code = cast(?4 as text)) order by 1, 2, 3, 4, 5",
            day = database.day("day"),
            price = database.integer("price"),
            n = database.integer("n"),
            from = database.to_day("?1"),
            to = database.to_day("?2"),
        );
        let ReportFilter { from, to, partner, code } = filter;
        let values: [SqlValue; 4] =
            [from.to_string().into(), to.to_string().into(), partner.clone().into(), code.clone().into()];
        let rows = database.query(TABLE, &sql, &values)?;
        Ok(rows.iter().map(decode).collect::<Result<_, _>>()?)
    }
}

fn decode(row: &Row) -> Result<StoredCost, DecodeError> {
    let currency = row.parse("currency", "a currency or nothing", |text| match text {
        "" => Some(None),
        text => Currency::new(text).map(Some),
    })?;
    let (price, requests) = (row.count("price")?, row.count("n")?);
    let micros = price.checked_mul(requests).and_then(|micros| i64::try_from(micros).ok());
    let micros = micros.filter(|micros| currency.is_some() || *micros == 0).map(Micros);
    Ok(StoredCost {
        day: row.day("day")?.date(),
        partner: row.text("partner")?.to_owned(),
        code: row.text("code")?.to_owned(),
        currency,
        requests,
        micros: micros.ok_or_else(|| row.error("price", "a price whose product with `n` is an amount of money"))?,
    })
}
