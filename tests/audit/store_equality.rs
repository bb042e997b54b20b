//! The same workload by different people leaves equal stores (`docs/privacy-requirements.md`, "Disk noninterference").

use super::audit::Audit;
use super::canary::CanaryKind;
use super::cases::{CLICKS, ClickCase, LeakCase, SEARCHES};
use super::coverage;
use super::raw_request;
use super::request_builder::{HEADER_BATCHES, RequestBuilder};
use super::rows::Row;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{click_paths, organic_results, sample_results, within_one_hour};
use qsproxy_test_support::visit_stamp;

/// The size of the workload.
const SEARCHES_MADE: usize = 60;
const CLICKS_MADE: usize = 40;
/// People in one run. They take turns, thus each gets responses after another's.
const PEOPLE: u8 = 7;
/// The last byte of the first source address; those of the second run follow.
const FIRST_SOURCE: u8 = 101;

/// What is in the data folder of a process that has ended.
const FILES: [&str; 2] = ["/counts.db", "/keys"];

/// The rows of every table except `batches`, which contains how often was written, as text.
fn rows_of(proxy: &Proxy) -> Vec<String> {
    let store = rusqlite::Connection::open(proxy.store()).unwrap();
    let mut names =
        store.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'batches' ORDER BY 1").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.iter().any(|name| name == "clicks") && names.iter().any(|name| name == "searches"), "{names:?}");
    let mut lines = Vec::new();
    for name in names {
        let mut query = store.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = query.column_count();
        let rows = query.query_map([], |row| {
            (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at)).collect::<Result<Vec<_>, _>>()
        });
        lines.extend(rows.unwrap().map(|row| format!("{name} {:?}", row.unwrap())));
    }
    lines.sort();
    lines
}

/// The names of the files in the data folder.
fn files_of(proxy: &Proxy) -> Vec<String> {
    let data = proxy.folder().join("data");
    let mut names: Vec<String> = super::sinks::files(&data)
        .into_iter()
        .map(|file| file.name.strip_prefix(data.to_str().unwrap()).unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The case of a person: responses to others must not contain their canaries.
fn case_of(source: u8) -> String {
    format!("workload of {source}")
}

fn send(proxy: &Proxy, audit: &mut Audit, source: u8, request: &raw_request::RawRequest) -> Response {
    let response = raw_request::connect_from(source, proxy.public).send(&request.bytes()).unwrap();
    audit.watch_stamp(&case_of(source), &response);
    let may_show = [CanaryKind::Keyword, CanaryKind::Title, CanaryKind::Target, CanaryKind::Token];
    audit.record_response(&case_of(source), &may_show, &response.raw);
    response
}

/// A person with a canary in everything that they send, except the stamp that they received.
struct Person {
    request: raw_request::RawRequest,
    pairs: Vec<String>,
    source: u8,
    /// True for a toolbar, which sends the stamp in a header.
    by_header: bool,
}

impl Person {
    fn new(audit: &mut Audit, host: &str, source: u8, number: usize) -> Person {
        audit.canaries.start_case(&case_of(source));
        audit.canaries.watch(CanaryKind::Input, "source address", &format!("127.0.0.{source}"));
        let RequestBuilder { request, pairs, .. } =
            RequestBuilder::new(&mut audit.canaries, host, CanaryKind::Keyword, number % HEADER_BATCHES);
        Person { request, pairs, source, by_header: number.is_multiple_of(2) }
    }

    /// Stores the stamp of a response, like a browser or a toolbar.
    fn keep(&mut self, response: &Response) {
        let Some(stamp) = visit_stamp::issued_stamp(response) else { return };
        self.request.headers.retain(|(name, _)| !["Cookie", "Visit-Stamp"].contains(&name.as_str()));
        match self.by_header {
            true => self.request.header("Visit-Stamp", &stamp),
            false => self.request.header("Cookie", &format!("visit={stamp}")),
        }
    }

    fn builder<'a>(&self, audit: &'a mut Audit) -> RequestBuilder<'a> {
        audit.canaries.start_case(&case_of(self.source));
        let (request, pairs) = (self.request.clone(), self.pairs.clone());
        RequestBuilder { canaries: &mut audit.canaries, request, path: "/search".to_owned(), pairs, posted: false }
    }
}

/// The same searches and clicks for each run, by other people with other keywords and headers.
fn workload(proxy: &Proxy, partner: &MockPartner, audit: &mut Audit, first_source: u8) {
    let host = proxy.public.to_string();
    let person = |number: u8| Person::new(audit, &host, first_source + number, number.into());
    let mut people: Vec<Person> = (0..PEOPLE).map(person).collect();
    let mut tokens = Vec::new();
    for number in 0..SEARCHES_MADE {
        partner.respond_with(MockResponse::Json(if number % 3 == 0 {
            sample_results()
        } else {
            organic_results(number % 5)
        }));
        let turn = number % people.len();
        let person = &people[turn];
        let case: &LeakCase = &SEARCHES[number % 4];
        let mut builder = person.builder(audit);
        (case.change)(&mut builder);
        if number % 7 == 0 {
            builder.pairs.retain(|pair| !pair.starts_with("q="));
        }
        let request = builder.build();
        let response = send(proxy, audit, person.source, &request);
        people[turn].keep(&response);
        if response.status == 200 && response.media_type() == "application/json" {
            tokens.extend(click_paths(&response));
        }
    }
    for number in 0..CLICKS_MADE {
        let click: &ClickCase = &CLICKS[number % CLICKS.len()];
        let person = &people[number % people.len()];
        let mut builder = person.builder(audit);
        builder.path = (click.alter_token)(&tokens[number % tokens.len()]);
        builder.posted = click.method == "POST";
        click.headers.iter().for_each(|(name, form)| builder.header(name, form));
        let mut request = builder.build();
        click.method.clone_into(&mut request.method);
        let response = send(proxy, audit, person.source, &request);
        assert_eq!(response.status, click.status, "{}", click.name);
    }
}

pub fn different_people() {
    let mut audit = Audit::new("on disk");
    let (dumps, _) = within_one_hour(|| {
        [0, 1].map(|run| {
            let partner = MockPartner::json(sample_results());
            let mut proxy = Proxy::start(&ConfigBuilder::with_partner_url(&partner.url()).text());
            workload(&proxy, &partner, &mut audit, FIRST_SOURCE + run * PEOPLE);
            audit.inspect("after the workload", &proxy, &partner);
            assert!(proxy.terminate().success());
            audit.inspect_outputs("at rest", &proxy, &partner);
            assert_eq!(files_of(&proxy), FILES, "the store and the keys, and nothing else");
            rows_of(&proxy)
        })
    });
    for table in ["active", "active_by_id", "retention"] {
        assert!(dumps[0].iter().any(|row| row.starts_with(&format!("{table} "))), "{table}: {:?}", dumps[0]);
    }
    assert!(dumps[0].len() > 5, "the workload reaches several cells: {:?}", dumps[0]);
    coverage::count(Row::Counts, dumps[0].len());
    assert_eq!(dumps[0], dumps[1]);
    audit.assert_no_leaks();
}
