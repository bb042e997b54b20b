//! TLS on the public listener, asked by curl and by openssl.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

const NAME: &str = "search.example";

/// The usual scene behind TLS.
pub struct Secure {
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

impl Secure {
    fn new() -> Secure {
        Secure::with(MockPartner::json(sample_results()), |config, _| config)
    }

    /// With this partner, the configuration changed.
    pub fn with(partner: MockPartner, change: impl FnOnce(ConfigBuilder, &MockPartner) -> ConfigBuilder) -> Secure {
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
        Secure { proxy: workdir.start(), partner }
    }

    /// curl, which asks for `target` under the right name and says last which version of HTTP and status it got.
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
fn both_versions_of_http_are_spoken() {
    let secure = Secure::new();
    for (option, version) in [("--http1.1", "1.1 200"), ("--http2", "2 200")] {
        let answer = secure.curl(NAME, &[option]);
        assert!(answer.ends_with(version) && answer.contains("\"results\""), "{option}: {answer}");
    }
    let requests = secure.partner.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1], "the partner cannot tell them apart");
}

/// Over HTTP/2 a body after a HEAD would be an error of the protocol (RFC 9113 section 8.1).
#[test]
fn head_is_answered_without_a_body_over_both() {
    let secure = Secure::new();
    for path in ["/", "/privacy", "/privacy.json", "/opensearch.xml", "/favicon.ico", "/nowhere", "/image/x"] {
        let heads = ["--http1.1", "--http2"].map(|option| {
            let output = secure.curl_command(path, &[option, "-I"]).output().unwrap();
            assert!(output.status.success(), "{path} {option}: {}", String::from_utf8_lossy(&output.stderr));
            let said = String::from_utf8(output.stdout).unwrap().to_lowercase();
            said.lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))
        });
        let whole = secure.curl_command(path, &["--http2"]).output().unwrap().stdout;
        // What curl says last is not of the body.
        let length = String::from_utf8_lossy(&whole).rfind('\n').map(|_| whole.len() - "\n2 200".len());
        assert_eq!(heads, [length, length].map(|length| length.map(|length| length.to_string())), "{path}");
    }
}

#[test]
fn a_name_in_the_handshake_that_is_not_ours_is_misdirected() {
    let secure = Secure::new();
    let answer = secure.curl("other.example", &["--http1.1"]);
    assert!(answer.ends_with("1.1 421") && answer.contains("wrong_host"), "{answer}");
    assert!(secure.partner.requests().is_empty());
}

/// Over HTTP/2 a client that leaves ends its stream, and the search goes on without it.
#[test]
fn a_search_whose_client_left_is_counted_also_while_stopping() {
    let mut secure = Secure::new();
    secure.partner.respond_with(MockResponse::Delayed(Duration::from_millis(700), sample_results()));
    let port = secure.proxy.public.port();
    let (resolve, url) = (format!("{NAME}:{port}:127.0.0.1"), format!("https://{NAME}:{port}/search?q=x&format=json"));
    let host = format!("Host: {NAME}");
    let left = run("curl", &["-sk", "--http2", "-m", "0.3", "--resolve", &resolve, "-H", &host, &url]);
    assert_eq!(left.status.code(), Some(28), "curl gave up");
    assert_eq!(secure.partner.requests().len(), 1);
    assert!(secure.proxy.terminate().success());
    assert_eq!(secure.proxy.searches().values().sum::<i64>(), 1);
}

/// A ticket or a session ID would recognise the client when it comes back.
#[test]
fn nothing_is_handed_out_to_come_back_with() {
    let secure = Secure::new();
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
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("HTTP/1.1 200"), "{version}: {said}");
        assert!(!said.contains("New Session Ticket") && !said.contains("TLS session ticket:"), "{version}: {said}");
        assert!(!said.contains("Session-ID: ") || said.contains("Session-ID: \n"), "{version}: {said}");
    }
    let old = run("openssl", &["s_client", "-connect", &address, "-tls1_1", "-servername", NAME]);
    assert!(!old.status.success(), "TLS 1.1 is not spoken");
}
