//! Opens connections: resolves the name, connects, sets up TLS, and guards what is read ([`GuardedConnection`]).

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{self, Connected, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::{BoxError, Service};

use crate::http_client::guarded_connection::GuardedConnection;
use crate::http_client::new_connection::note_finished;
use crate::http_client::resolver::{Resolve, ResolverService};
use crate::mutants::leak;
use crate::wiped_stream::WipedStream;

/// Timeout for connecting, including the TLS handshake. The partner's own `timeout` applies as well.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a partner or an image host.
pub(super) type Connection = GuardedConnection<MaybeHttpsStream<TokioIo<WipedStream<TcpStream>>>>;

/// Opens connections to partners or image hosts.
#[derive(Clone)]
pub(super) struct GuardedConnector(HttpsConnector<WipedConnector>);

impl GuardedConnector {
    pub(super) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(ResolverService(resolver));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(None);
        // Each address of a name gets its share of this time.
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self(HttpsConnector::from((WipedConnector(tcp), tls)))
    }

    /// Opens a connection to the scheme and authority of this address.
    ///
    /// # Errors
    /// Why there is none, at the end of the chain of sources.
    pub(super) async fn open(&self, address: Uri) -> Result<Connection, BoxError> {
        let mut connector = self.0.clone();
        let connecting = async {
            poll_fn(|context| connector.poll_ready(context)).await?;
            connector.call(address).await
        };
        let connection = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        note_finished();
        Ok(GuardedConnection::new(connection.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
    }
}

/// Opens connections under TLS, or without it.
#[derive(Clone)]
struct WipedConnector(HttpConnector<ResolverService>);

impl Service<Uri> for WipedConnector {
    type Response = TokioIo<WipedStream<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = self.0.call(leak::proxied(address));
        Box::pin(async move { Ok(TokioIo::new(WipedStream::new(connecting.await?.into_inner()))) })
    }
}

/// The connector of TLS asks whether there is a proxy, or HTTP/2: neither.
impl connect::Connection for WipedStream<TcpStream> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
