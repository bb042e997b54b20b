//! Errors are reported with line, key and remedy.

use super::*;

#[test]
fn reports_every_error_with_line_and_key() {
    let text =
        "a = 1\nflag = \"true\"\nlimits = { body_byte = 3 }\n[[partner]]\nurl = 4\nnmae = \"x\"\nlast = \"5 s\"\n";
    let diagnostics = Diagnostics::new(text);
    let mut root = TableReader::root(text, &diagnostics);
    root.string("a");
    root.boolean("flag", false);
    let mut limits = root.table("limits");
    limits.integer("body_bytes", 1, 0..=10);
    limits.finish();
    for mut partner in root.table_list("partner") {
        partner.required_string("url");
        partner.required_string("name");
        partner.duration("last", Duration::ZERO, Duration::ZERO..=Duration::from_secs(2));
        partner.finish();
    }
    root.finish();
    let lines: Vec<String> = diagnostics.sorted().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "1: a: must be a quoted string",
            "2: flag: must be true or false, without quotes",
            "3: limits.body_byte: unknown key; did you mean \"body_bytes\"?",
            "4: partner[0].name: missing key",
            "5: partner[0].url: must be a quoted string",
            "6: partner[0].nmae: unknown key; did you mean \"name\"?",
            "7: partner[0].last: must be a duration from 0s to 2s, such as \"500ms\", \"2s\" or \"24h\"",
        ]
    );
}

#[test]
fn reads_past_syntax_errors() {
    let text = "a = \nb = \"x\"\nc = [1,\n";
    let diagnostics = Diagnostics::new(text);
    let mut root = TableReader::root(text, &diagnostics);
    root.string("a");
    assert_eq!(root.string("b").unwrap().value, "x");
    assert!(diagnostics.sorted().iter().any(|error| error.line == 1 && error.message.contains("invalid TOML")));
}
