//! Divides the limit of open files among connections and outbound requests.

use crate::config::Config;
use crate::events::{self, Event};
use crate::partner::Partner;

/// Open files besides connections and outbound requests: the store and its readers, keys, connections that are being closed for
/// others.
const RESERVED_FILES: usize = 64;

/// Open files of a worker: its listener and the copy that is passed on, what its runtime waits with, a connection that is being
/// refused.
const FILES_OF_WORKER: usize = 8;

/// The admin listener has at most one of this many parts of all descriptors.
const SMALLEST_PART_OF_ADMIN: usize = 8;

/// Who may have how many descriptors, so that nobody takes those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DescriptorBudget {
    /// Connections to the public listener.
    pub(super) connections: usize,
    /// Connections to the admin listener.
    pub(super) admin_connections: usize,
    /// Searches in flight, each of which asks one partner at a time.
    pub(super) searches: usize,
}

/// Divides the limit of open files. Everybody gets what is configured where the limit allows it. The admin listener has at most an
/// eighth of all; the public one what is left after outbound requests, but at least a quarter; searches the rest, but at least one.
pub(super) fn descriptor_budget(config: &Config, open_files: usize) -> DescriptorBudget {
    let limits = &config.limits;
    let admin = config.admin.connections.min(open_files / SMALLEST_PART_OF_ADMIN);
    let partners = limits.searches_in_flight.min(limits.partner_requests_in_flight * config.partners.len());
    let images = if config.partners.iter().any(Partner::shows_images) { limits.images_in_flight } else { 0 };
    let reserved = RESERVED_FILES + config.listen.workers * FILES_OF_WORKER + admin;
    let available = open_files.saturating_sub(reserved + partners + images).max(open_files / 4);
    if available < limits.connections {
        events::emit(&Event::ConnectionsBounded(available));
    }
    let connections = available.min(limits.connections);
    let searches = open_files.saturating_sub(reserved + images + connections).max(1);
    DescriptorBudget { connections, admin_connections: admin, searches }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_parts_fit_into_the_limit_of_open_files() {
        for images in [false, true] {
            let mut text = include_str!("../../proxy.toml").to_owned();
            if images {
                text += "\n[[partner]]\nname = \"pictures\"\nurl = \"https://p.example/\"\nformat = \"html\"\n\
                         send = { keyword = \"q\" }\nimages = \"proxied\"\n";
            }
            let config = Config::parse(&text, Path::new(".")).map_err(|errors| format!("{errors:?}")).unwrap();
            for open_files in [256, 512, 1_024, 4_096, 65_536, 1_048_576] {
                let budget = descriptor_budget(&config, open_files);
                let fixed = RESERVED_FILES + config.listen.workers * FILES_OF_WORKER;
                let images = if images { config.limits.images_in_flight } else { 0 };
                let searches = budget.searches.min(config.limits.searches_in_flight);
                let all = fixed + images + searches + budget.connections + budget.admin_connections;
                assert!(all <= open_files || searches == 1, "{open_files}: {budget:?}");
                assert!(
                    budget.connections >= open_files.min(40_000) / 4 && budget.admin_connections >= 32,
                    "{budget:?}"
                );
            }
        }
    }
}
