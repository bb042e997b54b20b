//! TLS and HTTP/2 towards clients (`docs/privacy-requirements.md`, section A).

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SignatureScheme, SupportedProtocolVersion};

use super::coverage;
use super::rows::Row;
use super::tls_listener::{self, NAME};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{sample_results, within_one_hour};

/// Notes whether a server asks for a certificate.
#[derive(Debug, Default)]
struct AskedForCertificate(AtomicBool);

impl ResolvesClientCert for AskedForCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::SeqCst);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A client that keeps every ticket and session ID, and offers early data.
fn client(
    authority: &str,
    version: &'static SupportedProtocolVersion,
    asked: &Arc<AskedForCertificate>,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let asked: Arc<dyn ResolvesClientCert> = Arc::<AskedForCertificate>::clone(asked);
    let mut config = config.with_root_certificates(roots).with_client_cert_resolver(asked);
    config.enable_early_data = true;
    Arc::new(config)
}

/// A client that comes back is not recognised: there is nothing to resume, and no certificate is asked for.
pub fn tickets_and_certificates() {
    use std::io::{Read as _, Write as _};
    let partner = MockPartner::json(sample_results());
    let listener = tls_listener::start(&partner, |config| config);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let asked = Arc::new(AskedForCertificate::default());
        let config = client(&listener.authority, version, &asked);
        for _ in 0..3 {
            let name = ServerName::try_from(NAME).unwrap();
            let connection = ClientConnection::new(Arc::clone(&config), name).unwrap();
            let stream = TcpStream::connect(listener.proxy.public).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            stream
                .write_all(format!("GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n").as_bytes())
                .unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", answer.escape_ascii());
            assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::Full), "{version:?}");
            assert_eq!(stream.conn.tls13_tickets_received(), 0, "{version:?}");
            coverage::count(Row::Tickets, 1);
            coverage::count(Row::ClientCertificate, 1);
        }
        assert!(!asked.0.load(Ordering::SeqCst), "{version:?}: a client certificate was asked for");
    }
}

/// How a client speaks TLS and HTTP changes nothing at the partner, in the store or in the answer's headers.
pub fn fingerprints() {
    const CLIENTS: &[&[&str]] = &[
        &["--http1.1", "--tlsv1.2", "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"],
        &["--http1.1", "--tlsv1.2", "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305"],
        &["--http1.1", "--tlsv1.3", "--tls13-ciphers", "TLS_AES_256_GCM_SHA384"],
        &["--http2", "--tlsv1.3", "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"],
        &["--http2", "--tlsv1.3", "--curves", "P-256"],
        &["--http2", "--no-alpn", "--tlsv1.2"],
        &["--http2", "--post301", "-d", "q=weather&format=json"],
        &["--http1.1", "-d", "q=weather&format=json"],
    ];
    let partner = MockPartner::json(sample_results());
    let listener = tls_listener::start(&partner, |config| config);
    let (requests, _) = within_one_hour(|| {
        for options in CLIENTS {
            let posted = options.contains(&"-d");
            let target = if posted { "/search" } else { "/search?q=weather&format=json" };
            let answer = listener.curl(NAME, target, options);
            assert!(answer.status == 200, "{options:?}: {}", String::from_utf8_lossy(&answer.raw));
            coverage::count(Row::Fingerprint, 1);
        }
        partner.take_requests()
    });
    assert_eq!(requests.len(), CLIENTS.len());
    for (request, options) in requests.iter().zip(CLIENTS) {
        assert!(*request == requests[0], "{options:?}: {}", request.escape_ascii());
    }
}
