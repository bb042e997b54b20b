//! Whether a request opened a connection or was sent over one that was kept from an earlier request. reqwest does not say,
//! so the connector notes it for the task that waits for it.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower::{Layer, Service};

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

/// Wraps reqwest's connector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotingLayer;

impl<S> Layer<S> for NotingLayer {
    type Service = NotingConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        NotingConnector(inner)
    }
}

/// A connector that notes when it has finished.
#[derive(Debug, Clone)]
pub(crate) struct NotingConnector<S>(S);

impl<S, R> Service<R> for NotingConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connection = connecting.await;
            // While it connects, another request may return a connection, which is then used. The new one is finished in a
            // task of its own and kept: there is nobody to tell.
            WAS_OPENED.try_with(|was_opened| was_opened.set(true)).ok();
            connection
        })
    }
}
