//! Tests of reading JSON answers.

use url::Url;

use super::*;
use crate::answer::json_mapping::{EntryField, FieldPointers, SponsoredRule};
use crate::answer::json_pointer::{FieldPointer, JsonPointer};
use crate::answer::text::TextFormat;
use crate::result_kind::ResultKind;

pub(super) fn field(text: &str) -> FieldPointer {
    FieldPointer::parse(text).unwrap()
}

pub(super) fn pointers() -> FieldPointers {
    FieldPointers {
        title: field("/title"),
        url: field("/url"),
        snippet: Some(field("/text/short")),
        sponsored: SponsoredRule::Pointer(field("/ad"), Vec::new()),
    }
}

pub(super) fn list(pointer: &str, pointers: FieldPointers, without_list: WithoutList) -> ListMapping {
    ListMapping::new(JsonPointer::parse(pointer).unwrap(), pointers, without_list)
}

pub(super) fn mapping_of(lists: Vec<ListMapping>) -> JsonMapping {
    JsonMapping::new(lists, MAX_RESULTS, TextFormat::Detect, Url::parse("https://partner.example/search").unwrap())
}

pub(super) fn mapping(pointer: &str) -> JsonMapping {
    mapping_of(vec![list(pointer, pointers(), WithoutList::Unspecified)])
}

pub(super) fn show(entries: &[JsonEntry<'_>]) -> Vec<String> {
    entries.iter().map(|e| format!("{}|{}|{}|{}", e.title, e.url, e.snippet, e.sponsored)).collect()
}

pub(super) fn entries_of(body: &[u8], mapping: &JsonMapping) -> Result<Vec<String>, AnswerError> {
    Ok(read(body, None, mapping)?.iter().flat_map(|list| show(&list.entries)).collect())
}

pub(super) fn entries(body: &str, list: &str) -> Result<Vec<String>, AnswerError> {
    entries_of(body.as_bytes(), &mapping(list))
}

pub(super) const GOOD: &str = r#"{"title":"t","url":"u"}"#;

#[test]
fn follows_pointers() {
    let entry = r#"{"url":"u","x":[{"title":9}],"title":"a\"b","text":{"long":{},"short":"s"},"ad":true}"#;
    for (body, list) in [
        (format!("[{entry}]"), ""),
        (format!("{{\"n\":1,\"web\":{{\"q\":[[]],\"results\":[{entry}]}},\"z\":null}}"), "/web/results"),
        (format!("[0,{{\"a/b\":{{\"~\":[{entry}]}}}},2]"), "/1/a~1b/~0"),
        (format!("{{\"groups\":[{{\"hits\":[]}},{{}},{{\"hits\":[{entry}]}}]}}"), "/groups/hits"),
        (format!("{{\"r\":{{\"x1\":{entry}}}}}"), "/r"),
    ] {
        assert_eq!(entries(&body, list).unwrap(), ["a\"b|u|s|true"], "{body}");
    }
}

#[test]
fn recognizes_sponsored_marks() {
    for (mark, sponsored) in [
        ("true", true),
        ("false", false),
        ("null", false),
        ("0", false),
        ("0.0", false),
        ("1", true),
        ("-1.5", true),
        ("\"\"", false),
        ("\" False \"", false),
        ("\"organic\"", false),
        ("\"true\"", true),
        ("\"1\"", true),
        ("\"text-ad\"", true),
        ("{\"id\":1}", true),
        ("{}", false),
        ("[]", false),
        ("[null]", false),
        ("[false,{\"id\":1}]", true),
        ("[\"\",\"ad\"]", true),
    ] {
        let body = format!(r#"{{"r":[{{"title":"t","url":"u","ad":{mark}}}]}}"#);
        assert_eq!(entries(&body, "/r").unwrap(), [format!("t|u||{sponsored}")], "{mark}");
    }
    let by_value = |accepted: &[&str], mark: &str| {
        let accepted = accepted.iter().map(|&text| text.to_owned()).collect();
        let pointers = FieldPointers { sponsored: SponsoredRule::Pointer(field("/ad"), accepted), ..pointers() };
        let body = format!(r#"[{{"title":"t","url":"u","ad":{mark}}}]"#);
        entries_of(body.as_bytes(), &mapping_of(vec![list("", pointers, WithoutList::Unspecified)])).unwrap().remove(0)
    };
    for (mark, sponsored) in
        [("\"Ad\"", true), ("\"web\"", false), ("7", true), ("8", false), ("true", false), ("null", false)]
    {
        assert_eq!(by_value(&["ad", "7"], mark), format!("t|u||{sponsored}"), "{mark}");
    }
}

#[test]
fn bodies_that_are_not_json_or_lack_the_list_are_errors() {
    use AnswerError::{NoList, Syntax, Truncated};
    let deep = format!("{{\"r\":{}", "[".repeat(100_000));
    for (body, error) in [
        ("", Truncated),
        ("{", Truncated),
        ("{\"r\":[{\"title\":\"cut", Truncated),
        ("[\n{\"title\":\"t\",\"url\":\"u\"},\n{\"title\":\"t\",\"url\":\"u\"}\n", Truncated),
        (deep.as_str(), Truncated),
        ("nonsense", Syntax(1, 2)),
        ("<!doctype html>\n{\"r\":[]}", Syntax(1, 1)),
        ("{\n\"r\" []}", Syntax(2, 5)),
        (r#"{"r":[]} x"#, Syntax(1, 10)),
        ("[]", NoList),
        ("{}", NoList),
        ("null", NoList),
        (r#"{"r":null}"#, NoList),
        (r#"{"r":"x"}"#, NoList),
        (r#"{"r":false}"#, NoList),
    ] {
        assert_eq!(entries(body, "/r"), Err(error), "{}", &body[..body.len().min(60)]);
    }
}

#[test]
fn an_entry_that_cannot_be_read_costs_that_entry() {
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    let deep_object = "{\"title\":".repeat(5_000) + "1" + &"}".repeat(5_000);
    let bad_utf8 = b"{\"title\":\"\xff\xfe\",\"url\":\"u\xff\"}";
    for bad in [
        "null".as_bytes(),
        b"\"https://a.example/\"",
        b"[]",
        b"[[]]",
        b"1",
        b"-1e400",
        b"NaN",
        b"True",
        b"true",
        b"{}",
        b"{\"title\":{\"title\":1},\"url\":{\"url\":1}}",
        b"{\"title\":\"t\",\"url\":null}",
        b"{\"title\":\"t\",\"url\":\" \"}",
        b"{\"title\":\"t\",\"url\":7}",
        b"{\"\\ud83d\":\"\\udc00\",\"\xff\":\"\x00\"}",
        b"{\"title\":\"a\nb\",}",
        b"{\"title\":\"it\\'s\"}",
        deep.as_bytes(),
        deep_object.as_bytes(),
        bad_utf8,
    ] {
        let good = GOOD.as_bytes();
        for body in [
            [b"{\"r\":[", bad, b",", good, b"]}"].concat(),
            [b"{\"r\":[", good, b",", bad, b"]}"].concat(),
            [b"{\"r\":{\"a\":", good, b",\"b\":", bad, b"}}"].concat(),
        ] {
            let shown = String::from_utf8_lossy(bad);
            let found = entries_of(&body, &mapping("/r")).unwrap_or_else(|error| panic!("{error:?}: {shown:.60}"));
            assert!(found.contains(&"t|u||false".to_owned()), "{shown:.60}: {found:?}");
        }
    }
}

#[test]
fn halves_of_surrogate_pairs_and_bytes_that_are_not_utf_8_are_replaced() {
    for (title, expected) in [
        (&b"cut \\ud83d"[..], "cut \u{fffd}"),
        (b"\\udc00 x", "\u{fffd} x"),
        (b"\\ud83d\\ude00", "😀"),
        (b"caf\xe9", "caf\u{fffd}"),
        (b"cut \xe6\x97", "cut \u{fffd}"),
        (b"a\tb", "a\tb"),
    ] {
        let body = [b"{\"r\":[{\"title\":\"", title, b"\",\"url\":\"u\"}]}"].concat();
        assert_eq!(entries_of(&body, &mapping("/r")).unwrap(), [format!("{expected}|u||false")]);
    }
    let latin = read(b"[{\"title\":\"caf\xe9\",\"url\":\"u\"}]", Some("iso-8859-1"), &mapping("")).unwrap();
    assert_eq!(latin[0].entries[0].title, "café", "the charset of Content-Type");
}

#[test]
fn titles_and_snippets_may_be_numbers_and_lists() {
    for (value, text) in [
        ("1984", "1984"),
        ("-3", "-3"),
        ("2.0", "2.0"),
        ("null", ""),
        ("true", ""),
        ("{\"a\":1}", ""),
        ("[]", ""),
        ("[\"one\",null,\"two\"]", "one two"),
        ("[[\"one\"],[\"two\"]]", "one two"),
        ("[\"part\",7]", "part 7"),
        ("\"first\",\"title\":\"last\"", "last"),
        ("\"first\",\"title\":null", ""),
    ] {
        let body = format!(r#"[{{"title":{value},"url":"u"}}]"#);
        assert_eq!(entries(&body, "").unwrap(), [format!("{text}|u||false")], "{value}");
    }
}

#[test]
fn a_pointer_through_a_list_joins_the_parts() {
    let runs = FieldPointers { title: field("/title/value"), snippet: Some(field("/extract/value")), ..pointers() };
    let body = r#"[{"title":[{"value":"Rust","is_bold":true},{"value":" programming"},{"x":1},{"value":null}],
        "extract":[{"value":"A "},{"value":"language","is_bold":true}],"url":["u","v"]}]"#;
    let mapping = mapping_of(vec![list("", runs, WithoutList::Unspecified)]);
    assert_eq!(entries_of(body.as_bytes(), &mapping).unwrap(), ["Rust programming|u|A language|false"]);
    let first = FieldPointers { title: field("/names/0/text"), url: field("/links/1"), ..pointers() };
    let body = r#"[{"names":[{"text":"a"},{"text":"b"}],"links":["u","v"]}, {"names":[],"links":["u"]}]"#;
    let mapping = mapping_of(vec![list("", first, WithoutList::Unspecified)]);
    assert_eq!(entries_of(body.as_bytes(), &mapping).unwrap(), ["a|v||false"], "an index refers to one element");
}

#[test]
fn entries_may_be_arrays_and_members_of_an_object() {
    let columns = FieldPointers { title: field("/0"), url: field("/1"), snippet: None, ..pointers() };
    let mapping = mapping_of(vec![list("/rows", columns, WithoutList::Unspecified)]);
    assert_eq!(entries_of(br#"{"rows":[["t","u"],["x"]]}"#, &mapping).unwrap(), ["t|u||false"]);
    let keys = FieldPointers { title: field(""), url: field("0#"), snippet: None, ..pointers() };
    let mapping = mapping_of(vec![list("/r", keys, WithoutList::Unspecified)]);
    let body = br#"{"r":{"https://a.example/":"A","https:\/\/b.example\/":"B"}}"#;
    assert_eq!(entries_of(body, &mapping).unwrap(), ["A|https://a.example/||false", "B|https://b.example/||false"]);
    assert_eq!(entries(r#"{"r":{}}"#, "/r").unwrap(), [""; 0], "an object without entries");
}

#[test]
fn json_lines_are_entries_or_documents() {
    let lines = |texts: &[&str]| texts.join("\n");
    for body in [
        lines(&[GOOD, GOOD]),
        lines(&[GOOD, "", GOOD, ""]),
        lines(&[GOOD, "{\"title\":\"cut", GOOD]),
        lines(&[GOOD, "null", GOOD]),
        format!("\u{1e}{GOOD}\r\n\u{1e}{GOOD}\r\n"),
    ] {
        assert_eq!(entries(&body, "").unwrap(), ["t|u||false"; 2], "{body}");
        let documents = body.replace(GOOD, &format!("{{\"r\":[{GOOD}]}}"));
        assert_eq!(entries(&documents, "/r").unwrap(), ["t|u||false"; 2], "{documents}");
    }
    assert_eq!(entries(GOOD, "").unwrap(), ["t|u||false"], "one line");
    assert_eq!(entries(&format!("{{\"a\":{GOOD}}}"), "").unwrap(), ["t|u||false"], "an object of entries");
    let broken = [b"{\"title\":\"\xff\",\"url\":\"u\"}\n", GOOD.as_bytes()].concat();
    assert_eq!(entries_of(&broken, &mapping("")).unwrap(), ["\u{fffd}|u||false", "t|u||false"]);
}

#[test]
fn several_lists_are_read_in_the_configured_order() {
    let ads = FieldPointers { sponsored: SponsoredRule::Constant(true), url: field("/link"), ..pointers() };
    let lists = |without: [WithoutList; 2]| {
        mapping_of(vec![list("/ads", ads.clone(), without[0]), list("/web/results", pointers(), without[1])])
    };
    let [web, ad] = [format!("\"web\":{{\"results\":[{GOOD}]}}"), r#""ads":[{"title":"a","link":"x"}]"#.to_owned()];
    use WithoutList::{Empty, Failure, Unspecified};
    for (body, without, expected) in [
        (format!("{{{web},{ad}}}"), [Unspecified; 2], Ok(vec!["a|x||true", "t|u||false"])),
        (format!("{{{web}}}"), [Unspecified; 2], Ok(vec!["t|u||false"])),
        (format!("{{{web},\"ads\":null}}"), [Unspecified, Failure], Ok(vec!["t|u||false"])),
        (format!("{{{ad}}}"), [Empty, Failure], Err(AnswerError::NoList)),
        ("{}".to_owned(), [Unspecified; 2], Err(AnswerError::NoList)),
        ("{}".to_owned(), [Empty; 2], Ok(vec![])),
    ] {
        let expected = expected.map(|entries| entries.into_iter().map(str::to_owned).collect());
        assert_eq!(entries_of(body.as_bytes(), &lists(without)), expected, "{body} {without:?}");
    }
}

#[test]
fn a_missing_list_may_be_an_empty_one() {
    let optional = mapping_of(vec![list("/a/r", pointers(), WithoutList::Empty)]);
    for body in ["{}", r#"{"a":{}}"#, r#"{"b":1}"#, r#"{"a":null}"#, r#"{"a":{"r":null}}"#, r#"{"a":[]}"#, "null"] {
        assert_eq!(entries(body, "/a/r"), Err(AnswerError::NoList), "{body}");
        assert_eq!(entries_of(body.as_bytes(), &optional), Ok(Vec::new()), "{body}");
    }
    for body in [r#"{"a":"x"}"#, r#"{"a":[1]}"#, r#"{"a":{"r":"none"}}"#, "7"] {
        assert_eq!(entries_of(body.as_bytes(), &optional), Err(AnswerError::NoList), "{body}");
    }
}

#[test]
fn long_lists_are_truncated() {
    let many = vec![GOOD; 5_000].join(",");
    let lists = format!("\u{feff}{{\"r\":[null,{many}]}}");
    let lists = read(lists.as_bytes(), None, &mapping("/r")).unwrap();
    assert_eq!((lists[0].entries.len(), lists[0].total, lists[0].over_limit), (MAX_RESULTS, 5_001, 4_900));
    let two = mapping_of(vec![
        list("/a", pointers(), WithoutList::Unspecified),
        list("/b", pointers(), WithoutList::Unspecified),
    ]);
    let body = format!("{{\"b\":[{0}],\"a\":[{0}]}}", vec![GOOD.replace("\"u\"", "\"//u.example/\""); 80].join(","));
    let answer = JsonAnswer::new(read(body.as_bytes(), None, &two).unwrap(), &two);
    assert_eq!((answer.results.len(), answer.over_limit()), (MAX_RESULTS, 60));
    assert_eq!(answer.results.iter().filter(|result| result.position.0 == 0).count(), 80);
}

#[test]
fn results_have_words_and_links() {
    let answer = |body: &str| JsonAnswer::new(read(body.as_bytes(), None, &mapping("")).unwrap(), &mapping(""));
    for title in ["null", "\"\"", "\" \\u200b\"", "\"\\ud83d\"", "{}", "\"<b></b>\"", "\"&nbsp;\""] {
        let answer = answer(&format!(r#"[{{"title":{title},"url":"//www.a.example/1/"}}]"#));
        let [result] = answer.results.as_slice() else { panic!("{title}") };
        assert_eq!((result.title.as_str(), result.target.url.as_str()), ("a.example/1", "https://www.a.example/1/"));
    }
    let answer = answer(
        r#"[{"url":"javascript:alert(1)"},null,{"title":"x"},{"title":"A","url":"/url?q=https://b.example/","ad":1}]"#,
    );
    assert_eq!(
        [EntryFault::InvalidUrl, EntryFault::Unreadable, EntryFault::NoUrl].map(|fault| answer.left_out(fault)),
        [1; 3]
    );
    assert_eq!(
        answer.lists[0].faults,
        [(1, EntryFault::Unreadable), (2, EntryFault::NoUrl), (0, EntryFault::InvalidUrl)]
    );
    let [result] = answer.results.as_slice() else { panic!("one result") };
    assert_eq!(result.target.url, "https://partner.example/url?q=https://b.example/", "sponsored: unchanged");
    assert_eq!((result.kind, result.position), (ResultKind::Sponsored, (0, 3)));
}

#[test]
fn entries_without_a_result_are_not_an_empty_answer() {
    let answer = |body: &str| JsonAnswer::new(read(body.as_bytes(), None, &mapping("/r")).unwrap(), &mapping("/r"));
    for body in [
        r#"{"r":[null]}"#,
        r#"{"r":[{"title":"t","link":"u"}]}"#,
        r#"{"r":[{"url":"javascript:1"}]}"#,
        r#"{"r":{"a":1}}"#,
    ] {
        assert!(!answer(body).is_understood(), "{body}");
    }
    // Without titles: renamed if there are other texts, at whatever depth pointers lead to.
    for (body, lacks) in [
        (r#"{"r":[{"url":"/1","name":"t"},{"url":"/2"}]}"#, true),
        (r#"{"r":[{"url":"/1","text":{"short":"s","long":"l"}}]}"#, true),
        (r#"{"r":[{"url":"/1","text":{"short":"s"},"ad":"x","n":7,"o":{"a":"b"},"l":["x"],"e":""}]}"#, false),
        (r#"{"r":[{"url":"/1","name":"t"},{"title":"","name":"u"}]}"#, false),
        (r#"{"r":[{"title":1,"url":"/1","name":"t"}]}"#, false),
        (r#"{"r":[{"url":"/1"}]}"#, false),
    ] {
        let answer = answer(body);
        assert_eq!((answer.lacks_titles(), answer.is_understood()), (lacks, !lacks), "{body}");
    }
    assert!(answer(r#"{"r":[]}"#).is_understood() && answer(r#"{"r":[null,{"url":"//a.example/"}]}"#).is_understood());
}

#[test]
fn reports_which_pointers_lead_to_a_value() {
    let mapping = mapping("/r");
    let found = |body: &str| {
        let answer = JsonAnswer::new(read(body.as_bytes(), None, &mapping).unwrap(), &mapping);
        [EntryField::Title, EntryField::Url, EntryField::Snippet, EntryField::Sponsored]
            .map(|field| answer.has_field(field, &mapping))
    };
    assert_eq!(found(r#"{"r":[]}"#), [None; 4]);
    assert_eq!(found(r#"{"r":[null,{"url":"u","ad":null}]}"#), [Some(false), Some(true), Some(false), Some(true)]);
}

#[test]
fn an_error_beside_an_empty_list_is_a_failure() {
    for error in [
        r#""error":{"code":429}"#,
        r#""error":{"message":"Quota exceeded","code":0}"#,
        r#""errors":[{"message":"limit"}]"#,
        r#""errors":["limit"]"#,
        r#""fault":{"faultstring":"Rate limit quota violation"}"#,
    ] {
        let empty = format!(r#"{{"list":[],{error}}}"#);
        assert_eq!(entries_of(empty.as_bytes(), &mapping("/list")), Err(AnswerError::Reported), "{error}");
        let partial = format!(r#"{{"list":[{{"title":"A","url":"https://a.example/"}}],{error}}}"#);
        assert_eq!(entries_of(partial.as_bytes(), &mapping("/list")).map(|list| list.len()), Ok(1), "{error}");
    }
    for fine in [
        r#""error":null"#,
        r#""error":"no results""#,
        r#""error":{}"#,
        r#""error":{"code":0,"message":""}"#,
        r#""errors":[]"#,
        r#""errors":null"#,
    ] {
        let body = format!(r#"{{"list":[],{fine}}}"#);
        assert_eq!(entries_of(body.as_bytes(), &mapping("/list")), Ok(Vec::new()), "{fine}");
    }
}
