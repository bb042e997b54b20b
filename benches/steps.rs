//! Each step of a search and of a click alone, with a partner's response of about 8 KB and ten results.
//!
//! `cargo bench --bench steps`, or `cargo bench --bench steps -- json` for some of them.
#![allow(missing_docs, reason = "criterion's macros document nothing")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a bench that panics says enough")]

use std::hint::black_box;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderValue};
use qsproxy::answer::json::JsonAnswer;
use qsproxy::answer::link_rules::LinkRules;
use qsproxy::answer::links::pattern::Pattern;

use qsproxy::answer::{SearchResult, json, links};
use qsproxy::clients::Clients;
use qsproxy::clients::limiter::{ClientLimiter, RateKind};
use qsproxy::clients::share::ShareKind;
use qsproxy::concurrency_limit::ConcurrencyLimit;
use qsproxy::config::Config;
use qsproxy::dedup::replay::ReplayCache;
use qsproxy::fields::FieldRules;
use qsproxy::fields::browser::Browser;
use qsproxy::fields::keyword::KeywordChanges;
use qsproxy::fields::keyword::{Keyword, PersonalData};
use qsproxy::fields::pii;
use qsproxy::metrics::Metrics;
use qsproxy::name::ConfigName;
use qsproxy::partner::AnswerFormat;
use qsproxy::partner::PartnerIdentity;
use qsproxy::partner::request::PartnerRequest;
use qsproxy::result_kind::ResultKind;
use qsproxy::search::SentSearch;
use qsproxy::server::results_json;
use qsproxy::server::search_request;
use qsproxy::time::{self, Time};
use qsproxy::tokens::click::{self, ClickToken, TokenLength};
use qsproxy::tokens::keys::{PseudonymKey, TokenKey};
use qsproxy::ui::i18n::UiLanguage;
use qsproxy::ui::results_page::{self, SearchReport};
use qsproxy::ui::search_box::SearchBox;
use qsproxy::ui::service::Service;

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
const QUERY: &[u8] = b"q=blue+shoes&lang=en&code=toolbar-main&format=json&id=toolbar-4711-0815";

fn answer() -> Vec<u8> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/bench.d/answer");
    Command::new(script).output().unwrap().stdout
}

fn config() -> Config {
    let text = include_str!("../scripts/bench.d/proxy.toml");
    let text = text.replace("@PARTNER@", "8090").replace("@OURS@", "8080").replace("@ADMIN@", "9090");
    Config::parse(&text, Path::new("")).unwrap()
}

fn rules(config: &Config) -> FieldRules {
    let (languages, codes) = (config.languages.clone(), config.codes.clone());
    FieldRules { languages, codes, personal_data: config.personal_data, groups: config.keyword_groups.clone() }
}

fn browser_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "127.0.0.1:8080"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "de-AT,de;q=0.9,en-US;q=0.5"),
        ("sec-fetch-site", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

fn fields(c: &mut Criterion) {
    let (config, headers) = (config(), browser_headers());
    let rules = rules(&config);
    let agent = headers["user-agent"].as_bytes();
    c.bench_function("fields: all six, as a browser sends them", |b| {
        b.iter(|| search_request::from_form(&rules, black_box(&headers), black_box(QUERY)).is_ok());
    });
    c.bench_function("fields: keyword, ASCII", |b| {
        b.iter(|| Keyword::parse(black_box(b"blue shoes size 42"), PersonalData::Redact).is_ok());
    });
    c.bench_function("fields: keyword, to be normalised", |b| {
        b.iter(|| Keyword::parse(black_box("Schuhe  größe ４２ e\u{301}".as_bytes()), PersonalData::Redact).is_ok());
    });
    c.bench_function("fields: personal data, none", |b| {
        b.iter(|| pii::find(black_box("cheap flights to rome in may")))
    });
    c.bench_function("fields: language, Accept-Language", |b| {
        b.iter(|| rules.languages.select(None, Some(black_box(b"de-AT,de;q=0.9,en-US;q=0.5"))));
    });
    c.bench_function("fields: browser", |b| b.iter(|| Browser::from_user_agent(black_box(agent))));
}

fn request(c: &mut Criterion) {
    let config = config();
    let Ok(asked) = search_request::from_form(&rules(&config), &browser_headers(), QUERY) else {
        panic!("the query is fine")
    };
    let key = PseudonymKey::new(&[1; 32]);
    c.bench_function("request: built from six fields", |b| {
        b.iter(|| PartnerRequest::build(&config.partners[0], "QX1", black_box(&asked.fields), &key));
    });
}

fn results(c: &mut Criterion) {
    let (config, body) = (config(), answer());
    let AnswerFormat::Json(shape) = &config.partners[0].format else { panic!("the bench's partner answers in json") };
    c.bench_function("results: 8 KB JSON read", |b| {
        b.iter(|| json::read(black_box(&body), None, shape).unwrap().len())
    });
    let target = "https://shop-1.example.com/catalogue/shoes/blue?size=42&utm_source=x&page=1";
    c.bench_function("results: one link judged", |b| {
        b.iter(|| links::check_target(ResultKind::Organic, black_box(target)))
    });
    let pattern = |text| Pattern::parse(text).unwrap();
    let site = LinkRules {
        url: "https://partner.example/search?q=x".parse().unwrap(),
        sponsored: vec![pattern("https://*.ads.example/aclk"), pattern("https://partner.example/aclk")],
        own: vec![],
    };
    c.bench_function("results: one link of a page judged", |b| b.iter(|| site.classify(None, black_box(target))));
    let redirect = "/url?q=https%3A%2F%2Fshop-1.example.com%2Fcatalogue%2Fshoes%3Fsize%3D42%26utm_source%3Dx&sa=U";
    c.bench_function("results: one redirect of a page judged", |b| b.iter(|| site.classify(None, black_box(redirect))));
    c.bench_function("results: 8 KB JSON read, links and texts judged", |b| {
        b.iter(|| JsonAnswer::new(json::read(black_box(&body), None, shape).unwrap(), shape).results.len());
    });
    let entries: Vec<SearchResult> = JsonAnswer::new(json::read(&body, None, shape).unwrap(), shape)
        .results
        .into_iter()
        .map(|found| SearchResult {
            title: found.title,
            url: format!("/click/{}", "x".repeat(160)),
            display_url: "shop-1.example.com/catalogue/shoes/blue".into(),
            snippet: found.snippet,
            kind: ResultKind::Organic,
        })
        .collect();
    let partner = ConfigName::new("bench").unwrap();
    c.bench_function("results: ten entries as JSON", |b| b.iter(|| results_json::json(black_box(&entries), &partner)));
    c.bench_function("results: ten entries as a page", |b| {
        let (service, texts) = (Service::default(), UiLanguage::English.texts());
        let identity = PartnerIdentity { display_name: "bench".to_owned(), about_ads_url: None };
        let sent = SentSearch { partner: identity, parameters: Vec::new(), unanswered: Vec::new() };
        let changes = KeywordChanges { is_normalized: false, is_redacted: false, is_truncated: false };
        let report = SearchReport { sent: &sent, changes };
        b.iter(|| results_page::list(&service, texts, black_box(&entries), report, SearchBox::default()));
    });
}

fn clicks(c: &mut Criterion) {
    let key = TokenKey::new(1, &[7; 32]);
    let target = "https://shop-1.example.com/catalogue/shoes/blue?size=42&page=1".to_owned();
    let click =
        ClickToken { partner: 1, code: 2, group: None, kind: ResultKind::Organic, issued: Time(1_800_000_000), target };
    c.bench_function("clicks: one token sealed", |b| {
        b.iter(|| {
            let mut text = String::with_capacity(240);
            click::seal(&key, black_box(&click), TokenLength::Exact, &mut text);
            text
        });
    });
    let mut text = String::new();
    click::seal(&key, &click, TokenLength::Exact, &mut text);
    c.bench_function("clicks: one token opened", |b| {
        b.iter(|| click::open([&key], black_box(text.as_bytes())).is_ok())
    });
    let once = ReplayCache::new(HOUR, 2_000_000, time::instant());
    let (mut serial, now) = (0_u64, time::instant());
    c.bench_function("clicks: seen before?", |b| {
        b.iter(|| {
            serial = serial.wrapping_add(0x9E37_79B9_7F4A_7C15);
            once.is_first(black_box(serial), HOUR, now)
        });
    });
}

fn clients(c: &mut Criterion) {
    let clients = Arc::new(Clients::new(100_000));
    let address = |n: u32| IpAddr::V4((n << 8).into());
    let limiter = ClientLimiter::new(clients.clone(), config().limits.client, Arc::new(Metrics::new()));
    let client = clients.named(address(1));
    c.bench_function("clients: one of few looked up", |b| b.iter(|| clients.named(black_box(address(1)))));
    let mut n = 0_u32;
    c.bench_function("clients: one of ten thousand looked up", |b| {
        b.iter(|| {
            n = (n + 1) % 10_000;
            clients.named(black_box(address(n)))
        });
    });
    c.bench_function("clients: one charged", |b| {
        b.iter(|| limiter.charge(black_box(&client), RateKind::Searches).is_ok())
    });
    let total = ConcurrencyLimit::new(1_000);
    c.bench_function("clients: one place taken and returned", |b| {
        b.iter(|| limiter.take(black_box(&client), ShareKind::Searches, Some(&total)).is_ok());
    });
}

criterion_group!(benches, fields, request, results, clicks, clients);
criterion_main!(benches);
