//! Images: what their hosts are asked and what is shown, that nothing private is reached, and every bound.
//! Tokens are sealed with the program's own key ring, as its results pages would hold them.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use qsproxy::name::ConfigName;
use qsproxy::time::{self, Time};
use qsproxy::tokens::click::{self, ClickToken};
use qsproxy::tokens::image::{self, IMAGE_PATH, ImageToken};
use qsproxy::tokens::key_ring::{KeyRing, KeySet};
use regex::Regex;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::request_to;
use qsproxy_test_support::visit_stamp::without_image;
use qsproxy_test_support::wait_for;

/// A picture in ASCII, so that every answer of the recording partner can be one.
const GIF: &str = "GIF89a the smallest lie about a picture";

/// A host of images, and the program that may ask it.
struct Scene {
    proxy: Proxy,
    host: MockPartner,
}

/// The tests' partner, answering in HTML with images from this host.
fn config(host: &MockPartner) -> ConfigBuilder {
    let hosts = format!("[\"{}\"]", host.address());
    with_images(ConfigBuilder::new(host), "partner first").with("partner first", "image_hosts", &hosts)
}

fn with_images(config: ConfigBuilder, partner: &str) -> ConfigBuilder {
    let html = config.without(partner, "results").with(partner, "format", r#""html""#);
    html.with(partner, "images", r#""proxied""#)
}

impl Scene {
    #[track_caller]
    fn new(answer: MockResponse) -> Scene {
        Scene::with(answer, |config| config)
    }

    #[track_caller]
    fn with(answer: MockResponse, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Scene {
        let host = MockPartner::responding(answer);
        Scene { proxy: Proxy::start(&change(config(&host)).text()), host }
    }

    /// The path of an image on the host.
    fn path(&self, path: &str) -> String {
        self.path_of(&format!("http://{}{path}", self.host.address()))
    }

    /// The path of an image anywhere, as in an answer of the partner `first`, made just now.
    fn path_of(&self, url: &str) -> String {
        sealed(&self.proxy, "first", time::now(), url)
    }

    #[track_caller]
    fn get(&self, path: &str) -> Response {
        self.proxy.get(path, &["Accept: image/avif,image/webp,*/*"])
    }

    /// How many requests for images ended so.
    fn outcome(&self, outcome: &str) -> u64 {
        let metrics = self.proxy.admin_get("/metrics", &[]).text();
        let series = format!("qsproxy_images_total{{outcome=\"{outcome}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)).expect("the series").parse().unwrap()
    }
}

fn keys(proxy: &Proxy) -> KeySet {
    let ring = KeyRing::new(&proxy.workdir().path("data/keys"), Duration::from_secs(3_600));
    ring.load(time::now().day()).unwrap().expect("today's keys")
}

fn sealed(proxy: &Proxy, partner: &str, issued: Time, url: &str) -> String {
    let mut path = IMAGE_PATH.to_owned();
    let partner = ConfigName::new(partner).unwrap().fingerprint();
    image::seal(&keys(proxy).primary, &ImageToken { partner, issued, url: url.into() }, &mut path);
    path
}

#[track_caller]
fn shown(response: &Response) {
    assert_eq!((response.status, response.media_type().as_str()), (200, "image/gif"), "{}", response.text());
    assert_eq!(response.text(), GIF);
}

#[track_caller]
fn not_there(response: &Response) {
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    assert_eq!(response.header("location"), None);
}

/// 200 with these bytes, announced or not, then the connection closes.
fn raw(head: &str, body: &[u8]) -> MockResponse {
    MockResponse::Raw([format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat())
}

#[test]
fn an_image_comes_as_what_it_is_and_with_nothing_of_its_hosts_words() {
    let told = vec![
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
    let scene = Scene::new(MockResponse::WithHeaders(told, GIF.to_owned())); // under application/json
    let response = scene.get(&scene.path("/a.png"));
    shown(&response);
    let mut names: Vec<String> = response.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    let ours = ["cache-control", "content-length", "content-type", "date", "referrer-policy", "x-content-type-options"];
    assert_eq!(names, ours, "as every answer, and no more");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("content-type"), Some("image/gif"));
}

#[test]
fn every_raster_type_is_shown_under_its_own_name() {
    let host = raw("Content-Type: text/html\r\nContent-Length: 33\r\n", b"");
    let scene = Scene::new(host);
    for (name, begins) in [
        ("image/png", &b"\x89PNG\r\n\x1a\n"[..]),
        ("image/jpeg", b"\xff\xd8\xff\xe0"),
        ("image/gif", b"GIF87a"),
        ("image/webp", b"RIFF\x19\0\0\0WEBPVP8 "),
        ("image/avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1miafMA1B"),
    ] {
        let mut bytes = begins.to_vec();
        bytes.resize(33, 0xff);
        scene.host.respond_with(raw("Content-Type: text/html\r\nContent-Length: 33\r\n", &bytes));
        let response = scene.get(&scene.path(&format!("/{name}")));
        assert_eq!((response.status, response.header("content-type")), (200, Some(name)));
        assert_eq!(response.body, bytes);
    }
}

#[test]
fn a_host_is_asked_the_same_whoever_asks() {
    let scene =
        Scene::with(MockResponse::Json(GIF.to_owned()), |config| config.with("limits", "image_cache_bytes", "0"));
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
    for lines in [&one[..], &two[..], &[]] {
        shown(&scene.proxy.get(&scene.path("/a%20b.gif?size=2&x#part"), lines));
    }
    let expected = format!(
        "GET /a%20b.gif?size=2&x HTTP/1.1\r\nhost: {}\r\nuser-agent: Mozilla/5.0 (compatible; qsproxy)\r\n\
         accept: image/avif, image/webp, image/png, image/jpeg, image/gif\r\n\r\n",
        scene.host.address()
    );
    let asked: Vec<String> = scene.host.requests().into_iter().map(|one| String::from_utf8(one).unwrap()).collect();
    assert_eq!(asked, [expected.clone(), expected.clone(), expected]);
    let mut ports = scene.host.source_ports();
    ports.dedup();
    assert_eq!(ports.len(), 3, "each over a connection of its own");
}

/// Nothing that is not public is connected to, however it is written and whatever it resolves to.
#[test]
fn nothing_private_is_reached() {
    let scene = Scene::new(MockResponse::Json(GIF.to_owned()));
    // Where the tests may listen on the ports of the web, they see that nobody comes.
    let watched: Vec<TcpListener> =
        ["127.0.0.1:80", "[::1]:80", "127.0.0.1:443"].iter().filter_map(|at| TcpListener::bind(at).ok()).collect();
    let port = scene.host.address().port();
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
            not_there(&scene.get(&scene.path_of(&url)));
            refused += 1;
            assert_eq!(scene.outcome("refused"), refused, "{url}");
        }
    }
    // What is named opens itself, in whatever spelling, and neither its neighbours nor another name of the same place.
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
        not_there(&scene.get(&scene.path_of(&url)));
        refused += 1;
        assert_eq!(scene.outcome("refused"), refused, "{url}");
    }
    assert_eq!(scene.host.requests().len(), 0);
    shown(&scene.get(&scene.path_of(&format!("http://0x7f.1:{port}/a.gif"))));
    for listener in watched {
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "somebody came to {:?}", listener.local_addr());
    }
}

#[test]
fn a_host_named_for_one_partner_is_closed_to_the_images_of_another() {
    let scene = Scene::with(MockResponse::Json(GIF.to_owned()), |config| {
        let other = config.partner("second", "http://127.0.0.1:1/search").code("other", r#"["second"]"#);
        with_images(other, "partner second").partner("third", "http://127.0.0.1:1/").code("c", r#"["third"]"#)
    });
    let url = format!("http://{}/a.gif", scene.host.address());
    shown(&scene.get(&scene.path("/a.gif")));
    for partner in ["second", "third", "gone"] {
        not_there(&scene.get(&sealed(&scene.proxy, partner, time::now(), &url)));
    }
    assert_eq!((scene.host.requests().len(), scene.outcome("refused")), (1, 3));
}

#[test]
fn what_is_no_picture_is_not_shown() {
    let scene = Scene::new(MockResponse::CloseImmediately);
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
        MockResponse::Raw(b"GIF89a and no HTTP".to_vec()),
        MockResponse::CloseImmediately,
    ];
    let count = u64::try_from(answers.len()).unwrap();
    for (at, answer) in answers.into_iter().enumerate() {
        scene.host.respond_with(answer);
        not_there(&scene.get(&scene.path(&format!("/{at}"))));
        assert_eq!(scene.outcome("failed"), u64::try_from(at).unwrap() + 1, "answer {at}");
    }
    not_there(&scene.get(&scene.path_of("http://nowhere.invalid/a.gif")));
    assert_eq!(scene.outcome("failed"), count + 1);
}

#[test]
fn a_redirect_is_not_followed() {
    let scene = Scene::new(MockResponse::CloseImmediately);
    for to in [format!("http://{}/b.gif", scene.host.address()), "/b.gif".to_owned(), "http://localhost/".to_owned()] {
        scene.host.take_requests();
        scene.host.respond_in_order(vec![MockResponse::Redirect(to.clone()), MockResponse::Json(GIF.to_owned())]);
        not_there(&scene.get(&scene.path(&format!("/?{to}"))));
        assert_eq!(scene.host.requests().len(), 1, "{to}");
    }
}

#[test]
fn an_image_is_bounded_in_bytes() {
    let exact = |length: usize| format!("GIF89a{}", "x".repeat(length - 6));
    let scene = Scene::with(MockResponse::Json(exact(2_048)), |config| config.with("limits", "image_bytes", "2048"));
    assert_eq!(scene.get(&scene.path("/full")).status, 200);
    scene.host.respond_with(MockResponse::Json(exact(2_049)));
    not_there(&scene.get(&scene.path("/one-too-many")));
    let unannounced = exact(2_049);
    scene.host.respond_with(raw("", unannounced.as_bytes()));
    not_there(&scene.get(&scene.path("/one-too-many-unannounced")));
    for announced in [true, false] {
        scene.host.respond_with(MockResponse::Endless { announced });
        not_there(&scene.get(&scene.path(&format!("/{announced}"))));
    }
    assert!(scene.host.bytes_sent() < 64 << 20, "it was not waited for: {} bytes", scene.host.bytes_sent());
    assert!(scene.proxy.peak_kib() < 256 << 10, "nor kept");
}

#[test]
fn an_image_is_bounded_in_time() {
    let scene = Scene::with(MockResponse::Hang, |config| config.with("limits", "image_time", r#""300ms""#));
    for (at, answer) in
        [MockResponse::Hang, MockResponse::HangAfterHead, MockResponse::SlowBytes].into_iter().enumerate()
    {
        scene.host.respond_with(answer);
        let start = Instant::now();
        not_there(&scene.get(&scene.path(&format!("/{at}"))));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(scene.outcome("timed_out"), u64::try_from(at).unwrap() + 1);
    }
}

#[test]
fn images_in_flight_are_bounded() {
    let scene = Scene::with(MockResponse::Delayed(Duration::from_millis(1500), GIF.to_owned()), |config| {
        config.with("limits", "images_in_flight", "1")
    });
    let (first, second) = (scene.path("/1"), scene.path("/2"));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| scene.get(&first));
        wait_for("the host to be asked", || (scene.host.requests().len() == 1).then_some(()));
        let start = Instant::now();
        let response = scene.get(&second);
        assert_eq!((response.status, response.problem().as_str()), (503, "overloaded"));
        assert!(response.header("retry-after").is_some() && start.elapsed() < Duration::from_millis(700));
        shown(&waiting.join().unwrap());
    });
    shown(&scene.get(&second));
    assert_eq!((scene.outcome("crowded"), scene.outcome("fetched")), (1, 2));
}

#[test]
fn an_image_is_fetched_once_and_so_is_its_absence() {
    let scene = Scene::new(MockResponse::WithHeaders(vec!["Cache-Control: no-store", "Vary: *"], GIF.to_owned()));
    let paths = [scene.path("/a.gif"), scene.path("/a.gif#part"), scene.path("/a.gif")];
    assert!(paths[0] != paths[2], "no two tokens are alike");
    for path in paths {
        shown(&scene.get(&path));
    }
    shown(&scene.get(&scene.path("/a.gif?other")));
    assert_eq!(scene.host.requests().len(), 2);
    scene.host.respond_with(MockResponse::Status(500));
    for _ in 0..3 {
        not_there(&scene.get(&scene.path("/broken")));
    }
    assert_eq!(scene.host.requests().len(), 3);
    assert_eq!((scene.outcome("fetched"), scene.outcome("cached"), scene.outcome("failed")), (2, 2, 3));
}

#[test]
fn a_token_that_is_none_or_too_old_shows_nothing() {
    let scene =
        Scene::with(MockResponse::Json(GIF.to_owned()), |config| config.with("counts", "click_ttl", r#""100s""#));
    let url = format!("http://{}/a.gif", scene.host.address());
    let path = scene.path("/a.gif");
    let mut bent = path.clone().into_bytes();
    bent[40] = if bent[40] == b'A' { b'B' } else { b'A' };
    let mut click = IMAGE_PATH.to_owned();
    let (partner, kind) = (ConfigName::new("first").unwrap().fingerprint(), qsproxy::result_kind::ResultKind::Organic);
    let of_click = ClickToken { partner, code: 0, group: None, kind, issued: time::now(), target: url.clone() };
    click::seal(&keys(&scene.proxy).primary, &of_click, &mut click);
    let forged = [
        String::from_utf8(bent).unwrap(),
        click,
        format!("{path}A"),
        path[..path.len() - 1].to_owned(),
        "/image/".to_owned(),
        "/image/../a".to_owned(),
        format!("/image/{url}"),
        format!("/image/{}", "A".repeat(6_000)),
    ];
    for path in &forged {
        not_there(&scene.get(path));
    }
    for ago in [101, 5_000] {
        not_there(&scene.get(&sealed(&scene.proxy, "first", Time(time::now().0 - ago), &url)));
    }
    assert_eq!(scene.host.requests().len(), 0);
    assert_eq!((scene.outcome("forged"), scene.outcome("expired")), (u64::try_from(forged.len()).unwrap(), 2));
    shown(&scene.get(&sealed(&scene.proxy, "first", Time(time::now().0 - 90), &url)));
    let as_click = scene.proxy.get(&path.replace("/image/", "/click/"), &[]);
    assert_eq!((as_click.status, as_click.header("location")), (404, None));
    let stray = scene.get("/image");
    assert_eq!(stray.status, 404);
}

#[test]
fn head_says_the_same_and_other_methods_nothing() {
    let scene = Scene::new(MockResponse::Json(GIF.to_owned()));
    let path = scene.path("/a.gif");
    let send = |method: &str| send_once(scene.proxy.public, &request_to(&scene.proxy, method, &path, &[])).unwrap();
    let (head, get) = (send("HEAD"), send("GET"));
    let lines = |response: &Response| {
        let lines = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
        lines.cloned().collect::<Vec<_>>()
    };
    assert_eq!((head.status, lines(&head), head.body.len()), (200, lines(&get), 0));
    shown(&get);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = send(method);
        assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn a_person_who_leaves_is_not_seen_to_leave() {
    let scene = Scene::new(MockResponse::Delayed(Duration::from_millis(400), GIF.to_owned()));
    let path = scene.path("/a.gif");
    let mut client = Client::connect(scene.proxy.public).unwrap();
    client.write(&request_to(&scene.proxy, "GET", &path, &[])).unwrap();
    wait_for("the host to be asked", || (scene.host.requests().len() == 1).then_some(()));
    drop(client);
    wait_for("the host to be rid of its answer", || (scene.host.bytes_sent() > 0).then_some(()));
    std::thread::sleep(Duration::from_millis(100)); // the answer is on its way
    shown(&scene.get(&path));
    assert_eq!((scene.host.requests().len(), scene.outcome("cached")), (1, 1));
}

#[test]
fn nothing_of_an_image_is_written_anywhere() {
    let scene = Scene::new(MockResponse::Status(500));
    scene.get(&scene.path("/KANARIENVOGEL.gif"));
    scene.host.respond_with(MockResponse::Json(GIF.to_owned()));
    scene.get(&scene.path("/KANARIENVOGEL.png"));
    let said = scene.proxy.stdout() + &scene.proxy.stderr() + &scene.proxy.admin_get("/metrics", &[]).text();
    assert!(!said.contains("KANARIENVOGEL") && !said.contains(&format!(":{}", scene.host.address().port())), "{said}");
    for file in std::fs::read_dir(scene.proxy.workdir().path("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!qsproxy_test_support::contains(&bytes, b"KANARIENVOGEL"));
    }
}

#[test]
fn the_privacy_statement_speaks_of_images_where_there_are_any() {
    let says = |proxy: &Proxy| proxy.get("/privacy", &[]).text().contains("Images in its results are fetched for you");
    let scene = Scene::new(MockResponse::Json(GIF.to_owned()));
    assert!(says(&scene.proxy));
    assert!(!says(&Proxy::start(&ConfigBuilder::new(&scene.host).text())));
}

/// From a partner's page to the pictures on it.
#[test]
fn images_of_a_page_come_through_us() {
    let scene = Scene::new(MockResponse::CloseImmediately);
    let ours = format!("http://{}", scene.host.address());
    let page = format!(
        "<!doctype html><img src=\"{ours}/a.gif\"><img src=\"/b.gif\"><img src=\"http://127.0.0.1/closed.gif\">\
         <img src=\"{ours}/{}\"><img src=\"https://example.org:8443/port.gif\"><p>Words</p>",
        "x".repeat(4_100)
    );
    scene.host.respond_in_order(vec![
        raw("Content-Type: text/html\r\n", page.as_bytes()),
        MockResponse::Json(GIF.to_owned()),
    ]);
    let page = scene.proxy.get("/search?q=lisbon", &["Accept: text/html"]);
    let source = Regex::new(r#"<img[^>]* src="([^"]*)""#).unwrap();
    let text = without_image(&page.text());
    let sources: Vec<&str> = source.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
    assert_eq!((page.status, sources.len()), (200, 2), "the others could only fail: {text}");
    for path in sources {
        assert!(path.starts_with(IMAGE_PATH), "{path}");
        shown(&scene.get(path));
    }
    let lines: Vec<String> = scene.host.requests()[1..].iter().map(|one| first_line(one)).collect();
    assert_eq!(lines, ["GET /a.gif HTTP/1.1", "GET /b.gif HTTP/1.1"]);
}

fn first_line(request: &[u8]) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap().to_owned()
}
