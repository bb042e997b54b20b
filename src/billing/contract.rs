//! The configured contract with a partner: how its statements are read and compared.

use crate::billing::profile::Profile;
use crate::billing::tolerance::Tolerance;
use crate::name::ConfigName;

/// The billing terms of one partner.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The partner.
    pub partner: ConfigName,
    /// How its statements are read; None if none is configured.
    pub profile: Option<Profile>,
    /// How far its counts may differ from ours.
    pub tolerance: Tolerance,
    /// The tags by which its statements identify our codes.
    pub tags: Vec<String>,
    /// True if its links lead directly to their targets, so that we do not count its clicks.
    pub is_direct: bool,
}
