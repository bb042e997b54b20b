//! Opens connections: resolves the name, connects, and sets up TLS.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower::{BoxError, Service as _};

use crate::http_client::connection::{Connection, Transport};
use crate::http_client::origin::Origin;
use crate::http_client::resolver::{NameNotResolved, Resolve, ResolverService};
use crate::http_client::socket::PartnerSocket;
use crate::mutants::leak;
use crate::wiped_stream::WipedStream;

/// Timeout for connecting, including the TLS handshake. The partner's own `timeout` applies as well.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens connections to partners or image hosts.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector<ResolverService>,
    tls: TlsConnector,
}

impl Connector {
    pub(super) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(ResolverService(resolver));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(None);
        // Each address of a name gets its share of this time.
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self { tcp, tls: tls.into() }
    }

    /// Opens a connection to an origin.
    ///
    /// # Errors
    /// Why there is none, at the end of the chain of sources.
    pub(super) async fn open(&self, origin: &Origin) -> Result<Connection, BoxError> {
        let address = origin.address().ok_or(NameNotResolved)?;
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, self.connect(address, origin.is_tls)).await;
        opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    async fn connect(&self, address: Uri, is_tls: bool) -> Result<Connection, BoxError> {
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = is_tls.then(|| ServerName::try_from(host.to_owned()));
        let name = name.transpose().map_err(|_| NameNotResolved)?;
        let mut tcp = self.tcp.clone();
        poll_fn(|context| tcp.poll_ready(context)).await?;
        let socket = PartnerSocket::Registered(tcp.call(leak::proxied(address)).await?.into_inner());
        Ok(Connection::new(match name {
            None => Transport::Plain(socket),
            Some(name) => Transport::Tls(Box::new(self.tls.connect(name, WipedStream::new(socket)).await?)),
        }))
    }
}
