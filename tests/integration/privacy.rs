//! The privacy statement: that it describes the running configuration, and its versions across reloads and restarts.

use serde_json::{Value, json};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::visit_stamp::header_line;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

const HTML: &str = "Accept: text/html";
/// A store with version 1 of the schema: two searches with ads, one without, one counted click, one forged click.
const VERSION_1: &[u8] = include_bytes!("../golden/counts-1.db");

fn reload(proxy: &Proxy, config: &ConfigBuilder, event: &str) {
    let seen = proxy.stderr().matches(event).count();
    proxy.workdir().write("proxy.toml", config.text().as_bytes());
    proxy.signal("HUP");
    wait_for(event, || (proxy.stderr().matches(event).count() > seen).then_some(()));
}

fn statement(proxy: &Proxy) -> Value {
    proxy.get("/privacy.json", &[]).json()
}

fn store(proxy: &Proxy) -> rusqlite::Connection {
    rusqlite::Connection::open(proxy.store()).unwrap()
}

/// The stored versions with their days.
fn versions(proxy: &Proxy) -> Vec<(i64, String)> {
    let store = store(proxy);
    let mut query = store.prepare("select version, day from privacy_versions order by version").unwrap();
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn gets(field: &str, parameter: &str) -> Value {
    json!({"fact": "gets", "partner": "first", "field": field, "parameter": parameter})
}

#[test]
fn describes_the_running_configuration() {
    let partner = MockPartner::json(sample_results());
    // No code uses the second partner, so nothing is sent to it.
    let config = ConfigBuilder::new(&partner).partner("idle", &partner.url()).with("counts", "click_ttl", r#""90m""#);
    let proxy = Proxy::start(&config.text());
    let document = statement(&proxy);
    assert_eq!((&document["version"], &document["changes"]), (&json!(1), &json!({"added": [], "removed": []})));
    let fields: Vec<Value> = [
        ("keyword", "q"),
        ("partner_code", "pc"),
        ("language", "lang"),
        ("browser", "b"),
        ("time", "h"),
        ("anonymous_id", "uid"),
    ]
    .into_iter()
    .map(|(field, parameter)| json!({"field": field, "parameter": parameter}))
    .collect();
    let first = json!({"name": "first", "fields": fields, "user_agent": "fixed", "links": "counted", "images": "off"});
    assert_eq!(document["partners"], json!([first]));
    assert_eq!(
        (&document["personal_data"], &document["kept"]["click_link_seconds"]),
        (&json!("redact"), &json!(5_400))
    );
    assert_eq!(document["languages"].as_array().unwrap().len(), 7);
    assert_eq!(document["withdraw"]["path"], "/forget");
    assert!(document["statement"].as_array().unwrap().contains(&gets("time", "h")));

    let page = proxy.get("/privacy", &[HTML]).text();
    for name in ["q", "pc", "lang", "b", "h", "uid", "User-Agent", "pt-BR"] {
        assert!(page.contains(&format!("<code>{name}</code>")), "{name}: {page}");
    }
    assert!(page.contains("What is sent to first") && page.contains("90 minutes") && !page.contains("idle"), "{page}");
    assert!(!page.contains("class=\"news\""), "the first version has no changes");
    assert_eq!(proxy.get("/.well-known/gpc.json", &[]).json(), json!({"gpc": true, "lastUpdate": document["since"]}));
    assert_eq!(versions(&proxy), [(1, document["since"].as_str().unwrap().to_owned())]);
    assert!(!proxy.get("/", &[HTML]).text().contains("class=\"news\""), "no changes yet");
}

#[test]
fn the_list_of_personal_data_is_linked_and_says_what_is_configured() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner);
    let proxy = Proxy::start(&config.text());
    for (policy, lang, words) in [
        (
            "redact",
            "en",
            ["replace what we recognize by a placeholder", "no guarantee", "Germany", "Czechia, Slovakia"],
        ),
        ("refuse", "de", ["lehnen wir die Suche ab", "keine Garantie", "Deutschland", "Slowakei, Tschechien"]),
        ("off", "en", ["configured not to look for personal data", "no guarantee", "Germany", "Czechia, Slovakia"]),
    ] {
        reload(&proxy, &config.clone().with("", "personal_data", &format!("\"{policy}\"")), "event=reloaded");
        let statement_page = proxy.get(&format!("/privacy?lang={lang}"), &[HTML]).text();
        let link = format!("href=\"/privacy/personal-data?lang={lang}\"");
        assert!(statement_page.contains(&link), "{policy}: {statement_page}");
        let page = proxy.get(&format!("/privacy/personal-data?lang={lang}"), &[HTML]);
        assert_eq!(page.status, 200);
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        let page = page.text();
        assert!(page.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\">")) && !page.contains("<script"), "{page}");
        assert!(words.iter().all(|word| page.contains(word)), "{policy} {lang}: {page}");

        let document = statement(&proxy);
        assert_eq!(document["personal_data"], policy);
        let list = &document["personal_data_recognized"];
        let numbers = list["after_a_word"].as_array().unwrap();
        assert!(numbers.contains(&json!({"number": "BSN", "countries": ["NL"]})), "{numbers:?}");
        assert!(numbers.contains(&json!({"number": "passport", "countries": null})), "{numbers:?}");
        assert!(list["kinds"].as_array().unwrap().contains(&json!({"kind": "email", "placeholder": "[email]"})));
        for figures in list["measured"].as_array().unwrap() {
            let (missed, all) = (&figures["missed"], &figures["with_personal_data"]);
            let rate = if lang == "en" { format!("{missed} of {all}") } else { format!("{missed} von {all}") };
            assert!(page.contains(&rate), "{rate}: {page}");
        }
    }
}

/// The statement is kept for the next reader: never for one with another language, code or stamp.
#[test]
fn every_reader_gets_the_statement_of_the_own_request() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::new(&partner).code("other", r#"["first"]"#).text());
    let german = "Accept-Language: de";
    let stamp = header_line("not-a-stamp");
    let requests: [(&str, &[&str]); 10] = [
        ("/privacy", &[]),
        ("/privacy", &[german]),
        ("/privacy?lang=de", &[]),
        ("/privacy?lang=fr", &[]),
        ("/privacy?code=other", &[]),
        ("/privacy?code=other&lang=fr", &[german]),
        ("/privacy", &[&stamp]),
        ("/privacy/personal-data", &[]),
        ("/privacy/personal-data?code=other", &[]),
        ("/privacy/personal-data", &[german]),
    ];
    let pages = || requests.map(|(target, headers)| proxy.get(target, &[&[HTML], headers].concat()).text());
    let first = pages();
    let distinct: std::collections::HashSet<_> = first.iter().collect();
    assert_eq!(distinct.len(), requests.len());
    assert_eq!(first, pages());
    // Neither another default language nor an unknown code makes another page.
    let same = proxy.get("/privacy?code=unknown", &[HTML, "Accept-Language: nl"]).text();
    assert_eq!(same, first[0]);
}

#[test]
fn a_change_creates_a_version_and_is_announced() {
    let partner = MockPartner::json(sample_results());
    let all = ConfigBuilder::new(&partner);
    let mut proxy = Proxy::start(&all.text());
    reload(&proxy, &all, "event=reloaded");
    assert_eq!(statement(&proxy)["version"], 1, "no changes");

    let fewer = all.clone().with("partner first", "send", r#"{ keyword = "q", language = "l" }"#);
    let fewer = fewer.with("", "personal_data", r#""refuse""#);
    reload(&proxy, &fewer, "event=reloaded");
    let second = statement(&proxy);
    assert_eq!(second["version"], 2);
    assert_eq!(
        second["changes"]["added"],
        json!([gets("language", "l"), {"fact": "personal_data", "policy": "refuse"}])
    );
    let removed = second["changes"]["removed"].as_array().unwrap();
    assert_eq!(removed.len(), 6, "{removed:?}");
    assert!(removed.contains(&gets("language", "lang")) && removed.contains(&gets("anonymous_id", "uid")));
    for (lang, words) in
        [("en", ["New:", "No longer:", "receives the language"]), ("de", ["Neu:", "Entfallen:", "erhält die Sprache"])]
    {
        for path in ["/", "/privacy"] {
            let page = proxy.get(&format!("{path}?lang={lang}"), &[HTML]).text();
            assert!(words.iter().all(|word| page.contains(word)), "{path} {lang}: {page}");
        }
    }

    // The new version and its changes survive a restart.
    proxy.restart();
    assert_eq!(statement(&proxy), second);
    assert!(proxy.terminate().success());
    proxy.workdir().write("proxy.toml", all.with("partner first", "links", r#""direct""#).text().as_bytes());
    proxy.restart();
    let third = statement(&proxy);
    assert_eq!((&third["version"], third["changes"]["added"].as_array().unwrap().len()), (&json!(3), 7));
    let direct = json!({"fact": "links", "partner": "first", "links": "direct"});
    assert!(third["changes"]["added"].as_array().unwrap().contains(&direct));
    assert_eq!(versions(&proxy).iter().map(|(version, _)| *version).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_rejected_configuration_creates_no_version() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner);
    let proxy = Proxy::start(&config.text());
    let other = config.with("", "personal_data", r#""off""#);
    reload(&proxy, &other.clone().with("limits", "uri_bytes", "0"), "event=reload_refused");
    assert_eq!(versions(&proxy).len(), 1);

    // If the store cannot be written, the whole old configuration stays in force.
    let blocker = store(&proxy);
    blocker.execute_batch("begin immediate").unwrap();
    reload(&proxy, &other, "event=statement_unsaved");
    blocker.execute_batch("rollback").unwrap();
    assert_eq!((statement(&proxy)["version"].clone(), versions(&proxy).len()), (json!(1), 1));
    assert_eq!(statement(&proxy)["personal_data"], "redact");
    reload(&proxy, &other, "event=reloaded");
    assert_eq!((statement(&proxy)["version"].clone(), versions(&proxy).len()), (json!(2), 2));
}

#[test]
fn a_fact_of_a_later_program_version_is_shown_as_unknown() {
    let partner = MockPartner::json(sample_results());
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    assert!(proxy.terminate().success());
    let later = r#"replace(statement, ']', ',{"fact":"telepathy","reach":9}]')"#;
    store(&proxy).execute_batch(&format!("update privacy_versions set statement = {later}")).unwrap();
    proxy.restart();
    let document = statement(&proxy);
    assert_eq!(
        (&document["version"], &document["changes"]),
        (&json!(2), &json!({"added": [], "removed": [{"fact": "unknown"}]}))
    );
    assert!(proxy.get("/", &[HTML]).text().contains("cannot describe"));
}

#[test]
fn a_version_1_store_is_migrated_with_its_counts() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    workdir.write("data/counts.db", VERSION_1);
    let report = || {
        let report =
            workdir.run(&["report", "searches", "--from", "2026-11-23", "--to", "2026-11-23", "--format", "csv"]);
        assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
        String::from_utf8(report.stdout).unwrap()
    };
    let before = report();
    assert!(before.contains("demo,toolbar-main,with_ads,2"), "{before}");
    assert!(workdir.run(&["check"]).status.success());

    let proxy = workdir.start();
    assert_eq!((report(), versions(&proxy).len()), (before, 1));
    assert_eq!(
        (
            proxy.clicks_with_outcome("counted"),
            proxy.clicks_with_outcome("forged"),
            proxy.searches_with_outcome("with_ads")
        ),
        (1, 1, 2)
    );
    let version: i64 = store(&proxy).query_row("pragma user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, i64::from(qsproxy::storage::sqlite::schema::latest_version()));
    // And it goes on counting from where it was.
    assert_eq!(proxy.get("/click/nonsense", &[]).status, 404);
    assert_eq!(proxy.clicks_with_outcome("forged"), 2);
}
