//! Versions of the privacy statement among several nodes. A node makes a new one only when its own statement has changed: a node
//! that is restarted with an older configuration while others are brought up to date says again what it said before, and the
//! versions do not alternate.

use crate::storage::postgres::{PostgresError, Session};
use crate::storage::query::SqlValue;
use crate::storage::sqlite::{StatementVersion, StatementVersions};

/// One node after the other.
const BEGIN: &str = "begin; lock table privacy_versions in share row exclusive mode";

const VERSION: &str = "select version, to_char(day, 'YYYY-MM-DD'), statement from privacy_versions";

impl Session {
    /// Finds the newest version with what a node's statement says; or makes it the next one, where the node says this for the first
    /// time and the newest says something else, or where there is none.
    ///
    /// # Errors
    /// The server's; the session is then of no further use.
    pub fn publish(&self, said: &StatementVersion, is_new: bool) -> Result<StatementVersions, PostgresError> {
        self.batch(BEGIN)?;
        let newest = self.version("order by version desc", &[])?;
        let same = match &newest {
            Some(newest) if is_new && newest.statement != said.statement => None,
            _ => self.version("where statement = ?1 order by version desc", &[said.statement.as_str().into()])?,
        };
        let current = match same {
            Some(same) => same,
            None => {
                let number = newest.map_or(1, |newest| newest.number.saturating_add(1));
                self.insert(number, said)?;
                StatementVersion { number, ..said.clone() }
            }
        };
        let previous = self.version("where version < ?1 order by version desc", &[i64::from(current.number).into()])?;
        self.batch("commit")?;
        Ok(StatementVersions { current, previous })
    }

    fn insert(&self, number: u32, said: &StatementVersion) -> Result<(), PostgresError> {
        let insert =
            "insert into privacy_versions (version, day, statement) values (?1, cast(cast(?2 as text) as date), ?3)";
        self.change(insert, &[i64::from(number).into(), said.day.as_str().into(), said.statement.as_str().into()])?;
        Ok(())
    }

    fn version(&self, which: &str, given: &[SqlValue]) -> Result<Option<StatementVersion>, PostgresError> {
        let row = self.rows(&format!("{VERSION} {which} limit 1"), given)?.into_iter().next();
        Ok(row.and_then(|row| {
            let [number, day, statement] = <[SqlValue; 3]>::try_from(row).ok()?;
            let number = u32::try_from(number.number()?).ok()?;
            Some(StatementVersion { number, day: day.text().to_owned(), statement: statement.text().to_owned() })
        }))
    }
}
