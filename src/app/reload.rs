//! SIGHUP: replaces the configuration, completely or not at all.

use std::path::Path;
use std::sync::Arc;

use crate::admin::query::ReportSettings;
use crate::app::process_state::{ProcessState, report_settings};
use crate::app::sandbox::Sandbox;
use crate::app::server;
use crate::app::statement;
use crate::config::{Config, ConfigError};
use crate::events::{self, Event};
use crate::privacy::statement::PrivacyStatement;
use crate::server::listener_state::ListenerState;
use crate::server::public_server::PublicServer;
use crate::server::tls;
use crate::time;

/// The keys that a reload cannot change, because they need another socket, store or cache, with their values.
pub(super) struct FixedKeys(Vec<(&'static str, String)>);

impl FixedKeys {
    /// The fixed keys of a configuration.
    pub(super) fn of(config: &Config) -> Self {
        let Config { listen, admin, counts, dedup, limits, .. } = config;
        Self(vec![
            ("listen.address", listen.address.to_string()),
            ("listen.workers", listen.workers.to_string()),
            ("listen.proxy_protocol", listen.proxy_protocol.to_string()),
            ("listen.certificate", listen.tls.is_some().to_string()),
            ("admin.address", admin.address.to_string()),
            ("admin.token_file", format!("{:?}", admin.token_file)),
            ("admin.connections", admin.connections.to_string()),
            ("admin.metrics_interval", format!("{:?}", admin.metrics_interval)),
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
            ("limits.client.remembered", limits.clients_remembered.to_string()),
            ("limits.drain_time", format!("{:?}", limits.drain_time)),
        ])
    }

    /// The first key with another value in `other`.
    fn first_change(&self, other: &Self) -> Option<&'static str> {
        self.0.iter().zip(&other.0).find(|(own, other)| own != other).map(|(own, _)| own.0)
    }
}

/// Reloads the configuration of a running process.
pub(super) struct Reloader<'a> {
    pub(super) path: Option<&'a Path>,
    pub(super) listener: &'a ListenerState,
    pub(super) process: &'a ProcessState,
    pub(super) fixed: &'a FixedKeys,
    /// What a restart can write.
    pub(super) sandbox: &'a Sandbox,
}

/// Everything that a reload replaces.
struct NewParts {
    server: PublicServer,
    tls: Option<Arc<rustls::ServerConfig>>,
    report_settings: ReportSettings,
}

impl Reloader<'_> {
    /// Builds everything from the file, then replaces the parts in force. An event reports the result.
    pub(super) async fn reload(&self) {
        match self.build().await {
            Ok(NewParts { server, tls, report_settings }) => {
                self.process.report_settings.store(Arc::new(report_settings));
                if let (Some(current), Some(tls)) = (&self.listener.tls, tls) {
                    current.store(tls);
                }
                server.state.report_partners();
                self.listener.server.store(Arc::new(server));
                events::emit(&Event::Reloaded);
            }
            Err(event) => events::emit(&event),
        }
    }

    async fn build(&self) -> Result<NewParts, Event<'static>> {
        // An error outside the text of the file counts as one. `qsproxy check` prints all of them.
        let refused = Event::ReloadRefused;
        let config = Config::load(self.path.ok_or(refused(1))?).map_err(|error| match error {
            ConfigError::Unreadable(..) => refused(1),
            ConfigError::Invalid(_, errors) => refused(errors.len()),
        })?;
        if let Some(key) = self.fixed.first_change(&FixedKeys::of(&config)) {
            return Err(Event::ReloadNeedsRestart(key));
        }
        let tls = config.listen.tls.as_ref().map(tls::server_config).transpose().map_err(|_| refused(1))?;
        let (text, report_settings) = (statement::encode(&config), report_settings(&config));
        let current = self.listener.server.load_full();
        let (partners, statement) = (&current.state.partners, current.statement.clone());
        let mut server = server::build(config, self.process, partners, statement).map_err(|_| refused(1))?;
        // Last, because nothing can fail after it: every version in the store must have been in force.
        let versions = self.process.store.publish(text, time::now().day()).await;
        let versions = versions.ok_or(Event::StatementUnsaved)?;
        server.statement = PrivacyStatement::from_versions(&versions).map_err(|_| Event::StatementUnsaved)?;
        Ok(NewParts { server, tls, report_settings })
    }
}
