//! Counting in two phases: who brings nothing counts nothing, who brings that back is new, and nobody counts twice.

use super::{confirmed, holds, post, provisional, stage, visitors};
use crate::support::client::Response;
use crate::support::stage::Stage;
use crate::support::stamp::{self, Stamp, cookie, handed, header};

const MAIN: &str = "toolbar-main";

type Ask = fn(&Stage, &[&str]) -> Response;

/// Every route that follows a stamp, with the code that its visit counts for.
const ROUTES: [(&str, &str, u16, Ask); 11] = [
    ("/visit", MAIN, 204, |stage, lines| stage.proxy.get("/visit", lines)),
    ("/visit of a code", "beta", 204, |stage, lines| stage.proxy.get("/visit?code=beta", lines)),
    ("/visit of no code", MAIN, 204, |stage, lines| stage.proxy.get("/visit?code=gone", lines)),
    ("home", MAIN, 200, |stage, lines| stage.proxy.get("/", lines)),
    ("home of a code", "beta", 200, |stage, lines| stage.proxy.get("/?code=beta", lines)),
    ("search", MAIN, 200, |stage, lines| stage.search("q=lisbon", lines)),
    ("search of a code", "beta", 200, |stage, lines| stage.search("q=lisbon&code=beta", lines)),
    ("search of no code", MAIN, 200, |stage, lines| stage.search("q=lisbon&code=gone", lines)),
    ("page", "beta", 200, |stage, lines| stage.page("q=lisbon&code=beta", lines)),
    ("posted", "beta", 200, |stage, lines| post(&stage.proxy, "/search", lines, "q=lisbon&code=beta")),
    ("posted, decoy", MAIN, 200, |stage, lines| post(&stage.proxy, "/search?code=beta", lines, "q=lisbon")),
];

#[test]
fn first_contact_counts_nothing_and_gets_a_stamp_both_ways() {
    let mut stage = stage();
    let mut serials = Vec::new();
    for (name, _, status, ask) in ROUTES {
        let answer = ask(&stage, &[]);
        assert_eq!(answer.status, status, "{name}");
        let stamp = stamp::in_cookie(&answer).unwrap_or_else(|| panic!("{name}: a cookie"));
        assert_eq!(stamp::in_header(&answer).as_ref(), Some(&stamp), "{name}: and a header");
        let said = Stamp::read(&stamp);
        assert!(said.provisional && !said.anonymous && said.cohort == said.last, "{name}: {said:?}");
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(seconds / 86_400 - u64::from(said.last) <= 1, "{name}: a UTC day");
        serials.push(said.serial);
    }
    serials.sort_unstable();
    serials.dedup();
    assert_eq!((serials.len(), serials.contains(&[0; 8])), (ROUTES.len(), false), "random");
    assert_eq!(stage.proxy.visits_as("absent"), ROUTES.len() as i64);
    for outcome in ["invalid", "ended", "born", "returned", "repeated", "today", "redated", "objected"] {
        assert_eq!(stage.proxy.visits_as(outcome), 0, "{outcome}: there from the start");
    }
    assert!(stage.proxy.terminate().success());
    assert_eq!((visitors(&stage.proxy), stage.proxy.retention().len()), (0, 0));
}

#[test]
fn who_brings_it_back_is_new_under_the_code_of_that_request() {
    for (name, code, status, ask) in ROUTES {
        let stage = stage();
        for (line, n) in [(cookie as fn(&str) -> String, 1), (header, 2)] {
            let first = provisional(&stage.proxy);
            let answer = ask(&stage, &[&line(&first)]);
            assert_eq!(answer.status, status, "{name}");
            let next = handed(&answer).unwrap_or_else(|| panic!("{name}: a stamp"));
            let (was, is) = (Stamp::read(&first), Stamp::read(&next));
            assert!(!is.provisional && !is.anonymous && is.cohort == is.last, "{name}: {is:?}");
            assert_ne!(was.serial, is.serial, "{name}");
            // Without waiting: what a stamp says is on disk.
            holds(&stage.proxy, &next, &[(code, n)]);
        }
        assert_eq!(stage.proxy.visits_as("born"), 2, "{name}");
    }
}

#[test]
fn a_stamp_of_today_is_left_alone() {
    let stage = stage();
    let stamp = confirmed(&stage.proxy);
    for (name, _, status, ask) in ROUTES {
        for line in [cookie(&stamp), header(&stamp)] {
            let answer = ask(&stage, &[&line]);
            assert_eq!(answer.status, status, "{name}");
            stamp::none_in(name, &answer);
        }
    }
    assert_eq!(stage.proxy.visits_as("today"), 2 * ROUTES.len() as i64);
    holds(&stage.proxy, &stamp, &[(MAIN, 1)]);
}

#[test]
fn replays_count_nothing_and_get_the_same_successor() {
    let stage = stage();
    let first = provisional(&stage.proxy);
    let next = handed(&stage.proxy.get("/visit", &[&cookie(&first)])).unwrap();
    for (name, _, _, ask) in ROUTES {
        for line in [cookie(&first), header(&first)] {
            assert_eq!(handed(&ask(&stage, &[&line])).as_ref(), Some(&next), "{name}");
        }
    }
    holds(&stage.proxy, &next, &[(MAIN, 1)]);
    assert_eq!((stage.proxy.visits_as("born"), stage.proxy.visits_as("repeated")), (1, 2 * ROUTES.len() as i64));
}

#[test]
fn parallel_returns_are_one_birth_and_end_with_one_stamp() {
    const AT_ONCE: usize = 24;
    let stage = stage();
    let mut all = Vec::new();
    for round in 1..=3 {
        let first = provisional(&stage.proxy);
        let barrier = std::sync::Barrier::new(AT_ONCE);
        let stamps: Vec<String> = std::thread::scope(|scope| {
            let ask = |number: usize| {
                let (stage, line, barrier) = (&stage, cookie(&first), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    handed(&ROUTES[number % 3 * 5].3(stage, &[&line])).expect("a stamp")
                })
            };
            let asking: Vec<_> = (0..AT_ONCE).map(ask).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(stamps.windows(2).all(|pair| pair[0] == pair[1]), "{stamps:?}");
        all.push(stamps[0].clone());
        assert_eq!(visitors(&stage.proxy), round);
    }
    all.dedup();
    assert_eq!((all.len(), stage.proxy.visits_as("born")), (3, 3));
    assert_eq!(stage.proxy.retention().values().sum::<i64>(), 3);
}

/// From the first page on, as a browser goes: the page, then what the page asks for, then the next page.
#[test]
fn a_browser_that_follows_the_page_is_counted_once_and_soon() {
    let stage = stage();
    let image = regex::Regex::new(r#"<img src="(/visit[^"]*)" alt="" hidden>"#).unwrap();
    for (target, code) in [("/", MAIN), ("/search?q=lisbon&code=beta", "beta")] {
        let page = stage.proxy.get(target, &["Accept: text/html"]);
        let path = image.captures(&page.text()).unwrap_or_else(|| panic!("{}", page.text()))[1].to_owned();
        let first = handed(&page).unwrap();
        let confirmed = stage.proxy.get(&path, &[&cookie(&first)]);
        assert_eq!((confirmed.status, confirmed.body.len()), (204, 0));
        let stamp = handed(&confirmed).unwrap();
        stamp::none_in("the next page", &stage.page("q=porto", &[&cookie(&stamp)]));
        let n = stage.proxy.active().into_iter().filter(|([_, of, _], _)| of == code).map(|(_, n)| n);
        assert_eq!(n.collect::<Vec<_>>(), [1], "{target}");
    }
}
