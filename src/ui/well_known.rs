//! Documents for crawlers and privacy tools.

use crate::privacy::statement::PrivacyStatement;

/// `/robots.txt`: nothing here is for crawlers (RFC 9309).
pub const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// `/.well-known/gpc.json`: Global Privacy Control is honored (GPC section 3.3) since the privacy statement's date.
#[must_use]
pub fn gpc(statement: &PrivacyStatement) -> String {
    format!("{{\"gpc\":true,\"lastUpdate\":\"{}\"}}\n", statement.since)
}
