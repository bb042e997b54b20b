//! How many different people something has been counted for, as far as can be told without knowing anyone.

use std::collections::HashSet;

use crate::clients::state::ClientId;
use crate::mutants::{self, Mutant};

/// By what two requests of a day can be told to be of different people. Both are keyed hashes in memory.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Person {
    /// The client. `None` if it is not known, or stands for many.
    pub client: Option<ClientId>,
    /// The visit stamp, if it has a serial and was confirmed: a first stamp is free, so it tells nobody apart.
    pub stamp: Option<u64>,
}

/// Shows nothing of the person.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person")
    }
}

/// A hash of a client or a stamp. Shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PersonHash(u64);

impl std::fmt::Debug for PersonHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonHash")
    }
}

/// The people seen so far, until there are enough. Clients and stamps are counted apart, because one person has both. The hashes
/// of clients change every hour, so only those under one key can be compared: the number is that of the hour in which most came.
#[derive(Debug, Default)]
pub(super) struct DistinctPeople {
    /// The key of `clients`.
    epoch: u64,
    clients: HashSet<PersonHash>,
    stamps: HashSet<PersonHash>,
}

impl DistinctPeople {
    /// Adds a person. Returns true once there were at least `k` different clients or `k` different stamps. At most `k` of each are
    /// remembered.
    pub(super) fn add(&mut self, person: Person, k: usize) -> bool {
        if let Some(client) = person.client {
            self.forget_clients(client.epoch);
            self.clients.insert(PersonHash(client.hash));
        }
        self.stamps.extend(person.stamp.map(PersonHash));
        if mutants::is_on(Mutant::CountsSearchesForK) {
            self.stamps.insert(PersonHash(crate::random::random_u64()));
        }
        self.clients.len() >= k || self.stamps.len() >= k
    }

    /// Forgets the clients under other keys than this one.
    pub(super) fn forget_clients(&mut self, epoch: u64) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.clients.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(epoch: u64, hash: u64) -> Person {
        Person { client: Some(ClientId { epoch, hash }), stamp: None }
    }

    #[test]
    fn one_person_is_never_many() {
        let mut people = DistinctPeople::default();
        for hour in 0..100 {
            let person = Person { stamp: Some(7), ..client(hour, hour.wrapping_mul(0x9e37_79b9)) };
            assert!(!people.add(person, 2));
            assert!(!people.add(Person::default(), 2));
        }
        assert!(people.add(Person { client: None, stamp: Some(8) }, 2));
    }

    proptest! {
        /// Against all people in full.
        #[test]
        fn counts_the_hour_with_most_clients_or_all_stamps(
            k in 1_usize..6, requests in proptest::collection::vec((0_u64..2, 0_u64..8, proptest::option::of(0_u64..8)), 0..40),
        ) {
            let (mut people, mut epoch) = (DistinctPeople::default(), 0);
            let (mut clients, mut stamps) = (HashSet::new(), HashSet::new());
            for (later, hash, stamp) in requests {
                if later == 1 {
                    clients.clear();
                }
                epoch += later;
                clients.insert(hash);
                stamps.extend(stamp);
                let enough = people.add(Person { stamp, ..client(epoch, hash) }, k);
                prop_assert_eq!(enough, clients.len() >= k || stamps.len() >= k);
                if enough {
                    break;
                }
            }
        }
    }
}
