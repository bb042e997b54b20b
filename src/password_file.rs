//! Passwords of the servers that nodes share, each in a file of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// A server's password.
///
/// # Errors
/// In words: a file that cannot be read, that others can read, or that is empty.
pub fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let name = path.display();
    let mode = std::fs::metadata(path).map_err(|error| format!("{name}: {error}"))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "{name}: its mode is {mode:04o}; a password must be readable by its owner alone (chmod 600)"
        ));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?);
    let password = Zeroizing::new(text.trim().to_owned());
    if password.is_empty() {
        Err(format!("{name}: the file is empty; put the server's password into it"))
    } else {
        Ok(password)
    }
}
