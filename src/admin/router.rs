//! From a request to the admin listener to its answer.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::Full;

use crate::admin::access::{self, Denial};
use crate::admin::caller::Caller;
use crate::admin::exposition::{Exposition, exposition};
use crate::admin::paths;
use crate::admin::process_status::{ProcessStatus, SpoolStatus};
use crate::admin::response::{AdminResponse, respond, text, with_header};
use crate::admin::state::AdminState;
use crate::clients::share::SharePermit;
use crate::time;

/// Answers a request. The permit of a report is to be kept until the client has taken the answer.
pub(super) async fn answer<B>(
    state: &AdminState,
    caller: &Caller,
    request: &Request<B>,
) -> (Response<Full<Bytes>>, Option<SharePermit>) {
    let (token, now) = (state.token.as_ref().map(|token| token.as_str()), state.connections.nanoseconds());
    if let Err(denial) = access::judge(request, caller, token, &state.wrong_tokens, now) {
        state.metrics.admin.count_refusal(denial.label());
        return (denied(denial), None);
    }
    let query = request.uri().query();
    let response = match request.uri().path() {
        "/metrics" | "/livez" | "/readyz" if query.is_some_and(|query| !query.is_empty()) => {
            text(StatusCode::BAD_REQUEST, "unknown parameter; there are none here\n")
        }
        "/metrics" => {
            let accept = request.headers().get(header::ACCEPT).map_or(&b""[..], HeaderValue::as_bytes);
            let Exposition { media_type, body } = exposition(state, accept);
            respond(AdminResponse { status: StatusCode::OK, media_type, body })
        }
        "/livez" => text(StatusCode::OK, "up\n"),
        "/readyz" => readiness(state),
        path if path == "/" || path.starts_with(paths::REPORTS) => {
            let (response, permit) = state.reports.answer(path, query, &caller.client, process_status(state)).await;
            return (respond(response), permit);
        }
        _ => text(StatusCode::NOT_FOUND, "the paths are /, /metrics, /livez, /readyz and /reports/NAME.csv or .json\n"),
    };
    (response, None)
}

fn denied(denial: Denial) -> Response<Full<Bytes>> {
    match denial {
        Denial::Host => text(
            StatusCode::MISDIRECTED_REQUEST,
            "without a token, the admin listener accepts only an IP address or localhost as the host\n",
        ),
        Denial::Token => {
            let response = text(StatusCode::UNAUTHORIZED, "missing or wrong bearer token; token_file contains it\n");
            with_header(response, header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        }
        Denial::TokenRate(seconds) => {
            let message =
                "too many wrong bearer tokens from this network; this one was not compared, try again later\n";
            with_header(text(StatusCode::TOO_MANY_REQUESTS, message), header::RETRY_AFTER, seconds.into())
        }
        Denial::Method => {
            let response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed\n");
            with_header(response, header::ALLOW, HeaderValue::from_static("GET, HEAD"))
        }
        Denial::Site => text(
            StatusCode::FORBIDDEN,
            "a page of another site cannot use the admin listener; copy this address and open it yourself\n",
        ),
    }
}

fn readiness(state: &AdminState) -> Response<Full<Bytes>> {
    if state.draining.load(Ordering::Relaxed) {
        text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if !state.writer.health().writable {
        text(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written; counts are kept in memory\n")
    } else {
        text(StatusCode::OK, "ready\n")
    }
}

/// How the process and its store are at this moment.
fn process_status(state: &AdminState) -> ProcessStatus {
    let spool = state.forwarder.as_ref().map(|forwarder| {
        let health = forwarder.health();
        let full = health.bytes.saturating_mul(100).checked_div(health.limit).unwrap_or(0);
        SpoolStatus { is_reachable: health.reachable, full_per_cent: full, age: health.age }
    });
    let uptime = time::instant().saturating_duration_since(state.started);
    ProcessStatus { uptime, is_writable: state.writer.health().writable, spool }
}
