//! The memory of what was seen, with what nodes share where `[dedupe]` says so.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::counts::memory::Memory;
use crate::counts::shared::{Access, Shared};
use crate::metrics::Metrics;
use crate::partner::client;
use crate::world;

/// Builds the memory. A server that is away keeps nothing from starting: its event says so, and it is tried again.
///
/// # Errors
/// A password's file that cannot be used, or what the operating system refuses.
pub(super) fn memory(config: &Config, metrics: &Arc<Metrics>) -> anyhow::Result<Memory> {
    let shared = match &config.dedupe {
        None => None,
        Some(dedupe) => {
            let password = dedupe.password_file.as_deref().map(read_password).transpose()?;
            let mut tls = client::tls().map_err(|what| anyhow!("[dedupe] url: TLS: {what}"))?;
            // The protocol has no name to be agreed upon (RFC 7301).
            tls.alpn_protocols.clear();
            let access = Access { password, tls: Arc::new(tls) };
            Some(Shared::start(dedupe.server.clone(), access, metrics.clone()).context("[dedupe]")?)
        }
    };
    let (clicks, visits) = (config.limits.tokens_remembered, config.limits.visits_remembered);
    Ok(Memory::new(config.counts.click_ttl, clicks, visits, world::instant(), shared))
}

/// The server's password.
///
/// # Errors
/// A file that cannot be read, that others can read, or that is empty.
pub fn read_password(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let key = || format!("[dedupe] password_file: {}", path.display());
    let mode = std::fs::metadata(path).with_context(key)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("{}: its mode is {mode:04o}; a password must be readable by its owner alone (chmod 600)", key());
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).with_context(key)?);
    let password = Zeroizing::new(text.trim().to_owned());
    if password.is_empty() {
        bail!("{}: the file is empty; put the server's password into it", key());
    }
    Ok(password)
}
