//! `qsproxy explain`: what it shows is what a partner really gets.

use std::process::Output;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{sample_results, within_one_hour};
use qsproxy_test_support::workdir::Workdir;

const HEADERS: [&str; 4] = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept-Language: de-AT,de;q=0.9",
    "X-Forwarded-For: 192.0.2.77",
    "Accept: application/json",
];

fn explain(workdir: &Workdir, target: &str) -> Output {
    let mut arguments = vec!["explain"];
    for line in &HEADERS {
        arguments.extend(["-H", line]);
    }
    let url = format!("http://127.0.0.1:8080{target}");
    arguments.push(&url);
    workdir.run(&arguments)
}

/// The lines of a request, or of an output, without indentation, line ends and empty lines.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Asks the program to explain a request, then sends that request, and looks for the recorded bytes in the explanation.
#[track_caller]
fn shows_what_is_sent(method: &str) {
    let partner = MockPartner::json(sample_results());
    let workdir =
        Workdir::new(&ConfigBuilder::new(&partner).with("partner first", "method", &format!("{method:?}")).text());
    let proxy = workdir.start();
    let target = "/search?q=hello+w%C3%B6rld&id=person-7&code=toolbar-main&utm_source=x";
    let ((output, recorded), _) = within_one_hour(|| {
        let before = partner.requests().len();
        let output = explain(&workdir, target);
        assert_eq!(partner.requests().len(), before, "explaining sends nothing");
        assert_eq!(proxy.get(target, &HEADERS).status, 200);
        (output, partner.requests().pop().unwrap())
    });
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let (shown, sent) = (lines(&said), lines(std::str::from_utf8(&recorded).unwrap()));
    assert!(sent.len() >= 2, "{sent:?}");
    let found = shown.windows(sent.len()).any(|window| window == sent);
    assert!(found, "sent:\n{}\n\nexplained:\n{said}", sent.join("\n"));
    assert!(said.contains("first"), "names the partner: {said}");
}

#[test]
fn the_bytes_of_a_get() {
    shows_what_is_sent("GET");
}

#[test]
fn the_bytes_of_a_form() {
    shows_what_is_sent("POST");
}

#[test]
fn the_bytes_of_a_json_body() {
    shows_what_is_sent("POST-JSON");
}

#[test]
fn every_part_of_the_request_is_accounted_for() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let output = explain(&workdir, "/search?q=lisbon&id=person-7&lang=fr&code=unheard-of&utm_source=x");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "without a running program: {}", String::from_utf8_lossy(&output.stderr));
    let lower = said.to_ascii_lowercase();
    for part in [
        "user-agent",
        "accept-language",
        "x-forwarded-for",
        "accept",
        "utm_source",
        "q",
        "id",
        "lang",
        "code",
        "firefox",
    ] {
        assert!(lower.contains(part), "{part} is missing: {said}");
    }
}

#[test]
fn every_partner_of_the_code_has_its_own_bytes() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner)
        .partner("second", "http://127.0.0.1:2/other")
        .with("partner second", "send", r#"{ keyword = "text" }"#)
        .with("code toolbar-main", "partners", r#"["first", "second"]"#);
    let output = explain(&Workdir::new(&config.text()), "/search?q=lisbon");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("GET /search?count=20&pc=QX1&lang=de&b=firefox&h="), "{said}");
    assert!(said.contains("GET /other?count=20&text=lisbon HTTP/1.1"), "{said}");
    assert!(said.contains("127.0.0.1:2"), "{said}");
}

#[test]
fn a_secret_is_not_shown() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(
        &ConfigBuilder::new(&partner)
            .with("partner first", "headers", r#"{ "X-Key" = { file = "secrets/first" } }"#)
            .text(),
    );
    workdir.write("secrets/first", b"s3cret-of-first");
    let output = explain(&workdir, "/search?q=lisbon");
    let said = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
    assert!(output.status.success() && said.contains("x-key"), "{said}");
    assert!(!said.contains("s3cret-of-first"), "{said}");
}

#[test]
fn a_refused_search_is_explained_as_refused() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let output = explain(&workdir, "/search?lang=de");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("keyword_missing"), "{said}");
    assert!(!said.contains("GET /search?count=20"), "nothing would be sent: {said}");
}

#[test]
fn what_is_no_request_is_a_usage_error() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for arguments in [
        &["explain"][..],
        &["explain", "not a URL"],
        &["explain", "-H", "no colon", "http://127.0.0.1:8080/search?q=x"],
    ] {
        let output = workdir.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
}
