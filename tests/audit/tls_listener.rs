//! The program with TLS, and curl as its client.

use std::process::{Command, Stdio};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::tls_partner::Identity;
use qsproxy_test_support::workdir::Workdir;

/// The name of the service.
pub const NAME: &str = "search.example";

/// The program, with a certificate for [`NAME`] and all names below it.
pub struct TlsListener {
    pub proxy: Proxy,
    /// The authority's certificate, in PEM.
    pub authority: String,
}

/// A response as curl received it.
pub struct CurlResponse {
    pub status: u16,
    pub raw: Vec<u8>,
}

/// A configuration for the certificate that [`write_certificate`] writes.
pub fn with_tls(config: ConfigBuilder) -> ConfigBuilder {
    let config = config.with("listen", "public_url", &format!("\"https://{NAME}\""));
    config.with("listen", "certificate", r#""cert.pem""#).with("listen", "key", r#""key.pem""#)
}

/// Writes certificate and key, and returns the certificate of their authority.
pub fn write_certificate(workdir: &Workdir) -> String {
    use base64::Engine as _;
    let names = [NAME.to_owned(), format!("*.{NAME}")];
    let identity = Identity::issued(|params| {
        params.subject_alt_names =
            names.iter().map(|name| rcgen::SanType::DnsName(name.as_str().try_into().unwrap())).collect();
    });
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    workdir.write("cert.pem", pem("CERTIFICATE", &identity.chain[0]).as_bytes());
    workdir.write("key.pem", pem("PRIVATE KEY", identity.key.secret_der()).as_bytes());
    identity.authority
}

pub fn start(partner: &MockPartner, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> TlsListener {
    let workdir = Workdir::new(&with_tls(change(ConfigBuilder::new(partner))).text());
    let authority = write_certificate(&workdir);
    TlsListener { proxy: workdir.start(), authority }
}

impl TlsListener {
    pub fn curl(&self, name: &str, target: &str, options: &[&str]) -> CurlResponse {
        curl(&self.proxy, name, target, options)
    }
}

/// Asks the program with curl, by this name. The certificate is not verified.
#[track_caller]
pub fn curl(proxy: &Proxy, name: &str, target: &str, options: &[&str]) -> CurlResponse {
    let port = proxy.public.port();
    let resolve = format!("{name}:{port}:127.0.0.1");
    let mut command = Command::new("curl");
    command.args(["-ksi", "--path-as-is", "--max-time", "20", "--resolve", &resolve]);
    if name == NAME {
        command.args(["-H", &format!("Host: {NAME}")]);
    }
    let output =
        command.args(options).arg(format!("https://{name}:{port}{target}")).stdin(Stdio::null()).output().unwrap();
    let status = String::from_utf8_lossy(&output.stdout).split(' ').nth(1).and_then(|status| status.parse().ok());
    CurlResponse { status: status.unwrap_or(0), raw: output.stdout }
}
