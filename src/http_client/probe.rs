//! Connects to a server as the client for partners does, and sends no request: for `doctor`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::http_client::failure;
use crate::http_client::resolver::NameNotResolved;
use crate::problem::ConnectionFailure;
use crate::time::Time;

/// Timeout of a probe, from the lookup of the name to the end of the handshake.
const PROBE_TIME: Duration = Duration::from_secs(5);

/// A server that was reached.
#[derive(Debug)]
pub(crate) struct Reached {
    /// When its certificate expires. None without TLS.
    pub(crate) certificate_until: Option<Time>,
}

/// Opens a TCP connection to the server of a URL and, with `https`, completes a TLS handshake in which the certificate is verified. Then closes
/// it: the server learns the address it was reached from and, by SNI, its own name.
///
/// # Errors
/// Why the server cannot be reached, as for a search.
pub(crate) async fn probe(url: &Url, tls: Arc<rustls::ClientConfig>) -> Result<Reached, ConnectionFailure> {
    match tokio::time::timeout(PROBE_TIME, connect(url, tls)).await {
        Ok(Ok(reached)) => Ok(reached),
        Ok(Err(error)) => Err(failure::classify_chain(&error)),
        Err(_) => Err(ConnectionFailure::Unreachable),
    }
}

async fn connect(url: &Url, tls: Arc<rustls::ClientConfig>) -> io::Result<Reached> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(|_| io::Error::other(NameNotResolved))?;
    let addresses: Vec<_> = addresses.collect();
    let stream = TcpStream::connect(addresses.as_slice()).await?;
    if url.scheme() != "https" {
        return Ok(Reached { certificate_until: None });
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| io::Error::other(NameNotResolved))?;
    let stream = TlsConnector::from(tls).connect(name, stream).await?;
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(|chain| chain.first());
    Ok(Reached { certificate_until: certificate.and_then(|certificate| expiry(certificate)) })
}

/// When a certificate expires (RFC 5280 section 4.1.2.5).
fn expiry(certificate: &[u8]) -> Option<Time> {
    let certificate = Certificate::from_der(certificate).ok()?;
    Some(Time(certificate.tbs_certificate.validity.not_after.to_unix_duration().as_secs()))
}
