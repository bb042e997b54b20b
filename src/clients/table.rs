//! Clients by their hash, for a bounded number of clients.
//!
//! There are two generations. A client that is used is in the younger one; when that is full, it becomes the older one, and the
//! clients of the former older one, which were not used in the meantime, are forgotten. A client with something in flight is
//! kept. Whoever has so many prefixes that they push one another out gains nothing by it: each of them had its rates anyway.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::clients::state::{Client, ClientId};

/// Independent parts, each with a lock of its own, so that workers rarely wait for one another.
const PARTS: usize = 16;

/// Returns the hash as its own hash: it is keyed already.
#[derive(Default)]
struct KeyedHasher(u64);

impl Hasher for KeyedHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type ClientMap = HashMap<u64, Client, BuildHasherDefault<KeyedHasher>>;

#[derive(Default)]
struct Part {
    young: ClientMap,
    old: ClientMap,
}

/// The clients under one key.
pub(super) struct ClientTable {
    parts: [Mutex<Part>; PARTS],
    /// Clients of a generation of one part.
    generation: usize,
}

impl ClientTable {
    /// An empty table of about `capacity` clients.
    pub(super) fn new(capacity: usize) -> Self {
        Self { parts: Default::default(), generation: (capacity / (2 * PARTS)).max(1) }
    }

    /// The client with this ID.
    pub(super) fn client(&self, id: ClientId) -> Client {
        let hash = id.hash;
        // The map uses the low and the high bits, so the part is chosen by others.
        let part = usize::from(hash.to_be_bytes()[3]) % PARTS;
        let Some(part) = self.parts.get(part) else { return Client::new(id) };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = part.young.get(&hash) {
            return client.clone();
        }
        let client = part.old.remove(&hash).unwrap_or_else(|| Client::new(id));
        if part.young.len() >= self.generation {
            part.age();
        }
        part.young.insert(hash, client.clone());
        client
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let lengths = self.parts.iter().map(|part| {
            let part = part.lock().unwrap();
            part.young.len() + part.old.len()
        });
        lengths.sum()
    }
}

impl Part {
    /// Forgets the older generation except for clients with something in flight.
    fn age(&mut self) {
        let mut former = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
        former.retain(|_, client| !client.is_idle());
        self.old.extend(former);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(hash: u64) -> ClientId {
        ClientId { epoch: 1, hash }
    }

    fn hashes(n: u64) -> impl Iterator<Item = u64> {
        (1..=n).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17))
    }

    #[test]
    fn remembers_used_clients_and_stays_bounded() {
        let table = ClientTable::new(1_600);
        let first = table.client(id(1));
        for hash in hashes(100_000) {
            drop(table.client(id(hash)));
            assert!(table.client(id(1)).is(&first), "in flight, and used");
        }
        assert!(table.len() <= 1_600 + 1, "{}", table.len());
    }

    #[test]
    fn keeps_what_is_in_flight_however_many_others_come() {
        let table = ClientTable::new(320);
        let held: Vec<_> = hashes(1_000).map(|hash| (hash, table.client(id(hash)))).collect();
        for hash in hashes(50_000).skip(1_000) {
            drop(table.client(id(hash)));
        }
        assert!(held.iter().all(|(hash, client)| table.client(id(*hash)).is(client)));
        drop(held);
        for hash in hashes(60_000).skip(50_000) {
            drop(table.client(id(hash)));
        }
        assert!(table.len() <= 320, "{}", table.len());
    }
}
