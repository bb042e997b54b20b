//! Clients, and what each of them may use.
//!
//! A client is everybody who shares a network prefix: the /24 of an IPv4 address, the /56 of an IPv6 address. It is known by a
//! keyed hash of that prefix, in memory only. [`Clients`] redraws the key every hour and forgets everything with it, so what is
//! known of a client is never older than an hour, and hashes of two hours cannot be compared. The price is one burst: at the
//! turn of the key a client that had used up its rates starts afresh.
//!
//! * [`prefix`](mod@prefix) cuts an address to its prefix.
//! * [`rate`] limits how often a client does something: the generic cell rate algorithm.
//! * `recent_clicks` remembers what a client clicked a moment ago.
//! * [`share`] limits how much a client does at once, out of what all clients do at once.
//! * [`search_places`] lets searches wait for a moment until one of the places of all clients is free.
//! * [`open_connections`] takes a connection from the client that has most when all are in use.
//! * `table` finds the state of a client, for a bounded number of clients.
//! * [`limiter`] applies the configured limits and counts refusals.

pub mod limiter;
pub mod limits;
pub mod open_connections;
pub mod prefix;
pub mod rate;
mod recent_clicks;
pub mod search_places;
pub mod share;
pub mod state;
mod table;

use std::hash::Hasher as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use siphasher::sip::SipHasher24;
use zeroize::Zeroizing;

use crate::clients::prefix::prefix;
use crate::clients::recent_clicks::RecentClicks;
use crate::clients::state::{Client, ClientId};
use crate::clients::table::ClientTable;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::{random, time};

/// How long a key is used, and so the longest time for which anything of a client is remembered.
pub const KEY_LIFETIME: Duration = Duration::from_secs(3_600);

/// Bytes of a key: what SipHash takes.
const KEY_BYTES: usize = 16;

/// The shares of requests whose client is not known, in shares of one client. They come through a trusted proxy that names
/// no client, or no single one. One share would lock out everybody behind a proxy whose configuration is wrong; no limit
/// would let them out who make the name unreadable on purpose.
const UNNAMED_SHARES: u32 = 10;

/// Interval of reports about one cause, in seconds: an event must not occur once per request.
const REPORT_INTERVAL_SECONDS: u64 = 3_600;

static NEXT_EPOCH: AtomicU64 = AtomicU64::new(1);

/// All clients of the process.
#[derive(Debug)]
pub struct Clients {
    epoch: ArcSwap<Epoch>,
    /// How many clients are remembered.
    capacity: usize,
    started: Instant,
    recent_clicks: RecentClicks,
    /// Second since `started` from which the next untrusted proxy may be reported.
    next_report: AtomicU64,
}

/// The clients under one key.
struct Epoch {
    /// Another number for every key.
    number: u64,
    key: Zeroizing<[u8; KEY_BYTES]>,
    since: Instant,
    table: ClientTable,
    /// The requests whose client is not known.
    unnamed: Client,
}

/// Omits the key and the clients.
impl std::fmt::Debug for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Epoch").finish_non_exhaustive()
    }
}

impl Epoch {
    fn begin(now: Instant, capacity: usize) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random::fill_random(&mut *key);
        let number = NEXT_EPOCH.fetch_add(1, Ordering::Relaxed);
        Self { number, key, since: now, table: ClientTable::new(capacity), unnamed: Client::unnamed(UNNAMED_SHARES) }
    }
}

impl Clients {
    /// No clients yet. At most about `capacity` clients are remembered, and all that have something in flight.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let now = time::instant();
        let epoch = ArcSwap::from_pointee(Epoch::begin(now, capacity));
        Self { epoch, capacity, started: now, recent_clicks: RecentClicks::default(), next_report: AtomicU64::new(0) }
    }

    /// The client that this address belongs to.
    #[must_use]
    pub fn named(&self, address: IpAddr) -> Client {
        fail_at(FailPoint::Clients, || address.to_string());
        let epoch = self.epoch.load();
        let mut hasher = SipHasher24::new_with_key(&epoch.key);
        hasher.write(&prefix(address));
        epoch.table.client(ClientId { epoch: epoch.number, hash: hasher.finish() })
    }

    /// The client that all requests belong to whose client is not known.
    #[must_use]
    pub fn unnamed(&self) -> Client {
        self.epoch.load().unnamed.clone()
    }

    /// The number of the key in use, as in the IDs of clients.
    #[must_use]
    pub fn key_number(&self) -> u64 {
        self.epoch.load().number
    }

    /// Nanoseconds since the process started: the time that rates are measured in.
    #[must_use]
    pub fn nanoseconds(&self) -> u64 {
        u64::try_from(time::instant().duration_since(self.started).as_nanos()).unwrap_or(u64::MAX)
    }

    /// The key of a click of this client with this user agent on this target, to recognize it by for a moment. The agent keeps
    /// people apart who share a network. `None` if the client is not known: then it is many people.
    #[must_use]
    pub fn click_key(&self, client: &Client, agent: &[u8], target: &str) -> Option<u64> {
        let serial = client.serial()?;
        let mut hasher = SipHasher24::new_with_key(&self.epoch.load().key);
        hasher.write_u64(serial);
        hasher.write_usize(agent.len());
        hasher.write(agent);
        hasher.write(target.as_bytes());
        Some(hasher.finish())
    }

    /// Whether a click with this key was counted less than `window` ago. If not, this one is remembered as counted now.
    #[must_use]
    pub fn is_repeated_click(&self, key: u64, window: Duration) -> bool {
        !window.is_zero() && self.recent_clicks.is_repeated(key, self.nanoseconds(), window)
    }

    /// Forgets old clicks; redraws the key and forgets all clients and clicks, if the key is an hour old. What is in flight then
    /// is returned to its old state, which disappears with it. Returns whether the key was redrawn. Called every second.
    pub fn forget_old(&self, now: Instant) -> bool {
        self.recent_clicks.forget_old(self.nanoseconds());
        let is_old = now.duration_since(self.epoch.load().since) >= KEY_LIFETIME;
        if is_old {
            self.epoch.store(Arc::new(Epoch::begin(now, self.capacity)));
            self.recent_clicks.clear();
        }
        is_old
    }

    /// Whether an untrusted proxy should be reported now: at most once an hour.
    #[must_use]
    pub fn may_report_proxy(&self) -> bool {
        let second = self.nanoseconds() / 1_000_000_000;
        let next = self.next_report.load(Ordering::Relaxed);
        let later = second.saturating_add(REPORT_INTERVAL_SECONDS);
        second >= next && self.next_report.compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_prefix_is_one_client_and_two_are_two() {
        let clients = Clients::new(1_000);
        let same = |left: &str, right: &str| clients.named(address(left)).is(&clients.named(address(right)));
        assert!(same("192.0.2.1", "192.0.2.254") && same("2001:db8:0:aa01::1", "2001:db8:0:aaff::2"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.9"), "IPv4-mapped IPv6 is IPv4");
        assert!(!same("192.0.2.1", "192.0.3.1") && !same("2001:db8:0:aa01::1", "2001:db8:0:ab01::1"));
        assert!(!clients.named(address("192.0.2.1")).is(&clients.unnamed()));
    }

    #[test]
    fn an_hour_later_nothing_is_known() {
        let clients = Clients::new(1_000);
        let (before, unnamed) = (clients.named(address("192.0.2.1")), clients.unnamed());
        assert!(!clients.forget_old(time::instant() + KEY_LIFETIME - Duration::from_secs(60)));
        assert!(clients.named(address("192.0.2.1")).is(&before), "not yet");
        let key = *clients.epoch.load().key;
        assert!(clients.forget_old(time::instant() + KEY_LIFETIME));
        assert!(!clients.named(address("192.0.2.1")).is(&before) && !clients.unnamed().is(&unnamed));
        assert_ne!(*clients.epoch.load().key, key);
    }

    #[test]
    fn an_untrusted_proxy_is_reported_once_an_hour() {
        let clients = Clients::new(1_000);
        assert!(clients.may_report_proxy() && !clients.may_report_proxy());
    }

    #[test]
    fn prints_nothing_of_a_client() {
        let clients = Clients::new(1_000);
        let client = clients.named(address("192.0.2.1"));
        assert_eq!(format!("{client:?}"), "Client");
        let key = format!("{:?}", *clients.epoch.load().key);
        assert!(!format!("{clients:?}").contains(&key));
    }
}
