//! Texts in encodings other than UTF-8, and bytes that are not of a text's encoding.

use super::*;

fn own(encoding: &str, names: [&str; 3]) -> Profile {
    let [date, clicks, revenue] = names;
    profile(&format!(
        r#"{{ zone = "UTC", encoding = "{encoding}", delimiter = ";", date = "{date}", clicks = "{clicks}", revenue = "{revenue}", currency = "EUR" }}"#
    ))
}

#[test]
fn reads_named_encodings() {
    let files: [(&str, [&str; 3], &[u8]); 6] = [
        (
            "windows-1252",
            ["Straße", "Klicks", "Umsatz €"],
            include_bytes!("../../../../tests/statements/windows-1252.csv"),
        ),
        ("Shift_JIS", ["日付", "クリック", "収益"], include_bytes!("../../../../tests/statements/shift_jis.csv")),
        ("gb18030", ["日期", "点击", "收入"], include_bytes!("../../../../tests/statements/gb18030.csv")),
        ("euc-kr", ["날짜", "클릭", "수익"], include_bytes!("../../../../tests/statements/euc-kr.csv")),
        ("koi8-r", ["Дата", "Клики", "Доход"], include_bytes!("../../../../tests/statements/koi8-r.csv")),
        ("latin2", ["Dzień", "Kliknięcia", "Przychód"], include_bytes!("../../../../tests/statements/iso-8859-2.csv")),
    ];
    for (encoding, names, file) in files {
        let statement = read_all(file, &own(encoding, names)).unwrap();
        assert_eq!(statement.rows.iter().map(|row| row.clicks.unwrap()).sum::<i64>(), 1_478, "{encoding}");
        // Without its name, the file is refused and the likely encoding is named.
        let found = issues(file, &own("auto", names));
        assert!(found.contains("line 1: the byte 0x") && found.contains("set encoding = \""), "{encoding}: {found}");
        for piece in [1, 2, 7] {
            let pieces = read(ChunkedReader(file, piece), &own(encoding, names), &Rc::default(), &mut || {}).unwrap();
            assert_eq!(pieces.rows, statement.rows, "{encoding}");
        }
    }
}

#[test]
fn bytes_of_another_encoding_are_named_by_line_and_offset() {
    let names = ["d", "c", "r"];
    let rows = |bytes: &[u8]| [b"d;c;r;n\n2026-10-01;1;1;x\r\n2026-10-02;1;1;", bytes, b"\n"].concat();
    for (encoding, bytes, message) in [
        (
            "auto",
            &b"M\xfcller"[..],
            "line 3: the byte 0xFC at offset 42 of the text is invalid in its encoding, utf-8; it is probably windows-1252",
        ),
        ("utf-8", b"\xff", "line 3: the byte 0xFF at offset 41"),
        (
            "shift_jis",
            b"ab\x81\xff",
            "line 3: the byte 0x81 at offset 43 of the text is invalid in its encoding, shift_jis",
        ),
        (
            "windows-1252",
            b"a\x81",
            "line 3: the byte 0x81 at offset 42 of the text is invalid in its encoding, windows-1252",
        ),
        (
            "iso-8859-2",
            b"\x9f",
            "line 3: the byte 0x9F at offset 41 of the text is invalid in its encoding, iso-8859-2",
        ),
        ("euc-kr", b"\xc1", "line 3: the byte 0xC1 at offset 41 of the text is invalid in its encoding, euc-kr"),
        ("gb18030", b"\xff", "line 3: the byte 0xFF at offset 41 of the text is invalid in its encoding, gb18030"),
    ] {
        let found = issues(&rows(bytes), &own(encoding, names));
        assert!(found.contains(message), "{encoding}: {found}");
    }
    // The byte order mark counts.
    let found = issues(b"\xef\xbb\xbfd;c;r\n\xff", &own("auto", names));
    assert!(found.contains("line 2: the byte 0xFF at offset 9"), "{found}");
}

proptest! {
    #[test]
    fn every_encoding_reads_back_what_it_wrote(text in "[a-zA-Z äöüß€éłж日本語가]{0,30}", which in 0..8_usize, piece in 1..20_usize) {
        let label = ["windows-1252", "shift_jis", "gb18030", "euc-kr", "koi8-r", "big5", "euc-jp", "windows-1251"][which];
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let has_bytes = |c: &char| !encoding.encode(&c.to_string()).2;
        let text: String = text.chars().filter(has_bytes).collect();
        let file = format!("d;c;r;n\n2026-10-01;1;1;{text}\n");
        let (bytes, _, _) = encoding.encode(&file);
        let profile = own(label, ["d", "c", "r"]);
        let options = TextOptions { encoding: profile.encoding, max_row_bytes: u64::MAX, is_xml: false };
        let mut decoded = String::new();
        TextReader::open(Box::new(ChunkedReader(&bytes, piece)), options, Rc::default()).unwrap().read_to_string(&mut decoded).unwrap();
        prop_assert_eq!(decoded, file);
    }
}
