//! One stream of an HTTP/2 connection: ends if its client takes too little of the answer.
//!
//! Only the window of a stream is the fault of that stream. While the socket takes no bytes, every stream waits for the connection,
//! which has a pace of its own.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio::time::Sleep;

use crate::server::progress::{Allowance, AnswerProgress, ConnectionProgress, Pace};
use crate::time;

tokio::task_local! {
    /// The progress of the stream whose task runs.
    static CURRENT: Arc<AnswerProgress>;
}

/// The progress of the stream on which this code runs; `None` over HTTP/1.1.
pub(super) fn current() -> Option<Arc<AnswerProgress>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Runs the streams of one connection, each in a task of its own.
#[derive(Debug, Clone)]
pub(super) struct StreamExecutor {
    pub(super) progress: Arc<ConnectionProgress>,
    pub(super) pace: Pace,
    /// Counts the answers that ended because their client took too little.
    pub(super) stalled: Counter,
}

impl<F> hyper::rt::Executor<F> for StreamExecutor
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        self.progress.moved();
        let (progress, pace, stalled) = (AnswerProgress::new(self.progress.clone()), self.pace, self.stalled.clone());
        tokio::task::spawn(async move {
            let stream = pin!(CURRENT.scope(progress.clone(), stream));
            if !run(stream, &progress, pace).await {
                stalled.inc();
            }
            // A stream that is dropped is reset with CANCEL (RFC 9113 section 7), and what waits for it is freed.
        });
    }
}

/// Runs a stream to its end. Returns false if its client took too little.
async fn run<F: Future>(mut stream: Pin<&mut F>, progress: &AnswerProgress, pace: Pace) -> bool {
    let mut watch = Watch { allowance: Allowance::new(pace), taken: 0, since: None, timer: None };
    poll_fn(|context| {
        if stream.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        watch.poll_used_up(progress, context).map(|()| false)
    })
    .await
}

/// Measures how long an answer waits.
struct Watch {
    allowance: Allowance,
    /// The bytes taken that the allowance knows of.
    taken: u64,
    /// Since when bytes wait, in unblocked time of the connection, as far as the allowance knows.
    since: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    /// Ready when the client has used up its allowance.
    fn poll_used_up(&mut self, progress: &AnswerProgress, context: &mut Context<'_>) -> Poll<()> {
        let is_waiting = progress.outstanding() > 0;
        let now = progress.connection.unblocked_time();
        if let Some(since) = self.since {
            self.allowance.wait(now.saturating_sub(since));
        }
        self.since = is_waiting.then_some(now);
        let moved = progress.taken().saturating_sub(self.taken);
        self.taken = self.taken.saturating_add(moved);
        if self.allowance.left().is_zero() && moved == 0 {
            return Poll::Ready(());
        }
        self.allowance.refill(moved, progress.connection.waiting());
        if !is_waiting {
            self.timer = None;
            return Poll::Pending;
        }
        let left = self.allowance.left();
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
        // The timer is not set with every byte: when it fires, it is set to what is left.
        while timer.as_mut().poll(context).is_ready() {
            let waited = progress.connection.unblocked_time().saturating_sub(self.since.unwrap_or_default());
            let left = self.allowance.left().saturating_sub(waited);
            if left.is_zero() {
                return Poll::Ready(());
            }
            timer.as_mut().reset((time::instant() + left).into());
        }
        Poll::Pending
    }
}
