//! Serves a connection with the version of HTTP that was negotiated.

use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::server::client_address::Peer;
use crate::server::connection_service::ConnectionService;
use crate::server::http1::{self, Http1Settings};
use crate::server::http2::{self, Http2Settings};
use crate::server::in_flight::InFlightRequests;
use crate::server::listener_state::ListenerState;
use crate::server::public_server::RequestLimits;

/// How long an HTTP/2 connection may be idle at most. Its buffers live as long as the connection, and contain its last requests:
/// frames of 8 KB, and fields of 4 KB. Browsers open another one.
const MAX_HTTP2_IDLE_TIME: Duration = Duration::from_secs(15);

/// What is known of a connection before its first request.
#[derive(Debug)]
pub(super) struct Negotiated {
    /// Who is at its other end.
    pub(super) peer: Peer,
    /// Counts its requests in flight.
    pub(super) in_flight: InFlightRequests,
    /// The client selected HTTP/2 by ALPN (RFC 7301).
    pub(super) is_h2: bool,
    /// The client named no host in SNI (RFC 6066 section 3), or one of ours.
    pub(super) sni_matches: bool,
}

/// Serves a connection until it ends, or until running requests are answered once `drain` is cancelled.
pub(super) async fn serve<S>(stream: S, negotiated: Negotiated, state: &ListenerState, drain: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Negotiated { peer, in_flight, is_h2, sni_matches } = negotiated;
    let open_answers = InFlightRequests::default();
    let service = ConnectionService {
        server: state.server.clone(),
        peer,
        sni_matches,
        in_flight: in_flight.clone(),
        open_answers,
    };
    let (head, cut_off) = (state.head_limits(), state.server.load().cut_off.clone());
    if is_h2 {
        let RequestLimits { header_count, body, .. } = state.server.load().limits;
        let settings = Http2Settings {
            idle_time: state.idle_time.min(MAX_HTTP2_IDLE_TIME),
            pace: state.pace(),
            head_bytes: head.head_bytes,
            head_fields: header_count,
            body_bytes: body,
            share: state.connection_share(peer),
        };
        http2::serve(stream, service, &settings, drain, cut_off).await;
    } else {
        let settings = Http1Settings { head, heads: state.connection_share(peer), pace: state.pace(), cut_off };
        http1::serve(stream, &service, &settings, pin!(drain.cancelled())).await;
    }
}
