//! What is agreed with a partner about its statements.

use super::profile::Profile;
use super::tolerance::Tolerance;
use crate::names::Name;

/// The terms of one partner.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Whose they are.
    pub partner: Name,
    /// How its statements are read; None where it has none.
    pub profile: Option<Profile>,
    /// How far they may lie from our counts.
    pub tolerance: Tolerance,
    /// Our codes as it calls them.
    pub tags: Vec<String>,
    /// Its links lead straight to their targets, so that its clicks are not counted here.
    pub is_direct: bool,
}
