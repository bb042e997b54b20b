//! Applies the configured limits to clients, and counts what is refused.

use std::sync::Arc;
use std::time::Duration;

use crate::clients::Clients;
use crate::clients::limits::ClientLimits;
use crate::clients::rate::Rate;
use crate::clients::share::{self, Demand, Refusal, ShareKind, SharePermit};
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::metrics::{ClientLimit, Metrics};

/// Requests on average that a turn of reading stands for. A turn is 16 KiB (`READ_TURN_BYTES`), so that a request may have 1 KiB, four
/// times what browsers send over HTTP/2: other frames come in small numbers.
const REQUESTS_A_READ_TURN: u32 = 16;

/// Requests at once that a turn of reading stands for: 256 bytes each, since HPACK names the same headers again in a few bytes.
const BURST_A_READ_TURN: u32 = 64;

/// What clients do one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateKind {
    /// Turns in which a connection over HTTP/2 is read: see `REQUESTS_A_READ_TURN`.
    ReadTurns,
    /// Requests of any kind.
    Requests,
    /// Searches.
    Searches,
    /// Clicks that would be counted.
    Clicks,
    /// Visits that would be counted.
    Visits,
    /// Visits that would be counted as a new visitor's.
    Births,
}

/// A client over one of its limits, and what it is told about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReached {
    /// The limit.
    pub limit: ClientLimit,
    /// What may be done at once.
    pub quota: u64,
    /// The seconds in which the quota is granted anew; `None` where it is what is in flight that is limited.
    pub window: Option<u64>,
    /// When to try again.
    pub retry_after: Duration,
}

impl LimitReached {
    /// When to try again, in whole seconds, at least one: rounded up, so that whoever waits that long is admitted.
    #[must_use]
    pub fn retry_after_seconds(&self) -> u64 {
        (self.retry_after.as_secs() + u64::from(self.retry_after.subsec_nanos() > 0)).max(1)
    }
}

/// When to try again after a limit on what is in flight: most requests are answered by then.
const RETRY_AFTER_SHARE: Duration = Duration::from_secs(1);

/// The limits in force.
#[derive(Debug, Clone)]
pub struct ClientLimiter {
    clients: Arc<Clients>,
    limits: ClientLimits,
    metrics: Arc<Metrics>,
}

impl ClientLimiter {
    /// Applies `limits` to `clients`.
    #[must_use]
    pub fn new(clients: Arc<Clients>, limits: ClientLimits, metrics: Arc<Metrics>) -> Self {
        Self { clients, limits, metrics }
    }

    /// The clients.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Charges a client for one more.
    ///
    /// # Errors
    /// The client is over this rate. It is not charged, and a metric counts the refusal.
    pub fn charge(&self, client: &Client, kind: RateKind) -> Result<(), LimitReached> {
        let state = client.state();
        let (used, rate, limit) = match kind {
            RateKind::ReadTurns => (
                &state.read_turns,
                self.limits.requests.divided(REQUESTS_A_READ_TURN, BURST_A_READ_TURN),
                ClientLimit::ReceivedBytes,
            ),
            RateKind::Requests => (&state.requests, self.limits.requests, ClientLimit::Requests),
            RateKind::Searches => (&state.searches, self.limits.searches, ClientLimit::Searches),
            RateKind::Clicks => (&state.clicks, self.limits.clicks, ClientLimit::Clicks),
            RateKind::Visits => (&state.visits, self.limits.visits, ClientLimit::Visits),
            RateKind::Births => (&state.births, self.limits.births, ClientLimit::Births),
        };
        let rate: Rate = rate.times(state.shares);
        used.admit(rate, self.clients.nanoseconds()).map_err(|retry_after| {
            self.metrics.count_client_limit(limit);
            LimitReached { limit, quota: rate.burst().into(), window: Some(rate.window_seconds()), retry_after }
        })
    }

    /// Charges a client for a request out of a budget, of which a client may have `rate`.
    ///
    /// # Errors
    /// The client has its share. A metric counts the refusal, and the time after which it may have another one is returned.
    pub fn charge_budget(&self, client: &Client, rate: Rate) -> Result<(), Duration> {
        let state = client.state();
        let charged = state.budgets.admit(rate.times(state.shares), self.clients.nanoseconds());
        charged.inspect_err(|_| self.metrics.count_client_limit(ClientLimit::Budget))
    }

    /// Takes a permit from a client's share of what all clients do at once; `total` is what all clients may do.
    ///
    /// # Errors
    /// The total is reached, or the client's share is: then a metric counts the refusal.
    pub fn take(
        &self,
        client: &Client,
        kind: ShareKind,
        total: Option<&ConcurrencyLimit>,
    ) -> Result<SharePermit, ShareRefused> {
        self.take_from(client, kind, total, false)
    }

    /// The same, out of a place that another client gave up for this one.
    ///
    /// # Errors
    /// As [`ClientLimiter::take`].
    pub fn take_given_up(
        &self,
        client: &Client,
        kind: ShareKind,
        total: &ConcurrencyLimit,
    ) -> Result<SharePermit, ShareRefused> {
        self.take_from(client, kind, Some(total), true)
    }

    fn take_from(
        &self,
        client: &Client,
        kind: ShareKind,
        total: Option<&ConcurrencyLimit>,
        is_room_made: bool,
    ) -> Result<SharePermit, ShareRefused> {
        let share = self.share(kind).0;
        share::take(client, kind, share, total, is_room_made).map_err(|refusal| self.count_refusal(kind, refusal))
    }

    /// As [`ClientLimiter::take`], without counting a refusal: whoever waits tries again.
    pub(super) fn try_take(
        &self,
        client: &Client,
        kind: ShareKind,
        total: &ConcurrencyLimit,
    ) -> Result<SharePermit, Refusal> {
        share::take(client, kind, self.share(kind).0, Some(total), false)
    }

    /// Counts a refusal, and returns what the client is told about it.
    pub(super) fn count_refusal(&self, kind: ShareKind, refusal: Refusal) -> ShareRefused {
        let (share, limit) = self.share(kind);
        match refusal {
            Refusal::Total => ShareRefused::Total,
            Refusal::Share => {
                self.metrics.count_client_limit(limit);
                let quota = u64::try_from(share).unwrap_or(u64::MAX);
                ShareRefused::Share(LimitReached { limit, quota, window: None, retry_after: RETRY_AFTER_SHARE })
            }
        }
    }

    /// Takes a part of a client's share of the bytes that may wait for clients; `total` is for all of them.
    ///
    /// # Errors
    /// As [`ClientLimiter::take`].
    pub fn take_bytes(
        &self,
        client: &Client,
        bytes: usize,
        total: &ConcurrencyLimit,
    ) -> Result<SharePermit, ShareRefused> {
        let kind = ShareKind::WaitingBytes;
        let taken = share::take_several(client, Demand { kind, number: bytes }, self.share(kind).0, Some(total), false);
        taken.map_err(|refusal| self.count_refusal(kind, refusal))
    }

    /// The same for memory that an answer can do without: only if as much again is left, of the client's share and of the total. A refusal
    /// is not counted.
    #[must_use]
    pub fn take_spare_bytes(&self, client: &Client, bytes: usize, total: &ConcurrencyLimit) -> Option<SharePermit> {
        let kind = ShareKind::WaitingBytes;
        let ((own, share), twice) = (share::own_and_share(client, kind, self.share(kind).0), bytes.saturating_mul(2));
        let is_spare = own.saturating_add(twice) <= share && twice <= total.free();
        let take =
            || share::take_several(client, Demand { kind, number: bytes }, self.share(kind).0, Some(total), false).ok();
        is_spare.then(take).flatten()
    }

    /// Whether a client that has this many more, beside what is in flight, is within its share of this total.
    pub(super) fn has_room_for(&self, client: &Client, kind: ShareKind, total: &ConcurrencyLimit, more: usize) -> bool {
        let (own, share) = share::own_and_share(client, kind, self.share(kind).0);
        !self.shares_out(kind, total) || own.saturating_add(more) < share
    }

    /// Whether a client has a share of this total, and not all of it.
    #[must_use]
    pub fn shares_out(&self, kind: ShareKind, total: &ConcurrencyLimit) -> bool {
        self.share(kind).0 < total.max()
    }

    /// Counts that a client had to give up something of this kind for others.
    pub fn count_given_up(&self, kind: ShareKind) {
        self.metrics.count_client_limit(self.share(kind).1);
    }

    /// The share of one client, and the label of the limit.
    fn share(&self, kind: ShareKind) -> (usize, ClientLimit) {
        match kind {
            ShareKind::Connections => (self.limits.connections, ClientLimit::Connections),
            ShareKind::Heads => (self.limits.heads_in_flight, ClientLimit::HeadsInFlight),
            ShareKind::Requests => (self.limits.requests_in_flight, ClientLimit::RequestsInFlight),
            ShareKind::Searches => (self.limits.searches_in_flight, ClientLimit::SearchesInFlight),
            ShareKind::PartnerRequests => {
                (self.limits.partner_requests_in_flight, ClientLimit::PartnerRequestsInFlight)
            }
            ShareKind::Images => (self.limits.images_in_flight, ClientLimit::ImagesInFlight),
            ShareKind::WaitingBytes => (self.limits.waiting_bytes, ClientLimit::WaitingBytes),
        }
    }
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareRefused {
    /// All clients together have reached the limit.
    Total,
    /// This client has its share.
    Share(LimitReached),
}
