//! The admin listener: the [`dashboard`], [`reports`], `/metrics` ([`exposition`]), `/livez` and `/readyz`.
//!
//! On loopback it needs no authentication. On any other address every request needs the bearer token of `token_file`.

pub mod dashboard;
pub mod exposition;
pub mod parameters;
pub mod paths;
pub mod query;
pub mod reports;
pub mod response;
pub mod state;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::admin::exposition::{Exposition, exposition};
use crate::admin::response::{AdminResponse, PLAIN_TEXT};
use crate::admin::state::AdminState;
use crate::chart::POLICY;

/// Time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after a failed accept. The most likely cause is a lack of file descriptors, which an immediate retry would not
/// cure.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the process ends, also while it drains: metrics and health matter most then.
///
/// # Errors
/// The listener cannot be registered with the runtime.
pub async fn run(listener: std::net::TcpListener, state: Arc<AdminState>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::task::spawn(serve(stream, state.clone()))),
            Err(_) => {
                state.metrics.accepts_failed.inc();
                tokio::time::sleep(ACCEPT_RETRY_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<AdminState>) {
    let service = service_fn(|request| {
        let state = state.clone();
        async move { Ok::<_, Infallible>(answer(&state, &request).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    // A connection that ends with an error concerns only its client, and the error may quote the request.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(state: &AdminState, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if state.token.is_none() && !has_local_host(request) {
        return text(
            StatusCode::MISDIRECTED_REQUEST,
            "without a token, the admin listener accepts only an IP address or localhost as the host\n",
        );
    }
    if !is_authorized(state, request) {
        let mut response = text(StatusCode::UNAUTHORIZED, "missing or wrong bearer token; token_file contains it\n");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let query = request.uri().query();
    match request.uri().path() {
        "/metrics" => {
            let accept = request.headers().get(header::ACCEPT).map_or(&b""[..], HeaderValue::as_bytes);
            let Exposition { media_type, body } = exposition(state, accept);
            respond(AdminResponse { status: StatusCode::OK, media_type, body: body.into() })
        }
        "/livez" => text(StatusCode::OK, "up\n"),
        "/readyz" => readiness(state),
        "/" => respond(state.reports.dashboard(query).await),
        path if path.starts_with(paths::REPORTS) => respond(state.reports.report(path, query).await),
        _ => text(StatusCode::NOT_FOUND, "the paths are /, /metrics, /livez, /readyz and /reports/NAME.csv or .json\n"),
    }
}

/// True if the `Host` header is an IP address or `localhost`. A page in a browser whose own name was made to resolve to
/// this machine (DNS rebinding) sends that name, and must not read the counts.
fn has_local_host(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).map_or("", |host| host.to_str().unwrap_or_default());
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// Compares the bearer token in constant time, so that the response time does not reveal its characters.
fn is_authorized(state: &AdminState, request: &Request<Incoming>) -> bool {
    let Some(token) = &state.token else { return true };
    let header = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let given = header.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
    given.is_some_and(|(_, given)| aws_lc_rs::constant_time::verify_slices_are_equal(given, token.as_bytes()).is_ok())
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

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond(AdminResponse { status, media_type: PLAIN_TEXT, body: body.into() })
}

fn respond(AdminResponse { status, media_type, body }: AdminResponse) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(HeaderValue::from_str(&POLICY).map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    response
}
