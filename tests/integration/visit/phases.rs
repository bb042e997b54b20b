//! Counting in two phases: a first request counts nothing, returning its stamp counts as new, and nobody counts twice.

use super::{assert_new_visitors, confirmed, env, post, provisional, visitors};
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::visit_stamp::{self, DecodedStamp, cookie_line, header_line, issued_stamp};

const MAIN: &str = "toolbar-main";

type Ask = fn(&TestEnv, &[&str]) -> Response;

/// Every request that counts a visit, with the code it counts for.
const ROUTES: [(&str, &str, u16, Ask); 11] = [
    ("/visit", MAIN, 204, |env, lines| env.proxy.get("/visit", lines)),
    ("/visit of a code", "beta", 204, |env, lines| env.proxy.get("/visit?code=beta", lines)),
    ("/visit of no code", MAIN, 204, |env, lines| env.proxy.get("/visit?code=gone", lines)),
    ("home", MAIN, 200, |env, lines| env.proxy.get("/", lines)),
    ("home of a code", "beta", 200, |env, lines| env.proxy.get("/?code=beta", lines)),
    ("search", MAIN, 200, |env, lines| env.search("q=lisbon", lines)),
    ("search of a code", "beta", 200, |env, lines| env.search("q=lisbon&code=beta", lines)),
    ("search of no code", MAIN, 200, |env, lines| env.search("q=lisbon&code=gone", lines)),
    ("page", "beta", 200, |env, lines| env.search_page("q=lisbon&code=beta", lines)),
    ("posted", "beta", 200, |env, lines| post(&env.proxy, "/search", lines, "q=lisbon&code=beta")),
    ("posted, decoy", MAIN, 200, |env, lines| post(&env.proxy, "/search?code=beta", lines, "q=lisbon")),
];

#[test]
fn a_first_request_counts_nothing_and_gets_a_stamp_in_cookie_and_header() {
    let mut env = env();
    let mut serials = Vec::new();
    for (name, _, status, ask) in ROUTES {
        let answer = ask(&env, &[]);
        assert_eq!(answer.status, status, "{name}");
        let stamp = visit_stamp::cookie_stamp(&answer).unwrap_or_else(|| panic!("{name}: a cookie"));
        assert_eq!(visit_stamp::header_stamp(&answer).as_ref(), Some(&stamp), "{name}: and a header");
        let decoded = DecodedStamp::decode(&stamp);
        assert!(decoded.provisional && !decoded.anonymous && decoded.cohort == decoded.last, "{name}: {decoded:?}");
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(seconds / 86_400 - u64::from(decoded.last) <= 1, "{name}: a UTC day");
        serials.push(decoded.serial);
    }
    serials.sort_unstable();
    serials.dedup();
    assert_eq!((serials.len(), serials.contains(&[0; 8])), (ROUTES.len(), false), "random");
    assert_eq!(env.proxy.visits_with_outcome("absent"), ROUTES.len() as i64);
    for outcome in ["invalid", "ended", "born", "returned", "repeated", "today", "redated", "objected"] {
        assert_eq!(env.proxy.visits_with_outcome(outcome), 0, "{outcome}: the series exists from the start");
    }
    assert!(env.proxy.terminate().success());
    assert_eq!((visitors(&env.proxy), env.proxy.retention().len()), (0, 0));
}

#[test]
fn a_returned_stamp_counts_as_new_for_the_code_of_that_request() {
    for (name, code, status, ask) in ROUTES {
        let env = env();
        for (line, n) in [(cookie_line as fn(&str) -> String, 1), (header_line, 2)] {
            let first = provisional(&env.proxy);
            let answer = ask(&env, &[&line(&first)]);
            assert_eq!(answer.status, status, "{name}");
            let next = issued_stamp(&answer).unwrap_or_else(|| panic!("{name}: a stamp"));
            let (was, is) = (DecodedStamp::decode(&first), DecodedStamp::decode(&next));
            assert!(!is.provisional && !is.anonymous && is.cohort == is.last, "{name}: {is:?}");
            assert_ne!(was.serial, is.serial, "{name}");
            // No waiting: the count is on disk before the stamp is sent.
            assert_new_visitors(&env.proxy, &next, &[(code, n)]);
        }
        assert_eq!(env.proxy.visits_with_outcome("born"), 2, "{name}");
    }
}

#[test]
fn a_stamp_of_today_is_not_replaced() {
    let env = env();
    let stamp = confirmed(&env.proxy);
    for (name, _, status, ask) in ROUTES {
        for line in [cookie_line(&stamp), header_line(&stamp)] {
            let answer = ask(&env, &[&line]);
            assert_eq!(answer.status, status, "{name}");
            visit_stamp::assert_no_stamp(name, &answer);
        }
    }
    assert_eq!(env.proxy.visits_with_outcome("today"), 2 * ROUTES.len() as i64);
    assert_new_visitors(&env.proxy, &stamp, &[(MAIN, 1)]);
}

#[test]
fn replays_count_nothing_and_get_the_same_successor() {
    let env = env();
    let first = provisional(&env.proxy);
    let next = issued_stamp(&env.proxy.get("/visit", &[&cookie_line(&first)])).unwrap();
    for (name, _, _, ask) in ROUTES {
        for line in [cookie_line(&first), header_line(&first)] {
            assert_eq!(issued_stamp(&ask(&env, &[&line])).as_ref(), Some(&next), "{name}");
        }
    }
    assert_new_visitors(&env.proxy, &next, &[(MAIN, 1)]);
    assert_eq!(
        (env.proxy.visits_with_outcome("born"), env.proxy.visits_with_outcome("repeated")),
        (1, 2 * ROUTES.len() as i64)
    );
}

#[test]
fn concurrent_requests_count_once_and_get_the_same_stamp() {
    const AT_ONCE: usize = 24;
    let env = env();
    let mut all = Vec::new();
    for round in 1..=3 {
        let first = provisional(&env.proxy);
        let barrier = std::sync::Barrier::new(AT_ONCE);
        let stamps: Vec<String> = std::thread::scope(|scope| {
            let ask = |number: usize| {
                let (env, line, barrier) = (&env, cookie_line(&first), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    issued_stamp(&ROUTES[number % 3 * 5].3(env, &[&line])).expect("a stamp")
                })
            };
            let asking: Vec<_> = (0..AT_ONCE).map(ask).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(stamps.windows(2).all(|pair| pair[0] == pair[1]), "{stamps:?}");
        all.push(stamps[0].clone());
        assert_eq!(visitors(&env.proxy), round);
    }
    all.dedup();
    assert_eq!((all.len(), env.proxy.visits_with_outcome("born")), (3, 3));
    assert_eq!(env.proxy.retention().values().sum::<i64>(), 3);
}

/// As a browser does: the first page, what it loads, and the next page.
#[test]
fn a_browser_is_counted_once_by_its_first_page() {
    let env = env();
    let image = regex::Regex::new(r#"<img src="(/visit[^"]*)" alt="" hidden>"#).unwrap();
    for (target, code) in [("/", MAIN), ("/search?q=lisbon&code=beta", "beta")] {
        let page = env.proxy.get(target, &["Accept: text/html"]);
        let path = image.captures(&page.text()).unwrap_or_else(|| panic!("{}", page.text()))[1].to_owned();
        let first = issued_stamp(&page).unwrap();
        let confirmed = env.proxy.get(&path, &[&cookie_line(&first)]);
        assert_eq!((confirmed.status, confirmed.body.len()), (204, 0));
        let stamp = issued_stamp(&confirmed).unwrap();
        visit_stamp::assert_no_stamp("the next page", &env.search_page("q=porto", &[&cookie_line(&stamp)]));
        let n = env.proxy.active().into_iter().filter(|([_, of, _], _)| of == code).map(|(_, n)| n);
        assert_eq!(n.collect::<Vec<_>>(), [1], "{target}");
    }
}
