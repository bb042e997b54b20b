//! Tests of the reader of XML documents.

use super::*;
use proptest::prelude::*;

fn pointer(text: &str) -> JsonPointer {
    JsonPointer::parse(text).unwrap()
}

fn paths(entries: &str, fields: &[&str]) -> XmlPaths {
    let fields = fields.iter().map(|field| pointer(field)).collect();
    XmlPaths {
        lists: vec![XmlList { entries: pointer(entries), fields }],
        document: vec![pointer("/r/error/@code")],
        marks: vec!["hl".to_owned()],
    }
}

fn read(document: &str) -> Option<String> {
    let json = to_json(document.as_bytes(), &paths("/r/g/d", &["/t", "/u", "/p/s", "/l/@href"]))?;
    Some(String::from_utf8(json).unwrap())
}

/// The entry of a document with one entry.
fn entry(content: &str) -> Option<String> {
    let json = read(&format!("<r><g><d>{content}</d></g></r>"))?;
    let entry = json.strip_prefix(r#"{"r":{"g":{"d":["#)?.strip_suffix("]}}}")?;
    Some(entry.to_owned())
}

#[test]
fn reads_every_entry_of_every_group() {
    let document = "<?xml version=\"1.0\"?>\n<!DOCTYPE r><!-- x --><r><n>9</n><g><d><t>a</t><x><t>no</t></x></d>\
                    <d/></g><g a='1'><d><u> b\n c </u></d></g><d><t>outside</t></d></r>\n";
    assert_eq!(read(document).unwrap(), r#"{"r":{"g":{"d":[{"t":"a"},{},{"u":"b c"}]}}}"#);
    assert_eq!(
        read("<r><g><d/></g><error code='15'>none</error></r>").unwrap(),
        r#"{"r":{"error":{"@code":"15"},"g":{"d":[{}]}}}"#
    );
    assert_eq!(read("<r><error code=\"&#x31;5\"/></r>").unwrap(), r#"{"r":{"error":{"@code":"15"}}}"#);
    assert_eq!(read("<other/>").unwrap(), "{}");
}

#[test]
fn text_is_joined_and_unescaped() {
    for (content, expected) in [
        ("<t>Red <hlword>shoes</hlword>, cheap</t>", r#"{"t":"Red shoes, cheap"}"#),
        ("<t>run<hl>ning</hl> <hl/></t>", "{\"t\":\"run\u{e000}ning\u{e001} \u{e000}\u{e001}\"}"),
        ("<hl>no field</hl><u>x</u>", r#"{"u":"x"}"#),
        ("<t><![CDATA[a <b> & c]]></t>", r#"{"t":"a <b> & c"}"#),
        ("<t>AT&amp;T &lt;b&gt; &#39;x&#x27; &apos; &eacute;</t>", r#"{"t":"AT&T <b> 'x' ' é"}"#),
        ("<t>AT&T & R&D; &unknown; &#xD800; &#0;</t>", "{\"t\":\"AT&T & R&D; &unknown; \u{fffd} \u{fffd}\"}"),
        ("<p><s>one</s><s>two</s></p><p><s>three</s></p>", r#"{"p":{"s":"one two three"}}"#),
        ("<l href='https://a.example/?x=1&amp;y=2'/>", r#"{"l":{"@href":"https://a.example/?x=1&y=2"}}"#),
        ("<l href='https://a.example/?x=1&y=2' href='b'/>", r#"{"l":{"@href":"https://a.example/?x=1&y=2"}}"#),
        ("<t></t><u/>", r#"{"t":"","u":""}"#),
        ("<t>std::vector&lt;int&gt;</t>", r#"{"t":"std::vector<int>"}"#),
        ("<t>a<!-- b --><?c d?>e</t>", r#"{"t":"ae"}"#),
        ("<T>case</T><x:t>prefix</x:t>", "{}"),
    ] {
        assert_eq!(entry(content).as_deref(), Some(expected), "{content}");
    }
}

#[test]
fn a_pointer_to_the_entry_itself_is_its_text() {
    let json = to_json(b"<r><a href='u'>x <b>y</b></a></r>", &paths("/r/a", &["/@href"])).unwrap();
    assert_eq!(json, br#"{"r":{"a":[{"@href":"u"}]}}"#);
    // A list of plain texts has no link, and JSON cannot have a text and members in one place.
    assert_eq!(to_json(b"<r><a>x</a></r>", &paths("/r/a", &[""])).unwrap(), br#"{"r":{"a":[{}]}}"#);
}

#[test]
fn charsets_follow_mark_and_declaration() {
    let cyrillic = |declaration: &str, bytes: &[u8]| {
        let document = [declaration.as_bytes(), b"<r><g><d><t>", bytes, b"</t></d></g></r>"].concat();
        let json = to_json(&document, &paths("/r/g/d", &["/t"]));
        json.map(|json| String::from_utf8(json).unwrap())
    };
    let expected = Some(r#"{"r":{"g":{"d":[{"t":"Дом"}]}}}"#.to_owned());
    assert_eq!(cyrillic("", "Дом".as_bytes()), expected);
    assert_eq!(cyrillic("\u{feff}<?xml version='1.0' encoding='windows-1251'?>", "Дом".as_bytes()), expected);
    assert_eq!(cyrillic("<?xml version=\"1.0\" encoding=\"windows-1251\" ?>", b"\xc4\xee\xec"), expected);
    assert_eq!(cyrillic("<?xml version='1.0' encoding = 'no-such'?>", "Дом".as_bytes()), expected);
    assert_eq!(cyrillic("", b"\xd0"), Some("{\"r\":{\"g\":{\"d\":[{\"t\":\"\u{fffd}\"}]}}}".to_owned()));
    let utf_16: Vec<u8> = "\u{feff}<r><g><d><t>Дом</t></d></g></r>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(cyrillic("", &[]), Some(r#"{"r":{"g":{"d":[{"t":""}]}}}"#.to_owned()));
    assert_eq!(to_json(&utf_16, &paths("/r/g/d", &["/t"])).map(|json| String::from_utf8(json).unwrap()), expected);
}

#[test]
fn rejects_what_is_not_well_formed() {
    for document in [
        "",
        " \n",
        "text",
        "{\"r\":[]}",
        "<r>",
        "<r><g></r></g>",
        "<r></r></r>",
        "<r></r><r></r>",
        "<r><g><d><t>cut",
        "<r><g><d><t>a</t></d></g>",
        "<r",
        "<r a='",
        "<r><![CDATA[x",
        "<r><!-- x",
        "<!DOCTYPE html><html><body><p>Captcha<br></body></html>",
    ] {
        assert_eq!(read(document), None, "{document}");
    }
}

/// "Billion laughs", external entities and parameter entities.
#[test]
fn rejects_definitions_of_entities() {
    for declaration in [
        "<!DOCTYPE r [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;'>]>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE r [<!ENTITY % p SYSTEM \"http://127.0.0.1/x\">%p;]>",
        "<!DOCTYPE r SYSTEM 'x' [<!ENTITY x 'y'>]>",
    ] {
        assert_eq!(read(&format!("{declaration}<r><g><d><t>&x;&b;</t></d></g></r>")), None, "{declaration}");
    }
    let json = read("<!DOCTYPE r SYSTEM \"http://127.0.0.1/x\"><r><g><d><t>&x;</t></d></g></r>").unwrap();
    assert_eq!(json, r#"{"r":{"g":{"d":[{"t":"&x;"}]}}}"#);
}

#[test]
fn hostile_documents_cost_little() {
    let deep = |depth: usize| format!("<r>{}{}</r>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
    assert!(read(&deep(MAX_DEPTH)).is_some());
    assert_eq!(read(&deep(MAX_DEPTH + 1)), None);
    assert_eq!(read(&"<r>".repeat(500_000)), None);
    let started = crate::time::instant();
    let attributes: String = (0..200_000).map(|n| format!(" a{n}='1'")).collect();
    assert_eq!(entry(&format!("<l{attributes} href='u'/>")).unwrap(), r#"{"l":{"@href":"u"}}"#);
    let many = format!("<r><g>{}</g></r>", "<d><t>a</t></d>".repeat(100_000));
    assert_eq!(read(&many).unwrap().matches("\"t\"").count(), MAX_ENTRIES);
    assert_eq!(entry(&"<t>&amp;</t>".repeat(100_000)).unwrap().matches('&').count(), 100_000);
    // A second is a hundred times what these take, and far below quadratic time.
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "took {:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_text_survives(title in "[^\\x00-\\x1f\\x7f\\r]{0,40}") {
        let escaped = quick_xml::escape::escape(title.as_str());
        let words: Vec<&str> = title.split_ascii_whitespace().collect();
        let expected = serde_json::json!({ "t": words.join(" ") }).to_string();
        prop_assert_eq!(entry(&format!("<t>{escaped}</t>")), Some(expected));
    }

    #[test]
    fn never_panics(document in "[<>/!?&;\\[\\]='\"a-drgtu \\-]{0,120}", bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        drop(read(&document));
        drop(to_json(&bytes, &paths("/r", &[""])));
    }
}
