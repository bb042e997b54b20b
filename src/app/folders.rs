//! Folders for the files that the program writes.

use std::path::Path;

/// Creates the folder of a file, accessible only to the owner, if it does not exist.
pub(super) fn create_parent(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder))
}
