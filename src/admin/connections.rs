//! The places for connections to the admin listener. A newcomer takes the place of the oldest connection that is not being answered:
//! of its own client's where that has its share, else of the client that has most. So connections that do nothing keep nobody out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::clients::Clients;
use crate::clients::open_connections::{OpenConnections, RegisteredConnection};
use crate::clients::share::{self, Refusal, ShareKind};
use crate::clients::state::Client;
use crate::time;

/// How often room is made for one newcomer: another connection can take the place that became free.
const EVICTIONS_FOR_ONE: usize = 3;
/// Clients that are remembered for an hour at most: only administrators should come.
const CLIENTS_REMEMBERED: usize = 10_000;

/// The connections to the admin listener.
#[derive(Debug)]
pub struct AdminConnections {
    open: OpenConnections,
    /// Apart from the clients of the public listener: neither uses up what the other may.
    clients: Clients,
    /// Of the connections, how many one client may have.
    share: usize,
}

impl AdminConnections {
    /// At most `limit` connections, half of them of one client.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let clients = Clients::new(CLIENTS_REMEMBERED);
        Self { open: OpenConnections::new(limit), clients, share: (limit / 2).max(1) }
    }

    /// Nanoseconds since the start: the time that rates are measured in.
    pub(super) fn nanoseconds(&self) -> u64 {
        self.clients.nanoseconds()
    }

    /// The client at this address.
    pub(super) fn client(&self, address: IpAddr) -> Client {
        self.clients.named(address)
    }

    /// Redraws the key by which clients are known, if it is an hour old.
    pub(super) fn forget_old(&self) {
        self.clients.forget_old(time::instant());
    }

    /// A place for a connection of this client. `requests` is the number of its requests that are being answered. `None` if all
    /// connections that could give one up are being answered.
    pub(super) fn admit(&self, client: &Client, requests: &Arc<AtomicUsize>) -> Option<RegisteredConnection> {
        let mut is_room_made = false;
        for _ in 0..=EVICTIONS_FOR_ONE {
            match share::take(client, ShareKind::Connections, self.share, Some(&self.open.total), is_room_made) {
                Ok(place) => return Some(self.open.register(place, requests.clone())),
                Err(Refusal::Share) if self.open.evict_own(client) => is_room_made = true,
                Err(Refusal::Total) if self.open.evict_any() => is_room_made = true,
                Err(Refusal::Share | Refusal::Total) => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(connections: &AdminConnections, address: &str) -> Client {
        connections.client(address.parse().unwrap())
    }

    /// Whoever comes last gets in, whatever connections that do nothing are there, and the number never exceeds the limit.
    #[test]
    fn connections_that_do_nothing_keep_nobody_out() {
        for limit in [1, 2, 3, 64] {
            let connections = AdminConnections::new(limit);
            let clients =
                ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"].map(|text| client(&connections, text));
            let mut held: Vec<RegisteredConnection> = Vec::new();
            for number in 0..400 {
                let who = if number < 300 { &clients[0] } else { &clients[number % 4] };
                held.retain(|connection| !connection.evicted.is_cancelled());
                held.push(connections.admit(who, &Arc::default()).unwrap_or_else(|| panic!("{limit}: {number}")));
                assert!(held.iter().filter(|connection| !connection.evicted.is_cancelled()).count() <= limit);
            }
        }
    }

    #[test]
    fn a_client_has_half_and_requests_are_not_interrupted() {
        let connections = AdminConnections::new(8);
        let (greedy, other) = (client(&connections, "192.0.2.1"), client(&connections, "198.51.100.1"));
        let busy = Arc::new(AtomicUsize::new(1));
        let held: Vec<_> = (0..20).filter_map(|_| connections.admit(&greedy, &busy)).collect();
        assert_eq!(held.len(), 4);
        assert!(held.iter().all(|connection| !connection.evicted.is_cancelled()));
        assert!(connections.admit(&other, &Arc::default()).is_some());
    }
}
