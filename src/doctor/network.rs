//! Partners and the shared deduplication server: reachable, with a valid certificate. No search is sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::secrets;
use crate::config::Config;
use crate::config::dedup::DedupConfig;
use crate::dedup::redis::{RedisCredentials, RedisFacts, inspect};
use crate::doctor::finding::{Findings, Section};
use crate::http_client::probe::{Reached, probe};
use crate::http_client::tls;
use crate::partner::Partner;
use crate::time::{self, DAY_SECONDS};

/// A certificate that expires within so many days is worth a note: renewals run a month ahead.
const EXPIRES_SOON_DAYS: u64 = 14;

/// Connects to every partner that a code uses, and to the deduplication server. With `is_offline`, connects to nobody.
pub(super) fn examine(config: &Config, is_offline: bool, findings: &mut Findings) {
    if is_offline {
        findings.note(Section::Partners, "network", "not looked at (--offline)");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (runtime, tls) = match (runtime, tls()) {
        (Ok(runtime), Ok(tls)) => (runtime, tls),
        (Err(error), _) => return failed(&error, findings),
        (_, Err(error)) => return failed(&error, findings),
    };
    let asked: BTreeSet<usize> =
        config.routes.iter().flat_map(|route| &route.choices).map(|choice| choice.partner).collect();
    let partners: Vec<&Partner> = asked.iter().filter_map(|position| config.partners.get(*position)).collect();
    let shared = Arc::new(tls.clone());
    runtime.block_on(async {
        let probes: Vec<_> = partners
            .iter()
            .map(|partner| {
                let (url, tls) = (partner.url.clone(), shared.clone());
                tokio::task::spawn(async move { probe(&url, tls).await })
            })
            .collect();
        for (partner, probe) in partners.iter().zip(probes) {
            let server = format!("{} ({}://{})", partner.name, partner.url.scheme(), partner.url.authority());
            match probe.await {
                Ok(Ok(Reached { certificate_until })) => {
                    report_certificate(&server, certificate_until.map(|until| until.0), findings);
                }
                Ok(Err(failure)) => {
                    let remedy = "docs/partners.md, \"When a partner fails\", says what to do about each reason";
                    findings.problem(
                        Section::Partners,
                        server,
                        format!("cannot be reached: {}", failure.as_str()),
                        remedy,
                    );
                }
                Err(_) => {
                    let remedy = "report this: the attempt panicked";
                    findings.problem(Section::Partners, server, "was not looked at", remedy);
                }
            }
        }
        if let Some(dedup) = &config.dedup {
            examine_dedup(dedup, tls, findings).await;
        }
    });
    findings.fine(
        Section::Partners,
        "sent",
        "no search: a TCP connection and a TLS handshake for each partner, then closed",
    );
}

fn failed(error: &dyn std::fmt::Display, findings: &mut Findings) {
    findings.problem(Section::Partners, "network", format!("cannot be used: {error}"), "see the message");
}

fn report_certificate(server: &str, until: Option<u64>, findings: &mut Findings) {
    match until.map(|until| until.saturating_sub(time::now().0) / DAY_SECONDS) {
        None => findings.fine(Section::Partners, server, "reachable, without TLS"),
        Some(days) if days < EXPIRES_SOON_DAYS => {
            findings.note(
                Section::Partners,
                server,
                format!("reachable; its certificate expires in {days} days: ask the partner"),
            );
        }
        Some(days) => {
            findings.fine(Section::Partners, server, format!("reachable; its certificate is valid for {days} days"));
        }
    }
}

async fn examine_dedup(dedup: &DedupConfig, mut tls: rustls::ClientConfig, findings: &mut Findings) {
    let section = Section::Dedupe;
    let password = match dedup.password_file.as_deref().map(secrets::read_redis_password).transpose() {
        Ok(password) => password,
        Err(error) => return findings.problem(section, "server", format!("{error:#}"), "see the message"),
    };
    // The Redis protocol has no ALPN name (RFC 7301).
    tls.alpn_protocols.clear();
    let credentials = RedisCredentials { password, tls: Arc::new(tls) };
    let RedisFacts { saves, appends, policy } = match inspect(dedup.server.clone(), credentials).await {
        Ok(facts) => facts,
        Err(fault) => {
            let remedy = "start it or correct [dedupe]; until then each node remembers for itself, and a link may count once by node";
            return findings.problem(section, "server", format!("cannot be used: {fault}"), remedy);
        }
    };
    findings.fine(section, "server", "reachable, and accepts writes");
    match (saves, appends) {
        (Some(false), Some(false)) => findings.fine(section, "persistence", "is off: nothing of it is on disk"),
        (Some(true), _) | (_, Some(true)) => {
            let found =
                "is on: what was clicked and who was counted today would be written to its disk, as keyed hashes";
            findings.problem(
                section,
                "persistence",
                found,
                "set save \"\" and appendonly no, and delete dump.rdb and appendonlydir",
            );
        }
        (None, _) | (_, None) => {
            findings.note(
                section,
                "persistence",
                "cannot be seen: its user may not run CONFIG GET and INFO; make sure that it is off",
            );
        }
    }
    match policy.as_deref() {
        Some("noeviction") => {
            findings.fine(section, "maxmemory-policy", "noeviction: a full server refuses, and forgets nothing")
        }
        Some(policy) => {
            let found = format!("{policy}: a full server forgets what was clicked, and links count again");
            findings.problem(section, "maxmemory-policy", found, "set maxmemory-policy noeviction");
        }
        None => findings.note(section, "maxmemory-policy", "cannot be seen; it should be noeviction"),
    }
}
