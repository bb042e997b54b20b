//! Signals, and what SIGHUP brings about: a new configuration, all of it or nothing.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::admin::query::ReportSettings;
use crate::app::{ProcessState, build_door, shown, statement};
use crate::config::{Config, ConfigError};
use crate::events::{self, Event};
use crate::privacy::statement::PrivacyStatement;
use crate::server::listener::ListenerState;
use crate::server::public_server::PublicServer;
use crate::server::tls;
use crate::time;

/// What a reload may not change, since it would need another socket, store or memory: each key with its value.
pub(super) struct Fixed(Vec<(&'static str, String)>);

impl Fixed {
    pub(super) fn of(config: &Config) -> Self {
        let Config { listen, admin, counts, dedup, limits, .. } = config;
        Self(vec![
            ("listen.address", listen.address.to_string()),
            ("listen.workers", listen.workers.to_string()),
            ("listen.certificate", listen.tls.is_some().to_string()),
            ("admin.address", admin.address.to_string()),
            ("admin.token_file", format!("{:?}", admin.token_file)),
            ("counts.store", format!("{:?}", counts.store)),
            ("counts.spool", format!("{:?}", counts.spool)),
            ("counts.keys", format!("{:?}", counts.keys)),
            ("counts.node", counts.node.clone()),
            ("counts.click_ttl", format!("{:?}", counts.click_ttl)),
            ("dedupe", format!("{dedup:?}")),
            ("limits.connections", limits.connections.to_string()),
            ("limits.header_time", format!("{:?}", limits.header_time)),
            ("limits.idle_time", format!("{:?}", limits.idle_time)),
            ("limits.tokens_remembered", limits.tokens_remembered.to_string()),
            ("limits.visits_remembered", limits.visits_remembered.to_string()),
            ("limits.drain_time", format!("{:?}", limits.drain_time)),
        ])
    }

    /// The first key that another configuration has otherwise.
    fn changed(&self, other: &Self) -> Option<&'static str> {
        let differs =
            |(own, other): (&(&'static str, String), &(&'static str, String))| (own != other).then_some(own.0);
        self.0.iter().zip(&other.0).find_map(differs)
    }
}

pub(super) struct Reload<'a> {
    pub(super) path: Option<&'a Path>,
    pub(super) listening: &'a ListenerState,
    pub(super) shared: &'a ProcessState,
    pub(super) fixed: &'a Fixed,
}

impl Reload<'_> {
    /// All or nothing: everything new is built before anything is put in force.
    async fn reload(&self) {
        match self.build().await {
            Ok((door, tls, shown)) => {
                self.shared.shown.store(Arc::new(shown));
                if let (Some(current), Some(fresh)) = (&self.listening.tls, tls) {
                    current.store(fresh);
                }
                door.state.report_partners_up();
                self.listening.server.store(Arc::new(door));
                events::emit(&Event::Reloaded);
            }
            Err(event) => events::emit(&event),
        }
    }

    async fn build(&self) -> Result<(PublicServer, Option<Arc<rustls::ServerConfig>>, ReportSettings), Event<'static>> {
        // One mistake at least, which `check` tells of as it tells of the others.
        let refused = Event::ReloadRefused;
        let config = Config::load(self.path.ok_or(refused(1))?).map_err(|error| match error {
            ConfigError::Unreadable(..) => refused(1),
            ConfigError::Invalid(_, errors) => refused(errors.len()),
        })?;
        if let Some(key) = self.fixed.changed(&Fixed::of(&config)) {
            return Err(Event::ReloadNeedsRestart(key));
        }
        let tls = config.listen.tls.as_ref().map(tls::server_config).transpose().map_err(|_| refused(1))?;
        let (text, shown) = (statement(&config), shown(&config));
        let current = self.listening.server.load().statement.clone();
        let mut door = build_door(config, self.shared, current).map_err(|_| refused(1))?;
        // Last, since nothing can fail after it: every version in the store was in force.
        let versions = self.shared.store.publish(text, time::now().day()).await;
        let versions = versions.ok_or(Event::StatementUnsaved)?;
        door.statement = PrivacyStatement::from_versions(&versions).map_err(|_| Event::StatementUnsaved)?;
        Ok((door, tls, shown))
    }
}

/// The signals that a process of this kind answers to.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        let [terminate, interrupt, hangup] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt?, hangup: hangup? })
    }

    /// Waits for the signal to stop, reloading at each SIGHUP.
    pub(super) async fn until_stopped(&mut self, reload: &Reload<'_>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => reload.reload().await,
            }
        }
    }
}
