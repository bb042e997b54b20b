//! Errors of forwarding.

use crate::storage::error::StoreError;
use crate::storage::postgres::error::{PostgresError, PostgresFault};

/// Why counts cannot be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The store in PostgreSQL failed, or cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The spool's file cannot be read or written.
    #[error("the spool: {0}")]
    Spool(#[source] StoreError),
    /// Another process delivers under this node's name.
    #[error("another process delivers under this node's name; give each node a name of its own")]
    NodeInUse,
    /// Batches with this spool's numbers were delivered with other contents: the spool was restored from a copy.
    #[error("this spool's batch numbers were used before, with other contents; move the spool away")]
    SpoolRestored,
}

impl From<PostgresError> for ForwardError {
    fn from(error: PostgresError) -> Self {
        Self::Store(error.into())
    }
}

impl ForwardError {
    /// Its name in events: one of a closed list.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Postgres(error)) => error.fault.as_str(),
            Self::Store(StoreError::Sqlite(_) | StoreError::Decode(_) | StoreError::Unsupported(_)) => {
                PostgresFault::Garbled.as_str()
            }
            Self::Spool(_) => "file",
            Self::NodeInUse => "name",
            Self::SpoolRestored => "spool",
        }
    }
}
