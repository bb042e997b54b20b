//! The admin listener: `/metrics`, `/livez`, `/readyz`, [`reports`], and the one [`page`] that shows them. On loopback it is open; elsewhere every request
//! needs the bearer token.

pub mod dashboard;
pub mod query;
pub mod reports;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::chart::POLICY;
use crate::dedup::Dedup;
use crate::forward::forwarder::Forwarder;
use crate::metrics::{self, Metrics};
use crate::storage::writer::CountWriter;

/// Time for a request's head: scrapers are near.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// The media type of the Prometheus text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The media type of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the admin listener answers from.
#[derive(Debug)]
pub struct AdminState {
    /// The numbers.
    pub metrics: Arc<Metrics>,
    /// For the ledger's own numbers, and whether the store is writable.
    pub ledger: CountWriter,
    /// For what is on its way, where the store is a server.
    pub courier: Option<Forwarder>,
    /// For how much it holds.
    pub memory: Arc<Dedup>,
    /// The bearer token, where one is demanded.
    pub token: Option<Zeroizing<String>>,
    /// What reports are answered from.
    pub reports: reports::Reports,
    /// Set when the end has begun.
    pub draining: Arc<AtomicBool>,
}

/// Serves until the process ends: metrics and health are wanted most while it drains.
///
/// # Errors
/// Where the listener cannot be handed to the runtime.
pub async fn run(listener: std::net::TcpListener, office: Arc<AdminState>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let office = office.clone();
        tokio::task::spawn(async move {
            let service = service_fn(|request| {
                let office = office.clone();
                async move { Ok::<_, Infallible>(answer(&office, &request).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(office: &AdminState, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if office.token.is_none() && !is_local(request) {
        return text(
            StatusCode::MISDIRECTED_REQUEST,
            "without a token this listener answers to addresses and localhost alone\n",
        );
    }
    if !may_ask(office, request) {
        let mut response = text(StatusCode::UNAUTHORIZED, "the bearer token of token_file is needed\n");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => exposition(office, request),
        "/livez" => text(StatusCode::OK, "up\n"),
        "/readyz" => readiness(office),
        "/" => {
            let (status, media_type, body) = office.reports.page(request.uri().query()).await;
            respond(status, media_type, body)
        }
        path if path.starts_with(reports::FOLDER) => {
            let (status, media_type, body) = office.reports.answer(path, request.uri().query()).await;
            respond(status, media_type, body)
        }
        _ => {
            text(StatusCode::NOT_FOUND, "here are /, /metrics, /livez, /readyz and /reports/clicks.csv and its like\n")
        }
    }
}

/// Whether the request names an address or `localhost`. A page that made its own name point here (DNS
/// rebinding) names that, and must not read the numbers.
fn is_local(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).map_or("", |host| host.to_str().unwrap_or_default());
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// Compared in constant time, so that the time of a refusal tells nothing about the token.
fn may_ask(office: &AdminState, request: &Request<Incoming>) -> bool {
    let Some(token) = &office.token else { return true };
    let given = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let given =
        given.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, given)| given);
    given.is_some_and(|given| aws_lc_rs::constant_time::verify_slices_are_equal(given, token.as_bytes()).is_ok())
}

fn readiness(office: &AdminState) -> Response<Full<Bytes>> {
    if office.draining.load(Ordering::Relaxed) {
        text(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if !office.ledger.health().writable {
        text(StatusCode::SERVICE_UNAVAILABLE, "the store does not take counts; they wait in memory\n")
    } else {
        text(StatusCode::OK, "ready\n")
    }
}

fn exposition(office: &AdminState, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    gather(office);
    let accept = request.headers().get(header::ACCEPT).map_or(&b""[..], HeaderValue::as_bytes);
    let (media_type, body) = if memchr::memmem::find(accept, b"application/openmetrics-text").is_some() {
        (OPEN_METRICS, office.metrics.open_metrics())
    } else {
        (PROMETHEUS, office.metrics.prometheus())
    };
    respond(StatusCode::OK, media_type, body)
}

/// Takes over the numbers that are kept elsewhere.
fn gather(office: &AdminState) {
    let (metrics, health) = (&office.metrics, office.ledger.health());
    metrics::raise(&metrics.ledger_batches, health.batches);
    metrics::raise(&metrics.ledger_retries, health.retries);
    metrics.ledger_pending.set(i64::try_from(health.pending).unwrap_or(i64::MAX));
    metrics.store_writable.set(health.writable.into());
    match &office.courier {
        None => drop(metrics.store_reachable.set(1)),
        Some(courier) => deliveries(metrics, courier),
    }
    let held = office.memory.held();
    metrics.tokens_remembered.set(i64::try_from(held.clicks).unwrap_or(i64::MAX));
    metrics::raise(&metrics.tokens_forgotten, held.forgotten);
    metrics.visits_remembered.set(i64::try_from(held.visits).unwrap_or(i64::MAX));
    metrics::raise(&metrics.visits_forgotten, held.visits_forgotten);
}

fn deliveries(metrics: &Metrics, courier: &Forwarder) {
    let health = courier.health();
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    metrics.store_reachable.set(health.reachable.into());
    metrics::raise(&metrics.parcels_delivered, health.delivered);
    metrics::raise(&metrics.parcels_failed, health.failed);
    metrics.spool_bytes.set(whole(health.bytes));
    metrics.spool_limit_bytes.set(whole(health.limit));
    metrics.spool_age_seconds.set(whole(health.age.as_secs()));
}

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond(status, "text/plain; charset=utf-8", body)
}

fn respond(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(HeaderValue::from_str(&POLICY).map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    response
}
