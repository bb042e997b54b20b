//! Operation: reload, the bearer token, CORS origins, and the daily key rotation.

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::http_client::{request_bytes, send_once};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{contains, wait_for};

/// Writes a configuration, sends SIGHUP, and waits for the event.
fn reload(proxy: &Proxy, config: &str, event: &str) {
    let seen = proxy.stderr().matches(event).count();
    proxy.workdir().write("proxy.toml", config.as_bytes());
    proxy.signal("HUP");
    wait_for(event, || (proxy.stderr().matches(event).count() > seen).then_some(()));
}

#[test]
fn reload_applies_a_valid_configuration_and_ignores_an_invalid_one() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner);
    let proxy = Proxy::start(&config.text());
    let sent = |name: &str| {
        partner.take_requests();
        assert_eq!(proxy.get("/search?q=x&format=json&lang=de", &[]).status, 200);
        contains(&partner.take_requests()[0], format!("{name}=").as_bytes())
    };
    assert!(sent("count") && sent("lang"));

    let changed = ConfigBuilder::new(&partner).with("partner first", "fixed", r#"{ rows = "5" }"#);
    reload(&proxy, &changed.text(), "event=reloaded");
    assert!(sent("rows") && !sent("count"));

    // The valid part of an invalid file must not take effect.
    let bad = ConfigBuilder::new(&partner).with("partner first", "fixed", r#"{ pages = "5" }"#).with(
        "limits",
        "uri_bytes",
        "0",
    );
    reload(&proxy, &bad.text(), "event=reload_refused mistakes=1");
    assert!(sent("rows") && !sent("pages"));

    // A change that needs a restart is rejected, not ignored.
    let store = ConfigBuilder::new(&partner).with("counts", "store", r#""sqlite:data/other.db""#);
    reload(&proxy, &store.text(), "event=reload_needs_restart key=counts.store");
    assert!(sent("rows") && !proxy.workdir().path("data/other.db").exists());
}

#[test]
fn signals_are_handled_from_the_first_event_on() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for _ in 0..10 {
        // `start` returns at the event `listening`.
        let mut proxy = workdir.start();
        proxy.signal("HUP");
        wait_for("the reload", || proxy.stderr().contains("event=reloaded").then_some(()));
        assert!(proxy.terminate().success());
    }
}

#[test]
fn a_partner_added_by_a_reload_has_metrics() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    assert!(!proxy.admin_get("/metrics", &[]).text().contains("partner=\"second\""));
    let second = ConfigBuilder::new(&partner).partner("second", &partner.url()).code("another", r#"["second"]"#);
    reload(&proxy, &second.text(), "event=reloaded");
    let series =
        |value: u32| format!("qsproxy_partner_requests_total{{partner=\"second\",outcome=\"answered\"}} {value}");
    assert!(proxy.admin_get("/metrics", &[]).text().contains(&series(0)), "at zero from the start");
    assert_eq!(proxy.get("/search?q=x&code=another&format=json", &[]).status, 200);
    assert!(proxy.admin_get("/metrics", &[]).text().contains(&series(1)));
}

/// Memory contains keywords, IDs and keys, which a core dump would write to disk.
#[test]
fn core_dumps_are_disabled() {
    let env = TestEnv::new();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", env.proxy.pid())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

#[test]
fn the_admin_listener_rejects_foreign_host_names() {
    let env = TestEnv::new();
    let asked = |host: &str| send_once(env.proxy.admin, &request_bytes("GET", "/metrics", host, &[])).unwrap().status;
    for (host, status) in [
        ("127.0.0.1:9090", 200),
        ("localhost", 200),
        ("[::1]:9090", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:9090", 421),
    ] {
        assert_eq!(asked(host), status, "{host}");
    }
}

#[test]
fn the_key_ring_can_be_in_the_configuration_folder() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::new(&partner).with("counts", "keys", r#""keys""#).text());
    assert!(proxy.workdir().path("keys").exists());
}

#[test]
fn links_from_before_a_reload_still_count() {
    let env = TestEnv::new();
    let click = env.click_path();
    reload(&env.proxy, &ConfigBuilder::new(&env.partner).with("limits", "body_bytes", "2048").text(), "event=reloaded");
    assert_eq!(env.proxy.get(&click, &[]).status, 303);
    assert_eq!(env.proxy.get(&click, &[]).status, 303);
    assert_eq!((env.proxy.clicks_with_outcome("counted"), env.proxy.clicks_with_outcome("duplicate")), (1, 1));
}

#[test]
fn the_admin_listener_requires_its_token() {
    let env =
        TestEnv::with_file("token", b"a-long-random-text\n", |config| config.with("admin", "token_file", r#""token""#));
    for path in ["/metrics", "/livez", "/readyz", "/"] {
        for header in [
            &[][..],
            &["Authorization: Bearer wrong"],
            &["Authorization: Bearer a-long-random-tex"],
            &["Authorization: Basic a-long-random-text"],
        ] {
            let response = env.proxy.admin_get(path, header);
            assert_eq!(response.status, 401, "{path} {header:?}");
            assert!(!contains(&response.body, b"qsproxy_"), "{path}");
        }
    }
    assert_eq!(env.proxy.admin_get("/metrics", &["Authorization: Bearer a-long-random-text"]).status, 200);
    env.proxy.workdir().write("token", b"\n");
    let refusal = env.proxy.workdir().try_start();
    assert!(refusal.err().unwrap().stderr.contains("token_file"), "an empty token file must prevent the start");
}

#[test]
fn only_configured_origins_may_read_responses() {
    let env = TestEnv::with(|config| {
        config.with("listen", "origins", r#"["https://toolbar.example", "moz-extension://1234"]"#)
    });
    let allowed = |origin: &str, target: &str| {
        let response = env.proxy.get(target, &[&format!("Origin: {origin}")]);
        assert_eq!(response.header("access-control-allow-credentials"), None);
        response.header("access-control-allow-origin").map(str::to_owned)
    };
    for target in ["/search?q=x&format=json", "/search?q="] {
        assert_eq!(allowed("https://toolbar.example", target).as_deref(), Some("https://toolbar.example"));
        assert_eq!(allowed("moz-extension://1234", target).as_deref(), Some("moz-extension://1234"));
        for other in
            ["https://evil.example", "https://toolbar.example.evil.example", "null", "*", "HTTPS://TOOLBAR.EXAMPLE"]
        {
            assert_eq!(allowed(other, target), None, "{other}");
        }
    }
    let host = env.proxy.public.to_string();
    let preflight = request_bytes(
        "OPTIONS",
        "/search",
        &host,
        &["Origin: https://toolbar.example", "Access-Control-Request-Method: POST"],
    );
    let preflight = send_once(env.proxy.public, &preflight).unwrap();
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, Some("GET, POST")));
}

/// Runs the process with a simulated wall clock and the real monotonic clock.
#[test]
#[ignore = "needs faketime"]
fn pseudonyms_change_daily_and_the_old_key_is_deleted() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).text();
    let clock = FakeClock::starting_at("2026-03-01 23:50:00");
    let workdir = Workdir::with_env_vars(&config, &clock.env_vars());
    let proxy = workdir.start();
    let pseudonym = || {
        partner.take_requests();
        assert_eq!(proxy.get("/search?q=x&id=toolbar-4711-Kd93&format=json", &[]).status, 200);
        let request = String::from_utf8(partner.take_requests()[0].clone()).unwrap();
        request.split("uid=").nth(1).unwrap().split(['&', ' ']).next().unwrap().to_owned()
    };
    let click = || {
        let response = proxy.get("/search?q=x&format=json", &[]);
        response.json()["results"][0]["url"].as_str().unwrap().to_owned()
    };
    let keys = || std::fs::read_to_string(workdir.path("data/keys")).unwrap();
    let (first, old_click, old_keys) = (pseudonym(), click(), keys());
    assert_eq!(first, pseudonym(), "the same within a day");

    clock.set("2026-03-02 00:00:10");
    wait_for("the keys of the new day", || proxy.stderr().contains("event=keys_rotated").then_some(()));
    assert_ne!(first, pseudonym());
    let yesterday = old_keys.lines().find(|line| line.starts_with("pseudonym")).unwrap().split(' ').nth(2).unwrap();
    assert!(!keys().contains(yesterday), "yesterday's key is deleted");
    assert_eq!(proxy.get(&old_click, &[]).status, 303, "yesterday's links still work");
}

/// As above, but the ring cannot be replaced: a folder has the name of the temporary file.
#[test]
#[ignore = "needs faketime"]
fn pseudonyms_change_daily_although_the_ring_cannot_be_written() {
    let partner = MockPartner::json(sample_results());
    let clock = FakeClock::starting_at("2026-03-01 23:50:00");
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &clock.env_vars());
    let proxy = workdir.start();
    let search = || {
        partner.take_requests();
        let answer = proxy.get("/search?q=x&id=toolbar-4711-Kd93&format=json", &[]);
        let request = String::from_utf8(partner.take_requests()[0].clone()).unwrap();
        let pseudonym = request.split("uid=").nth(1).unwrap().split(['&', ' ']).next().unwrap().to_owned();
        (pseudonym, answer.json()["results"][0]["url"].as_str().unwrap().to_owned())
    };
    let (first, _) = search();
    std::fs::create_dir(workdir.path("data/keys.part")).unwrap();
    clock.set("2026-03-02 00:00:10");
    wait_for("the failure", || proxy.stderr().contains("event=keys_failed").then_some(()));
    let (second, link) = search();
    assert_ne!(first, second);
    assert_eq!(second, search().0, "the same within the day");
    assert_eq!(proxy.get(&link, &[]).status, 303);
    std::fs::remove_dir(workdir.path("data/keys.part")).unwrap();
    wait_for("the ring", || {
        let keys = std::fs::read_to_string(workdir.path("data/keys")).unwrap();
        // 2 March 2026.
        keys.contains("pseudonym 20514 ").then_some(())
    });
    wait_for("its key", || (search().0 != second).then_some(()));
    assert_eq!(proxy.get(&link, &[]).status, 303);
}
