//! Opt-outs, bots and prefetches, and withdrawals.

use super::{assert_new_visitors, confirmed, env, post, provisional, visitors};
use qsproxy_test_support::http_client::{Response, send_once};
use qsproxy_test_support::test_env::request_to;
use qsproxy_test_support::visit_stamp::{
    self, DecodedStamp, assert_no_stamp, cookie_line, cookie_stamp, header_line, header_stamp, issued_stamp,
};

const GPC: &str = "Sec-GPC: 1";
const DNT: &str = "DNT: 1";

#[test]
fn under_global_privacy_control_stamps_are_equal_and_are_counted() {
    let env = env();
    let [one, other] = [0, 1].map(|_| issued_stamp(&env.proxy.get("/visit", &[GPC])).unwrap());
    assert_eq!(one, other);
    let decoded = DecodedStamp::decode(&one);
    assert!(decoded.provisional && decoded.anonymous && decoded.serial == [0; 8], "{decoded:?}");
    let [one, other] = [0, 1].map(|_| issued_stamp(&env.proxy.get("/visit", &[GPC, &cookie_line(&one)])).unwrap());
    assert_eq!(one, other);
    let decoded = DecodedStamp::decode(&one);
    assert!(!decoded.provisional && decoded.anonymous && decoded.serial == [0; 8], "{decoded:?}");
    assert_new_visitors(&env.proxy, &one, &[("toolbar-main", 2)]);
    for lines in [&[GPC, &*cookie_line(&one)][..], &[GPC, &*header_line(&one)], &[&*cookie_line(&one)]] {
        assert_no_stamp("of today", &env.proxy.get("/visit", lines));
    }
    assert_eq!(visitors(&env.proxy), 2);
    let page = env.proxy.get("/privacy", &[&cookie_line(&one)]).text();
    assert!(page.contains("It contains no number."), "{page}");
}

#[test]
fn switching_on_global_privacy_control_removes_the_serial_at_once() {
    let env = env();
    let held = confirmed(&env.proxy);
    let bare = issued_stamp(&env.proxy.get("/visit", &[GPC, &header_line(&held)])).expect("one without a serial");
    let (was, is) = (DecodedStamp::decode(&held), DecodedStamp::decode(&bare));
    assert_eq!(is, DecodedStamp { anonymous: true, serial: [0; 8], ..was });
    assert_eq!(visitors(&env.proxy), 1);
    // The same with a provisional stamp issued before.
    let first = provisional(&env.proxy);
    let born = issued_stamp(&env.proxy.get("/visit", &[GPC, &header_line(&first)])).unwrap();
    assert_eq!((born, visitors(&env.proxy)), (bare, 2));
    let again = env.proxy.get("/visit", &[GPC, &header_line(&first)]);
    assert_eq!((header_stamp(&again).is_some(), visitors(&env.proxy)), (true, 2), "a replay counts nothing");
}

/// Checks that a response expires the cookie and sets no stamp.
#[track_caller]
fn assert_expires(name: &str, response: &Response) {
    let line = response.header("set-cookie").expect("a cookie that expires");
    let mut parts: Vec<&str> = line.split("; ").collect();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", &*format!("{name}=")], "{line}");
    assert_eq!(header_stamp(response), None);
}

#[test]
fn under_do_not_track_there_is_no_stamp() {
    let mut env = env();
    let (first, held) = (provisional(&env.proxy), confirmed(&env.proxy));
    for target in ["/", "/visit", "/search?q=x", "/search?q=x&format=json&id=person-7-Kd93mZ2q"] {
        for lines in [&[DNT][..], &[DNT, GPC], &[DNT, "Visit-Stamp:"]] {
            assert_no_stamp(target, &env.proxy.get(target, lines));
        }
        for stamp in [&*first, &*held, "nonsense"] {
            assert_expires("visit", &env.proxy.get(target, &[DNT, &cookie_line(stamp)]));
            let by_header = env.proxy.get(target, &[DNT, GPC, &header_line(stamp)]);
            assert_eq!((header_stamp(&by_header).as_deref(), by_header.header("set-cookie")), (Some(""), None));
        }
    }
    assert_no_stamp("posted", &post(&env.proxy, "/search", &[DNT], "q=x&id=person-7-Kd93mZ2q"));
    assert!(env.proxy.terminate().success());
    assert_eq!((visitors(&env.proxy), env.proxy.active_by_id().len()), (1, 0));
}

#[test]
fn other_header_values_are_not_an_opt_out() {
    let env = env();
    for lines in [&["DNT: 0"][..], &["Sec-GPC: 0"], &["DNT: unspecified", "Sec-GPC: "]] {
        assert!(!DecodedStamp::decode(&issued_stamp(&env.proxy.get("/visit", lines)).unwrap()).anonymous, "{lines:?}");
    }
}

#[test]
fn bots_head_requests_and_prefetches_are_not_visits() {
    let mut env = env();
    let (first, held) = (provisional(&env.proxy), confirmed(&env.proxy));
    let (first, held) = (cookie_line(&first), cookie_line(&held));
    let lines = [
        "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Sec-Purpose: prefetch;prerender",
        "Purpose: prefetch",
        "X-Moz: prefetch",
        "X-Purpose: preview",
        "Signature-Agent: \"https://agent.example\"",
    ];
    for target in ["/", "/visit", "/search?q=x"] {
        for line in lines {
            for stamp_lines in [&["Accept: text/html"][..], &[&*first], &[&*held], &[DNT, &*held]] {
                assert_no_stamp(line, &env.proxy.get(target, &[&[line], stamp_lines].concat()));
            }
        }
    }
    for target in ["/", "/visit"] {
        for stamp_lines in [&[][..], &[&*first], &[&*held]] {
            assert_no_stamp(
                "HEAD",
                &send_once(env.proxy.public, &request_to(&env.proxy, "HEAD", target, stamp_lines)).unwrap(),
            );
        }
    }
    assert_eq!((env.proxy.visits_with_outcome("born"), env.proxy.visits_with_outcome("objected")), (1, 0));
    assert!(env.proxy.terminate().success());
    assert_eq!(visitors(&env.proxy), 1);
}

#[test]
fn a_withdrawal_expires_the_stamp() {
    let env = env();
    let stamp = confirmed(&env.proxy);
    let answer = post(&env.proxy, "/forget", &[&cookie_line(&stamp), "Sec-Fetch-Site: same-origin"], "");
    let lines: Vec<&String> =
        answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value).collect();
    for name in ["__Host-visit=; ", "visit=; "] {
        let line = lines.iter().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} {lines:?}"));
        let secure = name.starts_with("__Host-");
        assert!(line.contains("Max-Age=0") && line.contains("Path=/") && line.contains("Secure") == secure, "{line}");
    }
    assert_eq!((lines.len(), header_stamp(&answer)), (2, None));
    // A browser without a stamp starts again and is not counted yet.
    assert!(DecodedStamp::decode(&cookie_stamp(&env.proxy.get("/", &[])).unwrap()).provisional);
    assert_eq!(visitors(&env.proxy), 1);
    let foreign = post(&env.proxy, "/forget", &[&cookie_line(&stamp), "Sec-Fetch-Site: cross-site"], "");
    assert_eq!(foreign.status, 403);
    visit_stamp::assert_no_stamp("another site's withdrawal", &foreign);
}
