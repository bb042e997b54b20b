//! The demo partner's HTTP server: one JSON endpoint, and the pages of its invented advertisers.
//!
//! `GET /search?q=…&count=…` returns `{"results":[{"title":…,"url":…,"snippet":…,"ad":true|false},…]}`. Other parameters that
//! the proxy sends, such as `lang` and `pc`, are ignored. `GET /ad/DOMAIN/…` is the page to which an ad leads. Nothing about a request is logged
//! or stored.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use maud::{DOCTYPE, html};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};

use crate::demo::dataset::engine;
use crate::demo::index::Hit;

/// Timeout for a request's headers, and so for idle connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum size of a connection's read buffer, and so of a request's headers.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// The path of the pages of advertisers, which the domain follows.
const AD_PATH: &str = "/ad/";

/// The host for a request without one, which the proxy never sends.
const DEFAULT_HOST: &str = "127.0.0.1:8090";

/// Number of results if the request has no `count`.
const DEFAULT_COUNT: usize = 20;

/// Maximum number of results. A larger `count` is reduced to it.
const MAX_COUNT: usize = 50;

/// Consecutive failures of `accept` after which the server gives up.
const MAX_ACCEPT_FAILURES: u32 = 100;

/// Pause after a failed `accept`. If file descriptors are exhausted, connections must close before the next attempt can
/// succeed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type DemoResponse = Response<Full<Bytes>>;

/// The parameters of a search.
#[derive(Deserialize)]
struct DemoQuery {
    q: Option<String>,
    count: Option<usize>,
}

#[derive(Serialize)]
struct DemoResults<'a> {
    results: Vec<DemoResult<'a>>,
}

#[derive(Serialize)]
struct DemoResult<'a> {
    title: &'a str,
    url: Cow<'a, str>,
    snippet: &'a str,
    ad: bool,
}

impl<'a> DemoResult<'a> {
    /// A result of this server. The domains of its advertisers are reserved ones, so their pages are here.
    fn new(hit: Hit<'a>, host: &str) -> Self {
        let page = hit.url.strip_prefix("https://").filter(|_| hit.sponsored);
        let url = page.map_or(Cow::Borrowed(hit.url), |page| format!("http://{host}{AD_PATH}{page}").into());
        Self { title: hit.title, url, snippet: hit.snippet, ad: hit.sponsored }
    }
}

#[derive(Serialize)]
struct DemoError {
    error: &'static str,
}

/// Serves the demo partner on `listener`, with one task per connection, until the future is dropped. Open connections
/// continue until they close or the runtime shuts down.
///
/// # Errors
/// The last error of `accept` after 100 consecutive failures.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failures = 0;
                tokio::task::spawn(serve_connection(stream));
            }
            Err(error) if failures >= MAX_ACCEPT_FAILURES => return Err(error),
            Err(_) => {
                failures += 1;
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it closes.
async fn serve_connection(stream: TcpStream) {
    let result = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .keep_alive(true)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request: Request<Incoming>| async move {
                let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or(DEFAULT_HOST);
                Ok::<_, Infallible>(respond(request.method(), request.uri(), host))
            }),
        )
        .await;
    // A client that disconnects or does not speak HTTP affects no one else, and there is no log.
    drop(result);
}

/// The response to a request to this host.
fn respond(method: &Method, uri: &Uri, host: &str) -> DemoResponse {
    if let Some(page) = uri.path().strip_prefix(AD_PATH) {
        return landing_page(page);
    }
    if uri.path() != "/search" {
        return error_response(StatusCode::NOT_FOUND, "path not found");
    }
    if method != Method::GET {
        let mut response = error_response(StatusCode::METHOD_NOT_ALLOWED, "only GET is allowed");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let Ok(parameters) = serde_urlencoded::from_str(uri.query().unwrap_or_default()) else {
        return error_response(StatusCode::BAD_REQUEST, "malformed parameters");
    };
    let DemoQuery { q: Some(q), count } = parameters else {
        return error_response(StatusCode::BAD_REQUEST, "parameter q is missing");
    };
    let count = count.unwrap_or(DEFAULT_COUNT).clamp(1, MAX_COUNT);
    let hits = engine().search(&q, count).into_iter();
    let results = hits.map(|hit| DemoResult::new(hit, host)).collect();
    json_response(StatusCode::OK, &DemoResults { results })
}

/// The page of an advertiser. `page` begins with its domain.
fn landing_page(page: &str) -> DemoResponse {
    let domain = page.split('/').next().unwrap_or_default();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (domain) }
            }
            body {
                h1 { (domain) }
                p { "This advertiser is invented: you followed an ad of the demonstration. Nothing is sold here." }
                p { "The click was counted before you came here, and this page did not learn what was searched for." }
            }
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(page.into_string())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn error_response(status: StatusCode, error: &'static str) -> DemoResponse {
    json_response(status, &DemoError { error })
}

/// A response with `body` as JSON.
fn json_response(status: StatusCode, body: &impl Serialize) -> DemoResponse {
    let (status, json) = serde_json::to_vec(body)
        .map_or_else(|_| (StatusCode::INTERNAL_SERVER_ERROR, b"{}".to_vec()), |json| (status, json));
    let mut response = Response::new(Full::new(Bytes::from(json)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The query must not remain in a cache between partner and proxy.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_COUNT, HeaderValue, MAX_COUNT, respond, serve};
    use http_body_util::BodyExt;
    use hyper::{Method, StatusCode};
    use serde_json::Value;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    async fn request(method: Method, uri: &str) -> (StatusCode, Value) {
        let response = respond(&method, &uri.parse().unwrap(), "demo.example");
        assert_eq!(response.headers()["content-type"], "application/json");
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn results(uri: &str) -> Vec<Value> {
        let (status, body) = request(Method::GET, uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        body["results"].as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn results_have_four_members() {
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
    async fn every_ad_leads_to_a_page_of_this_server() {
        for query in ["Germany", "shoes", "weather", "python"] {
            let found = results(&format!("/search?q={query}")).await;
            let ads: Vec<&str> =
                found.iter().filter(|item| item["ad"] == true).map(|item| item["url"].as_str().unwrap()).collect();
            assert!(!ads.is_empty() && ads.len() < found.len(), "{query}");
            for ad in ads {
                let path = ad.strip_prefix("http://demo.example").unwrap_or_else(|| panic!("{ad}"));
                let page = respond(&Method::GET, &path.parse().unwrap(), "demo.example");
                assert_eq!(
                    (page.status(), &page.headers()["content-type"]),
                    (StatusCode::OK, &HeaderValue::from_static("text/html; charset=utf-8"))
                );
                let body = page.into_body().collect().await.unwrap().to_bytes();
                assert!(String::from_utf8_lossy(&body).contains("This advertiser is invented"), "{ad}");
            }
        }
    }

    #[tokio::test]
    async fn the_count_is_clamped() {
        assert_eq!(results("/search?q=country").await.len(), DEFAULT_COUNT);
        assert_eq!(results("/search?q=country&count=0").await.len(), 1);
        assert_eq!(results("/search?q=country&count=999").await.len(), MAX_COUNT);
        assert!(results("/search?q=").await.is_empty());
    }

    #[tokio::test]
    async fn rejects_other_requests() {
        for (method, uri, expected) in [
            (Method::GET, "/search", 400),
            (Method::GET, "/search?count=3", 400),
            (Method::GET, "/search?q=a&count=many", 400),
            (Method::GET, "/", 404),
            (Method::POST, "/elsewhere", 404),
            (Method::POST, "/search?q=a", 405),
        ] {
            let (status, body) = request(method, uri).await;
            assert_eq!(status.as_u16(), expected, "{uri}");
            assert!(body["error"].is_string(), "{uri}");
        }
    }

    #[tokio::test]
    async fn keeps_the_connection_alive() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = |query: &str, connection: &str| {
            format!(
                "GET /search?q={query}&count=1 HTTP/1.1\r\nHost: demo.example\r\n\
                 Connection: {connection}\r\n\r\n"
            )
        };
        let both = head("alban%C3%ADa", "keep-alive") + &head("%E4%B8%AD%E5%9B%BD", "close");
        stream.write_all(both.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
        assert!(text.contains(r#""title":"Albania""#), "{text}");
        assert!(text.contains(r#""title":"China""#), "{text}");
        server.abort();
    }
}
