//! Pages in any charset are sent on in UTF-8.

use super::assert_complete;
use qsproxy_test_support::chunked_page::{ChunkedPage, link, page_env};
use qsproxy_test_support::test_env::ORGANIC;

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn every_charset_is_decoded() {
    let shift_jis = b"<meta charset=Shift_JIS><p>\x93\x8c\x8b\x9e</p>\x83\x65\x83\x58\x83\x67";
    let cases: [(&str, &str, Vec<u8>, &str); 8] = [
        ("by header", "text/html; charset=windows-1251", b"<p>\xcf\xf0\xe8\xe2\xe5\xf2</p>".to_vec(), "<p>Привет</p>"),
        ("by header, quoted", "Text/HTML;Charset=\"KOI8-R\"", b"<p>\xf0\xd2\xc9</p>".to_vec(), "<p>При</p>"),
        ("by meta", "text/html", shift_jis.to_vec(), "<p>東京</p>テスト"),
        (
            "by meta http-equiv",
            "text/html",
            b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=gb2312'><p>\xc4\xe3</p>".to_vec(),
            "<p>你</p>",
        ),
        ("by byte order mark", "text/html", utf_16("\u{feff}<p>Größe 東京</p>"), "<p>Größe 東京</p>"),
        (
            "by byte order mark, over the header",
            "text/html; charset=windows-1251",
            "\u{feff}<p>Größe</p>".as_bytes().to_vec(),
            "<p>Größe</p>",
        ),
        ("undeclared UTF-8", "text/html", "<p>Größe</p>".as_bytes().to_vec(), "<p>Größe</p>"),
        ("undeclared windows-1252", "text/html", b"<p>Gr\xf6\xdfe</p>".to_vec(), "<p>Größe</p>"),
    ];
    let env = page_env(ChunkedPage::with_body("x"));
    for (name, media_type, mut body, expected) in cases {
        // Without a result, a page does not answer the search.
        let result = link(ORGANIC, "Lisbon");
        body.extend(if name == "by byte order mark" { utf_16(&result) } else { result.into_bytes() });
        let byte_by_byte = body.iter().fold(ChunkedPage::new().media_type(media_type), |page, byte| page.send([*byte]));
        for page in [ChunkedPage::new().media_type(media_type).send(&body), byte_by_byte] {
            env.partner.respond_with(page.into_response());
            let answer = env.search_page("q=x", &[]);
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
            let text = String::from_utf8(answer.body).expect("UTF-8");
            assert_complete(&text);
            assert!(text.contains(expected), "{name}: {text}");
        }
    }
}

/// Markup that is invisible to a parser that assumes a different charset from the browser.
#[test]
fn no_charset_can_hide_markup() {
    let env = page_env(ChunkedPage::with_body("x"));
    let hidden: [(&str, &[u8]); 4] = [
        ("text/html; charset=utf-7", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
        ("text/html; charset=iso-2022-jp", b"<p title='\x1b$B'><script>alert(1)</script>\x1b(B"),
        ("text/html; charset=iso-2022-kr", b"<p>\x0e<script>alert(1)</script>"),
        ("text/html", b"<meta charset=x-user-defined><p>\xbcscript>alert(1)</p>"),
    ];
    for (media_type, body) in hidden {
        let page = ChunkedPage::new().media_type(media_type).send(body).send(link(ORGANIC, "Lisbon"));
        env.partner.respond_with(page.into_response());
        let answer = env.search_page("q=x", &[]);
        let text = answer.text();
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(!text.contains("<script"), "{media_type}: {text}");
    }
}

#[test]
fn a_list_is_decoded_too() {
    let env = page_env(
        ChunkedPage::new()
            .media_type("text/html; charset=windows-1251")
            .send(b"<a href='https://example.org/\xcf'>\xcf\xf0\xe8\xe2\xe5\xf2</a>"),
    );
    let list = env.search("q=x", &[]).json()["results"].clone();
    assert_eq!(list[0]["title"], "Привет");
}

/// A `meta` after the first kilobyte applies to the whole page, also to what stands before it.
#[test]
fn a_late_declaration_is_heeded() {
    let env = page_env(ChunkedPage::with_body("x"));
    let styles = "<style>p { color: red }</style>".repeat(100);
    for (label, word, expected) in [
        ("windows-1251", &b"\xcf\xf0\xe8"[..], "При"),
        ("windows-1256", b"\xe3\xd5", "مص"),
        ("shift_jis", b"\x93\x8c\x8b\x9e", "東京"),
        ("euc-kr", b"\xc1\xa4\xbf\xf8", "정원"),
        ("gb18030", b"\xbb\xa8\xd4\xb0", "花园"),
    ] {
        let meta = format!(
            "</title>{styles}<meta http-equiv=Content-Type content=\"text/html; charset={label}\"></head><body><p>"
        );
        let end = link(ORGANIC, "Lisbon").into_bytes();
        let body = [b"<html><head><title>", word, meta.as_bytes(), word, b"</p>", &end].concat();
        for page in
            [ChunkedPage::with_body(&body), body.chunks(97).fold(ChunkedPage::new(), |page, part| page.send(part))]
        {
            env.partner.respond_with(page.media_type("text/html").into_response());
            let text = env.search_page("q=x", &[]).text();
            assert!(text.contains(&format!("<p>{expected}</p>")), "{label}: {text}");
        }
    }
}

#[test]
fn xhtml_is_read_as_xml_reads_it() {
    let body = format!(
        "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><head><script src=\"/x.js\"/><title/></head>\
         <body><div class=\"clear\"/><p><![CDATA[1 < 2 & 3]]><br/>Größe</p>{}</body></html>",
        link(ORGANIC, "Lisbon")
    );
    for media_type in ["application/xhtml+xml", "Application/XHTML+XML; charset=utf-8"] {
        let env = page_env(ChunkedPage::with_body(&body).media_type(media_type));
        let page = env.search_page("q=x", &[]).text();
        assert_complete(&page);
        assert!(page.contains("<p>1 &lt; 2 &amp; 3<br>Größe</p>") && page.contains(">Lisbon</a>"), "{page}");
        assert_eq!(env.search("q=x", &[]).json()["results"][0]["title"], "Lisbon");
    }
}
