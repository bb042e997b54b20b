//! Whether a request opened a connection or was sent over one that was kept from an earlier request. The client does not say,
//! so the connector notes it for the task that waits for it.

use std::cell::Cell;

tokio::task_local! {
    /// Whether the connector has finished, with a connection or without one, for the request of this task.
    static WAS_OPENED: Cell<bool>;
}

/// Runs the sending of one request. Returns its output, and whether a connection was opened for it, or failed to open.
/// False means that the request was sent over a kept connection.
pub(crate) async fn note_new_connection<T>(sending: impl Future<Output = T>) -> (T, bool) {
    let noting = async {
        let output = sending.await;
        (output, WAS_OPENED.with(Cell::get))
    };
    WAS_OPENED.scope(Cell::new(false), noting).await
}

/// Notes that the connector has finished.
pub(super) fn note_finished() {
    WAS_OPENED.try_with(|was_opened| was_opened.set(true)).ok();
}
