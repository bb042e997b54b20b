//! Shares: how much of what all clients do at once a single client may do.
//!
//! Two bounds apply. A client has at most its configured share; and a client that already has as much as what is still free gets
//! no more, so that the last places are for those who have few. The second is the dynamic threshold of Choudhury and Hahne
//! ("Dynamic queue length thresholds for shared-memory packet switches", 1998) with the factor 1: of n clients that take what
//! they can, each gets one part in n + 1, and one part stays free. A configured share that is not below the total turns both off, except for
//! bytes: whoever lowers their total saves memory, and does not want one client to have all that is left.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::clients::state::{Client, ClientState};
use crate::concurrency_limit::{ConcurrencyLimit, Permit};

/// What clients do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareKind {
    /// Open connections.
    Connections,
    /// Incomplete request heads and handshakes.
    Heads,
    /// Requests that are being answered.
    Requests,
    /// Searches under way.
    Searches,
    /// Requests to partners.
    PartnerRequests,
    /// Images that are being fetched.
    Images,
    /// Bytes of answers that wait for the client.
    WaitingBytes,
}

/// Why there is no permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// All clients together have reached the limit.
    Total,
    /// This client has its share.
    Share,
}

/// A permit out of a client's share, returned on drop.
#[derive(Debug)]
pub struct SharePermit {
    client: Client,
    kind: ShareKind,
    number: usize,
    _total: Option<Permit>,
}

/// Takes a permit from the client's share and from the total, if there is one. `is_room_made`: somebody gave up a place for this
/// client, so the rule about what is still free does not apply.
///
/// # Errors
/// [`Refusal`]; then nothing is taken.
pub fn take(
    client: &Client,
    kind: ShareKind,
    share: usize,
    total: Option<&ConcurrencyLimit>,
    is_room_made: bool,
) -> Result<SharePermit, Refusal> {
    take_several(client, Demand { kind, number: 1 }, share, total, is_room_made)
}

/// What a client asks for.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// What it is.
    pub kind: ShareKind,
    /// How much of it.
    pub number: usize,
}

/// The same for several at once.
///
/// # Errors
/// As [`take`].
pub fn take_several(
    client: &Client,
    demand: Demand,
    share: usize,
    total: Option<&ConcurrencyLimit>,
    is_room_made: bool,
) -> Result<SharePermit, Refusal> {
    let (Demand { kind, number }, state) = (demand, client.state());
    // The configured share decides, not its multiple for clients that are not known: that may well exceed the total.
    let is_shared_out = total.is_some_and(|total| kind == ShareKind::WaitingBytes || share < total.max());
    let share = share.saturating_mul(usize::try_from(state.shares).unwrap_or(usize::MAX));
    let own = in_flight(state, kind).fetch_add(number, Ordering::Relaxed);
    let with_these = own.saturating_add(number);
    // From here on dropping it gives the place back.
    let mut permit = SharePermit { client: client.clone(), kind, number, _total: None };
    let Some(total) = total else {
        return if with_these <= share { Ok(permit) } else { Err(Refusal::Share) };
    };
    let free = total.free();
    if is_shared_out && own > 0 && (with_these > share || (!is_room_made && free > 0 && with_these > free)) {
        return Err(Refusal::Share);
    }
    permit._total = Some(total.permits(number).ok_or(Refusal::Total)?);
    Ok(permit)
}

impl SharePermit {
    /// The client that has it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// How many a client has in flight, and its share of the configured one.
pub(super) fn own_and_share(client: &Client, kind: ShareKind, share: usize) -> (usize, usize) {
    let state = client.state();
    let share = share.saturating_mul(usize::try_from(state.shares).unwrap_or(usize::MAX));
    (in_flight(state, kind).load(Ordering::Relaxed), share)
}

fn in_flight(state: &ClientState, kind: ShareKind) -> &AtomicUsize {
    match kind {
        ShareKind::Connections => &state.connections_open,
        ShareKind::Heads => &state.heads_in_flight,
        ShareKind::Requests => &state.requests_in_flight,
        ShareKind::Searches => &state.searches_in_flight,
        ShareKind::PartnerRequests => &state.partner_requests_in_flight,
        ShareKind::Images => &state.images_in_flight,
        ShareKind::WaitingBytes => &state.waiting_bytes,
    }
}

impl Drop for SharePermit {
    fn drop(&mut self) {
        in_flight(self.client.state(), self.kind).fetch_sub(self.number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take_one(client: &Client, share: usize, total: &ConcurrencyLimit) -> Result<SharePermit, Refusal> {
        take(client, ShareKind::Connections, share, Some(total), false)
    }

    #[test]
    fn a_client_gets_its_share_and_back_what_it_returns() {
        let (total, client, other) = (ConcurrencyLimit::new(100), Client::unnamed(1), Client::unnamed(1));
        let mut held: Vec<_> = (0..5).map(|_| take_one(&client, 5, &total).unwrap()).collect();
        assert_eq!(take_one(&client, 5, &total).unwrap_err(), Refusal::Share);
        assert!(take_one(&other, 5, &total).is_ok());
        assert_eq!(total.free(), 95, "a refused permit takes nothing");
        held.pop();
        assert!(take_one(&client, 5, &total).is_ok());
        let unnamed = Client::unnamed(10);
        let held: Vec<_> = (0..60).map_while(|_| take_one(&unnamed, 5, &total).ok()).collect();
        assert_eq!(held.len(), 48, "ten shares would be 50, but it has as many as are left");
    }

    #[test]
    fn without_a_total_the_share_alone_counts() {
        let client = Client::unnamed(1);
        let take = || take(&client, ShareKind::Requests, 2, None, false);
        let held = (take().unwrap(), take().unwrap());
        assert_eq!(take().unwrap_err(), Refusal::Share);
        drop(held);
        assert!(take().is_ok());
    }

    #[test]
    fn a_lowered_total_is_shared_out_as_before() {
        let (total, client, other) = (ConcurrencyLimit::new(100), Client::unnamed(1), Client::unnamed(1));
        total.set_limit(4);
        let held: Vec<_> = (0..4).map_while(|_| take_one(&client, 50, &total).ok()).collect();
        assert_eq!(held.len(), 2, "although its share is above the total of now");
        assert!(take_one(&other, 50, &total).is_ok());
    }

    #[test]
    fn a_share_of_everything_is_no_share() {
        let (total, client) = (ConcurrencyLimit::new(4), Client::unnamed(1));
        let held: Vec<_> = (0..4).map(|_| take_one(&client, 4, &total).unwrap()).collect();
        assert_eq!(take_one(&client, 4, &total).unwrap_err(), Refusal::Total);
        drop(held);
        assert_eq!(total.free(), 4);
    }

    #[test]
    fn clients_that_are_not_known_leave_room() {
        let (total, unnamed) = (ConcurrencyLimit::new(100), Client::unnamed(10));
        let held: Vec<_> = (0..100).map_while(|_| take_one(&unnamed, 20, &total).ok()).collect();
        assert_eq!(held.len(), 50, "ten shares would be 200, more than there are");
        assert!(take_one(&Client::unnamed(1), 20, &total).is_ok());
    }

    proptest! {
        /// Whatever share is configured, clients that take all the bytes they can leave as much as each of them has.
        #[test]
        fn bytes_are_left_for_others(
            limit in 1_000_000_usize..10_000_000,
            share in 1_usize..20_000_000,
            answer in 20_000_usize..400_000,
            shares in 1_u32..20,
            greedy in 1_usize..40,
        ) {
            prop_assume!(answer * (greedy + 2) <= limit);
            let total = ConcurrencyLimit::new(limit);
            let demand = Demand { kind: ShareKind::WaitingBytes, number: answer };
            let clients: Vec<Client> = (0..greedy).map(|_| Client::unnamed(shares)).collect();
            let mut held = Vec::new();
            loop {
                let before = held.len();
                held.extend(clients.iter().filter_map(|client| take_several(client, demand, share, Some(&total), false).ok()));
                if held.len() == before {
                    break;
                }
            }
            let (most, free) = (held.len().div_ceil(greedy) * answer, total.free());
            prop_assert!(most <= free + 2 * answer, "{most} of {limit}, {free} left");
            prop_assert!(take_several(&Client::unnamed(1), demand, share, Some(&total), false).is_ok());
        }

        /// However many clients take all they can, somebody new still gets a place.
        #[test]
        fn a_newcomer_is_served(limit in 50_usize..2_000, share in 1_usize..1_000, greedy in 1_usize..40) {
            prop_assume!(share < limit);
            let total = ConcurrencyLimit::new(limit);
            let clients: Vec<Client> = (0..greedy).map(|_| Client::unnamed(1)).collect();
            let mut held = Vec::new();
            loop {
                let before = held.len();
                held.extend(clients.iter().filter_map(|client| take_one(client, share, &total).ok()));
                if held.len() == before {
                    break;
                }
            }
            let (most, free) = (held.len().div_ceil(greedy), total.free());
            prop_assert!(most <= share && (most <= free + 2 || free > 0));
            prop_assert!(take_one(&Client::unnamed(1), share, &total).is_ok());
        }
    }
}
