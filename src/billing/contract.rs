//! What is agreed with a partner about its statements.

use crate::billing::profile::Profile;
use crate::billing::tolerance::Tolerance;
use crate::name::ConfigName;

/// The terms of one partner.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Whose they are.
    pub partner: ConfigName,
    /// How its statements are read; None where it has none.
    pub profile: Option<Profile>,
    /// How far they may lie from our counts.
    pub tolerance: Tolerance,
    /// Our codes as it calls them.
    pub tags: Vec<String>,
    /// Its links lead straight to their targets, so that its clicks are not counted here.
    pub is_direct: bool,
}
