//! A search partner over TLS, with a certificate authority of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::ConfigBuilder;
use crate::proxy::Proxy;
use crate::test_env::sample_results;
use crate::workdir::Workdir;

/// A certificate authority, and a certificate that it has issued, with its key.
pub struct Identity {
    /// The authority's certificate, in PEM.
    pub authority: String,
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "Authority of this test");
    params
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

impl Identity {
    /// A certificate for `localhost`, changed by `change`, from an authority of its own.
    pub fn issued(change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let authority = authority_params().self_signed(&authority_key).unwrap();
        let mut params = params();
        change(&mut params);
        let certificate = params.signed_by(&key, &Issuer::new(authority_params(), authority_key)).unwrap();
        Identity {
            authority: authority.pem(),
            chain: vec![certificate.der().clone()],
            key: key.serialize_der().try_into().unwrap(),
        }
    }

    /// A certificate for `localhost` that signs itself.
    pub fn self_signed(is_ca: IsCa) -> Identity {
        let (mut params, key) = (params(), KeyPair::generate().unwrap());
        params.is_ca = is_ca;
        let certificate = params.self_signed(&key).unwrap();
        Identity {
            authority: Identity::issued(|_| {}).authority,
            chain: vec![certificate.der().clone()],
            key: key.serialize_der().try_into().unwrap(),
        }
    }

    /// A certificate whose chain lacks the authority in between.
    pub fn without_intermediate() -> Identity {
        let mut identity = Identity::issued(|_| {});
        identity.authority = Identity::issued(|_| {}).authority;
        identity
    }
}

/// A partner over TLS. It sends the n-th response to the n-th request of each connection, and after the last one closes the
/// connection, without TLS's `close_notify`, as soon as another request arrives.
pub struct TlsPartner {
    port: u16,
    authority: String,
    /// The requests so far, over all connections.
    pub requests: Arc<AtomicUsize>,
    /// The source port of each request.
    pub source_ports: Arc<Mutex<Vec<u16>>>,
    /// What was negotiated for each connection with a request: the protocol (RFC 7301), and how the session began.
    pub sessions: Arc<Mutex<Vec<Negotiated>>>,
}

pub type Negotiated = (Option<Vec<u8>>, Option<rustls::HandshakeKind>);

impl TlsPartner {
    /// A partner that sends two results once for each connection.
    pub fn start(identity: &Identity) -> TlsPartner {
        let body = sample_results();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        TlsPartner::responding(identity, vec![format!("{head}{body}").into_bytes()], false)
    }

    pub fn responding(identity: &Identity, responses: Vec<Vec<u8>>, closes_at_once: bool) -> TlsPartner {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.unwrap().with_no_client_auth();
        let mut config = config.with_single_cert(identity.chain.clone(), identity.key.clone_key()).unwrap();
        // As large sites do: it prefers HTTP/2, and sends tickets, as rustls does unless told otherwise.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
        let config = Arc::new(config);
        let (requests, sessions) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (authority, source_ports) = (identity.authority.clone(), Arc::new(Mutex::new(Vec::new())));
        let ports = Arc::clone(&source_ports);
        let (counted, negotiated) = (Arc::clone(&requests), Arc::clone(&sessions));
        let partner = TlsPartner { port, authority, requests: counted, source_ports, sessions: negotiated };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let source_port = stream.peer_addr().unwrap().port();
                let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let (mut stream, responses) = (rustls::StreamOwned::new(session, stream), responses.clone());
                let (requests, sessions, ports) = (Arc::clone(&requests), Arc::clone(&sessions), Arc::clone(&ports));
                std::thread::spawn(move || {
                    for (number, response) in responses.into_iter().enumerate() {
                        if read_head(&mut stream).is_err() {
                            return;
                        }
                        if number == 0 {
                            let protocol = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
                            sessions.lock().unwrap().push((protocol, stream.conn.handshake_kind()));
                        }
                        requests.fetch_add(1, Ordering::SeqCst);
                        ports.lock().unwrap().push(source_port);
                        let _ = stream.write_all(&response).and_then(|()| stream.flush());
                    }
                    if !closes_at_once && read_head(&mut stream).is_ok() {
                        requests.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        partner
    }

    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/search", self.port)
    }

    /// A proxy that trusts the authority and asks the partner at this host.
    pub fn proxy(&self, host: &str) -> Proxy {
        self.proxy_with_env_vars(host, &[])
    }

    /// Likewise, with so many workers.
    pub fn proxy_with_workers(&self, host: &str, workers: usize) -> Proxy {
        let config = ConfigBuilder::with_partner_url(&self.url(host)).with("listen", "workers", &workers.to_string());
        self.proxy_of(&config, &[])
    }

    /// Likewise, with additional environment variables.
    pub fn proxy_with_env_vars(&self, host: &str, env_vars: &[(&str, &str)]) -> Proxy {
        self.proxy_of(&ConfigBuilder::with_partner_url(&self.url(host)), env_vars)
    }

    fn proxy_of(&self, config: &ConfigBuilder, env_vars: &[(&str, &str)]) -> Proxy {
        let trusted = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(trusted.path(), &self.authority).unwrap();
        let trusted = ("SSL_CERT_FILE", trusted.path().to_str().unwrap());
        Workdir::with_env_vars(&config.text(), &[&[trusted], env_vars].concat()).start()
    }
}

type TlsStream = rustls::StreamOwned<rustls::ServerConnection, std::net::TcpStream>;

fn read_head(stream: &mut TlsStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    Ok(())
}
