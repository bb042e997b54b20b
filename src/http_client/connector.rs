//! Opens connections: resolves the name, connects, sets up TLS, and guards what is read ([`GuardedConnection`]).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::{BoxError, Service};

use crate::http_client::guarded_connection::GuardedConnection;
use crate::http_client::new_connection::note_finished;
use crate::http_client::resolver::{Resolve, ResolverService};

/// Timeout for connecting, including the TLS handshake. The partner's own `timeout` applies as well.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a partner or an image host.
type Connection = GuardedConnection<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// Opens connections to partners or image hosts.
#[derive(Clone)]
pub(super) struct GuardedConnector(HttpsConnector<HttpConnector<ResolverService>>);

impl GuardedConnector {
    pub(super) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(ResolverService(resolver));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(None);
        // Each address of a name gets its share of this time.
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self(HttpsConnector::from((tcp, tls)))
    }
}

impl Service<Uri> for GuardedConnector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = self.0.call(address);
        Box::pin(async move {
            let connection = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
            note_finished();
            Ok(GuardedConnection::new(connection.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
        })
    }
}
