//! Errors of PostgreSQL, classified by what the operator can do about them.

use std::error::Error as _;

/// What is wrong with the server: a closed list, since events report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresFault {
    /// The connection could not be made, or broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// TLS failed: the certificate was rejected, or the server does not support TLS.
    Tls,
    /// The server rejected the user, the password or the database.
    Login,
    /// The server returned an error.
    Refused,
    /// The server returned something that is not PostgreSQL's protocol.
    Garbled,
    /// A later version of this program created the tables.
    Newer,
}

impl PostgresFault {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Refused => "refused",
            Self::Garbled => "garbled",
            Self::Newer => "newer",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => "the server cannot be reached; start it, or configure another address",
            Self::TimedOut => "the server did not answer in time",
            Self::Tls => {
                "TLS with the server failed; set SSL_CERT_FILE to your own authority's certificate, or sslmode=disable to do without TLS"
            }
            Self::Login => "the server rejected the login; check the user, the database and store_password_file",
            Self::Refused => "the server returned an error",
            Self::Garbled => "the server does not speak PostgreSQL's protocol",
            Self::Newer => "a later version of qsproxy created the tables; use that version",
        }
    }
}

/// A fault with the server's message. Messages name tables, users and constraints; the server's `DETAIL`, which may quote values of
/// rows, is not kept, and so neither is the client library's error.
#[derive(Debug, thiserror::Error)]
#[error("{}{}{message}", fault.advice(), if message.is_empty() { "" } else { ": " })]
pub struct PostgresError {
    /// What is wrong.
    pub fault: PostgresFault,
    message: String,
}

impl PostgresError {
    pub(crate) fn new(fault: PostgresFault) -> Self {
        Self { fault, message: String::new() }
    }

    pub(crate) fn with_message(fault: PostgresFault, message: &str) -> Self {
        Self { fault, message: message.to_owned() }
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            let code = error.code().code();
            // PostgreSQL documentation, "Error Codes": class 28 is authorization, 3D000 an unknown database; of class 57, these are
            // a server that starts, stops or ends sessions.
            let fault = match code {
                "3D000" => PostgresFault::Login,
                code if code.starts_with("28") => PostgresFault::Login,
                "57P01" | "57P02" | "57P03" | "57P05" => PostgresFault::Unreachable,
                _ => PostgresFault::Refused,
            };
            return Self::with_message(fault, &format!("{} ({code})", error.message()));
        }
        // The client library exposes the kind of its errors only as text.
        let kind = error.to_string();
        let fault = match kind.as_str() {
            "error performing TLS handshake" => PostgresFault::Tls,
            "invalid configuration" | "authentication error" => PostgresFault::Login,
            "error connecting to server" | "error communicating with the server" | "connection closed" => {
                PostgresFault::Unreachable
            }
            "timeout waiting for server" => PostgresFault::TimedOut,
            _ => PostgresFault::Garbled,
        };
        Self::with_message(fault, &error.source().map_or(kind, ToString::to_string))
    }
}
