//! `qsproxy explain`: it prints exactly what a partner receives.

use std::process::Output;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
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

/// The non-empty lines of a request or of an output, trimmed.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Explains a request, sends the same request, and asserts that the explanation contains the recorded partner request.
#[track_caller]
fn assert_prints_the_sent_request(method: &str) {
    let partner = MockPartner::json(sample_results());
    let workdir =
        Workdir::new(&ConfigBuilder::new(&partner).with("partner first", "method", &format!("{method:?}")).text());
    let proxy = workdir.start();
    let target = "/search?q=hello+w%C3%B6rld&id=person-7-Kd93mZ2q&code=toolbar-main&utm_source=x";
    let ((output, recorded), _) = within_one_hour(|| {
        let before = partner.requests().len();
        let output = explain(&workdir, target);
        assert_eq!(partner.requests().len(), before, "explain must not send anything");
        assert_eq!(proxy.get(target, &HEADERS).status, 200);
        (output, partner.requests().pop().unwrap())
    });
    let output_text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{output_text}{}", String::from_utf8_lossy(&output.stderr));
    let (shown, sent) = (lines(&output_text), lines(std::str::from_utf8(&recorded).unwrap()));
    assert!(sent.len() >= 2, "{sent:?}");
    let found = shown.windows(sent.len()).any(|window| window == sent);
    assert!(found, "sent:\n{}\n\nexplained:\n{output_text}", sent.join("\n"));
    assert!(output_text.contains("first"), "does not name the partner: {output_text}");
}

#[test]
fn prints_a_get_request() {
    assert_prints_the_sent_request("GET");
}

#[test]
fn prints_a_form_request() {
    assert_prints_the_sent_request("POST");
}

#[test]
fn prints_a_json_request() {
    assert_prints_the_sent_request("POST-JSON");
}

#[test]
fn lists_every_part_of_the_request() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let output = explain(&workdir, "/search?q=lisbon&id=person-7-Kd93mZ2q&lang=fr&code=unheard-of&utm_source=x");
    let output_text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "works without a running proxy: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lower = output_text.to_ascii_lowercase();
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
        assert!(lower.contains(part), "{part} is missing: {output_text}");
    }
}

#[test]
fn names_what_was_changed_in_the_keyword() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for (query, keyword, changes) in [
        ("blue+shoes", "blue shoes", "as typed; 10 of"),
        ("100%", "100%", "as typed; 4 of"),
        ("1%C2%BD+cups", "1 1/2 cups", "normalized; 10 of"),
        ("ann%40example.com", "[email]", "personal data replaced; 7 of"),
        (
            &format!("ann%40example.com+{}", "x".repeat(300)),
            "[email] xxx",
            "personal data replaced, end left off; 256 of",
        ),
    ] {
        let output = explain(&workdir, &format!("/search?q={query}"));
        let output_text = String::from_utf8(output.stdout).unwrap();
        assert!(output_text.contains(keyword) && output_text.contains(changes), "{query}: {output_text}");
    }
}

#[test]
fn prints_the_request_of_every_partner_of_the_code() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner)
        .partner("second", "http://127.0.0.1:2/other")
        .with("partner second", "send", r#"{ keyword = "text" }"#)
        .with("code toolbar-main", "partners", r#"["first", "second"]"#);
    let output = explain(&Workdir::new(&config.text()), "/search?q=lisbon");
    let output_text = String::from_utf8(output.stdout).unwrap();
    assert!(output_text.contains("GET /search?count=20&pc=QX1&lang=de&b=firefox&h="), "{output_text}");
    assert!(output_text.contains("GET /other?count=20&text=lisbon HTTP/1.1"), "{output_text}");
    assert!(output_text.contains("127.0.0.1:2"), "{output_text}");
}

#[test]
fn does_not_print_secrets() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(
        &ConfigBuilder::new(&partner)
            .with("partner first", "headers", r#"{ "X-Key" = { file = "secrets/first" } }"#)
            .text(),
    );
    workdir.write("secrets/first", b"s3cret-of-first");
    let output = explain(&workdir, "/search?q=lisbon");
    let output_text = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
    assert!(output.status.success() && output_text.contains("x-key"), "{output_text}");
    assert!(!output_text.contains("s3cret-of-first"), "{output_text}");
}

#[test]
fn says_how_a_click_is_counted_and_that_a_robots_search_is_refused() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for (header, outcome, is_refused) in [
        ("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "counted", false),
        ("User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)", "bot", true),
        ("Signature-Agent: \"https://agent.example\"", "bot", true),
        ("User-Agent: curl/8.5.0", "library", false),
        ("Sec-Fetch-Dest: image", "embedded", false),
        ("Sec-Fetch-Site: cross-site", "cross_site", false),
        ("X-Purpose: preview", "prefetch", false),
    ] {
        let output = workdir.run(&["explain", "-H", header, "http://127.0.0.1:8080/search?q=lisbon"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(&format!("A click with these headers is counted as {outcome}.")), "{header}: {text}");
        assert_eq!(text.contains("403 robot_refused"), is_refused, "{header}: {text}");
        assert_eq!(text.contains("GET /search?"), !is_refused, "{header}: {text}");
    }
}

/// Each line is about this request, not about what an ID may become in others.
#[test]
fn an_id_that_is_withheld_becomes_no_pseudonym() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let url = "http://127.0.0.1:8080/search?q=lisbon&id=person-7-Kd93mZ2q";
    let explained = |arguments: &[&str]| {
        let output = workdir.run(&[&["explain"], arguments, &[url]].concat());
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(explained(&[]).contains("becomes a pseudonym for each partner and day"));
    for header in ["Sec-GPC: 1", "DNT: 1"] {
        let text = explained(&["-H", header]);
        assert!(!text.contains("becomes a pseudonym"), "{text}");
        assert!(text.contains("read and dropped: Sec-GPC or DNT withholds it from all partners"), "{text}");
    }
}

#[test]
fn explains_a_rejected_search() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let output = explain(&workdir, "/search?lang=de");
    let output_text = [output.stdout, output.stderr].concat();
    let output_text = String::from_utf8_lossy(&output_text);
    assert!(output_text.contains("keyword_missing"), "{output_text}");
    assert!(!output_text.contains("GET /search?count=20"), "a rejected search has no partner request: {output_text}");
}

#[test]
fn invalid_arguments_are_a_usage_error() {
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

#[test]
#[ignore = "needs faketime"]
fn a_request_carries_the_tag_of_its_utc_day() {
    let partner = MockPartner::json(sample_results());
    let clock = FakeClock::starting_at("2026-10-14 10:00:00");
    let tags = r#"{ first = ["QX1", { name = "QX2", from = "2026-10-15" }, { name = "QX0", to = "2026-09-30" }] }"#;
    let config = ConfigBuilder::new(&partner).with("code toolbar-main", "tags", tags).text();
    let workdir = Workdir::with_env_vars(&config, &clock.env_vars());
    for (time, tag) in [
        ("2026-09-30 23:30:00", "QX0"),
        ("2026-10-01 00:10:00", "QX1"),
        ("2026-10-14 23:30:00", "QX1"),
        ("2026-10-15 00:10:00", "QX2"),
    ] {
        clock.set(time);
        let shown = String::from_utf8(explain(&workdir, "/search?q=shoes").stdout).unwrap();
        assert!(shown.contains(&format!("pc={tag}")), "{time}: {shown}");
        let proxy = workdir.start();
        let before = partner.requests().len();
        assert_eq!(proxy.get("/search?q=shoes", &HEADERS).status, 200, "{time}");
        let requests = partner.requests();
        let sent: Vec<String> =
            requests.iter().skip(before).map(|request| String::from_utf8_lossy(request).into_owned()).collect();
        assert!(sent.len() == 1 && sent[0].contains(&format!("pc={tag}")), "{time}: {sent:?}");
    }
    // A running program changes the tag at midnight UTC, without a restart.
    clock.set("2026-10-14 23:50:00");
    let proxy = workdir.start();
    let tag_of = |query: &str| {
        assert_eq!(proxy.get(&format!("/search?q={query}"), &HEADERS).status, 200);
        String::from_utf8(partner.requests().pop().unwrap()).unwrap()
    };
    assert!(tag_of("boots").contains("pc=QX1"));
    clock.set("2026-10-15 00:10:00");
    assert!(tag_of("socks").contains("pc=QX2"));
}
