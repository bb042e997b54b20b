//! Who objects, who is no person, and who leaves.

use super::{confirmed, holds, post, provisional, stage, visitors};
use crate::support::client::{Response, once};
use crate::support::stage::request;
use crate::support::stamp::{self, Stamp, cookie, handed, header, in_cookie, in_header, none_in};

const GPC: &str = "Sec-GPC: 1";
const DNT: &str = "DNT: 1";

#[test]
fn under_global_privacy_control_stamps_are_alike_to_the_byte_and_count() {
    let stage = stage();
    let [one, other] = [0, 1].map(|_| handed(&stage.proxy.get("/visit", &[GPC])).unwrap());
    assert_eq!(one, other);
    let said = Stamp::read(&one);
    assert!(said.provisional && said.anonymous && said.serial == [0; 8], "{said:?}");
    let [one, other] = [0, 1].map(|_| handed(&stage.proxy.get("/visit", &[GPC, &cookie(&one)])).unwrap());
    assert_eq!(one, other);
    let said = Stamp::read(&one);
    assert!(!said.provisional && said.anonymous && said.serial == [0; 8], "{said:?}");
    holds(&stage.proxy, &one, &[("toolbar-main", 2)]);
    for lines in [&[GPC, &*cookie(&one)][..], &[GPC, &*header(&one)], &[&*cookie(&one)]] {
        none_in("of today", &stage.proxy.get("/visit", lines));
    }
    assert_eq!(visitors(&stage.proxy), 2);
    let page = stage.proxy.get("/privacy", &[&cookie(&one)]).text();
    assert!(page.contains("It has no number."), "{page}");
}

#[test]
fn who_switches_it_on_loses_the_serial_at_once() {
    let stage = stage();
    let held = confirmed(&stage.proxy);
    let bare = handed(&stage.proxy.get("/visit", &[GPC, &header(&held)])).expect("one without a serial");
    let (was, is) = (Stamp::read(&held), Stamp::read(&bare));
    assert_eq!(is, Stamp { anonymous: true, serial: [0; 8], ..was });
    assert_eq!(visitors(&stage.proxy), 1);
    // Also where the first one was given before.
    let first = provisional(&stage.proxy);
    let born = handed(&stage.proxy.get("/visit", &[GPC, &header(&first)])).unwrap();
    assert_eq!((born, visitors(&stage.proxy)), (bare, 2));
    let again = stage.proxy.get("/visit", &[GPC, &header(&first)]);
    assert_eq!((in_header(&again).is_some(), visitors(&stage.proxy)), (true, 2), "a replay counts nothing");
}

/// An answer that deletes the cookie, and gives none.
#[track_caller]
fn expires(name: &str, response: &Response) {
    let line = response.header("set-cookie").expect("a cookie that expires");
    let mut parts: Vec<&str> = line.split("; ").collect();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", &*format!("{name}=")], "{line}");
    assert_eq!(in_header(response), None);
}

#[test]
fn under_do_not_track_there_is_no_stamp() {
    let mut stage = stage();
    let (first, held) = (provisional(&stage.proxy), confirmed(&stage.proxy));
    for target in ["/", "/visit", "/search?q=x", "/search?q=x&format=json&id=person-7"] {
        for lines in [&[DNT][..], &[DNT, GPC], &[DNT, "Visit-Stamp:"]] {
            none_in(target, &stage.proxy.get(target, lines));
        }
        for stamp in [&*first, &*held, "nonsense"] {
            expires("visit", &stage.proxy.get(target, &[DNT, &cookie(stamp)]));
            let by_header = stage.proxy.get(target, &[DNT, GPC, &header(stamp)]);
            assert_eq!((in_header(&by_header).as_deref(), by_header.header("set-cookie")), (Some(""), None));
        }
    }
    none_in("posted", &post(&stage.proxy, "/search", &[DNT], "q=x&id=person-7"));
    assert!(stage.proxy.terminate().success());
    assert_eq!((visitors(&stage.proxy), stage.proxy.active_by_id().len()), (1, 0));
}

#[test]
fn what_means_no_objection_is_none() {
    let stage = stage();
    for lines in [&["DNT: 0"][..], &["Sec-GPC: 0"], &["DNT: unspecified", "Sec-GPC: "]] {
        assert!(!Stamp::read(&handed(&stage.proxy.get("/visit", lines)).unwrap()).anonymous, "{lines:?}");
    }
}

#[test]
fn robots_heads_and_fetches_ahead_are_no_visits() {
    let mut stage = stage();
    let (first, held) = (provisional(&stage.proxy), confirmed(&stage.proxy));
    let (first, held) = (cookie(&first), cookie(&held));
    let lines = [
        "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Sec-Purpose: prefetch;prerender",
        "Purpose: prefetch",
        "X-Moz: prefetch",
    ];
    for target in ["/", "/visit", "/search?q=x"] {
        for line in lines {
            for brought in [&["Accept: text/html"][..], &[&*first], &[&*held], &[DNT, &*held]] {
                none_in(line, &stage.proxy.get(target, &[&[line], brought].concat()));
            }
        }
    }
    for target in ["/", "/visit"] {
        for brought in [&[][..], &[&*first], &[&*held]] {
            none_in("HEAD", &once(stage.proxy.public, &request(&stage.proxy, "HEAD", target, brought)).unwrap());
        }
    }
    assert_eq!((stage.proxy.visits_as("born"), stage.proxy.visits_as("objected")), (1, 0));
    assert!(stage.proxy.terminate().success());
    assert_eq!(visitors(&stage.proxy), 1);
}

#[test]
fn who_leaves_is_forgotten() {
    let stage = stage();
    let stamp = confirmed(&stage.proxy);
    let answer = post(&stage.proxy, "/forget", &[&cookie(&stamp), "Sec-Fetch-Site: same-origin"], "");
    let lines: Vec<&String> =
        answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value).collect();
    for name in ["__Host-visit=; ", "visit=; "] {
        let line = lines.iter().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} {lines:?}"));
        let secure = name.starts_with("__Host-");
        assert!(line.contains("Max-Age=0") && line.contains("Path=/") && line.contains("Secure") == secure, "{line}");
    }
    assert_eq!((lines.len(), in_header(&answer)), (2, None));
    // A browser without one begins anew, and is nobody yet.
    assert!(Stamp::read(&in_cookie(&stage.proxy.get("/", &[])).unwrap()).provisional);
    assert_eq!(visitors(&stage.proxy), 1);
    let foreign = post(&stage.proxy, "/forget", &[&cookie(&stamp), "Sec-Fetch-Site: cross-site"], "");
    assert_eq!(foreign.status, 403);
    stamp::none_in("another site's withdrawal", &foreign);
}
