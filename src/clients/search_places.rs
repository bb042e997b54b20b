//! The places for searches under way, and the short line of those that wait for one: the places for all searches, and those at one partner.
//!
//! When all places are in use, a search waits for at most `queue_time`, and only while places do become free: a partner that hangs
//! makes nobody wait. The client with the fewest searches under way is served first. Of several it is whoever came first, while the line moves so
//! fast that nobody waits for half of `queue_time`; otherwise whoever came last. Under lasting overload a first-come line makes everybody wait for as long as
//! it allows; this one serves most at once and refuses the rest (adaptive LIFO: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015).
//! A connection whose search waits sends no other one, so whoever has many connections is slowed down, and the work of refusing
//! stays bounded. The shares of clients hold, and a client that fills the line and its share stands behind everybody who has no search under way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::clients::limiter::{ClientLimiter, ShareRefused};
use crate::clients::share::{ShareKind, SharePermit};
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;

/// Searches that may wait: as many as there are connections in most configurations. Each keeps its request, some kilobytes.
const MAX_WAITING: usize = 8_192;

/// Waiting searches that are looked at for a free place, from the first or the last one on. More would be work that grows with the overload.
const MAX_LOOKED_AT: usize = 256;

/// The places for searches, and who waits for one.
#[derive(Debug)]
pub struct SearchPlaces {
    /// All places.
    pub total: ConcurrencyLimit,
    /// What a place is for.
    kind: ShareKind,
    limiter: ClientLimiter,
    queue_time: Duration,
    waiting: Mutex<WaitingSearches>,
    /// The length of the line, to be read without the lock.
    waiting_count: AtomicUsize,
    /// When a place became free last, in nanoseconds since the process started.
    released: AtomicU64,
}

/// By number; the last one has the highest.
#[derive(Debug, Default)]
struct WaitingSearches {
    next: u64,
    searches: BTreeMap<u64, WaitingSearch>,
}

impl WaitingSearches {
    /// The number of the search that gets the next place. Only searches since `recent` may be served in the order in which they came.
    fn next_served(&self, recent: u64, has_share_left: impl Fn(&Client) -> bool) -> Option<u64> {
        let is_fast = self.searches.first_key_value().is_some_and(|(_, first)| first.since >= recent);
        let under_way = |client: &Client| client.state().searches_in_flight.load(Ordering::Relaxed);
        let is_served = |search: &WaitingSearch| has_share_left(&search.client);
        let fewest = |(number, search): (&u64, &WaitingSearch)| (under_way(&search.client), *number);
        if is_fast {
            let first = self.searches.iter().take(MAX_LOOKED_AT).filter(|(_, search)| is_served(search));
            return first.map(fewest).min().map(|(_, number)| number);
        }
        let last = self.searches.iter().rev().take(MAX_LOOKED_AT).filter(|(_, search)| is_served(search));
        last.map(fewest).min_by_key(|(under_way, _)| *under_way).map(|(_, number)| number)
    }
}

#[derive(Debug)]
struct WaitingSearch {
    client: Client,
    /// Since when it waits, in nanoseconds since the process started.
    since: u64,
    place_tx: oneshot::Sender<SharePermit>,
}

/// The place of a search. When it is dropped, somebody who waits gets it.
#[derive(Debug)]
pub struct SearchPlace {
    /// `Some` until it is dropped.
    permit: Option<SharePermit>,
    client: Client,
    places: Arc<SearchPlaces>,
}

impl SearchPlace {
    fn new(permit: SharePermit, places: &Arc<SearchPlaces>) -> Self {
        Self { client: permit.client().clone(), permit: Some(permit), places: places.clone() }
    }

    /// The client that has it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for SearchPlace {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.places.released.store(self.places.nanoseconds(), Ordering::Relaxed);
        self.places.hand_on();
    }
}

/// A search in the line, until this is dropped.
struct InLine<'a> {
    places: &'a SearchPlaces,
    client: &'a Client,
    number: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.places.lock().searches.remove(&self.number);
        self.places.waiting_count.fetch_sub(1, Ordering::Relaxed);
        self.client.state().searches_waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SearchPlaces {
    /// These places, with a line in which a search waits for at most `queue_time`; zero for no line.
    #[must_use]
    pub fn new(kind: ShareKind, total: ConcurrencyLimit, limiter: ClientLimiter, queue_time: Duration) -> Self {
        Self {
            total,
            kind,
            limiter,
            queue_time,
            waiting: Mutex::default(),
            waiting_count: AtomicUsize::new(0),
            released: AtomicU64::new(0),
        }
    }

    /// A place for a search of this client, at once or after a moment.
    ///
    /// # Errors
    /// All places are in use, or the client's share of them is: then a metric counts the refusal.
    pub async fn take(self: &Arc<Self>, client: &Client) -> Result<SearchPlace, ShareRefused> {
        let refusal = match self.limiter.try_take(client, self.kind, &self.total) {
            Ok(permit) => return Ok(SearchPlace::new(permit, self)),
            Err(refusal) => refusal,
        };
        let permit = if self.may_wait(client) { self.wait(client).await } else { None };
        match permit {
            Some(permit) => Ok(SearchPlace::new(permit, self)),
            None => Err(self.limiter.count_refusal(self.kind, refusal)),
        }
    }

    /// A place for a search of this client that does not wait for one.
    ///
    /// # Errors
    /// As [`SearchPlaces::take`].
    pub fn take_free(self: &Arc<Self>, client: &Client) -> Result<SearchPlace, ShareRefused> {
        let permit = self.limiter.take(client, self.kind, Some(&self.total))?;
        Ok(SearchPlace::new(permit, self))
    }

    /// How many searches wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting_count.load(Ordering::Relaxed)
    }

    /// Whether waiting has a chance: there is room in the line, the client has not its share of searches there and under way, and
    /// places have become free lately.
    fn may_wait(&self, client: &Client) -> bool {
        let waiting = client.state().searches_waiting.load(Ordering::Relaxed);
        let since = self.nanoseconds().saturating_sub(self.released.load(Ordering::Relaxed));
        self.waiting_count.load(Ordering::Relaxed) < MAX_WAITING
            && self.limiter.has_room_for(client, self.kind, &self.total, waiting)
            && Duration::from_nanos(since) < self.queue_time
    }

    async fn wait(&self, client: &Client) -> Option<SharePermit> {
        let (place_tx, mut place) = oneshot::channel();
        let _in_line = self.enter(client, place_tx);
        // A place may have become free before this search was in the line.
        self.hand_on();
        let permit = tokio::time::timeout(self.queue_time, &mut place).await.ok().and_then(Result::ok);
        // It may have come at the last moment.
        permit.or_else(|| place.try_recv().ok())
    }

    fn enter<'a>(&'a self, client: &'a Client, place_tx: oneshot::Sender<SharePermit>) -> InLine<'a> {
        self.waiting_count.fetch_add(1, Ordering::Relaxed);
        client.state().searches_waiting.fetch_add(1, Ordering::Relaxed);
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next = number.wrapping_add(1);
        waiting.searches.insert(number, WaitingSearch { client: client.clone(), since: self.nanoseconds(), place_tx });
        InLine { places: self, client, number }
    }

    /// Gives free places to those who wait.
    fn hand_on(&self) {
        if self.waiting_count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let half = u64::try_from(self.queue_time.as_nanos() / 2).unwrap_or(u64::MAX);
        let recent = self.nanoseconds().saturating_sub(half);
        let mut waiting = self.lock();
        while self.total.free() > 0 {
            let Some(number) = waiting.next_served(recent, |client| self.has_share_left(client)) else { break };
            let Some(search) = waiting.searches.remove(&number) else { break };
            // Another thread may have taken the place: then the search keeps its turn in the line.
            let Ok(permit) = self.limiter.try_take(&search.client, self.kind, &self.total) else {
                waiting.searches.insert(number, search);
                break;
            };
            // If the search has been given up meanwhile, its place is free again.
            drop(search.place_tx.send(permit));
        }
    }

    fn has_share_left(&self, client: &Client) -> bool {
        self.limiter.has_room_for(client, self.kind, &self.total, 0)
    }

    fn nanoseconds(&self) -> u64 {
        self.limiter.clients().nanoseconds()
    }

    fn lock(&self) -> MutexGuard<'_, WaitingSearches> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(clients: &[&Client]) -> WaitingSearches {
        let mut waiting = WaitingSearches::default();
        for (number, client) in (0..).zip(clients) {
            let (place_tx, _) = oneshot::channel();
            waiting.searches.insert(number, WaitingSearch { client: (*client).clone(), since: number, place_tx });
        }
        waiting
    }

    /// After all that wait have come.
    const LATE: u64 = 1_000_000;

    #[test]
    fn whoever_has_fewest_under_way_is_served_first_and_then_whoever_came_last() {
        let (busy, idle, other) = (Client::unnamed(1), Client::unnamed(1), Client::unnamed(1));
        busy.state().searches_in_flight.store(3, Ordering::Relaxed);
        let any = |_: &Client| true;
        assert_eq!(waiting(&[]).next_served(LATE, any), None);
        assert_eq!(waiting(&[&idle, &busy, &busy]).next_served(LATE, any), Some(0));
        assert_eq!(waiting(&[&idle, &other, &busy]).next_served(LATE, any), Some(1));
        assert_eq!(waiting(&[&busy, &busy]).next_served(LATE, any), Some(1));
        assert_eq!(
            waiting(&[&busy, &idle]).next_served(LATE, |client| client.is(&busy)),
            Some(0),
            "the other has its share"
        );
        // A line that moves fast is served in order, but for who has more under way.
        assert_eq!(waiting(&[&idle, &other, &busy]).next_served(0, any), Some(0));
        assert_eq!(waiting(&[&busy, &idle, &other]).next_served(0, any), Some(1));
        assert_eq!(waiting(&[&busy, &busy]).next_served(0, any), Some(0));
        assert_eq!(waiting(&[&idle, &busy]).next_served(0, |client| client.is(&busy)), Some(1));
        // However many searches of one client came after it.
        let mut crowd = vec![&busy; MAX_LOOKED_AT - 1];
        crowd.insert(0, &idle);
        assert_eq!(waiting(&crowd).next_served(LATE, any), Some(0));
    }
}
