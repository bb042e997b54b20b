//! Why a partner could not be reached or did not answer in HTTP.

use strum::VariantArray;

/// Why a connection to a partner failed. `docs/partners.md` says what to do about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, VariantArray)]
pub enum ConnectionFailure {
    /// The network does not lead to the partner, or connecting took too long.
    #[default]
    Unreachable,
    /// The partner's name could not be resolved.
    Dns,
    /// Nothing listens at the partner's address and port.
    Refused,
    /// The connection was closed or reset before the answer was complete.
    Closed,
    /// The partner's answer is not HTTP/1.1 or HTTP/1.0 (RFC 9112), or its head exceeds a limit.
    NotHttp,
    /// The TLS handshake failed for another reason than the certificate.
    Tls,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate is for other names.
    CertificateName,
    /// The certificate was not issued by an authority that the operating system trusts (or by one of its name with another
    /// key), or the partner does not send the certificates in between.
    CertificateUnknownAuthority,
    /// The certificate was revoked, or its status could not be determined.
    CertificateRevoked,
    /// The certificate is invalid for another reason, such as its encoding or purpose.
    CertificateInvalid,
}

impl ConnectionFailure {
    /// Whether the request may have been sent. A request is sent after the handshake.
    #[must_use]
    pub fn may_have_been_sent(self) -> bool {
        match self {
            Self::Closed | Self::NotHttp => true,
            Self::Unreachable
            | Self::Dns
            | Self::Refused
            | Self::Tls
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateName
            | Self::CertificateUnknownAuthority
            | Self::CertificateRevoked
            | Self::CertificateInvalid => false,
        }
    }

    /// The word in events and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Dns => "dns",
            Self::Refused => "connection_refused",
            Self::Closed => "connection_closed",
            Self::NotHttp => "not_http",
            Self::Tls => "tls",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateName => "certificate_name",
            Self::CertificateUnknownAuthority => "certificate_unknown_authority",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateInvalid => "certificate_invalid",
        }
    }
}
