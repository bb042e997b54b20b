//! A future that its connection's task runs as long as somebody waits for it, and a task of its own from then on. A task for each search
//! would cost an allocation, a turn of the scheduler and a wake-up, which only the search of a client that leaves needs.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

type BoxedFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a future to its end, whether or not this is polled to its end. A panic ends the future, as it ends a task, and nothing else: the
/// panic hook has reported it.
pub(super) struct DetachOnDrop(Option<(BoxedFuture, TaskTrackerToken)>);

impl DetachOnDrop {
    /// Runs this future. `tracker` waits for it from now on, whichever task runs it.
    pub(super) fn new(tracker: &TaskTracker, future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some((Box::pin(future), tracker.token())))
    }
}

impl Future for DetachOnDrop {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some((future, _)) = &mut self.0 else { return Poll::Ready(()) };
        // What a panic leaves behind is dropped here.
        if matches!(catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))), Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        self.0 = None;
        Poll::Ready(())
    }
}

impl Drop for DetachOnDrop {
    fn drop(&mut self) {
        // Without a runtime the process is ending, and dropping the future is the end of it.
        if let Some((future, token)) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                future.await;
                drop(token);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// A future that counts its end.
    fn counting(count: &Arc<AtomicUsize>, tracker: &TaskTracker) -> DetachOnDrop {
        let count = count.clone();
        DetachOnDrop::new(tracker, async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            count.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[tokio::test]
    async fn ends_once_whether_or_not_it_is_waited_for() {
        let (count, tracker) = (Arc::new(AtomicUsize::new(0)), TaskTracker::new());
        counting(&count, &tracker).await;
        assert_eq!(count.load(Ordering::Relaxed), 1);
        drop(counting(&count, &tracker));
        let half = tokio::time::timeout(Duration::from_millis(5), counting(&count, &tracker)).await;
        assert!(half.is_err() && count.load(Ordering::Relaxed) == 1);
        tracker.close();
        tracker.wait().await;
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_panic_ends_it() {
        let tracker = TaskTracker::new();
        DetachOnDrop::new(&tracker, async { panic!("expected") }).await;
        tracker.close();
        tracker.wait().await;
    }

    #[test]
    fn is_dropped_where_there_is_no_runtime() {
        let (count, tracker) = (Arc::new(AtomicUsize::new(0)), TaskTracker::new());
        drop(counting(&count, &tracker));
        assert_eq!((count.load(Ordering::Relaxed), tracker.len()), (0, 0));
    }
}
