//! Several nodes with a shared dedup store: what counts once across nodes, and what happens when the store fails.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tls::TlsEnv;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::{RedisProcess, fixed_reply_server};
use qsproxy_test_support::test_env::{click_paths, organic_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// The longest that a click may take while the shared store fails: the timeouts of store and disk, on a busy machine.
const MAX_CLICK_TIME: Duration = Duration::from_millis(1_500);

const FAILED: &str = "event=dedupe_failed";
const RECOVERED: &str = "event=dedupe_recovered";

/// Two nodes with a common key ring and separate count stores.
struct Nodes {
    nodes: [Proxy; 2],
    _partner: MockPartner,
    _keys: TempDir,
}

impl Nodes {
    #[track_caller]
    fn start(url: &str) -> Nodes {
        Nodes::with(url, |config| config)
    }

    #[track_caller]
    fn with(url: &str, change: impl Fn(ConfigBuilder) -> ConfigBuilder) -> Nodes {
        let (partner, keys) = (MockPartner::json(organic_results(20)), TempDir::with_prefix("qsproxy-keys-").unwrap());
        let ring = format!("{:?}", keys.path().join("keys"));
        let node = || {
            let config = change(ConfigBuilder::new(&partner).dedupe(url));
            Proxy::start(&config.with("counts", "keys", &ring).with("listen", "workers", "2").text())
        };
        Nodes { nodes: [node(), node()], _partner: partner, _keys: keys }
    }

    /// Twenty new click links of the first node.
    #[track_caller]
    fn links(&self) -> Vec<String> {
        click_paths(&self.nodes[0].get("/search?q=x&format=json", &[]))
    }

    /// The number of clicks with this outcome at both nodes.
    fn clicks_with_outcome(&self, outcome: &str) -> i64 {
        self.nodes.iter().map(|node| node.clicks_with_outcome(outcome)).sum()
    }

    /// The number of checks without the shared store, at both nodes.
    fn failures(&self) -> i64 {
        self.nodes.iter().map(failures).sum()
    }

    #[track_caller]
    fn wait_for_event(&self, event: &str) {
        for node in &self.nodes {
            wait_for(event, || node.stderr().contains(event).then_some(()));
        }
    }
}

fn failures(node: &Proxy) -> i64 {
    let metrics = node.admin_get("/metrics", &[]).text();
    let value = metrics.lines().find_map(|line| line.strip_prefix("qsproxy_dedupe_failures_total "));
    value.expect("the series").parse().unwrap()
}

#[track_caller]
fn click(node: &Proxy, path: &str) {
    let start = Instant::now();
    assert_eq!(node.get(path, &[]).status, 303);
    assert!(start.elapsed() < MAX_CLICK_TIME, "{:?}", start.elapsed());
}

/// Repeats a scenario until the shared store answered in time throughout, which on a busy machine it may not do. The
/// scenario returns the number of late answers and its result.
#[track_caller]
fn without_late_answers<T>(mut scenario: impl FnMut() -> (i64, T)) -> T {
    let result = (0..5).map(|_| scenario()).find(|(late, _)| *late == 0);
    result.expect("the shared store answers in time").1
}

/// Asserts that a link clicked at both nodes counts once.
#[track_caller]
fn assert_nodes_share_clicks(nodes: &Nodes) {
    let links = nodes.links();
    let mut links = links.iter();
    let counts = || [nodes.clicks_with_outcome("counted"), nodes.clicks_with_outcome("duplicate"), nodes.failures()];
    let [counted, duplicate] = without_late_answers(|| {
        let [counted, duplicate, late] = counts();
        let link = links.next().expect("an unused link");
        nodes.nodes.iter().for_each(|node| click(node, link));
        let after = counts();
        (after[2] - late, [after[0] - counted, after[1] - duplicate])
    });
    assert_eq!((counted, duplicate), (1, 1));
}

/// The stamp in a response.
#[track_caller]
fn stamp(response: &Response) -> String {
    response.header("visit-stamp").expect("a stamp").to_owned()
}

#[test]
#[ignore = "needs redis-server"]
fn a_link_counts_once_across_nodes_and_the_store_gets_keyed_hashes_only() {
    let redis = RedisProcess::start();
    let nodes = Nodes::start(&redis.url());
    let links = nodes.links();
    // Half of the links one after the other, half of them concurrently.
    for (index, link) in links[..10].iter().enumerate() {
        click(&nodes.nodes[index % 2], link);
        click(&nodes.nodes[(index + 1) % 2], link);
    }
    std::thread::scope(|scope| {
        for link in &links[10..] {
            for node in &nodes.nodes {
                scope.spawn(move || click(node, link));
            }
        }
    });
    assert_eq!(nodes.clicks_with_outcome("counted") + nodes.clicks_with_outcome("duplicate"), 40);
    // On a busy machine the store may answer late. The metric counts such cases, and they must be rare.
    let (twice, failures) = (nodes.clicks_with_outcome("counted") - 20, nodes.failures());
    assert!((0..=failures).contains(&twice) && failures < 5, "{twice} counted twice, {failures} late answers");

    assert_eq!(redis.file_count(), 0, "Redis must not persist anything");
    let keys = redis.keys();
    let pattern = regex::Regex::new("^qsproxy:[cl]:[0-9a-f]{16}$").unwrap();
    for (key, ttl) in &keys {
        // The key of a health check may expire between the two queries.
        assert!(pattern.is_match(key) && (key.starts_with("qsproxy:l:") || (1..=3_600).contains(ttl)), "{key} {ttl}");
    }
    assert!(i64::try_from(click_keys(&redis)).unwrap() >= 20 - twice);
    assert_no_part_of(&links, &keys);
}

/// Asserts that no eight bytes of a token, which is as many as a key has, are in a key.
#[track_caller]
fn assert_no_part_of(links: &[String], keys: &[(String, i64)]) {
    use base64::Engine as _;
    for link in links {
        let token = link.strip_prefix("/click/").unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
        for part in bytes.windows(8) {
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!keys.iter().any(|(key, _)| key.contains(&hex)));
        }
    }
}

#[test]
#[ignore = "needs redis-server"]
fn a_stamp_and_an_id_count_once_across_nodes() {
    let (counted, keys) = without_late_answers(|| {
        let redis = RedisProcess::start();
        let nodes = Nodes::start(&redis.url());
        let provisional = stamp(&nodes.nodes[0].get("/visit", &["Visit-Stamp:"]));
        let header = &format!("Visit-Stamp: {provisional}");
        let next: Vec<String> = std::thread::scope(|scope| {
            let ask = |node| scope.spawn(move || stamp(&Proxy::get(node, "/visit", &[header])));
            let asked: Vec<_> = nodes.nodes.iter().chain(&nodes.nodes).map(ask).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        assert!(
            next.iter().all(|stamp| *stamp == next[0] && *stamp != provisional),
            "all responses contain the same stamp"
        );
        for node in nodes.nodes.iter().chain(&nodes.nodes) {
            assert_eq!(node.get("/search?q=x&format=json&id=toolbar-4711-Kd93", &[]).status, 200);
        }
        let sum = |sql| nodes.nodes.iter().map(|node| node.query_number(sql)).sum::<i64>();
        let (born, by_id) = ("SELECT total(n) FROM active WHERE gap = 0", "SELECT total(n) FROM active_by_id");
        wait_for("the ID's count", || (sum(by_id) > 0).then_some(()));
        std::thread::sleep(Duration::from_millis(1_200)); // any other count would be on disk by then
        (nodes.failures(), ([sum(born), sum(by_id)], redis.keys()))
    });
    assert_eq!(counted, [1, 1]);
    let keys: Vec<_> = keys.into_iter().filter(|(key, _)| !key.starts_with("qsproxy:l:")).collect();
    let pattern = regex::Regex::new("^qsproxy:[vi]:[0-9]{5}:[0-9a-f]{16}$").unwrap();
    assert!(keys.len() == 2 && keys.iter().all(|(key, _)| pattern.is_match(key)), "{keys:?}");
    assert!(keys.iter().all(|(_, ttl)| (0..=86_400).contains(ttl)), "{keys:?}");
}

#[test]
#[ignore = "needs redis-server"]
fn without_the_store_each_node_uses_its_own_memory() {
    let mut redis = RedisProcess::start();
    let nodes = Nodes::start(&redis.url());
    let links = nodes.links();
    let [one, two] = &nodes.nodes;
    redis.kill();
    for node in [one, one, two] {
        click(node, &links[0]);
    }
    assert_eq!(
        (nodes.clicks_with_outcome("counted"), nodes.clicks_with_outcome("duplicate")),
        (2, 1),
        "counted once at each node"
    );
    assert_eq!(nodes.failures(), 2, "a duplicate at the same node needs no query");
    nodes.wait_for_event(FAILED);
    click(one, &links[1]);
    std::thread::sleep(Duration::from_millis(2_500)); // two more health checks, which emit no event
    redis.restart();
    nodes.wait_for_event(RECOVERED);
    assert_nodes_share_clicks(&nodes);
    for node in &nodes.nodes {
        let output = node.stderr();
        assert_eq!((output.matches(FAILED).count(), output.matches(RECOVERED).count()), (1, 1), "{output}");
        assert!(
            output.contains("event=dedupe_failed failure=unreachable\n") && !output.contains("panicked"),
            "{output}"
        );
    }
}

#[test]
#[ignore = "needs redis-server"]
fn a_store_that_hangs_delays_nobody() {
    let redis = RedisProcess::start();
    let nodes = Nodes::start(&redis.url());
    let links = nodes.links();
    redis.signal("STOP");
    std::thread::scope(|scope| {
        for link in &links {
            let node = &nodes.nodes[0];
            scope.spawn(move || click(node, link));
        }
    });
    assert_eq!((nodes.clicks_with_outcome("counted"), nodes.failures()), (20, 20));
    nodes.wait_for_event("event=dedupe_failed failure=timed_out");
    redis.signal("CONT");
    nodes.wait_for_event(RECOVERED);
    // The commands sent before the timeout have reached the server by now.
    assert_nodes_share_clicks(&nodes);
}

/// The node waits for the shared store before it counts. A client that disconnects in the meantime must not cancel the
/// count. Over HTTP/2, a disconnecting client resets its stream immediately.
#[test]
#[ignore = "needs redis-server"]
fn a_client_that_disconnects_during_the_query_is_counted() {
    let redis = RedisProcess::start();
    let secure = TlsEnv::with(MockPartner::json(organic_results(6)), |config, _| config.dedupe(&redis.url()));
    let curl = |target: &str, more: &[&str]| {
        // Clicks by the agent of an HTTP library are not remembered.
        let options = ["--http2", "-i", "-A", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"];
        let output = secure.curl_command(target, &[&options, more].concat()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let page = curl("/search?q=x&format=json", &[]).1;
    let links = regex::Regex::new("/click/[A-Za-z0-9_-]+").unwrap();
    let links: Vec<&str> = links.find_iter(&page).map(|link| link.as_str()).collect();
    let first = curl("/visit", &["-H", "Visit-Stamp;"]).1;
    let stamp = first.lines().find_map(|line| line.strip_prefix("visit-stamp: ")).expect("a stamp").trim();
    let header = format!("Visit-Stamp: {stamp}");

    redis.signal("STOP");
    // Long enough for the handshake, shorter than the timeout of the store.
    let disconnects = |target: &str, more: &[&str]| curl(target, &[&["-m", "0.08"], more].concat()).0 == Some(28);
    assert!(disconnects("/visit", &["-H", &header]));
    assert!(links.iter().filter(|link| disconnects(link, &[])).count() > 0);
    redis.signal("CONT");
    // The second request is a duplicate, or the first one did not get through: either way, one count each.
    for link in &links {
        assert!(curl(link, &[]).1.starts_with("HTTP/2 303"));
    }
    assert!(curl("/visit", &["-H", &header]).1.contains("visit-stamp: "));
    let proxy = &secure.proxy;
    assert_eq!(proxy.clicks_with_outcome("counted"), 6);
    assert!(proxy.clicks_with_outcome("duplicate") > 0, "some requests got through before the disconnect");
    assert_eq!(proxy.query_number("SELECT total(n) FROM active WHERE gap = 0"), 1);
}

/// The shared store outlives the process, so `after_restart` applies only while it is unavailable.
#[test]
#[ignore = "needs redis-server"]
fn the_shared_store_knows_links_older_than_the_process() {
    let (mut redis, nodes, links) = without_late_answers(|| {
        let redis = RedisProcess::start();
        let mut nodes = Nodes::with(&redis.url(), |config| config.with("counts", "after_restart", r#""skip""#));
        let links = nodes.links();
        click(&nodes.nodes[1], &links[0]);
        std::thread::sleep(Duration::from_millis(1_100)); // tokens have a resolution of one second
        nodes.nodes[0].restart();
        click(&nodes.nodes[0], &links[0]);
        click(&nodes.nodes[0], &links[1]);
        (nodes.failures(), (redis, nodes, links))
    });
    assert_eq!((nodes.clicks_with_outcome("counted"), nodes.clicks_with_outcome("duplicate")), (2, 1));
    redis.kill();
    click(&nodes.nodes[0], &links[2]);
    assert_eq!((nodes.clicks_with_outcome("counted"), nodes.clicks_with_outcome("duplicate")), (2, 2), "skipped");
}

#[test]
fn it_starts_without_the_store_and_emits_an_event() {
    let nodes = Nodes::start(&format!("redis://127.0.0.1:{}", qsproxy_test_support::free_port()));
    let output = nodes.nodes[0].stderr();
    assert!(output.contains("event=dedupe_failed failure=unreachable\n"), "{output}");
    click(&nodes.nodes[0], &nodes.links()[0]);
    assert_eq!(nodes.clicks_with_outcome("counted"), 1);

    let config = std::fs::read_to_string(nodes.nodes[0].workdir().path("proxy.toml")).unwrap();
    let changed = config.replace("redis://127.0.0.1:", "redis://localhost:");
    nodes.nodes[0].workdir().write("proxy.toml", changed.as_bytes());
    nodes.nodes[0].signal("HUP");
    let needs_restart = "event=reload_needs_restart key=dedupe";
    wait_for(needs_restart, || nodes.nodes[0].stderr().contains(needs_restart).then_some(()));
}

/// A node with special settings for connecting to the shared store.
#[track_caller]
fn one_node(config: ConfigBuilder, password: Option<&str>, environment: &[(&str, &str)]) -> (Proxy, MockPartner) {
    let partner = MockPartner::json(organic_results(20));
    let config = config.with("partner first", "url", &format!("{:?}", partner.url()));
    let config = if password.is_some() { config.with("dedupe", "password_file", r#""secret""#) } else { config };
    let workdir = Workdir::with_env_vars(&config.text(), environment);
    workdir.write("secret", password.unwrap_or_default().as_bytes());
    (workdir.start(), partner)
}

/// Asserts that a node counts a click, and that this adds one key to the store.
#[track_caller]
fn assert_uses_store(node: impl Fn() -> (Proxy, MockPartner), key_count: impl Fn() -> usize) {
    let added = without_late_answers(|| {
        let (before, (node, _partner)) = (key_count(), node());
        click(&node, &click_paths(&node.get("/search?q=x&format=json", &[]))[0]);
        assert_eq!(node.clicks_with_outcome("counted"), 1);
        (failures(&node), key_count() - before)
    });
    assert_eq!(added, 1);
}

fn click_keys(redis: &RedisProcess) -> usize {
    redis.keys().iter().filter(|(key, _)| key.starts_with("qsproxy:c:")).count()
}

#[test]
#[ignore = "needs redis-server"]
fn the_password_is_read_from_its_file_and_never_shown() {
    let redis = RedisProcess::with(&["--user", "qs", "on", ">correct-horse", "~qsproxy:*", "+set"]);
    let url = |user: &str| format!("redis://{user}127.0.0.1:{}/0", redis.port);
    let config = |user: &str| ConfigBuilder::with_partner_url("http://127.0.0.1:1").dedupe(&url(user));
    assert_uses_store(|| one_node(config("qs@"), Some("correct-horse\n"), &[]), || click_keys(&redis));
    let (node, _partner) = one_node(config("qs@"), Some("wrong-horse"), &[]);
    let output = node.stderr();
    assert!(output.contains("event=dedupe_failed failure=refused\n") && !output.contains("horse"), "{output}");

    let check = |config: ConfigBuilder, secret: &[u8], mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        let workdir = Workdir::new(&config.text());
        workdir.write("secret", secret);
        std::fs::set_permissions(workdir.path("secret"), std::fs::Permissions::from_mode(mode)).unwrap();
        let checked = workdir.run(&["check"]);
        assert_eq!(checked.status.code(), Some(1));
        let output = String::from_utf8(checked.stderr).unwrap();
        assert!(!output.contains("horse"), "{output}");
        output
    };
    let with_file = |user| config(user).with("dedupe", "password_file", r#""secret""#);
    assert!(check(with_file("qs@"), b"correct-horse", 0o644).contains("mode 0644 lets others read the password"));
    assert!(check(with_file("qs@"), b" \n", 0o600).contains("the file is empty"));
    assert!(check(config("qs@"), b"", 0o600).contains("dedupe.url: a user needs a password"));
    let in_clear = check(config("qs:correct-horse@"), b"", 0o600);
    assert!(in_clear.contains("dedupe.url: a password here would turn this file into a secret"), "{in_clear}");
    let other = ConfigBuilder::with_partner_url("http://127.0.0.1:1").dedupe("memcached://127.0.0.1");
    assert!(check(other, b"", 0o600).contains("such as \"redis://127.0.0.1:6379/0\""));
}

#[test]
#[ignore = "needs redis-server"]
fn unix_sockets_and_tls_are_supported() {
    let files = TempDir::with_prefix("qsproxy-redis-").unwrap();
    let file = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let (socket, key, certificate) = (file("redis.sock"), file("key.pem"), file("cert.pem"));
    let redis = RedisProcess::with(&["--unixsocket", &socket]);
    let config = ConfigBuilder::with_partner_url("http://127.0.0.1:1").dedupe(&format!("unix://{socket}"));
    assert_uses_store(|| one_node(config.clone(), None, &[]), || click_keys(&redis));

    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &certificate])
        .output();
    assert!(made.unwrap().status.success());
    let secure = RedisProcess::with(&[
        "--port",
        "0",
        "--tls-port",
        "PORT",
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--unixsocket",
        &file("secure.sock"),
    ]);
    let config = |host: &str| {
        ConfigBuilder::with_partner_url("http://127.0.0.1:1").dedupe(&format!("rediss://{host}:{}", secure.port))
    };
    let trusted = [("SSL_CERT_FILE", certificate.as_str())];
    let key_count = || {
        secure
            .command_at_socket(&file("secure.sock"), "KEYS qsproxy:c:*")
            .iter()
            .filter(|line| line.starts_with("qsproxy"))
            .count()
    };
    assert_uses_store(|| one_node(config("localhost"), None, &trusted), key_count);
    for (host, environment) in [("localhost", &[][..]), ("127.0.0.1", &trusted)] {
        let (node, _partner) = one_node(config(host), None, environment);
        println!("{host}");
        node.wait_for_event("event=dedupe_failed failure=tls\n");
    }
}

#[test]
fn invalid_replies_count_as_failures() {
    for reply in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b":1\r\n",
        b"\0\xff\xfe\r\n\r\n",
        b"*-1\r\n",
        b"*4611686018427387903\r\n+OK\r\n",
        b"*1000000000000\r\n+OK\r\n",
        b"$9223372036854775807\r\nx",
        b"%9223372036854775807\r\n",
        b"|-1\r\n|9223372036854775807\r\n",
    ] {
        let url = format!("redis://127.0.0.1:{}", fixed_reply_server(reply));
        let nodes = Nodes::start(&url);
        click(&nodes.nodes[0], &nodes.links()[0]);
        assert_eq!((nodes.clicks_with_outcome("counted"), nodes.failures()), (1, 1));
        let output = nodes.nodes[0].stderr();
        assert!(output.matches(FAILED).count() == 1 && !output.contains("panicked"), "{output}");
    }
}
