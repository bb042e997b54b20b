//! The privacy statement of a configuration, as the store keeps it.

use crate::config::Config;
use crate::privacy::fact;
use crate::privacy::input::StatementInput;

/// Encodes the facts of the statement. Equal texts are the same version.
pub(super) fn encode(config: &Config) -> String {
    let Config { languages, personal_data, counts, routes, partners, keyword_groups, .. } = config;
    let (personal_data, click_ttl, k) = (*personal_data, counts.click_ttl, counts.k);
    fact::encode(&StatementInput { partners, routes, languages, personal_data, click_ttl, k, keyword_groups }.facts())
}
