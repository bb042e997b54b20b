//! Errors of the store. Their messages name tables and files; SQLite and PostgreSQL never quote user data in them, since the
//! store holds none.

use rusqlite::ErrorCode;

use crate::storage::postgres::error::PostgresError;
use crate::storage::value::DecodeError;

/// An error of SQLite, with advice where the message alone does not say what to do.
#[derive(Debug)]
pub struct SqliteError(pub rusqlite::Error);

impl std::fmt::Display for SqliteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let advice = match self.0.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                "; check that the disk has free space and the folder is writable, then try again"
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "; another process is writing to it, try again in a moment"
            }
            _ => "",
        };
        write!(f, "{}{advice}", self.0)
    }
}

impl std::error::Error for SqliteError {
    /// The cause below the message that [`std::fmt::Display`] already includes.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    /// PostgreSQL failed, or could not be reached.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A row cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The engine does not support the operation; the text says what to use instead.
    #[error("{0}")]
    Unsupported(&'static str),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(SqliteError(error))
    }
}

impl StoreError {
    /// SQLite's extended result code (<https://www.sqlite.org/rescode.html>); 0 for other errors.
    #[must_use]
    pub fn sqlite_code(&self) -> i32 {
        match self {
            Self::Sqlite(SqliteError(error)) => error.sqlite_error().map_or(0, |error| error.extended_code),
            Self::Postgres(_) | Self::Decode(_) | Self::Unsupported(_) => 0,
        }
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    /// PostgreSQL failed, or could not be reached.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A row that is read while opening cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The file cannot be opened or locked.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Another process holds the writer's lock.
    #[error("another qsproxy is using this store; stop it, or configure another store for this one")]
    InUse,
    /// The file is not a store of this program.
    #[error("this file is not a qsproxy store; name another file")]
    Foreign,
    /// The file is not a spool of this program, for example because it is a store.
    #[error("this file is not a qsproxy spool; name another file, which qsproxy will create")]
    NotASpool,
    /// A later version of this program wrote the store.
    #[error("a later version of qsproxy wrote this store (schema version {found}, this version supports {supported})")]
    Newer {
        /// The schema version of the file.
        found: i32,
        /// The latest schema version that this program supports.
        supported: i32,
    },
    /// SQLite reports that the file is damaged.
    #[error("this file is damaged; restore a backup, or move it away to start with an empty store")]
    Damaged,
    /// The file does not exist, or the database has no tables of ours.
    #[error("the store does not exist yet; `qsproxy serve` creates it")]
    Missing,
    /// An earlier version wrote the store, which lacks tables that are needed for writing.
    #[error("an earlier version of qsproxy wrote this store; start `qsproxy serve` once to upgrade it")]
    Outdated,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(SqliteError(error))
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sqlite(error) => Self::Sqlite(error),
            StoreError::Postgres(error) => Self::Postgres(error),
            StoreError::Decode(error) => Self::Decode(error),
            StoreError::Unsupported(what) => Self::Io(std::io::Error::new(std::io::ErrorKind::Unsupported, what)),
        }
    }
}
