//! TLS on the public listener, tested with curl and openssl.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

const NAME: &str = "search.example";

/// A proxy with TLS and its partner.
pub struct TlsEnv {
    pub proxy: Proxy,
    pub partner: MockPartner,
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

impl TlsEnv {
    fn new() -> TlsEnv {
        TlsEnv::with(MockPartner::json(sample_results()), |config, _| config)
    }

    /// With this partner and a changed configuration.
    pub fn with(partner: MockPartner, change: impl FnOnce(ConfigBuilder, &MockPartner) -> ConfigBuilder) -> TlsEnv {
        let config = change(ConfigBuilder::new(&partner), &partner)
            .with("listen", "public_url", &format!("\"https://{NAME}\""))
            .with("listen", "certificate", r#""cert.pem""#)
            .with("listen", "key", r#""key.pem""#);
        let workdir = Workdir::new(&config.text());
        let (certificate, key) = (workdir.path("cert.pem"), workdir.path("key.pem"));
        let made = run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=search.example",
                "-addext",
                "subjectAltName=DNS:search.example,DNS:other.example",
                "-keyout",
                key.to_str().unwrap(),
                "-out",
                certificate.to_str().unwrap(),
            ],
        );
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        TlsEnv { proxy: workdir.start(), partner }
    }

    /// A curl command for `target` on the right host. It ends its output with the HTTP version and the status.
    pub fn curl_command(&self, target: &str, more: &[&str]) -> Command {
        self.command(NAME, target, more)
    }

    fn command(&self, name: &str, target: &str, more: &[&str]) -> Command {
        let port = self.proxy.public.port();
        let certificate = self.proxy.workdir().path("cert.pem");
        let resolve = format!("{name}:{port}:127.0.0.1");
        let host = format!("Host: {NAME}");
        let url = format!("https://{name}:{port}{target}");
        let mut command = Command::new("curl");
        command.args(["-sS", "-w", "\n%{http_version} %{http_code}", "--resolve", &resolve, "-H", &host]);
        command.arg("--cacert").arg(certificate).args(more).arg(url).stdin(Stdio::null());
        command
    }

    fn curl(&self, name: &str, more: &[&str]) -> String {
        let output = self.command(name, "/search?q=blue&format=json", more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn serves_http_1_1_and_http_2() {
    let secure = TlsEnv::new();
    for (option, version) in [("--http1.1", "1.1 200"), ("--http2", "2 200")] {
        let answer = secure.curl(NAME, &[option]);
        assert!(answer.ends_with(version) && answer.contains("\"results\""), "{option}: {answer}");
    }
    let requests = secure.partner.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1], "the partner sees the same request");
}

/// Over HTTP/2 a body in the response to a HEAD would be a protocol error (RFC 9113 section 8.1).
#[test]
fn head_responses_have_no_body_over_both_versions() {
    let secure = TlsEnv::new();
    for path in ["/", "/privacy", "/privacy.json", "/opensearch.xml", "/favicon.ico", "/nowhere", "/image/x"] {
        let heads = ["--http1.1", "--http2"].map(|option| {
            let output = secure.curl_command(path, &[option, "-I"]).output().unwrap();
            assert!(output.status.success(), "{path} {option}: {}", String::from_utf8_lossy(&output.stderr));
            let head = String::from_utf8(output.stdout).unwrap().to_lowercase();
            head.lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))
        });
        let whole = secure.curl_command(path, &["--http2"]).output().unwrap().stdout;
        // The last line of curl is not part of the body.
        let length = String::from_utf8_lossy(&whole).rfind('\n').map(|_| whole.len() - "\n2 200".len());
        assert_eq!(heads, [length, length].map(|length| length.map(|length| length.to_string())), "{path}");
    }
}

#[test]
fn an_unknown_host_in_the_handshake_gets_421() {
    let secure = TlsEnv::new();
    let answer = secure.curl("other.example", &["--http1.1"]);
    assert!(answer.ends_with("1.1 421") && answer.contains("wrong_host"), "{answer}");
    assert!(secure.partner.requests().is_empty());
}

/// Over HTTP/2 a client that disconnects resets its stream. The search continues.
#[test]
fn a_search_whose_client_disconnected_is_counted_during_shutdown() {
    let mut secure = TlsEnv::new();
    secure.partner.respond_with(MockResponse::Delayed(Duration::from_millis(700), sample_results()));
    let port = secure.proxy.public.port();
    let (resolve, url) = (format!("{NAME}:{port}:127.0.0.1"), format!("https://{NAME}:{port}/search?q=x&format=json"));
    let host = format!("Host: {NAME}");
    let aborted = run("curl", &["-sk", "--http2", "-m", "0.3", "--resolve", &resolve, "-H", &host, &url]);
    assert_eq!(aborted.status.code(), Some(28), "curl timed out");
    assert_eq!(secure.partner.requests().len(), 1);
    assert!(secure.proxy.terminate().success());
    assert_eq!(secure.proxy.searches().values().sum::<i64>(), 1);
}

/// A session ticket or a session ID would let the server recognize a returning client.
#[test]
fn sessions_cannot_be_resumed() {
    let secure = TlsEnv::new();
    let address = secure.proxy.public.to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let session = secure.proxy.workdir().path("session");
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "(printf 'GET / HTTP/1.1\\r\\nHost: {NAME}\\r\\nConnection: close\\r\\n\\r\\n'; sleep 1) | openssl s_client -connect {address} {version} -servername {NAME} -sess_out {} -ign_eof 2>&1",
                session.display()
            ))
            .output()
            .unwrap();
        let transcript = String::from_utf8_lossy(&output.stdout);
        assert!(transcript.contains("HTTP/1.1 200"), "{version}: {transcript}");
        assert!(
            !transcript.contains("New Session Ticket") && !transcript.contains("TLS session ticket:"),
            "{version}: {transcript}"
        );
        assert!(
            !transcript.contains("Session-ID: ") || transcript.contains("Session-ID: \n"),
            "{version}: {transcript}"
        );
    }
    let old = run("openssl", &["s_client", "-connect", &address, "-tls1_1", "-servername", NAME]);
    assert!(!old.status.success(), "TLS 1.1 is not supported");
}

/// Whatever the answer is: the page, an error of a handler, and one before any handler.
#[test]
fn every_response_over_tls_tells_browsers_to_stay_with_tls() {
    let header = |env: &TlsEnv, target: &str, more: &[&str]| {
        let output = env.curl_command(target, &[&["-D", "-", "-o", "/dev/null"], more].concat()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
        text.lines().find_map(|line| line.strip_prefix("strict-transport-security: ").map(str::to_owned))
    };
    let env = TlsEnv::new();
    for (target, more) in [
        ("/", ["--http2"]),
        ("/search?q=x&format=json", ["--http1.1"]),
        ("/search", ["--http2"]),
        ("/nothing", ["--head"]),
    ] {
        assert_eq!(header(&env, target, &more).as_deref(), Some("max-age=31536000"), "{target}");
    }
    let without =
        TlsEnv::with(MockPartner::json(sample_results()), |config, _| config.with("listen", "hsts", r#""0s""#));
    assert_eq!(header(&without, "/", &[]), None);
}
