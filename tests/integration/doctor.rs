//! `qsproxy doctor`: it describes everything that is there, finds everything that should not be, and repeats no value.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;
use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::{NOBODY, PostgresProcess};
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;
use rusqlite::Connection;
use serde_json::Value as Json;

use crate::postgres::{postgres_config, search_and_click, wait_for_clicks};

/// Stands where a name should be. Doctor must not repeat it.
const CANARY: &str = "grey heron nests near me";

/// What doctor found, with its exit code.
struct Examined {
    exit: i32,
    json: Json,
    text: String,
}

#[track_caller]
fn doctor(workdir: &Workdir, arguments: &[&str]) -> Examined {
    let run = |more: &[&str]| workdir.run(&[&["doctor"], arguments, more].concat());
    let (json, text) = (run(&["--format", "json"]), run(&[]));
    assert_eq!(json.status.code(), text.status.code());
    examined(&json, text)
}

#[track_caller]
fn examined(json: &Output, text: Output) -> Examined {
    let stderr = String::from_utf8_lossy(&json.stderr);
    let exit = json.status.code().unwrap();
    let json = serde_json::from_slice(&json.stdout).unwrap_or_else(|_| panic!("exit {exit}: {stderr}"));
    Examined { exit, json, text: String::from_utf8(text.stdout).unwrap() }
}

impl Examined {
    /// Subjects and texts of the findings with this severity.
    fn of(&self, severity: &str) -> Vec<String> {
        let findings = self.json["findings"].as_array().unwrap().iter();
        let line = |finding: &Json| {
            format!("{}: {}", finding["subject"].as_str().unwrap(), finding["found"].as_str().unwrap())
        };
        findings.filter(|finding| finding["severity"] == severity).map(line).collect()
    }

    #[track_caller]
    fn assert_fine(&self) {
        assert_eq!((self.exit, self.of("problem")), (0, Vec::new()), "{}", self.text);
        assert!(self.text.contains("No problem found"), "{}", self.text);
    }

    /// There is one problem, whose line contains all `parts`, and each problem says what to do.
    #[track_caller]
    fn assert_problem(&self, parts: &[&str]) {
        let problems = self.of("problem");
        let [problem] = &problems[..] else { panic!("{parts:?}: {problems:#?}") };
        assert!(self.exit == 1 && parts.iter().all(|part| problem.contains(part)), "{parts:?}: {problem}");
        let of_problems =
            self.json["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "problem");
        assert!(of_problems.clone().all(|finding| finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty())));
        assert!(self.text.contains("PROBLEMS: 1"), "{}", self.text);
    }

    fn columns(&self, store: &str) -> BTreeSet<(String, String)> {
        let tables = self.json["tables"].as_array().unwrap().iter().filter(|table| table["store"] == store);
        let columns = tables.flat_map(|table| {
            let columns = table["columns"].as_array().unwrap().iter();
            columns.map(|column| {
                assert!(!column["holds"].as_str().unwrap().is_empty());
                let text = |value: &Json| value.as_str().unwrap().to_owned();
                (text(&table["table"]), text(&column["column"]))
            })
        });
        columns.collect()
    }
}

/// A stopped installation that has counted something.
fn stopped() -> (Arc<Workdir>, MockPartner) {
    let mut env = TestEnv::new();
    let click = env.click_path();
    assert_eq!(env.proxy.get(&click, &[]).status, 303);
    assert!(env.proxy.terminate().success());
    let TestEnv { proxy, partner } = env;
    (Arc::clone(proxy.workdir()), partner)
}

fn sqlite(workdir: &Workdir) -> Connection {
    Connection::open(workdir.path("data/counts.db")).unwrap()
}

#[test]
fn a_fresh_installation_is_fine_and_stays_as_it_is() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let found = doctor(&workdir, &[]);
    found.assert_fine();
    assert!(found.of("note").iter().any(|note| note.contains("data/counts.db") && note.contains("does not exist yet")));
    assert!(!workdir.path("data").exists());
    assert!(partner.requests().is_empty(), "nothing was sent");
}

#[test]
fn a_running_service_is_fine_and_every_column_is_described() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let click = env.click_path();
    assert_eq!(env.proxy.get(&click, &[]).status, 303);
    wait_for("the search", || (env.proxy.searches_with_outcome("with_ads") == 1).then_some(()));
    let asked = env.partner.requests().len();
    let found = doctor(workdir, &[]);
    found.assert_fine();
    assert_eq!(env.partner.requests().len(), asked, "doctor sends no search");
    let members: BTreeSet<&str> = found.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["channels", "files", "findings", "notes", "problems", "tables"]));
    assert!(found.of("fine").iter().any(|fine| fine.contains("a running service has it open")));

    assert_eq!(found.columns("store"), columns_of(&workdir.path("data/counts.db")));

    let paths: BTreeSet<String> = found.json["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().rsplit_once("data/").map_or("", |(_, name)| name).to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let there = std::fs::read_dir(workdir.path("data")).unwrap();
    let there: BTreeSet<String> = there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(paths, there);

    let bits = found.json["channels"][0]["bits"].as_f64().unwrap();
    let channel = &found.json["channels"][0];
    let choices = ["languages", "browsers", "codes", "pseudonym"].map(|name| channel[name].as_f64().unwrap());
    assert!((bits - choices.iter().product::<f64>().log2()).abs() < 0.01 && bits > 1.0, "{channel}");
}

#[test]
fn after_a_crash_it_says_so_and_finds_nothing_wrong() {
    let mut env = TestEnv::new();
    let click = env.click_path();
    assert_eq!(env.proxy.get(&click, &[]).status, 303);
    env.proxy.kill();
    let json = env.proxy.workdir().run(&["doctor", "--format", "json"]);
    let found = examined(&json, env.proxy.workdir().run(&["doctor"]));
    found.assert_fine();
    assert!(found.of("note").iter().any(|note| note.contains("its last process was killed")), "{:?}", found.of("note"));
    env.proxy.restart();
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
}

#[test]
fn a_file_that_does_not_belong_there_or_is_open_to_others_is_a_problem() {
    let (workdir, _partner) = stopped();
    let chmod = |name: &str, mode| {
        std::fs::set_permissions(workdir.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    doctor(&workdir, &["--offline"]).assert_fine();
    for name in ["data/queries.log", "data/counts.db-journal2", "data/.hidden", "data/keys.bak"] {
        workdir.write(name, CANARY.as_bytes());
        doctor(&workdir, &["--offline"]).assert_problem(&[name, "does not belong to this installation"]);
        std::fs::remove_file(workdir.path(name)).unwrap();
    }
    std::fs::create_dir(workdir.path("data/old")).unwrap();
    doctor(&workdir, &["--offline"]).assert_problem(&["data/old"]);
    std::fs::remove_dir(workdir.path("data/old")).unwrap();
    chmod("data/counts.db", 0o640);
    doctor(&workdir, &["--offline"]).assert_problem(&["data/counts.db", "mode 0640"]);
    chmod("data/counts.db", 0o600);
    chmod("data", 0o770);
    doctor(&workdir, &["--offline"]).assert_problem(&["data", "mode 0770"]);
    chmod("data", 0o700);
    chmod("proxy.toml", 0o666);
    doctor(&workdir, &["--offline"]).assert_problem(&["proxy.toml", "mode 0666"]);
    chmod("proxy.toml", 0o644);
    chmod("data/keys", 0o604);
    let found = doctor(&workdir, &["--offline"]);
    assert!(found.exit == 1 && found.of("problem").iter().all(|problem| problem.contains("data/keys")));
    chmod("data/keys", 0o600);
    workdir.write("data/keys.part", b"click 20000 00");
    let found = doctor(&workdir, &["--offline"]);
    found.assert_fine();
    assert!(found.of("note").iter().any(|note| note.contains("keys.part")));
}

#[test]
fn files_that_the_configuration_names_are_looked_at() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).with("admin", "token_file", "\"secrets/admin\"").with(
        "partner first",
        "headers",
        r#"{ "X-Key" = { file = "secrets/first" } }"#,
    );
    let workdir = Workdir::new(&config.text());
    for name in ["secrets/admin", "secrets/first"] {
        workdir.write("secrets/admin", b"correct-horse\n");
        workdir.write("secrets/first", b"battery-staple\n");
        doctor(&workdir, &["--offline"]).assert_fine();
        std::fs::set_permissions(workdir.path(name), std::fs::Permissions::from_mode(0o644)).unwrap();
        let found = doctor(&workdir, &["--offline"]);
        found.assert_problem(&[name, "mode 0644"]);
        assert!(!found.text.contains("horse") && !found.text.contains("staple"));
    }
}

#[test]
fn objects_of_the_schema_that_are_not_ours_or_not_as_ours_are_problems() {
    for (change, object) in [
        ("create table queries (q text)", "table queries"),
        ("create view everything as select * from clicks", "view everything"),
        ("create index by_code on clicks (code)", "index by_code"),
        ("create trigger copy after insert on clicks begin select 1; end", "trigger copy"),
        ("drop trigger closings_kept", "trigger closings_kept"),
        ("drop table active_by_id", "table active_by_id"),
        ("alter table active add column who text", "table active"),
    ] {
        let (workdir, _partner) = stopped();
        sqlite(&workdir).execute_batch(change).unwrap();
        doctor(&workdir, &["--offline"]).assert_problem(&[object]);
    }
    let (workdir, _partner) = stopped();
    let changed = "drop trigger statements_fixed; create trigger statements_fixed before update on statements begin select 1; end";
    sqlite(&workdir).execute_batch(changed).unwrap();
    doctor(&workdir, &["--offline"]).assert_problem(&["trigger statements_fixed", "is not as this version defines it"]);
}

/// A row that may be there, for each table: values in the order of the columns.
const ROWS: [(&str, &str); 22] = [
    ("clicks", "'2026-11-01T10', 'first', 'toolbar-main', 'organic', 'counted', 3"),
    ("searches", "'2026-11-01T10', 'first', 'toolbar-main', 'answered', 3"),
    ("active", "'2026-11-01', 'toolbar-main', 5, 3"),
    ("retention", "'2026-11-01', 7, 'toolbar-main', 3"),
    ("active_by_id", "'2026-11-01', 'toolbar-main', 3"),
    ("slices", "'2026-11-01', 'first', 'browser', 'firefox', 30"),
    ("batches", "'node-2', 3"),
    ("clicks_daily", "'2024-01-01', 'unknown', 'unknown', 'unknown', 'forged', 3"),
    ("searches_daily", "'2024-01-01', 'first', 'toolbar-main', 'robot', 3"),
    ("adjustments", "'searches', '2026-11-01T10', 'first', 'toolbar-main', 'none', 'empty', 3"),
    ("privacy_versions", "99, '2026-11-01', '[]'"),
    (
        "statements",
        "1, 'first', '0000000000000000000000000000000000000000000000000000000000000000', 1, '2026-11-01', '2026-10-01', '2026-10-31', 'EUR', 'zone = \"UTC\"', null",
    ),
    ("statement_rows", "1, '2026-10-01', 'QX1', 1, 1, null, null, '2026-10-01', 'EUR'"),
    ("statement_codes", "1, 'QX1'"),
    ("statement_corrections", "1, '2026-08-01', 'QX1', -1, -1, -7, null, '2026-08-01', 'EUR'"),
    ("statement_events", "1, 1, 'imported', '2026-11-01', ''"),
    ("payments", "1, 'first', '', '2026-11-21', '2026-11-20', 'W-1', 'USD', 12000000, 'EUR', 11040000, '2026-10'"),
    ("payment_withdrawals", "1, '2026-11-22', 'typed twice'"),
    ("closings", "1, 'first', '2026-10', '2026-10-01T00', '2026-11-01T00', 'RECORD', 'SIGNATURE', 0"),
    ("corrections", "1, 'first', '2026-10', 'RECORD', 'SIGNATURE'"),
    ("key_hand_overs", "1, 'RECORD', '', 'SIGNATURE'"),
    ("closing_archives", "1, 'ARCHIVE'"),
];

#[test]
fn a_value_that_may_not_be_in_its_column_is_found_in_every_column_and_not_repeated() {
    let (workdir, _partner) = stopped();
    let before = std::fs::read(workdir.path("data/counts.db")).unwrap();
    let mut columns_tried = 0;
    for (table, row) in ROWS {
        let values: Vec<&str> = row.split(", ").collect();
        let insert = |values: &[&str]| {
            workdir.write("data/counts.db", &before);
            let sql =
                format!("pragma foreign_keys = off; insert or replace into {table} values ({})", values.join(", "));
            sqlite(&workdir).execute_batch(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            doctor(&workdir, &["--offline"])
        };
        let good = insert(&values);
        if !matches!(table, "closings" | "corrections" | "key_hand_overs" | "closing_archives") {
            good.assert_fine();
        }
        let names: Vec<(String, String)> = {
            let store = sqlite(&workdir);
            let mut select = store.prepare(&format!("select name, type from pragma_table_info('{table}')")).unwrap();
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        for (at, (column, kind)) in names.iter().enumerate() {
            let canary = format!("'{CANARY}'");
            let wrong = if kind == "TEXT" { canary.as_str() } else { "-7" };
            // Money may be negative, a partner's own code may be anything that is no ID, and reasons and references are in the words of
            // the operator or the bank.
            let wrong = match (table, column.as_str()) {
                (_, "revenue" | "amount" | "received" | "reason" | "reference")
                | ("statement_corrections", "searches" | "clicks") => continue,
                ("statement_rows" | "statement_codes" | "statement_corrections", "code") => "'user-20394857'",
                _ => wrong,
            };
            let mut values = values.clone();
            values[at] = wrong;
            let found = insert(&values);
            let subject = format!("store {table}.{column}: ");
            let problems = found.of("problem");
            assert!(problems.iter().any(|problem| problem.starts_with(&subject)), "{subject}: {problems:?}");
            assert!(!found.text.contains("heron") && !found.text.contains("20394857"), "{}", found.text);
            assert!(!found.json.to_string().contains("heron"), "{}", found.json);
            columns_tried += 1;
        }
    }
    assert!(columns_tried > 60, "{columns_tried}");
}

#[test]
fn names_of_earlier_configurations_are_told_from_ids_and_from_what_no_configuration_had() {
    let (workdir, _partner) = stopped();
    let add = |sql: &str| sqlite(&workdir).execute_batch(sql).unwrap();
    // A code that was removed, and a language, a group and a partner of an earlier privacy statement.
    add("insert into searches values ('2026-11-01T10', 'first', 'toolbar-old', 'answered', 3)");
    let found = doctor(&workdir, &["--offline"]);
    found.assert_fine();
    assert!(found.of("note").iter().any(|note| note.contains("searches.code")), "{:?}", found.of("note"));
    let facts = r#"[{"fact":"language","tag":"fi"},{"fact":"keyword_group","name":"cars"},{"fact":"images","partner":"former"}]"#;
    add(&format!("insert into privacy_versions values (90, '2025-01-01', '{facts}')"));
    add("insert into slices values ('2025-01-01', 'former', 'language', 'fi', 30)");
    add("insert into slices values ('2025-01-01', 'former', 'clicked_keyword_group', 'cars', 30)");
    doctor(&workdir, &["--offline"]).assert_fine();
    add("insert into slices values ('2025-01-01', 'former', 'language', 'tlh', 30)");
    doctor(&workdir, &["--offline"]).assert_problem(&["slices.value"]);
    add("delete from slices where value = 'tlh'");
    for id in ["u-0192837465", "6fa459ea-ee8a-3ca4-894e-db77e160355e", "a81f4bc0d2e39577"] {
        add(&format!("insert into searches values ('2026-11-01T11', 'first', '{id}', 'answered', 3)"));
        let found = doctor(&workdir, &["--offline"]);
        found.assert_problem(&["searches.code", "look like an ID"]);
        assert!(!found.text.contains(id));
        add("delete from searches where hour = '2026-11-01T11'");
    }
}

#[test]
fn a_damaged_store_keys_of_the_past_and_a_clock_that_is_behind_are_problems() {
    let (workdir, _partner) = stopped();
    let [store, keys] = ["data/counts.db", "data/keys"].map(|name| std::fs::read(workdir.path(name)).unwrap());
    let mut damaged = store.clone();
    // The head of each page but the first, which has the schema.
    damaged.chunks_mut(4_096).skip(1).for_each(|page| page[..200].fill(0xa5));
    workdir.write("data/counts.db", &damaged);
    let found = doctor(&workdir, &["--offline"]);
    assert!(found.exit == 1 && found.text.contains("damaged"), "{}", found.text);
    workdir.write("data/counts.db", b"not a database, but some text that is long enough to be one");
    doctor(&workdir, &["--offline"]).assert_problem(&["data/counts.db", "not a qsproxy store"]);
    workdir.write("data/counts.db", &store);

    sqlite(&workdir)
        .execute_batch("insert into searches values ('2199-01-01T00', 'first', 'toolbar-main', 'empty', 1)")
        .unwrap();
    doctor(&workdir, &["--offline"]).assert_problem(&["this machine", "2199-01-01T00"]);
    workdir.write("data/counts.db", &store);

    let text = String::from_utf8(keys.clone()).unwrap();
    let aged: String = text
        .lines()
        .map(|line| {
            let [key_use, day, key]: [&str; 3] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let earlier = day.parse::<u32>().unwrap() - if key_use == "pseudonym" { 2 } else { 0 };
            format!("{key_use} {earlier} {key}\n")
        })
        .collect();
    workdir.write("data/keys", aged.as_bytes());
    doctor(&workdir, &["--offline"]).assert_problem(&["data/keys", "pseudonym key of", "is still there"]);
    workdir.write("data/keys", b"click\n");
    doctor(&workdir, &["--offline"]).assert_problem(&["data/keys", "line 1"]);
    workdir.write("data/keys", &keys);
    doctor(&workdir, &["--offline"]).assert_fine();
}

#[test]
fn partners_that_cannot_be_reached_are_problems_unless_offline() {
    let workdir = Workdir::new(&ConfigBuilder::with_partner_url(&MockPartner::unreachable_url()).text());
    doctor(&workdir, &[]).assert_problem(&["first", "connection_refused"]);
    doctor(&workdir, &["--offline"]).assert_fine();
    let workdir = Workdir::new(&ConfigBuilder::with_partner_url("http://nowhere.invalid/s?key=secret-word").text());
    let found = doctor(&workdir, &[]);
    found.assert_problem(&["first (http://nowhere.invalid)", "dns"]);
    assert!(!found.text.contains("secret-word"), "a URL can contain a credential");
}

#[test]
fn a_configuration_with_errors_is_an_input_error() {
    let workdir = Workdir::new("languages = 7\n");
    let output = workdir.run(&["doctor"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && stderr.contains("languages") && output.stdout.is_empty(), "{stderr}");
}

#[test]
#[ignore = "needs root to act for two users"]
fn another_user_is_told_what_to_do() {
    use std::os::unix::process::CommandExt as _;
    let (workdir, _partner) = stopped();
    std::fs::set_permissions(workdir.folder(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(workdir.path("proxy.toml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for mode in [0o700, 0o755] {
        std::fs::set_permissions(workdir.path("data"), std::fs::Permissions::from_mode(mode)).unwrap();
        let run = |format| {
            let mut command = workdir.command();
            command.args(["doctor", "--offline", "--format", format]).uid(NOBODY).gid(NOBODY).output().unwrap()
        };
        let found = examined(&run("json"), run("text"));
        assert_eq!(found.exit, 1);
        assert!(
            found.of("problem").iter().any(|problem| problem.to_lowercase().contains("permission denied")),
            "{}",
            found.text
        );
        assert!(!found.of("note").iter().any(|note| note.contains("does not exist yet")), "{}", found.text);
    }
}

#[test]
#[ignore = "needs a Redis server"]
fn the_deduplication_server_must_keep_nothing() {
    let partner = MockPartner::json(sample_results());
    let examine = |url: &str| doctor(&Workdir::new(&ConfigBuilder::new(&partner).dedupe(url).text()), &[]);
    let redis = RedisProcess::start();
    examine(&redis.url()).assert_fine();
    for (setting, subject) in [
        (["CONFIG", "SET", "save", "60 1"], "persistence"),
        (["CONFIG", "SET", "appendonly", "yes"], "persistence"),
        (["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"], "maxmemory-policy"),
    ] {
        let redis = RedisProcess::start();
        assert!(redis.connect().command(&setting).contains("OK"));
        examine(&redis.url()).assert_problem(&[subject]);
    }
    examine("redis://127.0.0.1:1/0").assert_problem(&["server", "unreachable"]);
}

/// The tables of an SQLite file with their columns.
fn columns_of(file: &std::path::Path) -> BTreeSet<(String, String)> {
    let store = Connection::open(file).unwrap();
    let sql = "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'";
    let mut select = store.prepare(sql).unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Changes of a store in PostgreSQL, the problem that each is, and how to undo it.
const CHANGES: [(&str, &str, &str); 8] = [
    ("create table queries (q text)", "store column queries.q", "drop table queries"),
    ("alter table node_active add column who text", "node_active.who", "alter table node_active drop column who"),
    ("create view peek as select 1 as x", "store column peek.x", "drop view peek"),
    ("create function note() returns int language sql as 'select 1'", "store function note", "drop function note()"),
    (
        "create trigger extra before insert on clicks_daily for each statement execute function refuse_truncate()",
        "store trigger clicks_daily.extra",
        "drop trigger extra on clicks_daily",
    ),
    (
        "alter table statement_rows disable trigger statement_rows_kept",
        "store trigger statement_rows.statement_rows_kept: is missing",
        "alter table statement_rows enable trigger statement_rows_kept",
    ),
    (
        "insert into node_searches values ('node-1', now(), 'first', 'grey heron nests', 'answered', 1)",
        "store node_searches.code",
        "delete from node_searches where code = 'grey heron nests'",
    ),
    (
        "insert into node_slices values ('node-1', now(), 'first', 'language', 'tlh', 30)",
        "store node_slices.value",
        "delete from node_slices",
    ),
];

#[test]
#[ignore = "needs PostgreSQL"]
fn postgres_and_its_spool_are_described_and_examined() {
    let mut server = PostgresProcess::start();
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&postgres_config(&partner, &server.url()).text());
    let found = doctor(&workdir, &[]);
    found.assert_fine();
    assert!(found.of("note").iter().any(|note| note.contains("the tables do not exist yet")));

    let proxy = workdir.start();
    search_and_click(&proxy, "q=lisbon");
    wait_for_clicks(&server, 2);
    let found = wait_for("a delivered spool", || {
        let found = doctor(&workdir, &[]);
        found.of("fine").iter().any(|fine| fine.contains("all batches are delivered")).then_some(found)
    });
    found.assert_fine();
    let columns = "select c.table_name, c.column_name from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where table_schema = 'public' and table_type = 'BASE TABLE'";
    let pair =
        |line: &String| line.split_once('|').map(|(table, column)| (table.to_owned(), column.to_owned())).unwrap();
    let there: BTreeSet<_> = server.query(columns).iter().map(pair).collect();
    assert_eq!(found.columns("store"), there);
    assert_eq!(found.columns("spool"), columns_of(&workdir.path("data/spool.db")));

    for (change, subject, undo) in CHANGES {
        server.query(change);
        let found = doctor(&workdir, &[]);
        found.assert_problem(&[subject]);
        assert!(!found.text.contains("heron"));
        server.query(undo);
    }
    doctor(&workdir, &[]).assert_fine();
    server.query(
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return null; end'",
    );
    doctor(&workdir, &[]).assert_problem(&["store function refuse_change", "is not as this version defines it"]);
    server.crash();
    let found = doctor(&workdir, &[]);
    found.assert_problem(&["cannot be reached"]);
    assert!(found.columns("spool").len() > 30, "the spool is examined all the same");
}
