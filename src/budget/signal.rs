//! What pools and the keeper's thread share: who asks for requests, and requests to give back.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::budget::plan::SpendingPlan;
use crate::budget::rule::RequestPrice;
use crate::name::ConfigName;
use crate::time::Hour;

/// Requests that were reserved and will not be sent.
#[derive(Debug)]
pub(super) struct Unsent {
    pub(super) plan: Arc<SpendingPlan>,
    pub(super) code: Option<ConfigName>,
    pub(super) stamp: Hour,
    pub(super) price: RequestPrice,
    pub(super) n: u64,
}

/// The state shared by pools and the thread.
#[derive(Debug, Default)]
pub(super) struct KeeperSignal {
    inbox: Mutex<Inbox>,
    wake: Condvar,
    done: Condvar,
}

/// What the thread is asked for.
#[derive(Debug, Default)]
struct Inbox {
    is_woken: bool,
    unsent: Vec<Unsent>,
    is_closing: bool,
    is_ended: bool,
}

impl KeeperSignal {
    /// No change under the lock can stop half way, so a poisoned lock protects valid requests.
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread: a pool needs requests.
    pub(super) fn wake(&self) {
        self.lock().is_woken = true;
        self.wake.notify_one();
    }

    /// Gives requests back, at the thread's next turn.
    pub(super) fn give_back(&self, unsent: Unsent) {
        self.lock().unsent.push(unsent);
    }

    /// Waits until somebody asks, or for this long. Returns what is to be given back, and whether the thread is to end.
    pub(super) fn wait(&self, pause: Duration) -> (Vec<Unsent>, bool) {
        let idle = |inbox: &mut Inbox| !inbox.is_woken && !inbox.is_closing;
        let (mut inbox, _) =
            self.wake.wait_timeout_while(self.lock(), pause, idle).unwrap_or_else(PoisonError::into_inner);
        inbox.is_woken = false;
        (std::mem::take(&mut inbox.unsent), inbox.is_closing)
    }

    /// Tells the thread to end, and waits for that until the deadline.
    pub(super) fn close(&self, deadline: Instant, now: Instant) {
        let mut inbox = self.lock();
        inbox.is_closing = true;
        self.wake.notify_one();
        let running = |inbox: &mut Inbox| !inbox.is_ended;
        drop(self.done.wait_timeout_while(inbox, deadline.saturating_duration_since(now), running));
    }

    /// Notes that the thread has ended.
    pub(super) fn end(&self) {
        self.lock().is_ended = true;
        self.done.notify_all();
    }
}
