//! TLS and HTTP/2 towards clients (`docs/privacy-requirements.md`, section A).

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SignatureScheme, SupportedProtocolVersion};

use super::canary::CanaryKind;
use super::cases::{ERRORS, LeakCase, SEARCHES};
use super::coverage;
use super::leak_test::{LeakTest, SOURCE};
use super::request_builder::HEADER_BATCHES;
use super::rows::Row;
use super::tls_listener::{self, NAME};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{organic_results, sample_results, within_one_hour};
use qsproxy_test_support::tls_partner::{Identity, TlsPartner};
use qsproxy_test_support::workdir::Workdir;

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

/// Headers that HTTP/2 has no place for (RFC 9113 section 8.2.2), and those that curl sets.
const NOT_SENT: [&str; 9] =
    ["connection", "keep-alive", "upgrade", "te", "trailer", "transfer-encoding", "host", "expect", "content-length"];

/// Canaries through TLS and both versions of HTTP, by GET and POST, in both formats, and in SNI.
pub fn canaries() {
    let partner = MockPartner::json(organic_results(1));
    let config = tls_listener::with_tls(LeakTest::config(&partner, |config| config));
    let workdir = Workdir::new(&config.text());
    tls_listener::write_certificate(&workdir);
    let mut test = LeakTest::of_proxy("TLS", partner, workdir.start());
    for version in ["--http1.1", "--http2"] {
        for case in SEARCHES[..3].iter().chain(&ERRORS[..6]) {
            for batch in 0..HEADER_BATCHES {
                let response = send(&mut test, case, batch, version);
                assert_eq!(response.status, case.status, "{version} {}", case.name);
                test.audit.record_response(case.name, case.may_show, &response.raw);
                test.record_partner_requests(case);
                coverage::count(Row::Fingerprint, 1);
            }
        }
        test.audit.canaries.start_case("SNI");
        let name = test.audit.canaries.insert(CanaryKind::Input, "authority", "{}.search.example");
        let response = tls_listener::curl(&test.proxy, &name, "/search?q=x", &[version]);
        assert_eq!(response.status, 421, "{version}");
        test.audit.record_response("SNI", &[], &response.raw);
    }
    test.audit.inspect_outputs("before the end", &test.proxy, &test.partner);
    assert!(test.proxy.terminate().success(), "{}", test.proxy.stderr());
    test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
    test.audit.assert_no_leaks();
}

/// Sends the request of a case with curl.
fn send(test: &mut LeakTest, case: &LeakCase, batch: usize, version: &str) -> tls_listener::CurlResponse {
    let mut request = test.request_for(case, batch);
    request.headers.retain(|(name, _)| !NOT_SENT.contains(&name.to_ascii_lowercase().as_str()));
    let lines = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let mut options: Vec<String> = lines.flat_map(|line| ["-H".to_owned(), line]).collect();
    options.extend([version.to_owned(), "-g".to_owned(), "--interface".to_owned(), format!("127.0.0.{SOURCE}")]);
    options.extend(["-X".to_owned(), request.method.clone()]);
    if request.method == "POST" {
        options.extend(["--data-binary".to_owned(), String::from_utf8(request.body.clone()).unwrap()]);
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    tls_listener::curl(&test.proxy, NAME, &request.target, &options)
}

/// A partner whose certificate is not trusted, and one that does not speak TLS.
pub fn failing_handshakes() {
    let untrusted = TlsPartner::start(&Identity::issued(|_| {}));
    let plain = MockPartner::json(sample_results());
    for (url, status, code) in [
        (untrusted.url("localhost"), 502, "partner_failed"),
        (plain.url().replace("http://", "https://"), 504, "partner_timeout"),
    ] {
        let mut test = LeakTest::new("handshake", |config| config.with("partner first", "url", &format!("{url:?}")));
        let fails = LeakCase { status, code, keyword: CanaryKind::Input, may_show: &[], ..SEARCHES[0] };
        test.run_case(&fails);
        assert!(test.proxy.terminate().success(), "{}", test.proxy.stderr());
        test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
        test.audit.assert_no_leaks();
    }
}
