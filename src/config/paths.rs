//! File paths in `proxy.toml`.

use std::path::{Path, PathBuf};

/// Resolves a configured path. A relative path is relative to the folder of the configuration file.
pub(super) fn resolve(folder: &Path, text: &str) -> PathBuf {
    folder.join(text)
}
