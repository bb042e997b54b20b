//! Password files: the passwords of shared servers (PostgreSQL, Redis), one per file.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// Reads a password, without surrounding white space.
///
/// # Errors
/// A message with the path if the file cannot be read, is accessible to group or others, or is empty.
pub fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let name = path.display();
    let mode = std::fs::metadata(path).map_err(|error| format!("{name}: {error}"))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!("{name}: mode {mode:04o} lets others read the password; run `chmod 600` on it"));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?);
    let password = Zeroizing::new(text.trim().to_owned());
    if password.is_empty() {
        Err(format!("{name}: the file is empty; write the server's password into it"))
    } else {
        Ok(password)
    }
}
