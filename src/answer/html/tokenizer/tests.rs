//! Tokens of short pages, also where they arrive in pieces; and the tests of html5lib, if they are there.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::answer::html::tag_scanner::MAX_ATTRIBUTES;

/// A token as html5lib's tests write it, without comments and declarations.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Start(String, BTreeMap<String, String>, bool),
    End(String),
    Text(String, TextKind),
}

fn push_text(seen: &mut Vec<Seen>, text: &str, kind: TextKind) {
    match seen.last_mut() {
        Some(Seen::Text(before, kind_before)) if *kind_before == kind => before.push_str(text),
        _ => seen.push(Seen::Text(text.to_owned(), kind)),
    }
}

/// Reads pages that arrive in these pieces.
fn read_with(mut tokenizer: Tokenizer, namespace: Namespace, pieces: &[&str]) -> Vec<Seen> {
    let (mut seen, mut rest) = (Vec::new(), String::new());
    for number in 0..=pieces.len() {
        rest.push_str(pieces.get(number).unwrap_or(&""));
        let (page, mut at, is_last) = (std::mem::take(&mut rest), 0, number == pieces.len());
        while let Some(token) = tokenizer.next(&page, &mut at, is_last, namespace) {
            match token {
                PageToken::StartTag(tag) => {
                    let mut attributes = BTreeMap::new();
                    for (name, value) in tag.attributes() {
                        attributes.entry(name.to_ascii_lowercase()).or_insert_with(|| value.to_owned());
                    }
                    for (name, value) in &attributes {
                        assert_eq!(tag.attribute(name), Some(value.as_str()));
                    }
                    let name = tag.name().to_owned();
                    seen.push(Seen::Start(name, attributes, tokenizer.tag.closes_itself()));
                }
                PageToken::EndTag(name) => seen.push(Seen::End(name.to_owned())),
                PageToken::Text(text, kind) => push_text(&mut seen, text, kind),
            }
        }
        rest.push_str(&page[at..]);
        assert!(!is_last || rest.is_empty(), "everything is read: {rest:?}");
    }
    seen
}

fn read(page: &str) -> Vec<Seen> {
    read_with(Tokenizer::default(), Namespace::Html, &[page])
}

/// A page read as a whole equals the same in two pieces, and in pieces of a character.
fn assert_splits(tokenizer: impl Fn() -> Tokenizer, namespace: Namespace, page: &str) {
    let whole = read_with(tokenizer(), namespace, &[page]);
    for (at, _) in page.char_indices() {
        let (before, after) = page.split_at(at);
        assert_eq!(read_with(tokenizer(), namespace, &[before, after]), whole, "{page:?} at {at}");
    }
    let mut buffer = [0; 4];
    let pieces: Vec<String> = page.chars().map(|c| c.encode_utf8(&mut buffer).to_owned()).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    assert_eq!(read_with(tokenizer(), namespace, &pieces), whole, "{page:?}");
}

fn shown(tokens: &[Seen]) -> String {
    let show = |token: &Seen| match token {
        Seen::Start(name, attributes, closes_itself) => {
            let attributes: String = attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("[{name}{attributes}{}]", if *closes_itself { "/" } else { "" })
        }
        Seen::End(name) => format!("[/{name}]"),
        Seen::Text(text, _) => text.clone(),
    };
    tokens.iter().map(show).collect()
}

/// A page, and its tokens as [`shown`].
const PAGES: [(&str, &str); 38] = [
    ("a<b>c</b>d", "a[b]c[/b]d"),
    ("<A HREF=X Title='y>z' b=\"1\" c>", "[a b=1 c= href=X title=y>z]"),
    ("<a b=1 B=2 =c=d e = f/g>", "[a =c=d b=1 e=f/g]"),
    ("<br/><p / a/b=c/ >", "[br/][p a= b=c/]"),
    ("<a b='x'c=\"y\"d>", "[a b=x c=y d=]"),
    ("<a b=>c<a b= >", "[a b=]c[a b=]"),
    ("<a <b>", "[a <b=]"),
    ("a < b <1> <é> <", "a < b <1> <é> <"),
    ("</a b=c></A/></ a></></1>d</", "[/a][/a]d</"),
    ("a<!-- b > -- > c --!>d", "ad"),
    ("a<!-->b<!--->c<!---->d<!----!>e<!--!>f-->g", "abcdeg"),
    ("a<!----->b<!--->c<!-- --->d<!-- ---!>e", "abcde"),
    ("a<!doctype html>b<!x>c<?y?>d<!>e<!->f<?>g", "abcdefg"),
    ("a<![CDATA[b>c]]>d", "ac]]>d"),
    ("<title>a<b>&amp;</title>c", "[title]a<b>&amp;[/title]c"),
    ("<textarea></textare></textarea x>b", "[textarea]</textare>[/textarea]b"),
    ("<style>a</STYLE >b</style/>", "[style]a[/style]b[/style]"),
    ("<style><!--</style>-->", "[style]<!--[/style]-->"),
    ("<script>a<b</script>c", "[script]a<b[/script]c"),
    ("<script><!--a</script>b", "[script]<!--a[/script]b"),
    ("<script><!--<script>a</script>b--></script>c", "[script]<!--<script>a</script>b-->[/script]c"),
    ("<script><!--<script>a--></script>b", "[script]<!--<script>a-->[/script]b"),
    ("<script><!-- <scripts> </script>b", "[script]<!-- <scripts> [/script]b"),
    ("<script><!--><script></script>b", "[script]<!--><script>[/script]b"),
    ("<script><!---><script/></script>b", "[script]<!---><script/>[/script]b"),
    ("<script><!<script></script>b", "[script]<!<script>[/script]b"),
    ("<script><!--<SCRIPT >a</Script\n>b</script>c", "[script]<!--<SCRIPT >a</Script\n>b[/script]c"),
    ("<noscript><p>a</noscript>b", "[noscript]<p>a[/noscript]b"),
    ("<plaintext>a</plaintext><b>", "[plaintext]a</plaintext><b>"),
    ("<xmp><b></xmp><iframe><i></iframe>", "[xmp]<b>[/xmp][iframe]<i>[/iframe]"),
    ("<svg/>a<svg><title>b</svg>", "[svg/]a[svg][title]b</svg>"),
    ("a<b", "a"),
    ("a<b c", "a"),
    ("a<b c='d>", "a"),
    ("a</b", "a"),
    ("a<!-- b", "a"),
    ("a<!- b", "a"),
    ("<script>a</script", "[script]a</script"),
];

#[test]
fn tags_and_text_are_told_apart_however_they_arrive() {
    for (page, expected) in PAGES {
        assert_eq!(shown(&read(page)), expected, "{page}");
        assert_splits(Tokenizer::default, Namespace::Html, page);
    }
}

#[test]
fn in_svg_and_mathml_there_are_sections_of_text_and_no_raw_text() {
    for (page, expected) in [
        ("a<![CDATA[b>c]]d]]>e", "ab>c]]de"),
        ("<![CDATA[]]]]>a<![CDATA[", "]]a"),
        ("<![CDAT[a>b", "b"),
        ("<style><b/></style><title/>", "[style][b/][/style][title/]"),
    ] {
        assert_eq!(shown(&read_with(Tokenizer::default(), Namespace::Foreign, &[page])), expected, "{page}");
        assert_splits(Tokenizer::default, Namespace::Foreign, page);
    }
}

#[test]
fn elements_have_content_unless_they_are_void_or_close_themselves_in_svg() {
    let can_have_content = |page: &str, namespace| {
        let (mut tokenizer, mut at) = (Tokenizer::default(), 0);
        match tokenizer.next(page, &mut at, true, namespace) {
            Some(PageToken::StartTag(tag)) => tag.can_have_content(),
            other => panic!("{other:?}"),
        }
    };
    for (page, in_html, in_svg) in [
        ("<div/>", true, false),
        ("<div>", true, true),
        ("<br>", false, true),
        ("<br/>", false, false),
        ("<svg/>", false, false),
        ("<math>", true, true),
    ] {
        assert_eq!(can_have_content(page, Namespace::Html), in_html, "{page}");
        assert_eq!(can_have_content(page, Namespace::Foreign), in_svg, "{page}");
    }
}

#[test]
fn attributes_beyond_the_bound_are_passed_over() {
    let attributes: String = (0..2 * MAX_ATTRIBUTES).map(|number| format!(" a{number}='{number}>'")).collect();
    let page = format!("<p{attributes}>x</p>");
    let seen = read(&page);
    let [Seen::Start(name, kept, false), Seen::Text(text, _), Seen::End(_)] = seen.as_slice() else {
        panic!("{seen:?}")
    };
    assert_eq!((name.as_str(), kept.len(), text.as_str()), ("p", MAX_ATTRIBUTES, "x"));
    assert_eq!(kept.get("a511").map(String::as_str), Some("511>"));
}

proptest! {
    #[test]
    fn where_a_page_is_cut_makes_no_difference(
        page in r#"(<|</|>|!|-|--|/|script|title|noscript|svg|a|="|'| |\]\]>|<!--|-->|<!\[CDATA\[|<script>|</script>|é|&amp;){0,24}"#,
        is_foreign in any::<bool>(),
    ) {
        assert_splits(Tokenizer::default, if is_foreign { Namespace::Foreign } else { Namespace::Html }, &page);
    }
}

/// A test of html5lib, as `scripts/html-tokens` prepares it.
#[derive(Debug, Deserialize)]
struct Case {
    state: String,
    last_start_tag: Option<String>,
    input: String,
    output: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Expected {
    Start(StartName, String, BTreeMap<String, String>, bool),
    Named(String, String),
}

#[derive(Debug, Deserialize)]
enum StartName {
    StartTag,
}

/// A tokenizer in this state, after a start tag of this name.
fn tokenizer_in(state: &str, last_start_tag: Option<&str>) -> (Tokenizer, Namespace) {
    let name = match last_start_tag {
        Some("title") => "title",
        Some("textarea") => "textarea",
        Some("script") => "script",
        Some("xmp") => "xmp",
        Some("plaintext") | None => "never",
        Some(other) => panic!("{other}"),
    };
    let raw = |kind| TokenizerState::RawText(RawText::new(name, kind));
    let (state, namespace) = match state {
        "Data state" => (TokenizerState::Data, Namespace::Html),
        "CDATA section state" => (TokenizerState::Cdata, Namespace::Foreign),
        "PLAINTEXT state" => (TokenizerState::PlainText, Namespace::Html),
        "RCDATA state" => (raw(TextKind::EscapableRaw), Namespace::Html),
        "RAWTEXT state" => (raw(TextKind::Raw), Namespace::Html),
        "Script data state" => (raw(TextKind::Script), Namespace::Html),
        other => panic!("{other}"),
    };
    (Tokenizer { state, ..Tokenizer::default() }, namespace)
}

/// The tokenizer leaves U+0000 as it is; what is written removes it.
fn visible(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Holds the tokenizer against the tests of html5lib, in the file that `QSPROXY_HTML_TOKENS` names.
#[test]
#[ignore = "needs the tests of scripts/html-tokens"]
fn the_tests_of_html5lib_agree() {
    let file = std::env::var("QSPROXY_HTML_TOKENS").expect("QSPROXY_HTML_TOKENS, see scripts/html-tokens");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for Case { state, last_start_tag, input, output } in &cases {
        let begin = || tokenizer_in(state, last_start_tag.as_deref());
        let (tokenizer, namespace) = begin();
        let mut seen = Vec::new();
        for token in read_with(tokenizer, namespace, &[input]) {
            match token {
                Seen::Text(text, TextKind::Data | TextKind::EscapableRaw) => {
                    push_text(&mut seen, &visible(&htmlize::unescape(text)), TextKind::Data);
                }
                Seen::Text(text, _) => push_text(&mut seen, &visible(&text), TextKind::Data),
                Seen::End(name) => seen.push(Seen::End(visible(&name))),
                Seen::Start(name, attributes, closes_itself) => {
                    let decoded = |value: &String| visible(&htmlize::unescape_attribute(value.as_str()));
                    let attributes = attributes.iter().map(|(name, value)| (visible(name), decoded(value))).collect();
                    seen.push(Seen::Start(visible(&name), attributes, closes_itself));
                }
            }
        }
        let mut expected = Vec::new();
        for token in output {
            match token {
                Expected::Start(_, name, attributes, closes_itself) => {
                    expected.push(Seen::Start(visible(name), attributes.clone(), *closes_itself));
                }
                Expected::Named(kind, name) if kind == "EndTag" => expected.push(Seen::End(visible(name))),
                Expected::Named(_, text) => push_text(&mut expected, &visible(text), TextKind::Data),
            }
        }
        if seen != expected {
            wrong.push(format!("{state}: {input:?}\n  is       {}\n  expected {}", shown(&seen), shown(&expected)));
        }
        assert_splits(|| begin().0, namespace, input);
    }
    println!("{} tests", cases.len());
    assert!(cases.len() > 2_000, "{}", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
