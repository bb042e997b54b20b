//! Answers of partners that are odd but legal, or common although they are not: what is read, and what is a failure.

use qsproxy_test_support::mock_partner::{MockResponse, gzip};
use qsproxy_test_support::test_env::{TestEnv, sample_results};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// Asserts for each answer that it is read like any other; a connection is kept where the answer allows it.
#[track_caller]
fn assert_each_is_read(answers: Vec<(&str, String)>) {
    let env = TestEnv::new();
    for (name, answer) in answers {
        env.partner.respond_with(MockResponse::Raw(answer.into_bytes()));
        let response = env.search("q=x", &[]);
        assert_eq!(response.status, 200, "{name}: {}", response.text());
        assert_eq!(response.json()["results"].as_array().unwrap().len(), 2, "{name}");
    }
}

#[track_caller]
fn assert_each_fails(answers: Vec<(&str, String)>) {
    let env = TestEnv::new();
    for (name, answer) in answers {
        env.partner.respond_with(MockResponse::Raw(answer.into_bytes()));
        let response = env.search("q=x", &[]);
        assert_eq!(response.status, 502, "{name}: {}", response.text());
        assert_eq!(response.problem(), "partner_failed", "{name}");
    }
}

/// A response with this head, `Content-Length` and the usual body.
fn with_length(head: &str) -> String {
    let body = sample_results();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The usual body in three chunks, with this after each size and this before the end.
fn chunked(head: &str, extension: &str, trailers: &str) -> String {
    let body = sample_results();
    let (one, rest) = body.split_at(1);
    let (two, three) = rest.split_at(rest.len() / 2);
    let chunk = |text: &str| format!("{:X}{extension}\r\n{text}\r\n", text.len());
    format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{}{}{}0{extension}\r\n{trailers}\r\n",
        chunk(one),
        chunk(two),
        chunk(three)
    )
}

#[test]
fn odd_heads_are_read() {
    let many = |count: usize| (0..count).map(|at| format!("Set-Cookie: c{at}=1\r\n")).collect::<String>();
    assert_each_is_read(vec![
        ("no reason", with_length(&OK.replace("200 OK", "200 "))),
        ("no reason and no space", with_length(&OK.replace("200 OK", "200"))),
        ("another reason", with_length(&OK.replace("200 OK", "200 Alles gut \u{fc}"))),
        ("an empty line first", with_length(&format!("\r\n{OK}"))),
        ("names in lower case", with_length(&OK.to_lowercase().replace("http/", "HTTP/"))),
        ("names in upper case", with_length(&OK.to_uppercase())),
        ("bare line feeds", with_length(OK).replace("\r\n", "\n")),
        ("no space after the colon", with_length(OK).replace(": ", ":")),
        ("a space before the colon", with_length(&OK.replace(':', " :"))),
        ("a folded line", with_length(&format!("{OK}X-Policy: a,\r\n  b,\r\n\tc\r\n"))),
        (
            "a folded line at the end",
            format!(
                "{}X-Policy: a\r\n b\r\n\r\n{}",
                with_length(OK).split("\r\n\r\n").next().unwrap().to_owned() + "\r\n",
                sample_results()
            ),
        ),
        ("a line without a colon", with_length(&format!("{OK}nonsense\r\n"))),
        ("a name with a space", with_length(&format!("{OK}X Policy: a\r\n"))),
        ("an empty value", with_length(&format!("{OK}Content-Encoding: \r\nServer:\r\n"))),
        ("a value in UTF-8", with_length(&format!("{OK}Server: M\u{fc}nchen\r\n"))),
        ("a control character in a value", with_length(&format!("{OK}Set-Cookie: a=b; domain=\u{7f}wwom.com\r\n"))),
        ("101 headers", with_length(&format!("{OK}{}", many(101)))),
        ("500 headers", with_length(&format!("{OK}{}", many(500)))),
        ("a header of 100 kB", with_length(&format!("{OK}Content-Security-Policy: {}\r\n", "a ".repeat(50_000)))),
        ("early hints", with_length(&format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{OK}"))),
        ("continue, twice", with_length(&format!("{0}{0}{OK}", "HTTP/1.1 100 Continue\r\n\r\n"))),
    ]);
}

#[test]
fn odd_bodies_are_read() {
    let (body, length) = (sample_results(), sample_results().len());
    assert_each_is_read(vec![
        ("to the end of the connection", format!("{OK}\r\n{body}")),
        ("HTTP/1.0", format!("{}\r\n{body}", OK.replace("HTTP/1.1", "HTTP/1.0"))),
        ("HTTP/1.0 with a length", with_length(&OK.replace("HTTP/1.1", "HTTP/1.0"))),
        ("Connection: close", with_length(&format!("{OK}Connection: close\r\n"))),
        (
            "Connection: Keep-Alive",
            with_length(&format!("{OK}Connection: Keep-Alive\r\nKeep-Alive: timeout=5, max=100\r\n")),
        ),
        ("the length twice", with_length(&format!("{OK}Content-Length: {length}\r\n"))),
        ("more than the length", format!("{}HTTP/1.1 200 OK\r\n\r\n", with_length(OK))),
        ("chunks", chunked(OK, "", "")),
        ("extensions", chunked(OK, ";name=value;flag;text=\"a b\"", "")),
        ("spaces after the size", chunked(OK, "  ", "")),
        ("trailers", chunked(OK, "", "Server-Timing: a\r\nX-Checksum: 1\r\n")),
        ("Chunked", chunked(OK, "", "").replace("chunked", "Chunked")),
        ("chunks and a length", chunked(&format!("{OK}Content-Length: 5\r\n"), "", "")),
    ]);
}

#[test]
fn bodies_without_an_end_are_failures() {
    let (body, length) = (sample_results(), sample_results().len());
    assert_each_fails(vec![
        ("an empty body", format!("{OK}Content-Length: 0\r\n\r\n")),
        ("no body", format!("{OK}\r\n")),
        ("less than the length", format!("{OK}Content-Length: {}\r\n\r\n{body}", length + 1)),
        ("cut by the length", format!("{OK}Content-Length: {}\r\n\r\n{body}", length - 1)),
        ("two lengths", format!("{OK}Content-Length: {length}\r\nContent-Length: 5\r\n\r\n{body}")),
        ("no last chunk", chunked(OK, "", "").trim_end_matches("0\r\n\r\n").to_owned()),
        ("600 headers", with_length(&format!("{OK}{}", "A: b\r\n".repeat(600)))),
        ("a header of 1 MB", with_length(&format!("{OK}A: {}\r\n", "a".repeat(1_000_000)))),
        ("endless trailers", chunked(OK, "", &"A: b\r\n".repeat(100_000))),
        ("an endless extension", chunked(OK, &format!(";{}", "a".repeat(1_000_000)), "")),
    ]);
}

#[test]
fn statuses_with_an_answer() {
    assert_each_is_read(vec![
        ("201", with_length(&OK.replace("200 OK", "201 Created"))),
        ("203", with_length(&OK.replace("200 OK", "203 Non-Authoritative Information"))),
    ]);
    let status = |status: &str, header: &str| with_length(&format!("{}{header}", OK.replace("200 OK", status)));
    assert_each_fails(vec![
        ("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n".to_owned()),
        ("202", status("202 Accepted", "")),
        ("204", "HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        ("205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n".to_owned()),
        ("206", status("206 Partial Content", "Content-Range: bytes 0-9/20\r\n")),
        ("300", status("300 Multiple Choices", "")),
        ("301", status("301 Moved Permanently", "Location: http://127.0.0.1:1/\r\n")),
        ("303", status("303 See Other", "Location: /login\r\n")),
        ("304", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n".to_owned()),
        ("307", status("307 Temporary Redirect", "Location: http://169.254.169.254/\r\n")),
        ("404", status("404 Not Found", "")),
        ("410", status("410 Gone", "")),
        ("429", status("429 Too Many Requests", "Retry-After: 120\r\n")),
        ("503", status("503 Service Unavailable", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n")),
        ("600", status("600 Strange", "")),
        ("999", status("999 Request denied", "")),
    ]);
}

#[test]
fn media_types_of_json() {
    let of = |media_type: &str| with_length(&OK.replace("application/json", media_type));
    assert_each_is_read(
        [
            "application/json;charset=utf-8",
            "application/json; charset=utf-8-sig",
            "application/json; charset=\"UTF-8\"",
            "APPLICATION/JSON",
            "application/json;",
            "application/json, application/json",
            "text/json",
            "application/x-ndjson",
            "application/jsonl; charset=utf-8",
            "text/plain",
            "text/plain; charset=ISO-8859-1",
            "text/javascript; charset=utf-8",
            "application/javascript",
            "application/x-javascript",
            "application/octet-stream",
            "application/vnd.api+json; version=2",
            "application/problem+json",
            "",
        ]
        .map(|media_type| (media_type, of(media_type)))
        .to_vec(),
    );
    assert_each_is_read(vec![("none", with_length("HTTP/1.1 200 OK\r\n"))]);
    assert_each_fails(
        ["text/html", "application/xml", "image/png", "multipart/form-data; boundary=a"]
            .map(|media_type| (media_type, of(media_type)))
            .to_vec(),
    );
}

/// A response whose body is compressed as its header says.
fn encoded(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{OK}Content-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    out
}

fn deflate(bytes: &[u8], zlib: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1_024);
    let mut encoder = flate2::Compress::new(flate2::Compression::best(), zlib);
    encoder.compress_vec(bytes, &mut out, flate2::FlushCompress::Finish).unwrap();
    out
}

#[test]
fn encodings_of_a_body() {
    let env = TestEnv::new();
    let text = sample_results();
    let (plain, zipped) = (text.as_bytes().to_vec(), gzip(text.as_bytes()));
    let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
    for (coding, body) in [
        ("", plain.clone()),
        ("none", plain.clone()),
        ("Identity", plain.clone()),
        ("UTF-8", plain.clone()),
        ("gzip", zipped.clone()),
        ("GZIP", zipped.clone()),
        ("x-gzip", zipped.clone()),
        ("identity, gzip", zipped.clone()),
        ("gzip\r\nContent-Encoding: gzip", gzip(&zipped)),
        ("gzip", [&zipped[..], &[0; 512]].concat()),
        ("gzip", [&zipped[..], b"garbage"].concat()),
        ("gzip", [gzip(&plain[..40]), gzip(&plain[40..])].concat()),
        ("br", brotli(&plain)),
        ("zstd", zstd.clone()),
        ("deflate", deflate(&plain, true)),
        ("deflate", deflate(&plain, false)),
        ("br, gzip", gzip(&brotli(&plain))),
    ] {
        env.partner.respond_with(MockResponse::Raw(encoded(coding, &body)));
        let response = env.search("q=x", &[]);
        assert_eq!(response.status, 200, "{coding}: {}", response.text());
        assert_eq!(response.json()["results"].as_array().unwrap().len(), 2, "{coding}");
        assert_eq!(response.header("content-encoding"), None);
    }
    for (coding, body) in [
        ("compress", zipped.clone()),
        ("gzip, exi", zipped.clone()),
        ("br", zipped.clone()),
        ("zstd", zstd[..zstd.len() - 4].to_vec()),
        ("gzip", zipped[..zipped.len() - 1].to_vec()),
        ("gzip", plain),
    ] {
        env.partner.respond_with(MockResponse::Raw(encoded(coding, &body)));
        assert_eq!(env.search("q=x", &[]).status, 502, "{coding}");
    }
    env.proxy.wait_for_event("partner_down partner=first failure=encoding\n");
}

/// The limit of decompressed bytes holds for every coding, and memory stays far below what was announced.
#[test]
fn bombs_in_every_encoding_are_cut() {
    let env = TestEnv::new();
    assert_eq!(env.search("q=x", &[]).status, 200);
    let before = env.proxy.peak_kib();
    let bomb = vec![b' '; 200 << 20];
    let quick = brotli::enc::BrotliEncoderParams { quality: 3, ..brotli::enc::BrotliEncoderParams::default() };
    let mut by_brotli = Vec::new();
    brotli::BrotliCompress(&mut &bomb[..], &mut by_brotli, &quick).unwrap();
    for (coding, body) in [
        ("br", by_brotli),
        ("zstd", zstd::encode_all(&bomb[..], 1).unwrap()),
        ("gzip", gzip(&bomb)),
        ("gzip, gzip", gzip(&gzip(&bomb))),
    ] {
        assert!(body.len() < 2 << 20, "{coding}: within the limit on the wire: {}", body.len());
        env.partner.respond_with(MockResponse::Raw(encoded(coding, &body)));
        assert_eq!(env.search("q=x", &[]).status, 502, "{coding}");
    }
    let grown = env.proxy.peak_kib() - before;
    assert!(grown < 64 * 1024, "{grown} KiB");
}

#[test]
fn the_offered_encodings_are_one_constant() {
    let env = TestEnv::new();
    for header in ["Accept-Encoding: identity", "Accept-Encoding: br;q=0", "X-Other: 1"] {
        let request = env.forwarded_request("q=x", &[header]);
        assert_eq!(request.header("accept-encoding"), Some("gzip, deflate, br, zstd"));
    }
}
