//! What a proposal depends on beside the file.

use crate::billing::profile::Profile;
use crate::billing::profile_proposal::partner_match::KnownPartner;

/// What a proposal depends on beside the file.
pub struct ProposalContext<'c> {
    /// The configured partners.
    pub partners: &'c [KnownPartner],
    /// The partner that the operator named.
    pub partner: Option<&'c str>,
    /// The file in a ZIP file that is the statement.
    pub member: Option<&'c str>,
    /// Parses the keys of a `statement` table; an error has the mistakes, a line each.
    pub parse: &'c dyn Fn(&str) -> Result<Profile, String>,
}
