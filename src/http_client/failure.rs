//! Classifies errors of the HTTP client. Their texts contain URLs, and thus keywords, so nothing of them but a
//! [`PartnerFailure`] is kept.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use crate::http_client::resolver::NameNotResolved;
use crate::problem::{ConnectionFailure, PartnerFailure};

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// Reading or writing failed.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The connection ended before or within the response.
    #[error("the connection has ended")]
    Closed,
    /// What was received is no response of HTTP/1.
    #[error("the response is invalid")]
    NotHttp,
    /// The response has too many interim responses before it, too long a head, or too much between its chunks.
    #[error("the response does not begin")]
    HeadTooLong,
}

/// Why a request failed: the first cause along the chain of sources that is recognised.
pub(crate) fn classify(error: &(dyn Error + 'static)) -> PartnerFailure {
    if causes(error).any(|cause| matches!(cause.downcast_ref(), Some(ExchangeError::HeadTooLong))) {
        return PartnerFailure::TooLong;
    }
    PartnerFailure::Connection(classify_chain(error))
}

pub(super) fn classify_chain(error: &(dyn Error + 'static)) -> ConnectionFailure {
    causes(error).find_map(classify_cause).unwrap_or(ConnectionFailure::Unreachable)
}

/// The error and its causes.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| inner(error).or_else(|| error.source()))
}

/// The error within an I/O error. Its `source` skips this one and returns the source of the error within.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

fn classify_cause(error: &(dyn Error + 'static)) -> Option<ConnectionFailure> {
    if error.is::<NameNotResolved>() {
        return Some(ConnectionFailure::Dns);
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(classify_tls(error));
    }
    if let Some(error) = error.downcast_ref::<ExchangeError>() {
        return classify_exchange(error);
    }
    // An I/O error with an error within is classified by that one.
    let error =
        error.downcast_ref::<io::Error>().filter(|error| error.get_ref().is_none_or(|inner| !is_ours(inner)))?;
    classify_io(error.kind())
}

/// Whether the error within an I/O error says more than the I/O error's kind.
fn is_ours(inner: &(dyn Error + Send + Sync + 'static)) -> bool {
    inner.is::<rustls::Error>() || inner.is::<NameNotResolved>() || inner.is::<io::Error>()
}

fn classify_exchange(error: &ExchangeError) -> Option<ConnectionFailure> {
    match error {
        ExchangeError::NotHttp | ExchangeError::HeadTooLong => Some(ConnectionFailure::NotHttp),
        ExchangeError::Closed => Some(ConnectionFailure::Closed),
        // Its source says why.
        ExchangeError::Io(_) => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum of the standard library is open")]
fn classify_io(kind: io::ErrorKind) -> Option<ConnectionFailure> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some(ConnectionFailure::Refused),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected
        | io::ErrorKind::UnexpectedEof => Some(ConnectionFailure::Closed),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::TimedOut => Some(ConnectionFailure::Unreachable),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum of rustls is open")]
fn classify_tls(error: &rustls::Error) -> ConnectionFailure {
    match error {
        rustls::Error::InvalidCertificate(error) => classify_certificate(error),
        rustls::Error::InvalidCertRevocationList(_) => ConnectionFailure::CertificateRevoked,
        rustls::Error::NoCertificatesPresented => ConnectionFailure::CertificateInvalid,
        _ => ConnectionFailure::Tls,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum of rustls is open")]
fn classify_certificate(error: &CertificateError) -> ConnectionFailure {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ConnectionFailure::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ConnectionFailure::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ConnectionFailure::CertificateName
        }
        // A bad signature: most often an authority of a trusted name with another key, such as a private one made anew.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            ConnectionFailure::CertificateUnknownAuthority
        }
        CertificateError::Revoked
        | CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => ConnectionFailure::CertificateRevoked,
        // webpki's name for a self-signed certificate of the kind that `openssl req -x509` makes: an authority's own.
        CertificateError::Other(other) if other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity) => {
            ConnectionFailure::CertificateUnknownAuthority
        }
        _ => ConnectionFailure::CertificateInvalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_io(error: io::Error) -> ConnectionFailure {
        // As hyper-util does: an I/O error within another one.
        classify_chain(&io::Error::other(error))
    }

    #[test]
    fn finds_the_error_of_tls_within_io_errors() {
        let certificate =
            |error| of_io(io::Error::new(io::ErrorKind::InvalidData, rustls::Error::InvalidCertificate(error)));
        for (error, failure) in [
            (CertificateError::Expired, ConnectionFailure::CertificateExpired),
            (CertificateError::NotValidYet, ConnectionFailure::CertificateNotYetValid),
            (CertificateError::NotValidForName, ConnectionFailure::CertificateName),
            (CertificateError::UnknownIssuer, ConnectionFailure::CertificateUnknownAuthority),
            (CertificateError::Revoked, ConnectionFailure::CertificateRevoked),
            (CertificateError::UnknownRevocationStatus, ConnectionFailure::CertificateRevoked),
            (CertificateError::BadSignature, ConnectionFailure::CertificateUnknownAuthority),
            (CertificateError::BadEncoding, ConnectionFailure::CertificateInvalid),
        ] {
            assert_eq!(certificate(error), failure);
        }
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion);
        assert_eq!(of_io(io::Error::new(io::ErrorKind::InvalidData, alert)), ConnectionFailure::Tls);
    }

    #[test]
    fn classifies_io_errors_by_kind() {
        for (kind, failure) in [
            (io::ErrorKind::ConnectionRefused, ConnectionFailure::Refused),
            (io::ErrorKind::ConnectionReset, ConnectionFailure::Closed),
            (io::ErrorKind::UnexpectedEof, ConnectionFailure::Closed),
            (io::ErrorKind::NetworkUnreachable, ConnectionFailure::Unreachable),
            (io::ErrorKind::PermissionDenied, ConnectionFailure::Unreachable),
        ] {
            assert_eq!(of_io(kind.into()), failure, "{kind}");
            assert_eq!(of_io(io::Error::new(kind, "with a text")), failure, "{kind}");
        }
        assert_eq!(classify_chain(&NameNotResolved), ConnectionFailure::Dns);
        assert_eq!(classify(&ExchangeError::HeadTooLong), PartnerFailure::TooLong);
    }
}
