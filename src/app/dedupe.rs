//! The memory of what was seen, with what nodes share where `[dedupe]` says so.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::dedup::Dedup;
use crate::dedup::redis::{RedisCredentials, RedisDedup};
use crate::http_client;
use crate::metrics::Metrics;
use crate::password_file;
use crate::time;

/// Builds the memory. A server that is away keeps nothing from starting: its event says so, and it is tried again.
///
/// # Errors
/// A password's file that cannot be used, or what the operating system refuses.
pub(super) fn memory(config: &Config, metrics: &Arc<Metrics>) -> anyhow::Result<Dedup> {
    let shared = match &config.dedupe {
        None => None,
        Some(dedupe) => {
            let password = dedupe.password_file.as_deref().map(read_password).transpose()?;
            let mut tls = http_client::tls().map_err(|what| anyhow!("[dedupe] url: TLS: {what}"))?;
            // The protocol has no name to be agreed upon (RFC 7301).
            tls.alpn_protocols.clear();
            let access = RedisCredentials { password, tls: Arc::new(tls) };
            Some(RedisDedup::start(dedupe.server.clone(), access, metrics.clone()).context("[dedupe]")?)
        }
    };
    let (clicks, visits) = (config.limits.tokens_remembered, config.limits.visits_remembered);
    Ok(Dedup::new(config.counts.click_ttl, clicks, visits, time::instant(), shared))
}

/// The server's password.
///
/// # Errors
/// A file that cannot be read, that others can read, or that is empty.
pub fn read_password(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    password_file::read(path).map_err(|what| anyhow!("[dedupe] password_file: {what}"))
}
