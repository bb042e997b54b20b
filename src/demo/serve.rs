//! The demo partner over HTTP: one path, answered in JSON.
//!
//! `GET /search?q=…&count=…` gives
//! `{"results":[{"title":…,"url":…,"snippet":…,"ad":true|false},…]}`. The
//! parameters `lang` and `pc` that the proxy sends to partners are accepted
//! and ignored. Nothing about a request is logged or kept.

use crate::demo::{Hit, engine};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Time for a client to send the head of a request, and so also the longest
/// idle time between two requests; it frees connections nobody uses.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Most bytes read ahead for the head of a request. Ample for a query, and
/// little enough for many connections at once.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Results in an answer when the request names no number.
const DEFAULT_COUNT: usize = 20;

/// Most results in an answer; a larger `count` is cut to it rather than refused.
const MAX_COUNT: usize = 50;

/// Failed accepts in a row after which the listener counts as broken.
const MAX_ACCEPT_FAILURES: u32 = 100;

/// Pause after a failed accept: when file descriptors have run out, some
/// connections have to end before the next try can succeed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type DemoResponse = Response<Full<Bytes>>;

/// The parameters of a search that matter here.
#[derive(Deserialize)]
struct DemoQuery {
    q: Option<String>,
    count: Option<usize>,
}

#[derive(Serialize)]
struct DemoResults<'a> {
    results: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    title: &'a str,
    url: &'a str,
    snippet: &'a str,
    ad: bool,
}

impl<'a> From<Hit<'a>> for Item<'a> {
    fn from(hit: Hit<'a>) -> Self {
        Self { title: hit.title, url: hit.url, snippet: hit.snippet, ad: hit.sponsored }
    }
}

#[derive(Serialize)]
struct DemoError {
    error: &'static str,
}

/// Serves the demo partner on `listener`, with a task of the current runtime
/// for each connection. It runs until its future is dropped; connections that
/// are open then live on until they close or the runtime ends.
///
/// # Errors
///
/// The last error of accepting, when accepting fails 100 times in a row.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failures = 0;
                tokio::task::spawn(converse(stream));
            }
            Err(error) if failures >= MAX_ACCEPT_FAILURES => return Err(error),
            Err(_) => {
                failures += 1;
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection until it ends.
async fn converse(stream: TcpStream) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .keep_alive(true)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request: Request<Incoming>| async move {
                Ok::<_, Infallible>(answer(request.method(), request.uri()))
            }),
        )
        .await;
    // A client that hangs up or sends no HTTP concerns nobody else, and there
    // is no log to put it in.
    drop(served);
}

/// The answer to one request.
fn answer(method: &Method, uri: &Uri) -> DemoResponse {
    if uri.path() != "/search" {
        return failure(StatusCode::NOT_FOUND, "no such path");
    }
    if method != Method::GET {
        let mut refusal = failure(StatusCode::METHOD_NOT_ALLOWED, "only GET is allowed");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return refusal;
    }
    let Ok(parameters) = serde_urlencoded::from_str(uri.query().unwrap_or_default()) else {
        return failure(StatusCode::BAD_REQUEST, "malformed parameters");
    };
    let DemoQuery { q: Some(q), count } = parameters else {
        return failure(StatusCode::BAD_REQUEST, "parameter q is missing");
    };
    let count = count.unwrap_or(DEFAULT_COUNT).clamp(1, MAX_COUNT);
    let hits = engine().search(&q, count).into_iter();
    let results = hits.map(Item::from).collect();
    json(StatusCode::OK, &DemoResults { results })
}

fn failure(status: StatusCode, error: &'static str) -> DemoResponse {
    json(status, &DemoError { error })
}

/// A response with `body` as JSON.
fn json(status: StatusCode, body: &impl Serialize) -> DemoResponse {
    let (status, text) = serde_json::to_vec(body)
        .map_or_else(|_| (StatusCode::INTERNAL_SERVER_ERROR, b"{}".to_vec()), |text| (status, text));
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // What somebody searched for must not stay in a cache on the way.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_COUNT, MAX_COUNT, answer, serve};
    use http_body_util::BodyExt;
    use hyper::{Method, StatusCode};
    use serde_json::Value;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    async fn ask(method: Method, uri: &str) -> (StatusCode, Value) {
        let response = answer(&method, &uri.parse().unwrap());
        assert_eq!(response.headers()["content-type"], "application/json");
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn results(uri: &str) -> Vec<Value> {
        let (status, body) = ask(Method::GET, uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        body["results"].as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn results_have_the_four_members() {
        let found = results("/search?q=Germany&lang=de&pc=demo&count=5").await;
        assert_eq!(found.len(), 5);
        assert_eq!(found[0]["ad"], true);
        let organic = found.iter().find(|item| item["ad"] == false).unwrap();
        assert_eq!(organic["title"], "Germany");
        assert_eq!(organic["url"], "https://en.wikipedia.org/wiki/Germany");
        assert!(organic["snippet"].as_str().unwrap().contains("Berlin"));
        assert_eq!(organic.as_object().unwrap().len(), 4);
    }

    #[tokio::test]
    async fn the_count_is_held_in_its_range() {
        assert_eq!(results("/search?q=country").await.len(), DEFAULT_COUNT);
        assert_eq!(results("/search?q=country&count=0").await.len(), 1);
        assert_eq!(results("/search?q=country&count=999").await.len(), MAX_COUNT);
        assert!(results("/search?q=").await.is_empty());
    }

    #[tokio::test]
    async fn other_requests_are_refused() {
        for (method, uri, status) in [
            (Method::GET, "/search", 400),
            (Method::GET, "/search?count=3", 400),
            (Method::GET, "/search?q=a&count=many", 400),
            (Method::GET, "/", 404),
            (Method::POST, "/elsewhere", 404),
            (Method::POST, "/search?q=a", 405),
        ] {
            let (given, body) = ask(method, uri).await;
            assert_eq!(given.as_u16(), status, "{uri}");
            assert!(body["error"].is_string(), "{uri}");
        }
    }

    #[tokio::test]
    async fn two_requests_share_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = |query: &str, connection: &str| {
            format!(
                "GET /search?q={query}&count=1 HTTP/1.1\r\nHost: demo.example\r\n\
                 Connection: {connection}\r\n\r\n"
            )
        };
        let both = request("alban%C3%ADa", "keep-alive") + &request("%E4%B8%AD%E5%9B%BD", "close");
        stream.write_all(both.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
        assert!(text.contains(r#""title":"Albania""#), "{text}");
        assert!(text.contains(r#""title":"China""#), "{text}");
        server.abort();
    }
}
