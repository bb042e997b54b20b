//! Partners that cannot be reached: `partner_down` and the metric name the reason, certificates' above all.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::Ordering;

use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::tls_partner::{Identity, TlsPartner};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// How many failures in a row make a partner `down`.
const FAILURES: usize = 5;

/// Asserts that searches fail, that `partner_down` gives this reason, and that nothing else of the error is printed.
#[track_caller]
fn assert_down(proxy: &Proxy, reason: &str) {
    for _ in 0..FAILURES {
        assert!(matches!(proxy.get("/search?q=KANARIENVOGEL&format=json", &[]).status, 502 | 504), "{reason}");
    }
    let event = "event=partner_down partner=first failure=";
    let failure = wait_for(event, || {
        let stderr = proxy.stderr();
        let line = stderr.lines().find_map(|line| Some(line.split_once(event)?.1.to_owned()));
        line.filter(|_| stderr.ends_with('\n'))
    });
    assert_eq!(failure, reason);
    assert!(!proxy.stderr().contains("KANARIENVOGEL"));
}

/// A server without TLS that answers whatever it receives, as web servers answer what is not HTTP.
fn plain_http_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/search", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
    });
    url
}

#[track_caller]
fn assert_metric(proxy: &Proxy, line: &str) {
    // Series change every 15 s.
    wait_up_to(std::time::Duration::from_secs(40), line, || {
        proxy.admin_get("/metrics", &[]).text().lines().any(|one| one == line).then_some(())
    });
}

#[test]
fn the_event_names_why_a_partner_cannot_be_reached() {
    let garbage = MockPartner::responding(MockResponse::Raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()));
    let closes = MockPartner::responding(MockResponse::CloseImmediately);
    let truncates = MockPartner::responding(MockResponse::TruncatedBody);
    let plain = plain_http_url();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let chunk = format!("{head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n0\r\n\r\n");
    let chunks = MockPartner::responding(MockResponse::Raw(chunk.into_bytes()));
    let secure = TlsPartner::start(&Identity::issued(|_| {}));
    for (url, reason) in [
        ("http://nowhere.invalid/search".to_owned(), "dns"),
        (MockPartner::unreachable_url(), "connection_refused"),
        (closes.url(), "connection_closed"),
        (truncates.url(), "connection_closed"),
        (garbage.url(), "not_http"),
        (chunks.url(), "not_http"),
        (plain.replace("http://", "https://"), "tls"),
        (secure.url("localhost").replace("https://", "http://"), "not_http"),
    ] {
        let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&url).text());
        assert_down(&proxy, reason);
    }
}

#[test]
fn the_event_names_what_is_wrong_with_an_answer() {
    for (answer, reason) in [
        (MockResponse::Status(403), "status_403"),
        (MockResponse::Redirect("https://elsewhere.example/".to_owned()), "status_302"),
        (MockResponse::WrongContentType(sample_results()), "media_type"),
        (MockResponse::Json("[]".to_owned()), "shape"),
        (MockResponse::Hang, "timed_out"),
    ] {
        let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""200ms""#));
        env.partner.respond_with(answer);
        assert_down(&env.proxy, reason);
    }
}

#[test]
fn doctor_reports_certificates_and_sends_no_request() {
    let examine = |identity: &Identity, host: &str| {
        let partner = TlsPartner::start(identity);
        let trusted = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(trusted.path(), &identity.authority).unwrap();
        let config = ConfigBuilder::with_partner_url(&partner.url(host)).text();
        let env_vars = [("SSL_CERT_FILE", trusted.path().to_str().unwrap())];
        let output = Workdir::with_env_vars(&config, &env_vars).run(&["doctor"]);
        assert_eq!(partner.requests.load(Ordering::SeqCst), 0);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (exit, text) = examine(&Identity::issued(|_| {}), "localhost");
    assert!(exit == 0 && text.contains("its certificate is valid for "), "{text}");
    let soon = |params: &mut CertificateParams| {
        params.not_after = (std::time::SystemTime::now() + std::time::Duration::from_secs(7 * 86_400 + 3_600)).into();
    };
    let (exit, text) = examine(&Identity::issued(soon), "localhost");
    assert!(exit == 0 && text.contains("its certificate expires in 7 days"), "{text}");
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2021, 1, 1);
    for (identity, host, reason) in [
        (Identity::issued(expired), "localhost", "certificate_expired"),
        (Identity::issued(|_| {}), "127.0.0.1", "certificate_name"),
        (Identity::self_signed(IsCa::NoCa), "localhost", "certificate_unknown_authority"),
    ] {
        let (exit, text) = examine(&identity, host);
        assert!(exit == 1 && text.contains(&format!("cannot be reached: {reason}")), "{reason}: {text}");
    }
}

#[test]
fn the_metric_counts_failures_by_reason() {
    let env = TestEnv::responding(MockResponse::Status(503));
    let zero = "qsproxy_partner_failures_total{partner=\"first\",reason=\"certificate_expired\"} 0";
    assert_metric(&env.proxy, zero);
    assert_down(&env.proxy, "status_503");
    assert_metric(&env.proxy, "qsproxy_partner_failures_total{partner=\"first\",reason=\"status\"} 5");
    assert_metric(&env.proxy, zero);
}

#[test]
fn the_event_names_what_is_wrong_with_a_certificate() {
    for (identity, host, reason) in [
        (Identity::issued(|params| params.not_after = date_time_ymd(2021, 1, 1)), "localhost", "certificate_expired"),
        (
            Identity::issued(|params| params.not_before = date_time_ymd(2098, 1, 1)),
            "localhost",
            "certificate_not_yet_valid",
        ),
        (Identity::issued(|_| {}), "127.0.0.1", "certificate_name"),
        (
            Identity::issued(|params| {
                params.subject_alt_names = vec![rcgen::SanType::DnsName("a.example".try_into().unwrap())]
            }),
            "localhost",
            "certificate_name",
        ),
        (Identity::self_signed(IsCa::NoCa), "localhost", "certificate_unknown_authority"),
        (
            Identity::self_signed(IsCa::Ca(BasicConstraints::Unconstrained)),
            "localhost",
            "certificate_unknown_authority",
        ),
        (Identity::without_intermediate(), "localhost", "certificate_unknown_authority"),
        (
            Identity::issued(|params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            }),
            "localhost",
            "certificate_invalid",
        ),
    ] {
        assert_down(&TlsPartner::start(&identity).proxy(host), reason);
    }
}

#[test]
fn a_partner_with_a_trusted_certificate_is_asked() {
    let partner = TlsPartner::start(&Identity::issued(|_| {}));
    let proxy = partner.proxy("localhost");
    for _ in 0..3 {
        let response = proxy.get("/search?q=x&format=json", &[]);
        assert_eq!(response.status, 200, "{}", response.text());
    }
}

#[test]
fn a_search_goes_out_once_more_when_a_kept_tls_connection_is_cut() {
    let partner = TlsPartner::start(&Identity::issued(|_| {}));
    let proxy = partner.proxy("localhost");
    for _ in 0..5 {
        assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    }
    // Each connection answers one search and is cut at the next, which goes out once more over a connection that is not kept.
    assert_eq!(partner.requests.load(Ordering::SeqCst), 5 + 2);
}

/// A resumed session would tell the partner which connections come from the same process.
#[test]
fn each_connection_to_a_partner_begins_a_session_of_http_1() {
    let response = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"results\":[]}";
    let partner = TlsPartner::responding(&Identity::issued(|_| {}), vec![response.into()], true);
    let proxy = partner.proxy("localhost");
    for _ in 0..3 {
        assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    }
    let expected = (Some(b"http/1.1".to_vec()), Some(rustls::HandshakeKind::Full));
    assert_eq!(*partner.sessions.lock().unwrap(), [expected.clone(), expected.clone(), expected]);
}

/// An end of TLS without `close_notify` matters only where it is the end of the body (RFC 9112 section 9.8).
#[test]
fn a_body_whose_end_is_known_needs_no_close_notify() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let body = sample_results();
    let zipped = qsproxy_test_support::mock_partner::gzip(body.as_bytes());
    let chunked = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat();
    let of = |lines: &str, bytes: Vec<u8>| [format!("{head}{lines}\r\n").into_bytes(), bytes].concat();
    for (name, response, status) in [
        ("a length", of(&format!("Content-Length: {}\r\n", body.len()), body.clone().into_bytes()), 200),
        ("chunks", of("Transfer-Encoding: chunked\r\n", chunked(body.as_bytes())), 200),
        ("gzip in chunks", of("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", chunked(&zipped)), 200),
        ("neither", of("Connection: close\r\n", body.clone().into_bytes()), 502),
    ] {
        let partner = TlsPartner::responding(&Identity::issued(|_| {}), vec![response], true);
        let proxy = partner.proxy("localhost");
        for _ in 0..5 {
            assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, status, "{name}");
        }
        if status == 502 {
            proxy.wait_for_event("failure=connection_closed\n");
        } else {
            assert!(!proxy.stderr().contains("failure="), "{name}");
        }
    }
}
