//! The configured limits of one client (`[limits.client]`).

use crate::clients::rate::Rate;

/// The limits of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// Open connections.
    pub connections: usize,
    /// Connections whose request head, or TLS handshake, has begun and is not complete.
    pub heads_in_flight: usize,
    /// Requests that are being answered.
    pub requests_in_flight: usize,
    /// Searches under way.
    pub searches_in_flight: usize,
    /// Requests to partners under way, to all partners together.
    pub partner_requests_in_flight: usize,
    /// Images that are being fetched.
    pub images_in_flight: usize,
    /// Bytes of answers that wait for the client.
    pub waiting_bytes: usize,
    /// Requests of any kind but clicks.
    pub requests: Rate,
    /// Searches.
    pub searches: Rate,
    /// Clicks that would be counted.
    pub clicks: Rate,
    /// Visits that would be counted.
    pub visits: Rate,
    /// Visits that would be counted as a new visitor's.
    pub births: Rate,
    /// Per cent of a partner's budget of a day that it may use within an hour.
    pub budget_per_cent: u64,
}
