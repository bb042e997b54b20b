//! Builds deduplication: in memory, and shared over Redis if `[dedupe]` is configured.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::secrets;
use crate::config::Config;
use crate::dedup::Dedup;
use crate::dedup::redis::{RedisCredentials, RedisDedup};
use crate::http_client;
use crate::metrics::Metrics;
use crate::time;

/// Builds the caches. An unreachable Redis server does not prevent the start: an event reports it, and the connection is
/// retried.
///
/// # Errors
/// The password file cannot be used, or the operating system refuses a thread.
pub(super) fn build(config: &Config, metrics: &Arc<Metrics>) -> anyhow::Result<Dedup> {
    let shared = match &config.dedup {
        None => None,
        Some(dedup) => {
            let password = dedup.password_file.as_deref().map(secrets::read_redis_password).transpose()?;
            let mut tls = http_client::tls().map_err(|error| anyhow!("[dedupe] url: TLS: {error}"))?;
            // The Redis protocol has no ALPN name (RFC 7301).
            tls.alpn_protocols.clear();
            let credentials = RedisCredentials { password, tls: Arc::new(tls) };
            let server = RedisDedup::start(dedup.server.clone(), credentials, metrics.clone());
            Some(server.context("[dedupe]")?)
        }
    };
    let (clicks, visits) = (config.limits.tokens_remembered, config.limits.visits_remembered);
    Ok(Dedup::new(config.counts.click_ttl, clicks, visits, time::instant(), shared))
}
