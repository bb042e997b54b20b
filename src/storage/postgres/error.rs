//! Why PostgreSQL did not do what it was asked.

use std::error::Error as _;
use std::fmt;

/// Why the server does not take parcels or answer: a closed list, since events tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresFault {
    /// Nobody answers there, or the connection broke.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// TLS failed: its certificate, or it speaks none.
    Tls,
    /// It does not know the user, the password or the database.
    Login,
    /// It answers with an error.
    Refused,
    /// It answers with something else.
    Garbled,
    /// There are no tables of ours.
    Missing,
    /// The tables are of an earlier version.
    Older,
    /// The tables are of a later version.
    Newer,
    /// Another process delivers under this node's name.
    Name,
    /// The spool is not the one that delivered last: parcels with its numbers are there, with other contents.
    Spool,
    /// The spool's own file could not be read or written.
    File,
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
            Self::Missing => "missing",
            Self::Older => "older",
            Self::Newer => "newer",
            Self::Name => "name",
            Self::Spool => "spool",
            Self::File => "file",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => "the server cannot be reached; start it, or set another address",
            Self::TimedOut => "the server did not answer in time",
            Self::Tls => {
                "TLS with the server failed; SSL_CERT_FILE names an authority of one's own, sslmode=disable goes without"
            }
            Self::Login => "the server refuses the login; set another user, database or store_password_file",
            Self::Refused => "the server refuses",
            Self::Garbled => "this does not speak PostgreSQL's protocol",
            Self::Missing => "it has no tables yet; `qsproxy serve` makes them",
            Self::Older => {
                "its tables are of an earlier version; start `qsproxy serve` once, which brings them up to date"
            }
            Self::Newer => "a later qsproxy made its tables; use that one",
            Self::Name => "another process delivers under this node's name; give this one a name of its own",
            Self::Spool => "the spool's numbers have been used already; move it away",
            Self::File => "the spool's file cannot be used",
        }
    }
}

/// A fault with the server's own words, which name tables, users and constraints, never values of rows.
#[derive(Debug)]
pub struct PostgresError {
    /// What it is.
    pub fault: PostgresFault,
    said: String,
}

impl PostgresError {
    pub(crate) fn of(fault: PostgresFault) -> Self {
        Self { fault, said: String::new() }
    }

    pub(crate) fn said(fault: PostgresFault, said: &str) -> Self {
        Self { fault, said: said.to_owned() }
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(said) = error.as_db_error() {
            let code = said.code().code();
            // Class 28 is authorization, 3D000 a database that is not there; 57P a server that starts, stops or ends sessions.
            let fault = match code {
                "3D000" => PostgresFault::Login,
                code if code.starts_with("28") => PostgresFault::Login,
                "57P01" | "57P02" | "57P03" | "57P05" => PostgresFault::Unreachable,
                _ => PostgresFault::Refused,
            };
            return Self::said(fault, &format!("{} ({code})", said.message()));
        }
        // The crate tells the kinds of its errors by their texts alone.
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
        Self::said(fault, &error.source().map_or(kind, ToString::to_string))
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.said.as_str() {
            "" => f.write_str(self.fault.remedy()),
            said => write!(f, "{}: {said}", self.fault.remedy()),
        }
    }
}

impl std::error::Error for PostgresError {}
