//! Names that a report is asked for: those of the configuration, and those that have counts in the store although the configuration no longer
//! has them. Any other name is a mistake, and a report of nothing would hide it.

use crate::name::{ConfigName, UNKNOWN};
use crate::report::reader::{CountsReader, ReportFilter};
use crate::storage::error::StoreError;
use crate::storage::value::SqlValue;

/// Tables with the column `partner`.
const PARTNER_TABLES: [&str; 9] = [
    "clicks",
    "clicks_daily",
    "searches",
    "searches_daily",
    "adjustments",
    "slices",
    "statements",
    "closings",
    "partner_requests",
];

/// Tables with the column `code`.
const CODE_TABLES: [&str; 9] = [
    "clicks",
    "clicks_daily",
    "searches",
    "searches_daily",
    "adjustments",
    "active",
    "retention",
    "active_by_id",
    "partner_requests",
];

/// Names that a message lists at most.
const MAX_LISTED: usize = 20;

/// A filter whose name is neither in the configuration nor in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// `partner` or `code`.
    pub filter: &'static str,
    /// What exists. It does not repeat the name that was asked for.
    pub message: String,
}

impl CountsReader {
    /// The first filter with an unknown name, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn unknown_name(
        &self,
        filter: &ReportFilter,
        partners: &[ConfigName],
        codes: &[ConfigName],
    ) -> Result<Option<UnknownName>, StoreError> {
        let filters: [(_, _, _, &[&str]); 2] =
            [("partner", &filter.partner, partners, &PARTNER_TABLES), ("code", &filter.code, codes, &CODE_TABLES)];
        for (filter, name, configured, tables) in filters {
            let Some(name) = name else { continue };
            let is_configured = name == UNKNOWN || configured.iter().any(|known| known.as_str() == name);
            if !is_configured && !self.is_stored(filter, name, tables)? {
                return Ok(Some(UnknownName { filter, message: message(filter, configured) }));
            }
        }
        Ok(None)
    }

    fn is_stored(&self, column: &str, name: &str, tables: &[&str]) -> Result<bool, StoreError> {
        for table in tables {
            let sql = format!("select 1 as found from {table} where {column} = cast(?1 as text) limit 1");
            let names = [SqlValue::from(name.to_owned())];
            if self.database.has_table(table)? && !self.database.query(table, &sql, &names)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn message(filter: &str, configured: &[ConfigName]) -> String {
    let listed: Vec<&str> = configured.iter().take(MAX_LISTED).map(ConfigName::as_str).collect();
    let more = configured.len().saturating_sub(MAX_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("no {filter} of this name is configured or has counts; the configuration has {}{more}", listed.join(", "))
}
