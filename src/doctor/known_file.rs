//! A file that belongs to an installation.

use std::path::PathBuf;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner only.
    Owner,
    /// Anybody. Nobody but its owner may write.
    Anybody,
}

/// A file that may be there.
pub(super) struct KnownFile {
    pub(super) path: PathBuf,
    pub(super) holds: &'static str,
    pub(super) readers: Readers,
}
