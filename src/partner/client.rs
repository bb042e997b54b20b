//! Sending a request to a partner and reading its answer, bounded in time and size. The only file that
//! names reqwest, beside its [`images`]. Its errors hold addresses, and so keywords: they end here and
//! become a [`PartnerFailure`].

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::http_client::{AnswerBody, AnswerLimits, connections, essence, media_type, within};
use crate::partner::request::Outbound;
use crate::partner::{AnswerFormat, Partner};
use crate::problem::PartnerFailure;
use crate::time;

/// How long a set of connections serves before new ones take over, so that no connection's life says
/// much about anyone (PRIVACY section 2 C), and handshakes stay rare.
const CONNECTIONS_SERVE: Duration = Duration::from_secs(300);
/// Connections to all partners, one set for the whole process: were there one for each worker thread, a
/// toolbar that keeps its own connection would be seen on the same few ports of ours.
#[derive(Debug)]
pub struct PartnerClient {
    tls: rustls::ClientConfig,
    bounds: AnswerLimits,
    current: Mutex<(Instant, reqwest::Client)>,
}

impl PartnerClient {
    /// A client with these bounds.
    ///
    /// # Errors
    /// In words, where reqwest cannot be set up.
    pub fn new(tls: rustls::ClientConfig, bounds: AnswerLimits) -> Result<Self, String> {
        let first = connections(tls.clone()).build().map_err(|error| error.to_string())?;
        Ok(Self { tls, bounds, current: Mutex::new((time::instant(), first)) })
    }

    /// Asks a partner and returns a good answer, its body still to come: status 200 and the media type
    /// that the partner's configuration says. From here on its `timeout` runs.
    ///
    /// # Errors
    /// Why not, without a word of the answer.
    pub async fn ask(&self, partner: &Partner, outbound: Outbound) -> Result<AnswerBody, PartnerFailure> {
        let until = time::instant() + partner.timeout;
        let mut request = reqwest::Request::new(outbound.method, outbound.url);
        *request.headers_mut() = outbound.headers;
        *request.body_mut() = outbound.body.map(Into::into);
        let answer = within(until, self.connections().execute(request)).await?;
        // A redirect would name another place to send the keyword to, so it is a failure like the rest.
        if answer.status() != http::StatusCode::OK {
            return Err(PartnerFailure::Status(answer.status().as_u16()));
        }
        let media_type = media_type(answer.headers());
        let fits = match partner.answers {
            AnswerFormat::Json(_) => is_json(media_type),
            AnswerFormat::Html(_) => is_html(media_type),
        };
        if !fits {
            return Err(PartnerFailure::MediaType);
        }
        AnswerBody::open(answer, until, self.bounds)
    }

    /// The connections in use, replaced by new ones when they have served their time.
    fn connections(&self) -> reqwest::Client {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if time::instant().duration_since(current.0) >= CONNECTIONS_SERVE
            && let Ok(fresh) = connections(self.tls.clone()).build()
        {
            *current = (time::instant(), fresh);
        }
        current.1.clone()
    }
}

/// `application/json` and its kin (RFC 6839 section 3.1).
fn is_json(media_type: &[u8]) -> bool {
    let essence = essence(media_type);
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.eq_ignore_ascii_case(b"text/json")
        || essence.to_ascii_lowercase().ends_with(b"+json")
}

fn is_html(media_type: &[u8]) -> bool {
    // What comes as application/xhtml+xml is meant to be read as XML, where tags that close themselves do.
    essence(media_type).eq_ignore_ascii_case(b"text/html")
}
