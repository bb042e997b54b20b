//! What the privacy statement says and no other test shows, at the sockets of both sides and on the disk.
//! `privacy_clauses.tsv` names these tests beside the sentences that they show to be true.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, form_bytes, get, percent_encode, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{
    ORGANIC, PartnerRequest, SPONSORED, TestEnv, click_paths, organic_results, sample_results, utc_hour,
    within_one_hour,
};
use qsproxy_test_support::visit_stamp::{cookie_line, cookie_stamp};
use qsproxy_test_support::wait_for;

const HTML: &str = "Accept: text/html";
const PERSON: &str = "id=person-7-Kd93mZ2q";

/// A posted search for a page.
fn post(env: &TestEnv, body: &str) -> Response {
    let host = env.proxy.public.to_string();
    send_once(env.proxy.public, &form_bytes("/search", &host, &[HTML], body.as_bytes())).unwrap()
}

/// Waits until the store has so many new visitors (a gap of 0 days) and nobody else.
fn wait_for_new_visitors(env: &TestEnv, number: i64) {
    wait_for("new visitors", || {
        let active = env.proxy.active();
        assert!(active.keys().all(|[_, _, gap]| gap == "0"), "{active:?}");
        (active.values().sum::<i64>() == number).then_some(())
    });
}

/// Every URL in an attribute of a page.
fn urls(page: &str) -> Vec<String> {
    let attribute = regex::Regex::new(r#"\b(href|src|action|srcset|poster|data|ping)="([^"]*)""#).unwrap();
    attribute.captures_iter(page).map(|found| found[2].to_owned()).collect()
}

#[test]
fn nothing_offers_suggestions() {
    let env = TestEnv::new();
    for path in ["/opensearch.xml", "/opensearch-post.xml"] {
        let document = env.proxy.get(path, &[]).text();
        assert!(!document.contains("suggestions") && document.matches("{searchTerms}").count() == 1, "{document}");
    }
    for path in ["/suggest?q=li", "/suggestions?q=li", "/complete/search?q=li", "/ac?q=li", "/autocomplete?q=li"] {
        assert_eq!(env.proxy.get(path, &[]).status, 404, "{path}");
    }
    let page = env.proxy.get("/", &[HTML]).text();
    assert!(page.contains("autocomplete=\"off\"") && !page.contains("<datalist") && !page.contains(" list="), "{page}");
    assert!(env.partner.requests().is_empty());
}

#[test]
fn pages_load_only_their_own_files() {
    let env = TestEnv::new();
    let runs = regex::Regex::new(r#"<script|<iframe|<object|<embed| ping=| on[a-z]+=|javascript:"#).unwrap();
    let loads = regex::Regex::new(r#"<(?:img|link rel="(?:stylesheet|icon)")[^>]* (?:src|href)="([^"]*)""#).unwrap();
    for target in ["/", "/privacy", "/privacy/personal-data", "/search?q=lisbon", "/nowhere"] {
        let page = env.proxy.get(target, &[HTML]).text();
        assert_eq!(runs.find(&page).map(|found| found.as_str()), None, "{target}: {page}");
        let loaded: Vec<&str> = loads.captures_iter(&page).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(loaded.len() >= 2, "{target}: {page}");
        assert!(
            loaded.iter().all(|url| url.starts_with("/assets/") || url.starts_with("/visit")),
            "{target}: {loaded:?}"
        );
    }
}

#[test]
fn a_service_without_an_operator_says_so() {
    let env = TestEnv::new();
    for (lang, words) in [
        ("en", ["The operator of qsproxy has not given a name here.", "has not given a contact address here."]),
        ("de", ["Wer qsproxy betreibt, ist hier nicht angegeben.", "Eine Kontaktadresse ist hier nicht angegeben."]),
    ] {
        let page = env.proxy.get(&format!("/privacy?lang={lang}"), &[HTML]).text();
        assert!(words.iter().all(|word| page.contains(word)), "{page}");
    }
    let service = env.proxy.get("/privacy.json", &[]).json()["service"].clone();
    assert_eq!(service["name"], "qsproxy");
    assert!(
        ["operator", "contact_url", "imprint_url", "home_url"].iter().all(|key| service[key].is_null()),
        "{service}"
    );
}

#[test]
fn a_new_operator_is_a_new_version_that_is_announced() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).with("service", "name", "\"Finder\"").with(
        "service",
        "operator",
        "\"Example Ltd\"",
    );
    let proxy = Proxy::start(&config.text());
    assert!(proxy.get("/privacy", &[HTML]).text().contains("Finder is run by Example Ltd."));
    let sold = config.with("service", "operator", "\"Other Ltd\"");
    proxy.workdir().write("proxy.toml", sold.text().as_bytes());
    proxy.signal("HUP");
    wait_for("the new version", || (proxy.get("/privacy.json", &[]).json()["version"] == 2).then_some(()));
    let changes = proxy.get("/privacy.json", &[]).json()["changes"].clone();
    let operator = |name: &str| serde_json::json!([{"fact": "operator", "name": name}]);
    assert_eq!((&changes["added"], &changes["removed"]), (&operator("Other Ltd"), &operator("Example Ltd")));
    for path in ["/", "/privacy"] {
        let page = proxy.get(path, &[HTML]).text();
        assert!(
            page.contains("This service is run by Other Ltd.") && page.contains("class=\"news\""),
            "{path}: {page}"
        );
    }
}

#[test]
fn a_partner_that_fails_and_the_next_receive_the_same_under_two_pseudonyms() {
    let second = MockPartner::json(sample_results());
    let env = TestEnv::with(|config| {
        let config =
            config.partner("second", &second.url()).with("code toolbar-main", "partners", r#"["first", "second"]"#);
        config
            .with("code toolbar-main", "tags", r#"{ first = "T", second = "T" }"#)
            .with("partner second", "send", r#"{ keyword = "q", partner_code = "pc", language = "lang", browser = "b", time = "h", anonymous_id = "uid" }"#)
    });
    env.partner.respond_with(MockResponse::Status(500));
    let ((), _) = within_one_hour(|| {
        env.partner.take_requests();
        second.take_requests();
        assert_eq!(env.search(&format!("q=a+rare+keyword+of+mine&lang=de&{PERSON}"), &[]).status, 200);
    });
    let [to_first, to_second] = [&env.partner, &second].map(|partner| PartnerRequest::new(&partner.requests()[0]));
    for field in ["q", "pc", "lang", "b", "h"] {
        assert!(to_first.value(field).is_some(), "{field}");
        assert_eq!(to_first.value(field), to_second.value(field), "{field}");
    }
    let pseudonyms: BTreeSet<_> = [&to_first, &to_second].map(|request| request.value("uid").unwrap()).into();
    assert_eq!(pseudonyms.len(), 2, "each has its own");
}

#[test]
fn direct_links_lead_to_their_destination() {
    let env = TestEnv::with(|config| config.with("partner first", "links", "\"direct\""));
    let page = env.search_page("q=lisbon", &[]).text();
    assert!(urls(&page).contains(&ORGANIC.to_owned()) && !page.contains("/click/"), "{page}");
    wait_for("the search", || (env.proxy.searches().values().sum::<i64>() == 1).then_some(()));
    assert!(env.proxy.clicks().is_empty(), "not counted");
}

#[test]
fn an_id_that_can_be_counted_through_gets_no_pseudonym() {
    let env = TestEnv::new();
    for id in ["user-00042", "1234567890123456", "192.0.2.77", "ann.miller%40example.com", "02:00:5e:10:00:00:00:01"] {
        assert_eq!(env.forwarded_request(&format!("q=x&id={id}"), &[]).value("uid"), None, "{id}");
    }
    assert!(env.forwarded_request(&format!("q=x&{PERSON}"), &[]).value("uid").is_some());
}

#[test]
fn one_search_and_one_click_are_stored_exactly() {
    let env = TestEnv::with(|config| config.code("of-one-person", r#"["first"]"#));
    let (path, hour) = within_one_hour(|| {
        let response = env.search("q=lisbon&code=of-one-person", &[]);
        let path = click_paths(&response).swap_remove(0);
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
        path
    });
    assert!(path.starts_with("/click/"));
    wait_for("the counts", || (env.proxy.searches().values().sum::<i64>() >= 1).then_some(()));
    let rows = |table: &str| {
        let store = rusqlite::Connection::open(env.proxy.store()).unwrap();
        let sql = format!("select substr(hour, 12), partner, code, n from {table} where code = 'of-one-person'");
        let mut query = store.prepare(&sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        query.query_map([], row).unwrap().map(Result::unwrap).collect::<Vec<(String, String, String, i64)>>()
    };
    for table in ["searches", "clicks"] {
        let found = rows(table);
        assert_eq!(
            found.last().unwrap(),
            &(hour.clone(), "first".to_owned(), "of-one-person".to_owned(), 1),
            "{table}"
        );
    }
}

#[test]
fn a_stamp_is_for_every_path_and_counts_with_a_search() {
    let env = TestEnv::new();
    let first = env.search_page("q=lisbon", &[]);
    // Path=/ and 60 days are asserted by `cookie_stamp`.
    let stamp = cookie_stamp(&first).expect("a stamp with the first page");
    assert!(env.proxy.active().is_empty());
    let second = env.search_page("q=porto", &[&cookie_line(&stamp)]);
    assert_ne!(cookie_stamp(&second).expect("its successor"), stamp);
    // The search itself carries the stamp.
    wait_for_new_visitors(&env, 1);
    let requests = env.partner.requests();
    assert!(requests.iter().all(|request| !String::from_utf8_lossy(request).contains(&stamp)), "no partner sees it");
}

#[test]
fn a_client_without_its_stamp_is_as_new() {
    let env = TestEnv::new();
    let stamp = cookie_stamp(&env.search_page("q=lisbon", &[])).unwrap();
    env.search_page("q=porto", &[&cookie_line(&stamp)]);
    wait_for_new_visitors(&env, 1);
    // The stamp was deleted with the toolbar: the same person on the same network gets what anybody gets.
    let fresh = cookie_stamp(&env.search_page("q=faro", &[])).expect("a first stamp again");
    assert_ne!(fresh, stamp);
    env.search_page("q=braga", &[&cookie_line(&fresh)]);
    wait_for_new_visitors(&env, 2);
}

#[test]
fn a_click_sends_the_browser_itself_to_the_destination() {
    let env = TestEnv::new();
    let targets: Vec<String> = env
        .click_paths("q=lisbon")
        .iter()
        .map(|path| {
            let click = env.proxy.get(path, &[]);
            assert_eq!((click.status, click.header("referrer-policy")), (303, Some("no-referrer")));
            click.header("location").unwrap().to_owned()
        })
        .collect();
    // We fetch nothing there: the browser goes by itself, with its own address and cookies. An ad's link is as it came.
    assert!(targets.contains(&SPONSORED.to_owned()), "{targets:?}");
    assert_eq!(env.partner.requests().len(), 1, "the partner learned of the search only");
}

#[test]
fn a_get_search_has_its_keyword_in_the_address_and_a_posted_one_has_not() {
    let env = TestEnv::new();
    let home = env.proxy.get("/", &[HTML]).text();
    assert!(home.contains("<form action=\"/search\" method=\"get\""), "our search box: {home}");
    assert!(env.proxy.get("/opensearch.xml", &[]).text().contains("/search?q={searchTerms}"), "the address bar");
    let posted = post(&env, "q=unmistakable");
    assert_eq!(posted.status, 200);
    let page = posted.text();
    assert!(page.contains("<form action=\"/search\" method=\"post\""), "further searches are posted as well: {page}");
    assert!(urls(&page).iter().all(|url| !url.contains("unmistakable")), "{:?}", urls(&page));
    assert!(posted.headers.iter().all(|(_, value)| !value.contains("unmistakable")));
}

#[test]
fn totals_of_years_ago_are_kept() {
    let mut env = TestEnv::new();
    assert!(env.proxy.terminate().success());
    let store = rusqlite::Connection::open(env.proxy.store()).unwrap();
    let old = "insert into searches (hour, partner, code, outcome, n) values ('2019-03-01T10', 'first', 'toolbar-main', 'answered', 3)";
    store.execute_batch(old).unwrap();
    drop(store);
    env.proxy.restart();
    env.search("q=lisbon", &[]);
    wait_for("the new search", || (env.proxy.searches().values().sum::<i64>() >= 4).then_some(()));
    let report = env.proxy.workdir().run(&[
        "report",
        "searches",
        "--from",
        "2019-03-01",
        "--to",
        "2019-03-01",
        "--format",
        "csv",
    ]);
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("first,toolbar-main,answered,3"), "{report}");
}

#[test]
fn the_data_folder_has_counts_and_keys_only() {
    let mut env = TestEnv::new();
    for path in env.click_paths(&format!("q=lisbon&{PERSON}")) {
        env.proxy.get(&path, &[]);
    }
    let names = |env: &TestEnv| -> BTreeSet<String> {
        let files = std::fs::read_dir(env.proxy.folder().join("data")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    let allowed = ["counts.db", "counts.db-wal", "counts.db-shm", "keys", "keys.lock"].map(str::to_owned);
    let running = names(&env);
    assert!(running.is_subset(&allowed.into()), "{running:?}");
    assert!(running.contains("counts.db") && running.contains("keys"), "{running:?}");
    assert!(env.proxy.terminate().success());
    let tables = rusqlite::Connection::open(env.proxy.store()).unwrap();
    let mut query = tables.prepare("select name from sqlite_schema where type = 'table' order by 1").unwrap();
    let tables: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let documented = include_str!("../../docs/http-api.md");
    for table in tables.iter().filter(|table| !table.starts_with("sqlite_")) {
        assert!(documented.contains(&format!("`{table}`")), "{table} is not described in docs/http-api.md");
    }
}

#[test]
fn answers_have_different_sizes() {
    let env = TestEnv::new();
    let length = |results: usize| {
        env.partner.respond_with(MockResponse::Json(organic_results(results)));
        let page = env.search_page("q=lisbon", &[]);
        assert_eq!(page.status, 200);
        page.body.len()
    };
    let lengths: BTreeSet<usize> = (1..=8).map(length).collect();
    assert_eq!(lengths.len(), 8, "each number of results has a size of its own: {lengths:?}");
}

#[test]
fn letter_case_and_look_alikes_reach_the_partner() {
    let env = TestEnv::new();
    // The first letter is Latin, then Cyrillic; both cases.
    let spellings = ["coat", "Coat", "\u{441}oat", "\u{421}oat", "c\u{43e}at", "c\u{3bf}at"];
    let received: BTreeSet<String> = spellings
        .iter()
        .map(|spelling| env.forwarded_request(&format!("q={}", percent_encode(spelling)), &[]).value("q").unwrap())
        .collect();
    assert_eq!(received, spellings.map(str::to_owned).into(), "none is folded into another");
}

#[test]
fn a_search_reaches_its_partner_while_it_is_made() {
    const SEARCHES: usize = 20;
    let env = TestEnv::new();
    let started = Instant::now();
    for number in 1..=SEARCHES {
        assert_eq!(get(env.proxy.public, "/search?q=x&format=json", &[]).status, 200);
        assert_eq!(env.partner.requests().len(), number, "one request each, before the answer");
    }
    // A delay that would hide the moment from a partner would have to be seconds long.
    assert!(started.elapsed() < Duration::from_secs(1) * u32::try_from(SEARCHES).unwrap());
    assert_eq!(PartnerRequest::new(&env.partner.requests()[0]).value("h").unwrap().len(), utc_hour().len());
}
