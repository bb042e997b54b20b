//! Invalid stamps: they are replaced without an error, and nothing of them is repeated or logged.

use super::{confirmed, env, provisional, visitors};
use qsproxy_test_support::contains;
use qsproxy_test_support::http_client::{Response, send_once};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::visit_stamp::{DecodedStamp, cookie_line, header_line, issued_stamp};

/// Requests `/visit` with a header of arbitrary bytes.
fn ask(proxy: &Proxy, name: &str, value: &[u8]) -> Response {
    let head = format!("GET /visit HTTP/1.1\r\nHost: {}\r\n{name}: ", proxy.public);
    send_once(proxy.public, &[head.as_bytes(), value, b"\r\n\r\n"].concat()).unwrap()
}

/// Texts that are not valid stamps of this proxy.
fn invalid_stamps(proxy: &Proxy) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
    let (first, held) = (provisional(proxy), confirmed(proxy));
    let mut all = Vec::new();
    for stamp in [&first, &held] {
        let bytes = URL_SAFE_NO_PAD.decode(stamp).unwrap();
        // Every bit is authenticated: version, key, flags, days, serial and MAC.
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            all.push(URL_SAFE_NO_PAD.encode(bytes).into_bytes());
        }
        for length in [0, 1, 3, 30, 32, 62] {
            let bytes: Vec<u8> = bytes.iter().cycle().take(length).copied().collect();
            all.push(URL_SAFE_NO_PAD.encode(bytes).into_bytes());
        }
        all.push(URL_SAFE.encode(&bytes).into_bytes());
        all.push(STANDARD.encode(&bytes).into_bytes());
        all.push([stamp.as_bytes(), b"A"].concat());
        all.push(stamp.as_bytes()[..41].to_vec());
        all.push(stamp.to_lowercase().into_bytes());
        // Two bits of the last character are unused (RFC 4648 section 3.5).
        let over =
            (b'A'..=b'z').filter(u8::is_ascii_alphanumeric).map(|last| [&stamp.as_bytes()[..41], &[last]].concat());
        all.extend(over.filter(|text| text != stamp.as_bytes()));
    }
    all.extend([b"KANARIENVOGEL".to_vec(), b"\xff\xfe\x80".to_vec(), "Kanarienvögel".repeat(3).into_bytes()]);
    all.extend([vec![b'A'; 42], vec![0xe2; 42], vec![b'K'; 8_000], b"%00%0d%0aSet-Cookie:x=1".to_vec()]);
    all.extend([vec![b'='; 42], vec![b' '; 42], b"\"\"".to_vec(), b"null".to_vec()]);
    all
}

#[test]
fn an_invalid_stamp_is_treated_as_absent() {
    let mut env = env();
    // The listeners accept requests before the last event of the start is written.
    while !env.proxy.stderr().contains("event=started workers=2\n") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let events = env.proxy.stderr();
    let all = invalid_stamps(&env.proxy);
    let mut serials = Vec::new();
    for text in &all {
        for (name, value) in [("Visit-Stamp", text.clone()), ("Cookie", [b"visit=", &text[..]].concat())] {
            let answer = ask(&env.proxy, name, &value);
            let show = value.escape_ascii();
            assert_eq!(answer.status, 204, "{show}");
            let next = DecodedStamp::decode(&issued_stamp(&answer).unwrap_or_else(|| panic!("none for {show}")));
            assert!(next.provisional && !next.anonymous, "{show}: {next:?}");
            serials.push(next.serial);
            assert!(text.len() < 8 || !contains(&answer.raw, text), "{show}");
        }
    }
    let given = serials.len();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), given, "every stamp has a new serial");
    assert!(env.proxy.visits_with_outcome("invalid") > 1_000);
    let errors = env.proxy.admin_get("/metrics", &[]).text();
    let errors: Vec<&str> =
        errors.lines().filter(|line| line.starts_with("qsproxy_problems_total") && !line.ends_with(" 0")).collect();
    assert_eq!(errors, [""; 0]);
    assert_eq!(env.proxy.stderr(), events, "no event was logged");
    assert_eq!(visitors(&env.proxy), 1);
    assert!(env.proxy.terminate().success());
    assert_eq!(visitors(&env.proxy), 1);
}

#[test]
fn a_search_with_an_invalid_stamp_is_answered() {
    let env = env();
    for line in [header_line("KANARIENVOGEL"), cookie_line("KANARIENVOGEL"), cookie_line(&"K".repeat(42))] {
        let answer = env.search("q=lisbon", &[&line]);
        assert_eq!(answer.status, 200);
        assert!(
            DecodedStamp::decode(&issued_stamp(&answer).unwrap()).provisional
                && !contains(&answer.raw, b"KANARIENVOGEL")
        );
    }
}

#[test]
fn stamps_sealed_with_other_keys_are_invalid() {
    let [one, other] = [0, 1].map(|_| TestEnv::new());
    for stamp in [provisional(&one.proxy), confirmed(&one.proxy)] {
        assert!(
            DecodedStamp::decode(&issued_stamp(&other.proxy.get("/visit", &[&cookie_line(&stamp)])).unwrap())
                .provisional
        );
    }
    assert_eq!((visitors(&other.proxy), other.proxy.visits_with_outcome("invalid")), (0, 2));
}

#[test]
fn deleting_the_keys_invalidates_all_stamps() {
    let mut env = env();
    let stamp = confirmed(&env.proxy);
    env.proxy.kill();
    std::fs::remove_file(env.proxy.workdir().path("data/keys")).unwrap();
    env.proxy.restart();
    assert!(
        DecodedStamp::decode(&issued_stamp(&env.proxy.get("/visit", &[&cookie_line(&stamp)])).unwrap()).provisional
    );
    assert_eq!(visitors(&env.proxy), 1);
}
