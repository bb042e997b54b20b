//! gzip and ZIP files: what is in them, and files built to harm.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::builders::{sheet, xlsx, zip_file, zip_with};
use super::*;

const PLAIN: &str = r#"{ zone = "UTC", date = "d", clicks = "c" }"#;
const TABLE: &[u8] = b"d,c\n2026-10-01,5\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn assert_read(file: &[u8], own: &str) {
    let statement = read_all(file, &profile(own));
    assert_eq!(statement.unwrap_or_else(|error| panic!("{error:?}")).rows[0].clicks, Some(5));
}

#[test]
fn a_zip_file_with_one_statement_is_read() {
    let mac = [
        ("d/", &b""[..]),
        ("d/r.csv", TABLE),
        ("__MACOSX/d/._r.csv", b"\0\x05"),
        ("d/.DS_Store", b"\0"),
        ("._x", b"\0"),
    ];
    assert_read(&zip_file(&mac), PLAIN);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    assert_read(&zip_with(&mac, stored), PLAIN);
    assert_read(&zip_with(&mac, SimpleFileOptions::default().large_file(true)), PLAIN);
    let fixture = include_bytes!("../../../../tests/statements/report.zip");
    assert_eq!(
        read_all(fixture, &profile(r#"{ zone = "UTC", date = "TimePeriod", code = "AdUnitName", clicks = "Clicks" }"#))
            .unwrap()
            .rows
            .len(),
        5
    );
    let several = zip_file(&[("a/r-10.csv", TABLE), ("a/r-09.csv", b"x"), ("readme.txt", b"y")]);
    let found = issues(&several, &profile(PLAIN));
    assert!(
        found.contains("contains 3 files: \"a/r-10.csv\", \"a/r-09.csv\", \"readme.txt\"; set member, or --member"),
        "{found}"
    );
    for member in ["a/r-10.csv", "r-10.csv", "*-10.csv", "a/*10*"] {
        assert_read(&several, &PLAIN.replace(" }", &format!(", member = \"{member}\" }}")));
    }
    let with = |member: &str| profile(&PLAIN.replace(" }", &format!(", member = \"{member}\" }}")));
    assert!(issues(&several, &with("*.csv")).contains("contains 2 files"));
    assert!(issues(&several, &with("r-11.csv")).contains("no file that matches member = \"r-11.csv\", but"));
    assert!(issues(&zip_file(&[]), &profile(PLAIN)).contains("contains no file"));
    assert!(issues(&zip_file(&[("d/", b"")]), &profile(PLAIN)).contains("contains no file"));
}

#[test]
fn containers_may_be_in_one_another_once() {
    let zipped = zip_file(&[("r.csv", TABLE)]);
    for file in [
        gzip(TABLE),
        gzip(&gzip(TABLE)),
        gzip(&zipped),
        zip_file(&[("r.csv.gz", &gzip(TABLE))]),
        zip_file(&[("r.zip", &zipped)]),
    ] {
        assert_read(&file, PLAIN);
    }
    let workbook = xlsx(&[("S", &sheet(&["<c s=\"1\"><v>46296</v></c><c><v>5</v></c>".to_owned()]))]);
    let own = r#"{ zone = "UTC", date = "Date", clicks = "Clicks" }"#;
    for file in [gzip(&workbook), zip_file(&[("r.xlsx", &workbook)]), zip_file(&[("r.xlsx.gz", &gzip(&workbook))])] {
        assert_read(&file, own);
    }
    for file in [gzip(&gzip(&gzip(TABLE))), zip_file(&[("a.zip", &zip_file(&[("r.csv.gz", &gzip(TABLE))]))])] {
        assert!(issues(&file, &profile(PLAIN)).contains("packed more than twice"));
    }
}

#[test]
fn gzip_data_are_whole_or_refused() {
    let members = [gzip(b"d,c\n2026-1"), gzip(b"0-01,5\n"), gzip(b"")].concat();
    assert_read(&members, PLAIN);
    let whole = gzip(TABLE);
    for cut in 3..whole.len() {
        let found = issues(&whole[..cut], &profile(PLAIN));
        assert!(found.contains("the gzip data end early"), "{cut}: {found}");
    }
    for garbage in [&b"\0"[..], b"garbage after it", b"\x1f\x8b", b"PK\x03\x04"] {
        let found = issues(&[&whole[..], garbage].concat(), &profile(PLAIN));
        assert!(found.contains("followed by other bytes") || found.contains("end early"), "{garbage:?}: {found}");
    }
    let mut damaged = whole.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    assert!(issues(&damaged, &profile(PLAIN)).contains("are damaged"));
}

#[test]
fn other_formats_are_named() {
    for (start, message) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "an old Excel file (.xls) or has a password"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x07\x08", "one part of several"),
    ] {
        assert!(issues(&[start, &[0; 40]].concat(), &profile(PLAIN)).contains(message), "{message}");
    }
    for (name, message) in [
        ("xl/workbook.bin", ".xlsb"),
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "presentation"),
        ("Index/Document.iwa", "Apple"),
    ] {
        let file = zip_file(&[("[Content_Types].xml", b"<Types/>"), (name, b"x")]);
        assert!(issues(&file, &profile(PLAIN)).contains(message), "{name}");
    }
}

/// Replaces the only occurrence of some bytes.
fn patched(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = memchr::memmem::find_iter(file, from).collect();
    assert!(!places.is_empty());
    let mut patched = file.to_vec();
    for place in places {
        patched[place..place + to.len()].copy_from_slice(to);
    }
    patched
}

#[test]
fn zip_files_built_to_mislead_are_refused() {
    let rows = format!("d,c\n2026-10-01,5\n{}", " ,\n".repeat(100));
    let file = zip_file(&[("r.csv", rows.as_bytes())]);
    let size = u32::try_from(rows.len()).unwrap();
    // A directory that declares another size than the data have.
    for lie in [size - 1, size + 1, 0, u32::MAX - 1] {
        let lying = patched(&file, &size.to_le_bytes(), &lie.to_le_bytes());
        let found = issues(&lying, &profile(PLAIN));
        assert!(
            ["another size than the file declares", "is larger than", "are damaged"]
                .iter()
                .any(|text| found.contains(text)),
            "{lie}: {found}"
        );
    }
    // The directory's entry says that the data are encrypted.
    let flags = memchr::memmem::find(&file, b"PK\x01\x02").unwrap() + 8;
    let mut encrypted = file.clone();
    encrypted[flags] |= 1;
    encrypted[6] |= 1;
    assert!(issues(&encrypted, &profile(PLAIN)).contains("is encrypted"));
    let mut other = file.clone();
    (other[8], other[flags + 2]) = (12, 12);
    let found = issues(&other, &profile(PLAIN));
    assert!(found.contains("another method than deflate"), "{found}");
    // Two entries with the same data, and two of one name.
    let two = zip_file(&[("a.csv", TABLE), ("b.csv", TABLE)]);
    let second = memchr::memmem::rfind(&two, b"PK\x01\x02").unwrap() + 42;
    let mut overlapping = two.clone();
    overlapping[second..second + 4].copy_from_slice(&[0; 4]);
    assert!(issues(&overlapping, &profile(PLAIN)).contains("the same bytes or the same name twice"));
    assert!(
        issues(&patched(&two, b"b.csv", b"a.csv"), &profile(PLAIN)).contains("the same bytes or the same name twice")
    );
    let names: Vec<String> = (0..2_001).map(|n| format!("{n}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(issues(&zip_file(&files), &profile(PLAIN)).contains("more than 2000 files"));
}

/// Spaces, which deflate to a thousandth.
struct Spaces(u64);

impl io::Read for Spaces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.0).unwrap_or(usize::MAX).min(buffer.len());
        buffer[..n].fill(b' ');
        self.0 -= n as u64;
        Ok(n)
    }
}

#[test]
fn bombs_are_refused_before_they_are_large() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut Spaces(40 << 20), &mut encoder).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 60_000);
    let json = r#"{ zone = "UTC", format = "json", date = "d", clicks = "c" }"#;
    assert!(issues(&bomb, &profile(json)).contains("more than 400 times their size"));
    assert!(issues(&bomb, &profile(PLAIN)).contains("a row is longer than 1 MB"));
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.start_file("r.json", SimpleFileOptions::default()).unwrap();
    io::copy(&mut Spaces(40 << 20), &mut zip).unwrap();
    let bomb = zip.finish().unwrap().into_inner();
    assert!(issues(&bomb, &profile(json)).contains("more than 400 times their size"));
    // A workbook whose styles are the bomb.
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="S" id="a"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", r#"<R><Relationship Id="a" Type="styles" Target="styles.xml"/></R>"#),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.start_file("xl/styles.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"<styleSheet>").unwrap();
    io::copy(&mut Spaces(40 << 20), &mut zip).unwrap();
    let bomb = zip.finish().unwrap().into_inner();
    assert!(issues(&bomb, &profile(PLAIN)).contains("longer than 1 MB"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn files_that_are_cut_are_refused_or_read_as_a_whole(which in 0..5_usize, cut in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let (file, own): (&[u8], &str) = [
            (&include_bytes!("../../../../tests/statements/openpyxl.xlsx")[..], r#"{ zone = "UTC", date = "Date", clicks = "Clicks" }"#),
            (include_bytes!("../../../../tests/statements/xlsxwriter-1904.xlsx"), r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", totals = "Total" }"#),
            (include_bytes!("../../../../tests/statements/odfpy.ods"), r#"{ zone = "UTC", date = "Datum", clicks = "Klicks" }"#),
            (include_bytes!("../../../../tests/statements/report.zip"), r#"{ zone = "UTC", date = "TimePeriod", clicks = "Clicks" }"#),
            (include_bytes!("../../../../tests/statements/report.xml"), r#"{ zone = "UTC", format = "xml", list = "/report/rows/row", date = "@day", clicks = "traffic/clicks" }"#),
        ][which];
        let profile = profile(own);
        let whole = read_all(file, &profile).unwrap();
        let at = cut.index(file.len());
        if let Ok(read) = read_all(&file[..at], &profile) {
            prop_assert_eq!(read.rows, whole.rows.clone(), "cut at {}", at);
        }
        let mut changed = file.to_vec();
        for (at, byte) in changes {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        drop(read_all(&changed, &profile));
    }
}
