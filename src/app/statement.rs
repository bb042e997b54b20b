//! The privacy statement of a configuration, as the store keeps it.

use crate::config::Config;
use crate::privacy::fact::{self, StoreKind};
use crate::privacy::input::StatementInput;
use crate::storage::query::StoreLocation;

/// Encodes the facts of the statement. Equal texts are the same version.
pub(crate) fn encode(config: &Config) -> String {
    let Config { languages, personal_data, counts, routes, partners, keyword_groups, service, .. } = config;
    let (personal_data, click_ttl, k) = (*personal_data, counts.click_ttl, counts.k);
    let store = match counts.store {
        StoreLocation::Sqlite(_) => StoreKind::File,
        StoreLocation::Postgres(_) => StoreKind::Postgresql,
    };
    let input = StatementInput {
        partners,
        routes,
        languages,
        personal_data,
        click_ttl,
        k,
        keyword_groups,
        identity: &service.identity,
        repeat_window: counts.repeat_window,
        is_padded: config.listen.pad,
        store,
        shares_memory: config.dedup.is_some(),
    };
    fact::encode(&input.facts())
}
