//! Versions of the privacy statement, shared by several nodes. A node creates a new version only when its own statement has changed:
//! when a node restarts with an old configuration while the others are being updated, its statement is the one it sent before, and
//! the versions do not alternate.

use crate::storage::error::StoreError;
use crate::storage::postgres::session::Session;
use crate::storage::privacy_version::{PrivacyVersion, PrivacyVersions};
use crate::storage::value::SqlValue;

/// One node at a time.
const BEGIN: &str = "begin; lock table privacy_versions in share row exclusive mode";

const SELECT: &str = "select version, to_char(day, 'YYYY-MM-DD') as day, statement from privacy_versions";

impl Session {
    /// Returns the latest version with a node's statement, and the version before it. Inserts the statement as a new version if there
    /// is none yet, or if it `is_new` for the node and differs from the latest version.
    ///
    /// # Errors
    /// Those of the server, or a row that cannot be decoded; the session is to be dropped then.
    pub fn publish(&self, statement: &PrivacyVersion, is_new: bool) -> Result<PrivacyVersions, StoreError> {
        self.transaction(BEGIN, || {
            let latest = self.select("order by version desc", &[])?;
            let same = match &latest {
                Some(latest) if is_new && latest.statement != statement.statement => None,
                _ => {
                    self.select("where statement = ?1 order by version desc", &[statement.statement.as_str().into()])?
                }
            };
            let current = match same {
                Some(same) => same,
                None => {
                    let number = latest.map_or(1, |latest| latest.number.saturating_add(1));
                    let current = PrivacyVersion { number, ..statement.clone() };
                    self.insert(&current)?;
                    current
                }
            };
            let before = "where version < ?1 order by version desc";
            let previous = self.select(before, &[i64::from(current.number).into()])?;
            Ok(PrivacyVersions { current, previous })
        })
    }

    fn insert(&self, version: &PrivacyVersion) -> Result<(), StoreError> {
        let PrivacyVersion { number, day, statement } = version;
        let insert =
            "insert into privacy_versions (version, day, statement) values (?1, cast(cast(?2 as text) as date), ?3)";
        Ok(self.execute(insert, &[i64::from(*number).into(), day.as_str().into(), statement.as_str().into()])?)
    }

    fn select(&self, condition: &str, values: &[SqlValue]) -> Result<Option<PrivacyVersion>, StoreError> {
        let rows = self.query("privacy_versions", &format!("{SELECT} {condition} limit 1"), values)?;
        Ok(rows.first().map(PrivacyVersion::from_row).transpose()?)
    }
}
