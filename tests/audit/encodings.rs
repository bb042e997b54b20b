//! The encodings in which a canary is searched for (`docs/privacy-requirements.md`, "Canaries"). The finder ignores ASCII case,
//! thus upper, lower and mixed case are not separate encodings.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The name of an encoding, and a function that returns the byte strings of which any one reveals the text.
pub type Encoding = (&'static str, fn(&[u8]) -> Vec<Vec<u8>>);

/// Encodings in which a keyword may occur where it is allowed: as it was sent, or cut in two.
pub const PLAIN: &[&str] = &["plain", "its first half", "its second half"];

/// Encodings that are computed here. No byte string is shorter than [`super::finder::KEY`].
pub const ENCODINGS: &[Encoding] = &[
    ("plain", |text| vec![text.to_vec()]),
    ("its first half", |text| vec![text[..text.len() / 2].to_vec()]),
    ("its second half", |text| vec![text[text.len() / 2..].to_vec()]),
    ("reversed", |text| vec![text.iter().rev().copied().collect()]),
    ("percent", |text| vec![each(text, |byte| format!("%{byte:02x}"))]),
    ("percent twice", |text| vec![each(text, |byte| format!("%25{byte:02x}"))]),
    ("hex", |text| vec![each(text, |byte| format!("{byte:02x}"))]),
    ("hex with commas", |text| vec![each(text, |byte| format!("{byte:02x},"))]),
    ("decimal list", |text| vec![each(text, |byte| format!("{byte}, "))[..text.len() * 4].to_vec()]),
    ("\\x escapes", |text| vec![each(text, |byte| format!("\\x{byte:02x}"))]),
    ("\\u escapes", |text| vec![each(text, |byte| format!("\\u{byte:04x}"))]),
    ("HTML references", |text| {
        vec![each(text, |byte| format!("&#{byte};")), each(text, |byte| format!("&#x{byte:x};"))]
    }),
    ("base64", |text| [base64(text, b'+', b'/'), base64(text, b'-', b'_')].concat()),
    ("UTF-16LE", |text| vec![text.iter().flat_map(|byte| [*byte, 0]).collect()]),
    ("UTF-16BE", |text| vec![text.iter().flat_map(|byte| [0, *byte]).collect()]),
];

/// Digests, and the tools that compute them.
pub const DIGESTS: &[(&str, &str)] = &[("MD5", "md5sum"), ("SHA-1", "sha1sum"), ("SHA-256", "sha256sum")];

/// How many hexadecimal digits of a digest are searched for: 64 bits are unique, and a truncated digest is found as well.
const DIGEST_DIGITS: usize = 16;

/// A file system in memory.
const MEMORY: &str = "/dev/shm";

fn each(text: &[u8], form: impl Fn(u8) -> String) -> Vec<u8> {
    text.iter().map(|byte| form(*byte)).collect::<String>().into_bytes()
}

/// The characters that occur in the base64 encoding of every text that contains this one (RFC 4648, section 4): for each offset of
/// its first byte within a group of three, without the characters that also encode bits of neighbouring bytes.
fn base64(text: &[u8], plus: u8, slash: u8) -> Vec<Vec<u8>> {
    (0..3)
        .map(|before| {
            let bits: Vec<u8> = vec![0; before]
                .iter()
                .chain(text)
                .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
                .collect();
            let complete = bits.len() / 6;
            let shared = (before * 8).div_ceil(6);
            let value = |at: usize| bits[at * 6..at * 6 + 6].iter().fold(0, |value, bit| value << 1 | bit);
            (shared..complete).map(|at| digit(value(at), plus, slash)).collect()
        })
        .collect()
}

fn digit(value: u8, plus: u8, slash: u8) -> u8 {
    match value {
        0..26 => b'A' + value,
        26..52 => b'a' + value - 26,
        52..62 => b'0' + value - 52,
        62 => plus,
        _ => slash,
    }
}

/// The digests of texts. For each text: the name of the digest and the byte strings to search for (hexadecimal, raw, base64).
pub fn digests(texts: &[Vec<u8>]) -> Vec<Vec<(&'static str, Vec<u8>)>> {
    let mut all = vec![Vec::new(); texts.len()];
    if texts.is_empty() {
        return all;
    }
    // The tools hash files, and there may be thousands of texts.
    let folder = tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir()).unwrap();
    let names: Vec<String> = (0..texts.len()).map(|number| number.to_string()).collect();
    for (name, text) in names.iter().zip(texts) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for (digest, tool) in DIGESTS {
        // File names on standard input, because they may exceed the length of a command line.
        let mut xargs = Command::new("xargs")
            .arg(tool)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        xargs.stdin.take().unwrap().write_all(names.join("\n").as_bytes()).unwrap();
        let output = xargs.wait_with_output().unwrap();
        assert!(output.status.success(), "{tool}");
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(lines.lines().count(), texts.len(), "{tool} prints one line for each text");
        for (line, found) in lines.lines().zip(&mut all) {
            let hex = line.split(' ').next().unwrap();
            let raw: Vec<u8> =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            let packed = base64(&raw, b'+', b'/').swap_remove(0);
            found.push((*digest, hex.as_bytes()[..DIGEST_DIGITS].to_vec()));
            found.push((*digest, raw[..DIGEST_DIGITS / 2 + 2].to_vec()));
            found.push((*digest, packed[..DIGEST_DIGITS].to_vec()));
        }
    }
    all
}
