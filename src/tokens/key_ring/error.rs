//! Why a key ring cannot be used.

use std::io;

use crate::tokens::key_ring::rotation::MAX_KEYS_OF_DAY;

/// Why a key ring cannot be used.
#[derive(Debug)]
pub enum KeyRingError {
    /// The file could not be read or written.
    Io(io::Error),
    /// Group or others have access to the file, which has this mode.
    InsecureMode(u32),
    /// The file exists and is empty.
    Empty,
    /// The line with this number (from 1) is not `use day key`.
    MalformedLine(usize),
    /// There is no file, so there is no key to replace.
    Missing,
    /// As many keys begin to seal on this day as one day may have.
    TooManyKeys,
}

impl From<io::Error> for KeyRingError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::InsecureMode(mode) => {
                write!(f, "mode {mode:04o} lets others read the keys; run `chmod 600` on the file")
            }
            Self::Empty => f.write_str(
                "the file is empty; restore it from a backup, or delete it to start with new keys (existing links and visit stamps become invalid)",
            ),
            Self::MalformedLine(line) => write!(
                f,
                "line {line} is not `use day key`; restore the file from a backup, or delete it to start with new keys (existing links and visit stamps become invalid)"
            ),
            Self::Missing => f.write_str("there are no keys yet; `qsproxy serve` creates them"),
            Self::TooManyKeys => write!(
                f,
                "{MAX_KEYS_OF_DAY} sealing keys begin on one UTC day already, and each makes forged links dearer to reject; try again tomorrow"
            ),
        }
    }
}
