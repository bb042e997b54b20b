//! The open connections of each client, so that a newcomer can have the place of whoever has most.
//!
//! Shares alone do not keep a place free: of clients that come one after another, each can take half of what is left. So when
//! all connections are in use, the client that has most gives one up, if it has at least two more than the newcomer: an old one
//! without a request in flight. Nobody loses a connection to somebody who has as many. Its place is free at once, before its task
//! has ended, so the total never exceeds the limit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::clients::share::SharePermit;
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;

/// Connections of the largest client that are looked at for one without a request in flight, the oldest first. To look at all
/// would make refusals expensive.
const MAX_CANDIDATES: usize = 64;

/// Evicted connections whose tasks have not ended yet, at most. Each still has a descriptor.
const MAX_CLOSING: usize = 32;

/// The open connections, and how many there may be.
#[derive(Debug, Clone)]
pub struct OpenConnections {
    /// Bounds the connections of all clients.
    pub total: ConcurrencyLimit,
    registry: Arc<Mutex<Registry>>,
}

#[derive(Debug, Default)]
struct Registry {
    next: u64,
    /// Evicted connections whose tasks have not ended yet.
    closing: usize,
    /// By the number of the client. No entry is empty.
    clients: HashMap<u64, ClientConnections>,
}

/// The connections of a client by number: a later one has a higher number.
type ClientConnections = BTreeMap<u64, Evictable>;

#[derive(Debug)]
struct Evictable {
    evicted: CancellationToken,
    requests: Arc<AtomicUsize>,
    /// Its place among all connections and in its client's share.
    _place: SharePermit,
}

/// A connection in the registry, removed on drop.
#[derive(Debug)]
pub struct RegisteredConnection {
    open: OpenConnections,
    client: u64,
    number: u64,
    /// Cancelled when the connection must close, because its place is needed.
    pub evicted: CancellationToken,
}

impl OpenConnections {
    /// No connections yet, and at most `limit` at once.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { total: ConcurrencyLimit::new(limit), registry: Arc::default() }
    }

    /// Registers a connection that has this place. `requests` is the number of its requests in flight. The place is returned when
    /// the connection is evicted or dropped.
    #[must_use]
    pub fn register(&self, place: SharePermit, requests: Arc<AtomicUsize>) -> RegisteredConnection {
        let evicted = CancellationToken::new();
        let (client, mut registry) = (place.client().number(), self.lock());
        let number = registry.next;
        registry.next += 1;
        let connection = Evictable { evicted: evicted.clone(), requests, _place: place };
        registry.clients.entry(client).or_default().insert(number, connection);
        RegisteredConnection { open: self.clone(), client, number, evicted }
    }

    /// Evicts a connection of the client that has most, to make room for one of `newcomer`; `None` is a proxy. Returns false
    /// if nobody has at least two more, none of them is without a request in flight, or too many are still closing.
    #[must_use]
    pub fn evict_for(&self, newcomer: Option<&Client>) -> bool {
        let mut registry = self.lock();
        if registry.closing >= MAX_CLOSING {
            return false;
        }
        let own = newcomer.and_then(|client| registry.clients.get(&client.number())).map_or(0, BTreeMap::len);
        let Some((&client, connections)) = registry.clients.iter().max_by_key(|(_, open)| open.len()) else {
            return false;
        };
        connections.len() >= own + 2 && registry.evict_oldest(client)
    }

    /// Evicts a connection of this client, to make room for another one of its own. Returns false if none of them is without a
    /// request in flight, or too many are still closing.
    #[must_use]
    pub fn evict_own(&self, client: &Client) -> bool {
        let mut registry = self.lock();
        registry.closing < MAX_CLOSING && registry.evict_oldest(client.number())
    }

    /// Evicts the oldest connection of the client that has most, whoever needs its place; of those that have as many, the client
    /// with the oldest connection. Returns false if none of them is without a request in flight, or too many are still closing.
    #[must_use]
    pub fn evict_any(&self) -> bool {
        let mut registry = self.lock();
        let oldest = |connections: &ClientConnections| connections.keys().next().copied();
        let largest = registry.clients.iter().max_by_key(|(_, open)| (open.len(), Reverse(oldest(open))));
        let Some(client) = largest.map(|(client, _)| *client) else { return false };
        registry.closing < MAX_CLOSING && registry.evict_oldest(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// Evicts the oldest connection of a client that has no request in flight. Returns false if it has none.
    fn evict_oldest(&mut self, client: u64) -> bool {
        let Some(connections) = self.clients.get_mut(&client) else { return false };
        let is_idle = |connection: &Evictable| connection.requests.load(Ordering::Relaxed) == 0;
        let candidates = connections.iter().take(MAX_CANDIDATES);
        let idle = candidates.into_iter().find(|(_, connection)| is_idle(connection)).map(|(number, _)| *number);
        let Some(connection) = idle.and_then(|number| connections.remove(&number)) else { return false };
        if connections.is_empty() {
            self.clients.remove(&client);
        }
        self.closing += 1;
        connection.evicted.cancel();
        true
    }
}

impl Drop for RegisteredConnection {
    fn drop(&mut self) {
        let mut registry = self.open.lock();
        let connections = registry.clients.get_mut(&self.client);
        let Some((connections, _)) = connections.and_then(|all| all.remove(&self.number).map(|own| (all, own))) else {
            registry.closing = registry.closing.saturating_sub(1);
            return;
        };
        if connections.is_empty() {
            registry.clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Clients;
    use crate::clients::share::{self, ShareKind};

    fn register(open: &OpenConnections, client: &Client, requests: usize) -> RegisteredConnection {
        let place = share::take(client, ShareKind::Connections, usize::MAX, Some(&open.total), false).unwrap();
        open.register(place, Arc::new(AtomicUsize::new(requests)))
    }

    #[test]
    fn the_largest_client_gives_up_its_oldest_idle_connection() {
        let (open, large, small) = (OpenConnections::new(1_000), Client::unnamed(1), Client::unnamed(1));
        assert!(!open.evict_for(Some(&small)), "there is none");
        let first = register(&open, &large, 1);
        let (second, third) = (register(&open, &large, 0), register(&open, &large, 0));
        let own = register(&open, &small, 0);
        assert!(open.evict_for(Some(&small)));
        let evicted = [&first, &second, &third, &own].map(|connection| connection.evicted.is_cancelled());
        assert_eq!(evicted, [false, true, false, false]);
        assert!(!open.evict_for(Some(&small)), "two and one");
        assert!(!open.evict_for(Some(&large)), "nothing of its own");
        assert_eq!(open.total.free(), 997, "the place of an evicted connection is free at once");
        assert!(open.evict_for(None) && third.evicted.is_cancelled());
        assert_eq!((open.total.free(), open.lock().closing), (998, 2));
        drop((first, second, third, own));
        assert!(open.lock().clients.is_empty());
        assert_eq!((open.total.free(), open.lock().closing), (1_000, 0));
    }

    #[test]
    fn a_client_can_give_up_its_own_oldest_idle_connection() {
        let (open, clients) = (OpenConnections::new(1_000), Clients::new(1_000));
        let [own, other] = ["192.0.2.1", "198.51.100.1"].map(|address| clients.named(address.parse().unwrap()));
        assert!(!open.evict_own(&own), "there is none");
        let (first, second) = (register(&open, &own, 1), register(&open, &own, 0));
        let foreign = register(&open, &other, 0);
        assert!(open.evict_own(&own) && !open.evict_own(&own), "one of two has a request");
        let evicted = [&first, &second, &foreign].map(|connection| connection.evicted.is_cancelled());
        assert_eq!(evicted, [false, true, false]);
        let others = [register(&open, &own, 0), register(&open, &other, 0)];
        assert!(open.evict_any(), "of two clients with two each, the one with the oldest: its idle one");
        assert!(others[0].evicted.is_cancelled() && !others[1].evicted.is_cancelled());
        assert!(open.evict_any() && foreign.evicted.is_cancelled(), "now the other has more");
    }

    #[test]
    fn connections_with_requests_stay() {
        let (open, large) = (OpenConnections::new(1_000), Client::unnamed(1));
        let held: Vec<_> = (0..5).map(|_| register(&open, &large, 1)).collect();
        assert!(!open.evict_for(None));
        assert!(held.iter().all(|connection| !connection.evicted.is_cancelled()));
    }

    /// However the places were taken, each newcomer gets one until all have about the same.
    #[test]
    fn newcomers_level_the_largest() {
        let open = OpenConnections::new(1_000);
        let clients: Vec<Client> = (0..8).map(|_| Client::unnamed(1)).collect();
        let mut held: Vec<_> = (0..400).map(|_| register(&open, &clients[0], 0)).collect();
        for client in &clients[1..] {
            while open.evict_for(Some(client)) {
                held.push(register(&open, client, 0));
                held.retain(|connection| !connection.evicted.is_cancelled());
            }
        }
        let registry = open.lock();
        let counts: Vec<usize> = registry.clients.values().map(BTreeMap::len).collect();
        assert_eq!(counts.iter().sum::<usize>(), 400);
        assert!(counts.iter().all(|count| *count >= 25), "{counts:?}");
        drop(registry);
    }
}
