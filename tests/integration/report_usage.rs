//! `qsproxy report active` and `report retention`: their columns and forms, small counts, and the filters that they reject.

use std::sync::Arc;

use serde_json::Value;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::visit_stamp::{header_line, issued_stamp};
use qsproxy_test_support::workdir::Workdir;

const ACTIVE: &str = "day,code,new,active_1,active_7,active_28,active_30,by_id_approximate";
const RETENTION: &str = "cohort,code,new,day_1,day_7,day_30,day_1_per_cent,day_7_per_cent,day_30_per_cent";

/// A Monday.
const BIRTH: &str = "2026-03-02";

struct UsageTest {
    clock: FakeClock,
    proxy: Proxy,
    /// Kept running while the proxy may ask it.
    partner: MockPartner,
    /// The stamp of each visitor.
    visitors: Vec<String>,
}

impl UsageTest {
    /// Starts with this many visitors, new on [`BIRTH`].
    fn new(visitors: usize) -> UsageTest {
        let clock = FakeClock::starting_at(&format!("{BIRTH} 12:00:00"));
        let partner = MockPartner::json(sample_results());
        let config = ConfigBuilder::new(&partner).with("counts", "k", "5").code("beta", r#"["first"]"#);
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars());
        let mut test = UsageTest { proxy: workdir.start(), clock, partner, visitors: Vec::new() };
        for _ in 0..visitors {
            let first = issued_stamp(&test.proxy.get("/visit", &[])).expect("a provisional stamp");
            test.visitors
                .push(issued_stamp(&test.proxy.get("/visit", &[&header_line(&first)])).expect("a confirmed stamp"));
        }
        test
    }

    /// The first `count` visitors return on a day.
    fn return_on(&mut self, day: &str, count: usize) {
        self.clock.set(&format!("{day} 12:00:00"));
        self.proxy.restart();
        for stamp in &mut self.visitors[..count] {
            *stamp = issued_stamp(&self.proxy.get("/visit", &[&header_line(stamp)])).expect("a successor");
        }
    }

    #[track_caller]
    fn report(&self, subject: &str, arguments: &[&str]) -> String {
        let output = self.proxy.workdir().run(&[&["report", subject], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
#[ignore = "needs faketime"]
fn active_counts_a_user_once_per_window() {
    let mut test = UsageTest::new(7);
    test.return_on("2026-03-03", 6);
    test.return_on("2026-03-12", 5);
    let csv = test.report("active", &["--from", BIRTH, "--to", "2026-03-12", "--format", "csv"]);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some(ACTIVE));
    let lines: Vec<&str> = lines.collect();
    for wanted in [
        "2026-03-02,toolbar-main,7,7,7,7,7,0",
        "2026-03-02,*,7,7,7,7,7,0",
        "2026-03-03,toolbar-main,0,6,7,7,7,0",
        "2026-03-12,toolbar-main,0,5,5,7,7,0",
        "2026-03-12,*,0,5,5,7,7,0",
    ] {
        assert!(lines.contains(&wanted), "{wanted} is not in {csv}");
    }
    let json: Value =
        serde_json::from_str(&test.report("active", &["--from", BIRTH, "--to", BIRTH, "--format", "json"])).unwrap();
    let rows = json.as_array().unwrap();
    assert_eq!(rows.len(), 2, "{json}");
    for name in ACTIVE.split(',') {
        assert!(rows.iter().all(|row| row.get(name).is_some()), "{name}: {json}");
    }
    assert_eq!((rows[0]["active_30"].as_u64(), rows[0]["day"].as_str()), (Some(7), Some(BIRTH)));
}

#[test]
#[ignore = "needs faketime"]
fn retention_is_empty_until_all_users_have_reached_the_age() {
    let mut test = UsageTest::new(8);
    test.return_on("2026-03-03", 6);
    test.return_on("2026-03-09", 5);
    test.clock.set("2026-03-20 12:00:00");
    for by in ["day", "week"] {
        let arguments = ["--from", BIRTH, "--to", "2026-03-08", "--by", by, "--format"];
        let csv = test.report("retention", &[&arguments[..], &["csv"]].concat());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], RETENTION);
        let wanted = ["toolbar-main", "*"].map(|code| format!("{BIRTH},{code},8,6,5,,75.0,62.5,"));
        assert_eq!(lines[1..], wanted, "{by}");
        let json: Value =
            serde_json::from_str(&test.report("retention", &[&arguments[..], &["json"]].concat())).unwrap();
        let row = &json[0];
        assert!(RETENTION.split(',').all(|name| row.get(name).is_some()), "{json}");
        assert_eq!((row["day_1_per_cent"].as_f64(), &row["day_30"]), (Some(75.0), &Value::Null), "{json}");
    }
}

#[test]
#[ignore = "needs faketime"]
fn a_small_count_is_suppressed_and_the_total_is_not() {
    let test = UsageTest::new(3);
    test.clock.set("2026-03-20 12:00:00");
    let days = ["--from", BIRTH, "--to", BIRTH];
    let csv = test.report("active", &[&days[..], &["--format", "csv"]].concat());
    assert!(csv.contains("2026-03-02,toolbar-main,,,,,,0") && csv.contains("2026-03-02,*,3,3,3,3,3,0"), "{csv}");
    assert!(test.report("active", &days).contains("hidden"));
}

#[test]
#[ignore = "needs faketime"]
fn reports_of_users_reject_a_partner() {
    let test = UsageTest::new(0);
    for subject in ["active", "retention"] {
        let arguments = ["report", subject, "--from", BIRTH, "--to", BIRTH, "--partner", "first"];
        let output = test.proxy.workdir().run(&arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{subject}: {errors}");
        assert!(errors.contains("--partner") && errors.contains("code"), "{subject}: {errors}");
    }
}

#[test]
#[ignore = "needs faketime"]
fn a_report_of_one_code_has_no_total() {
    let test = UsageTest::new(6);
    let first = issued_stamp(&test.proxy.get("/visit?code=beta", &[])).unwrap();
    issued_stamp(&test.proxy.get("/visit?code=beta", &[&header_line(&first)])).unwrap();
    let of = |code: &str| {
        let arguments = ["--from", BIRTH, "--to", BIRTH, "--code", code, "--format", "csv"];
        test.report("active", &arguments).lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    // The total would reveal the one visitor of beta, so the other six are suppressed as well.
    assert_eq!(of("toolbar-main"), ["2026-03-02,toolbar-main,,,,,,0"]);
    assert_eq!(of("beta"), ["2026-03-02,beta,,,,,,0"]);
}
