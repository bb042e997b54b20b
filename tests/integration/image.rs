//! The image proxy: its requests, its responses, blocked addresses, and every limit. Tokens are sealed with the proxy's
//! own key ring, as in its results pages.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use qsproxy::name::ConfigName;
use qsproxy::time::{self, Time};
use qsproxy::tokens::click::{self, ClickToken, TokenLength};
use qsproxy::tokens::image::{self, IMAGE_PATH, ImageToken};
use qsproxy::tokens::key_ring::KeyRing;
use qsproxy::tokens::key_ring::key_set::KeySet;
use regex::Regex;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::request_to;
use qsproxy_test_support::visit_stamp::without_image;
use qsproxy_test_support::wait_for;

/// An image in ASCII, so that every response of the mock partner can contain it.
const GIF: &str = "GIF89a the smallest lie about a picture";

/// An image host, and a proxy that may fetch from it.
struct ImageEnv {
    proxy: Proxy,
    host: MockPartner,
}

/// The configuration of a partner that responds with HTML, with images from this host.
fn config(host: &MockPartner) -> ConfigBuilder {
    let hosts = format!("[\"{}\"]", host.address());
    with_images(ConfigBuilder::new(host), "partner first").with("partner first", "image_hosts", &hosts)
}

fn with_images(config: ConfigBuilder, partner: &str) -> ConfigBuilder {
    let html = config.without(partner, "results").with(partner, "format", r#""html""#);
    html.with(partner, "images", r#""proxied""#)
}

impl ImageEnv {
    #[track_caller]
    fn new(answer: MockResponse) -> ImageEnv {
        ImageEnv::with(answer, |config| config)
    }

    #[track_caller]
    fn with(answer: MockResponse, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> ImageEnv {
        let host = MockPartner::responding(answer);
        ImageEnv { proxy: Proxy::start(&change(config(&host)).text()), host }
    }

    /// The path of the proxied image at a path of the host.
    fn path(&self, path: &str) -> String {
        self.path_of(&format!("http://{}{path}", self.host.address()))
    }

    /// The path of the proxied image at any URL, issued now for the partner `first`.
    fn path_of(&self, url: &str) -> String {
        image_path(&self.proxy, "first", time::now(), url)
    }

    #[track_caller]
    fn get(&self, path: &str) -> Response {
        self.proxy.get(path, &["Accept: image/avif,image/webp,*/*"])
    }

    /// The number of image requests with this outcome.
    fn outcome(&self, outcome: &str) -> u64 {
        let metrics = self.proxy.admin_get("/metrics", &[]).text();
        let series = format!("qsproxy_images_total{{outcome=\"{outcome}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)).expect("the series").parse().unwrap()
    }
}

fn keys(proxy: &Proxy) -> KeySet {
    let ring = KeyRing::new(&proxy.workdir().path("data/keys"), Duration::from_secs(3_600));
    ring.load(time::now()).unwrap().expect("today's keys")
}

fn image_path(proxy: &Proxy, partner: &str, issued: Time, url: &str) -> String {
    let mut path = IMAGE_PATH.to_owned();
    let partner = ConfigName::new(partner).unwrap().fingerprint();
    image::seal(&keys(proxy).primary, &ImageToken { partner, issued, url: url.into() }, TokenLength::Exact, &mut path);
    path
}

#[track_caller]
fn assert_image(response: &Response) {
    assert_eq!((response.status, response.media_type().as_str()), (200, "image/gif"), "{}", response.text());
    assert_eq!(response.text(), GIF);
}

#[track_caller]
fn assert_not_found(response: &Response) {
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    assert_eq!(response.header("location"), None);
}

/// A `200` response with these headers and bytes; then the connection is closed.
fn raw(head: &str, body: &[u8]) -> MockResponse {
    MockResponse::Raw([format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat())
}

#[test]
fn headers_of_the_host_are_not_forwarded() {
    let host_headers = vec![
        "Set-Cookie: id=7",
        "ETag: \"seven\"",
        "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
        "Link: </next>; rel=prefetch",
        "Content-Disposition: attachment",
        "X-Anything: 7",
        "Content-Security-Policy: default-src *",
        "Access-Control-Allow-Origin: *",
        "Server: images",
    ];
    let env = ImageEnv::new(MockResponse::WithHeaders(host_headers, GIF.to_owned())); // sent as application/json
    let response = env.get(&env.path("/a.png"));
    assert_image(&response);
    let mut names: Vec<String> = response.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    let ours = "cache-control content-length content-type cross-origin-resource-policy date referrer-policy x-content-type-options";
    let ours: Vec<&str> = ours.split(' ').collect();
    assert_eq!(names, ours, "the headers of every response, and no others");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("content-type"), Some("image/gif"));
}

#[test]
fn every_supported_format_gets_its_media_type() {
    let host = raw("Content-Type: text/html\r\nContent-Length: 33\r\n", b"");
    let env = ImageEnv::new(host);
    for (media_type, start) in [
        ("image/png", &b"\x89PNG\r\n\x1a\n"[..]),
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/gif", b"GIF87a"),
        ("image/webp", b"RIFF\x19\0\0\0WEBPVP8 "),
        ("image/avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1miafMA1B"),
    ] {
        let mut bytes = start.to_vec();
        bytes.resize(33, 0xff);
        env.host.respond_with(raw("Content-Type: text/html\r\nContent-Length: 33\r\n", &bytes));
        let response = env.get(&env.path(&format!("/{media_type}")));
        assert_eq!((response.status, response.header("content-type")), (200, Some(media_type)));
        assert_eq!(response.body, bytes);
    }
}

#[test]
fn requests_to_a_host_do_not_depend_on_the_client() {
    let env =
        ImageEnv::with(MockResponse::Json(GIF.to_owned()), |config| config.with("limits", "image_cache_bytes", "0"));
    let one = ["User-Agent: one", "Cookie: visit=7", "Referer: http://127.0.0.1/search?q=lisbon", "DNT: 1"];
    let two = [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: image/webp",
        "Accept-Language: pt-BR",
        "Accept-Encoding: gzip, br",
        "If-None-Match: \"seven\"",
        "Range: bytes=0-3",
        "X-Forwarded-For: 192.0.2.7",
        "Authorization: Bearer 7",
        "Origin: https://elsewhere.example",
        "Traceparent: 00-7-7-01",
    ];
    for headers in [&one[..], &two[..], &[]] {
        assert_image(&env.proxy.get(&env.path("/a%20b.gif?size=2&x#part"), headers));
    }
    let expected = format!(
        "GET /a%20b.gif?size=2&x HTTP/1.1\r\nhost: {}\r\nuser-agent: Mozilla/5.0 (compatible; qsproxy)\r\n\
         accept: image/avif, image/webp, image/png, image/jpeg, image/gif\r\n\r\n",
        env.host.address()
    );
    let requests: Vec<String> = env.host.requests().into_iter().map(|one| String::from_utf8(one).unwrap()).collect();
    assert_eq!(requests, [expected.clone(), expected.clone(), expected]);
    let mut ports = env.host.source_ports();
    ports.dedup();
    assert_eq!(ports.len(), 3, "one connection per request");
}

/// The proxy connects to public addresses only, however an address is written and whatever a name resolves to.
#[test]
fn private_addresses_are_blocked() {
    let env = ImageEnv::new(MockResponse::Json(GIF.to_owned()));
    // If the test may listen on these ports, it checks that nobody connects.
    let listeners: Vec<TcpListener> =
        ["127.0.0.1:80", "[::1]:80", "127.0.0.1:443"].iter().filter_map(|at| TcpListener::bind(at).ok()).collect();
    let port = env.host.address().port();
    let mut refused = 0;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "0",
        "127.0.0.2",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        "LOCALHOST",
        "%6cocalhost",
    ] {
        for url in [format!("http://{host}/a.gif"), format!("https://{host}/a.gif"), format!("http://{host}:443/")] {
            assert_not_found(&env.get(&env.path_of(&url)));
            refused += 1;
            assert_eq!(env.outcome("refused"), refused, "{url}");
        }
    }
    // An allowed host is allowed in every spelling, but not by another name, and not its neighbors.
    for url in [
        format!("http://localhost:{port}/a.gif"),
        format!("http://127.0.0.2:{port}/a.gif"),
        format!("http://[::ffff:127.0.0.1]:{port}/a.gif"),
        format!("http://user:word@127.0.0.1:{port}/a.gif"),
        format!("ftp://127.0.0.1:{port}/a.gif"),
        format!("http://127.0.0.1:{}/a.gif", port ^ 1),
        "file:///etc/hostname".to_owned(),
        "https://example.org:8443/a.gif".to_owned(),
        "not an address".to_owned(),
        String::new(),
    ] {
        assert_not_found(&env.get(&env.path_of(&url)));
        refused += 1;
        assert_eq!(env.outcome("refused"), refused, "{url}");
    }
    assert_eq!(env.host.requests().len(), 0);
    assert_image(&env.get(&env.path_of(&format!("http://0x7f.1:{port}/a.gif"))));
    for listener in listeners {
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "a connection to {:?}", listener.local_addr());
    }
}

#[test]
fn a_host_allowed_for_one_partner_is_blocked_for_others() {
    let env = ImageEnv::with(MockResponse::Json(GIF.to_owned()), |config| {
        let other = config.partner("second", "http://127.0.0.1:1/search").code("other", r#"["second"]"#);
        with_images(other, "partner second").partner("third", "http://127.0.0.1:1/").code("c", r#"["third"]"#)
    });
    let url = format!("http://{}/a.gif", env.host.address());
    assert_image(&env.get(&env.path("/a.gif")));
    for partner in ["second", "third", "gone"] {
        assert_not_found(&env.get(&image_path(&env.proxy, partner, time::now(), &url)));
    }
    assert_eq!((env.host.requests().len(), env.outcome("refused")), (1, 3));
}

#[test]
fn responses_that_are_not_images_give_404() {
    let env = ImageEnv::new(MockResponse::CloseImmediately);
    let answers = [
        raw("Content-Type: image/svg+xml\r\n", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"),
        raw("Content-Type: image/png\r\n", b"<!doctype html><script>alert(1)</script>"),
        raw("Content-Type: image/png\r\n", b"<?xml version=\"1.0\"?><svg/>"),
        raw("Content-Type: image/x-icon\r\n", b"\0\0\x01\0\x01\0\x10\x10"),
        raw("Content-Type: image/gif\r\nContent-Length: 0\r\n", b""),
        raw("Content-Type: image/gif\r\nContent-Length: 400\r\n", GIF.as_bytes()),
        raw("Content-Type: image/gif\r\nTransfer-Encoding: chunked\r\n", b"400\r\nGIF89a"),
        raw("Content-Type: image/gif\r\nContent-Encoding: br\r\n", GIF.as_bytes()),
        MockResponse::Gzip(GIF.to_owned()),
        MockResponse::Status(404),
        MockResponse::Status(500),
        MockResponse::Raw(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 6\r\n\r\nGIF89a".to_vec()),
        MockResponse::Raw(b"GIF89a without HTTP".to_vec()),
        MockResponse::CloseImmediately,
    ];
    let count = u64::try_from(answers.len()).unwrap();
    for (index, answer) in answers.into_iter().enumerate() {
        env.host.respond_with(answer);
        assert_not_found(&env.get(&env.path(&format!("/{index}"))));
        assert_eq!(env.outcome("failed"), u64::try_from(index).unwrap() + 1, "response {index}");
    }
    assert_not_found(&env.get(&env.path_of("http://nowhere.invalid/a.gif")));
    assert_eq!(env.outcome("failed"), count + 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let env = ImageEnv::new(MockResponse::CloseImmediately);
    for location in
        [format!("http://{}/b.gif", env.host.address()), "/b.gif".to_owned(), "http://localhost/".to_owned()]
    {
        env.host.take_requests();
        env.host.respond_in_order(vec![MockResponse::Redirect(location.clone()), MockResponse::Json(GIF.to_owned())]);
        assert_not_found(&env.get(&env.path(&format!("/?{location}"))));
        assert_eq!(env.host.requests().len(), 1, "{location}");
    }
}

#[test]
fn image_bytes_are_limited() {
    let exact = |length: usize| format!("GIF89a{}", "x".repeat(length - 6));
    let env = ImageEnv::with(MockResponse::Json(exact(2_048)), |config| config.with("limits", "image_bytes", "2048"));
    assert_eq!(env.get(&env.path("/full")).status, 200);
    env.host.respond_with(MockResponse::Json(exact(2_049)));
    assert_not_found(&env.get(&env.path("/one-too-many")));
    let unannounced = exact(2_049);
    env.host.respond_with(raw("", unannounced.as_bytes()));
    assert_not_found(&env.get(&env.path("/one-too-many-unannounced")));
    for announced in [true, false] {
        env.host.respond_with(MockResponse::Endless { announced });
        assert_not_found(&env.get(&env.path(&format!("/{announced}"))));
    }
    assert!(env.host.bytes_sent() < 64 << 20, "the proxy must stop reading: {} bytes", env.host.bytes_sent());
    assert!(env.proxy.peak_kib() < 256 << 10, "the proxy must not buffer it");
}

#[test]
fn image_time_is_limited() {
    let env = ImageEnv::with(MockResponse::Hang, |config| config.with("limits", "image_time", r#""300ms""#));
    for (index, answer) in
        [MockResponse::Hang, MockResponse::HangAfterHead, MockResponse::SlowBytes].into_iter().enumerate()
    {
        env.host.respond_with(answer);
        let start = Instant::now();
        assert_not_found(&env.get(&env.path(&format!("/{index}"))));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(env.outcome("timed_out"), u64::try_from(index).unwrap() + 1);
    }
}

#[test]
fn images_in_flight_are_limited() {
    let env = ImageEnv::with(MockResponse::Delayed(Duration::from_millis(1500), GIF.to_owned()), |config| {
        config.with("limits", "images_in_flight", "1")
    });
    let (first, second) = (env.path("/1"), env.path("/2"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| env.get(&first));
        wait_for("the request to the host", || (env.host.requests().len() == 1).then_some(()));
        let start = Instant::now();
        let response = env.get(&second);
        assert_eq!((response.status, response.problem().as_str()), (503, "overloaded"));
        assert!(response.header("retry-after").is_some() && start.elapsed() < Duration::from_millis(700));
        assert_image(&waiting.join().unwrap());
    });
    assert_image(&env.get(&second));
    assert_eq!((env.outcome("crowded"), env.outcome("fetched")), (1, 2));
}

#[test]
fn images_and_failures_are_cached() {
    let env = ImageEnv::new(MockResponse::WithHeaders(vec!["Cache-Control: no-store", "Vary: *"], GIF.to_owned()));
    let paths = [env.path("/a.gif"), env.path("/a.gif#part"), env.path("/a.gif")];
    assert!(paths[0] != paths[2], "tokens are unique");
    for path in paths {
        assert_image(&env.get(&path));
    }
    assert_image(&env.get(&env.path("/a.gif?other")));
    assert_eq!(env.host.requests().len(), 2);
    env.host.respond_with(MockResponse::Status(500));
    for _ in 0..3 {
        assert_not_found(&env.get(&env.path("/broken")));
    }
    assert_eq!(env.host.requests().len(), 3);
    assert_eq!((env.outcome("fetched"), env.outcome("cached"), env.outcome("failed")), (2, 2, 3));
}

#[test]
fn forged_and_expired_tokens_give_404() {
    let env =
        ImageEnv::with(MockResponse::Json(GIF.to_owned()), |config| config.with("counts", "click_ttl", r#""100s""#));
    let url = format!("http://{}/a.gif", env.host.address());
    let path = env.path("/a.gif");
    let mut altered = path.clone().into_bytes();
    altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
    let mut click = IMAGE_PATH.to_owned();
    let (partner, kind) = (ConfigName::new("first").unwrap().fingerprint(), qsproxy::result_kind::ResultKind::Organic);
    let click_token = ClickToken { partner, code: 0, group: None, kind, issued: time::now(), target: url.clone() };
    click::seal(&keys(&env.proxy).primary, &click_token, TokenLength::Exact, &mut click);
    let forged = [
        String::from_utf8(altered).unwrap(),
        click,
        format!("{path}A"),
        path[..path.len() - 1].to_owned(),
        "/image/".to_owned(),
        "/image/../a".to_owned(),
        format!("/image/{url}"),
        format!("/image/{}", "A".repeat(6_000)),
    ];
    for path in &forged {
        assert_not_found(&env.get(path));
    }
    for ago in [101, 5_000] {
        assert_not_found(&env.get(&image_path(&env.proxy, "first", Time(time::now().0 - ago), &url)));
    }
    assert_eq!(env.host.requests().len(), 0);
    assert_eq!((env.outcome("forged"), env.outcome("expired")), (u64::try_from(forged.len()).unwrap(), 2));
    assert_image(&env.get(&image_path(&env.proxy, "first", Time(time::now().0 - 90), &url)));
    let as_click = env.proxy.get(&path.replace("/image/", "/click/"), &[]);
    assert_eq!((as_click.status, as_click.header("location")), (404, None));
    let without_token = env.get("/image");
    assert_eq!(without_token.status, 404);
}

#[test]
fn head_returns_the_headers_of_get_and_other_methods_are_rejected() {
    let env = ImageEnv::new(MockResponse::Json(GIF.to_owned()));
    let path = env.path("/a.gif");
    let send = |method: &str| send_once(env.proxy.public, &request_to(&env.proxy, method, &path, &[])).unwrap();
    let (head, get) = (send("HEAD"), send("GET"));
    let headers = |response: &Response| {
        let headers = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
        headers.cloned().collect::<Vec<_>>()
    };
    assert_eq!((head.status, headers(&head), head.body.len()), (200, headers(&get), 0));
    assert_image(&get);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = send(method);
        assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn a_fetch_continues_when_the_client_disconnects() {
    let env = ImageEnv::new(MockResponse::Delayed(Duration::from_millis(400), GIF.to_owned()));
    let path = env.path("/a.gif");
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "GET", &path, &[])).unwrap();
    wait_for("the request to the host", || (env.host.requests().len() == 1).then_some(()));
    drop(client);
    wait_for("the response of the host", || (env.host.bytes_sent() > 0).then_some(()));
    std::thread::sleep(Duration::from_millis(100)); // time for the response to arrive
    assert_image(&env.get(&path));
    assert_eq!((env.host.requests().len(), env.outcome("cached")), (1, 1));
}

#[test]
fn logs_metrics_and_files_contain_nothing_of_an_image() {
    let env = ImageEnv::new(MockResponse::Status(500));
    env.get(&env.path("/KANARIENVOGEL.gif"));
    env.host.respond_with(MockResponse::Json(GIF.to_owned()));
    env.get(&env.path("/KANARIENVOGEL.png"));
    let output = env.proxy.stdout() + &env.proxy.stderr() + &env.proxy.admin_get("/metrics", &[]).text();
    assert!(
        !output.contains("KANARIENVOGEL") && !output.contains(&format!(":{}", env.host.address().port())),
        "{output}"
    );
    for file in std::fs::read_dir(env.proxy.workdir().path("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!qsproxy_test_support::contains(&bytes, b"KANARIENVOGEL"));
    }
}

#[test]
fn the_privacy_statement_mentions_images_only_if_they_are_proxied() {
    let mentions_images =
        |proxy: &Proxy| proxy.get("/privacy", &[]).text().contains("We fetch the images in its results for you.");
    let env = ImageEnv::new(MockResponse::Json(GIF.to_owned()));
    assert!(mentions_images(&env.proxy));
    assert!(!mentions_images(&Proxy::start(&ConfigBuilder::new(&env.host).text())));
}

/// From a partner's page to the images on it.
#[test]
fn images_of_a_page_are_proxied() {
    let env = ImageEnv::new(MockResponse::CloseImmediately);
    let host_url = format!("http://{}", env.host.address());
    let page = format!(
        "<!doctype html><img src=\"{host_url}/a.gif\"><img src=\"/b.gif\"><img src=\"http://127.0.0.1/closed.gif\">\
         <img src=\"{host_url}/{}\"><img src=\"https://example.org:8443/port.gif\"><h2><a href=\"https://example.org/\">A result</a></h2>",
        "x".repeat(4_100)
    );
    env.host.respond_in_order(vec![
        raw("Content-Type: text/html\r\n", page.as_bytes()),
        MockResponse::Json(GIF.to_owned()),
    ]);
    let page = env.proxy.get("/search?q=lisbon", &["Accept: text/html"]);
    let source = Regex::new(r#"<img[^>]* src="([^"]*)""#).unwrap();
    let text = without_image(&page.text());
    let sources: Vec<&str> = source.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
    assert_eq!((page.status, sources.len()), (200, 2), "the other images are left out: {text}");
    for path in sources {
        assert!(path.starts_with(IMAGE_PATH), "{path}");
        assert_image(&env.get(path));
    }
    let lines: Vec<String> = env.host.requests()[1..].iter().map(|one| first_line(one)).collect();
    assert_eq!(lines, ["GET /a.gif HTTP/1.1", "GET /b.gif HTTP/1.1"]);
}

fn first_line(request: &[u8]) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap().to_owned()
}
