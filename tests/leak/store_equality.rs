//! Disk noninterference (`PRIVACY.md` section 4, item 2): one workload by different people leaves equal stores.

use super::audit::Audit;
use super::canary::CanaryKind;
use super::cases::{CLICKS, ClickCase, LeakCase, SEARCHES};
use super::raw_request;
use super::request_builder::{RequestBuilder, WAVES};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{click_paths, organic_results, sample_results, within_one_hour};
use qsproxy_test_support::visit_stamp;

/// The workload.
const SEARCHES_MADE: usize = 60;
const CLICKS_MADE: usize = 40;
/// People of one run; they take turns, so that each sees answers after another's.
const PEOPLE: u8 = 7;
/// Their addresses, 127.0.0.101 and on; those of the next run follow.
const FIRST_SOURCE: u8 = 101;

/// Every table but the one that says how often was written, row by row, as text.
fn dump(proxy: &Proxy) -> Vec<String> {
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

/// The path that a person's canaries and answers are on: nobody else's may show theirs.
fn whose(source: u8) -> String {
    format!("workload of {source}")
}

fn send(proxy: &Proxy, audit: &mut Audit, source: u8, request: &raw_request::RawRequest) -> Response {
    let response = raw_request::connect_from(source, proxy.public).send(&request.bytes()).unwrap();
    audit.stamp(&whose(source), &response);
    let shows = [CanaryKind::Keyword, CanaryKind::Title, CanaryKind::Target, CanaryKind::Token];
    audit.record_response(&whose(source), &shows, &response.raw);
    response
}

/// Someone, with a canary in everything that they send but the stamp that they were given.
struct Person {
    request: raw_request::RawRequest,
    pairs: Vec<String>,
    source: u8,
    /// Whether they keep stamps themselves.
    by_header: bool,
}

impl Person {
    fn new(audit: &mut Audit, host: &str, source: u8, number: usize) -> Person {
        audit.canaries.on_path(&whose(source));
        let RequestBuilder { request, pairs, .. } =
            RequestBuilder::new(&mut audit.canaries, host, CanaryKind::Keyword, number % WAVES);
        Person { request, pairs, source, by_header: number.is_multiple_of(2) }
    }

    /// Keeps the stamp of an answer, as a browser or a toolbar does.
    fn keep(&mut self, response: &Response) {
        let Some(stamp) = visit_stamp::issued_stamp(response) else { return };
        self.request.headers.retain(|(name, _)| !["Cookie", "Visit-Stamp"].contains(&name.as_str()));
        match self.by_header {
            true => self.request.header("Visit-Stamp", &stamp),
            false => self.request.header("Cookie", &format!("visit={stamp}")),
        }
    }

    fn draft<'a>(&self, audit: &'a mut Audit) -> RequestBuilder<'a> {
        audit.canaries.on_path(&whose(self.source));
        let (request, pairs) = (self.request.clone(), self.pairs.clone());
        RequestBuilder { canaries: &mut audit.canaries, request, path: "/search".to_owned(), pairs, posted: false }
    }
}

/// The same searches and clicks for all; who makes them, in what words and with what headers, is the run's.
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
        let path: &LeakCase = &SEARCHES[number % 4];
        let mut draft = person.draft(audit);
        (path.shape)(&mut draft);
        if number % 7 == 0 {
            draft.pairs.retain(|pair| !pair.starts_with("q="));
        }
        let request = draft.build();
        let response = send(proxy, audit, person.source, &request);
        people[turn].keep(&response);
        if response.status == 200 && response.media_type() == "application/json" {
            tokens.extend(click_paths(&response));
        }
    }
    for number in 0..CLICKS_MADE {
        let click: &ClickCase = &CLICKS[number % CLICKS.len()];
        let person = &people[number % people.len()];
        let mut draft = person.draft(audit);
        draft.path = (click.spoil)(&tokens[number % tokens.len()]);
        draft.posted = click.method == "POST";
        click.headers.iter().for_each(|(name, form)| draft.header(name, form));
        let mut request = draft.build();
        click.method.clone_into(&mut request.method);
        let response = send(proxy, audit, person.source, &request);
        assert_eq!(response.status, click.status, "{}", click.name);
    }
}

#[test]
fn different_people_leave_equal_stores() {
    let mut audit = Audit::new("on disk");
    let (dumps, _) = within_one_hour(|| {
        [0, 1].map(|run| {
            let partner = MockPartner::json(sample_results());
            let mut proxy = Proxy::start(&ConfigBuilder::with_partner_url(&partner.url()).text());
            workload(&proxy, &partner, &mut audit, FIRST_SOURCE + run * PEOPLE);
            audit.look("after the workload", &proxy, &partner);
            assert!(proxy.terminate().success());
            audit.look_at_rest("at rest", &proxy, &partner);
            dump(&proxy)
        })
    });
    for table in ["active", "active_by_id", "retention"] {
        assert!(dumps[0].iter().any(|row| row.starts_with(&format!("{table} "))), "{table}: {:?}", dumps[0]);
    }
    assert!(dumps[0].len() > 5, "the workload reaches several cells: {:?}", dumps[0]);
    assert_eq!(dumps[0], dumps[1]);
    audit.judge();
}
