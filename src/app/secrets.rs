//! Secrets that the configuration names by file.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use crate::password_file;
use crate::storage::postgres::server::PostgresServer;

/// Reads the bearer token of the admin listener.
///
/// # Errors
/// The file cannot be read or is empty.
pub fn read_admin_token(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("[admin] token_file: {}", path.display()))?;
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() {
        bail!("[admin] token_file: {} is empty; write a long random text to it", path.display());
    }
    Ok(token)
}

/// Reads the password of the Redis server.
///
/// # Errors
/// The file cannot be read, is readable by others, or is empty.
pub fn read_redis_password(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    password_file::read(path).map_err(|error| anyhow!("[dedupe] password_file: {error}"))
}

/// Checks that the password file of the PostgreSQL server, if there is one, can be read.
///
/// # Errors
/// The file cannot be read, is readable by others, or is empty.
pub fn check_postgres_password(server: &PostgresServer) -> anyhow::Result<()> {
    let password = server.password_file.as_deref().map(password_file::read);
    password.transpose().map(drop).map_err(|error| anyhow!("[counts] store_password_file: {error}"))
}
