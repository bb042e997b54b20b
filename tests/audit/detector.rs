//! Tests of the detector: whatever is planted must be found, otherwise the audit proves nothing. The planted bytes are made by
//! tools that share no code with [`super::encodings`].

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::canary::{Canaries, CanaryKind};
use super::encodings::{DIGESTS, ENCODINGS};
use super::finder::Finder;
use super::sinks;
use qsproxy_test_support::random::Random;

/// Random bytes around what is planted.
const NOISE: usize = 5_000;

/// The name of an encoding, and a shell command that encodes its standard input. Every encoding has at least one.
const TOOLS: &[(&str, &str)] = &[
    ("plain", "cat"),
    ("plain", "tr a-z A-Z"),
    ("plain", "sed 's/./\\u&/'"),
    ("its first half", "head -c 13"),
    ("its second half", "tail -c 13"),
    ("reversed", "rev"),
    ("reversed", "rev | tr a-z A-Z"),
    ("percent", "xxd -p -c0 | sed 's/../%&/g'"),
    ("percent", "xxd -u -p -c0 | sed 's/../%&/g'"),
    ("percent twice", "xxd -p -c0 | sed 's/../%25&/g'"),
    ("hex", "basenc --base16 -w0"),
    ("hex", "xxd -p -c0"),
    ("hex with commas", "xxd -p -c0 | sed 's/../&,/g'"),
    ("decimal list", "od -An -v -tu1 -w1 | tr -d ' ' | paste -sd, | sed 's/,/, /g'"),
    ("\\x escapes", "xxd -p -c0 | sed 's/../\\\\x&/g'"),
    ("\\u escapes", "xxd -p -c0 | sed 's/../\\\\u00&/g'"),
    ("HTML references", "od -An -v -tu1 -w1 | sed 's/ *\\(.*\\)/\\&#\\1;/' | tr -d '\\n'"),
    ("HTML references", "xxd -p -c0 | sed 's/../\\&#x&;/g'"),
    ("base64", "base64 -w0"),
    ("base64", "(printf x; cat; printf more) | base64 -w0"),
    ("base64", "(printf xy; cat; printf 'more?') | base64 -w0"),
    ("base64", "(printf '\\377\\377'; cat; printf '\\377') | basenc --base64url -w0"),
    ("UTF-16LE", "iconv -f UTF-8 -t UTF-16LE"),
    ("UTF-16BE", "iconv -f UTF-8 -t UTF-16BE"),
    ("MD5", "md5sum"),
    ("MD5", "md5sum | xxd -r -p"),
    ("MD5", "md5sum | xxd -r -p | base64"),
    ("SHA-1", "sha1sum | head -c 20"),
    ("SHA-1", "sha1sum | tr a-f A-F"),
    ("SHA-1", "sha1sum | xxd -r -p"),
    ("SHA-256", "sha256sum"),
    ("SHA-256", "sha256sum | xxd -r -p"),
    ("SHA-256", "sha256sum | xxd -r -p | base64 -w0"),
];

fn through(command: &str, input: &str) -> Vec<u8> {
    let mut shell =
        Command::new("sh").args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{command}");
    output.stdout
}

/// A canary among others, and a finder for all of them.
fn planted(random: &Random) -> (String, String, Finder) {
    let mut canaries = Canaries::new(random.clone());
    for _ in 0..20 {
        canaries.insert(CanaryKind::Input, "other", "{}");
    }
    let value = canaries.insert(CanaryKind::Input, "planted", "value={}; more");
    let marker = canaries.list.last().unwrap().marker.clone();
    (marker, value, canaries.finder())
}

pub fn every_encoding() {
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "planted");
    let (marker, value, finder) = planted(&random);
    for (name, _) in ENCODINGS {
        assert!(TOOLS.iter().any(|(form, _)| form == name), "{name} has no tool");
    }
    let noise = |random: &mut Random| (0..NOISE).map(|_| random.number() as u8).collect::<Vec<u8>>();
    for (form, command) in TOOLS {
        let digest = DIGESTS.iter().any(|(name, _)| name == form);
        for text in [&marker, &value].into_iter().filter(|text| digest || ***text == marker) {
            let made = through(command, text);
            let haystack = [noise(&mut random), made, noise(&mut random)].concat();
            let matches = finder.find(&haystack);
            assert!(
                matches.iter().any(|found| found.owner == 20 && found.form == *form),
                "{form} by {command}: {matches:?}"
            );
            assert!(matches.iter().all(|found| found.owner == 20), "{form} by {command}: {matches:?}");
        }
    }
    assert!(finder.find(&noise(&mut random)).is_empty(), "nothing is found in noise");
}

/// The serial of a stamp is found alone, and the whole stamp is found in every encoding.
pub fn stamps() {
    const STAMP: &str = "ASwBUSxRLNUjTyg6XORc7U-hOJuHco_zHQtjLpwuzA";
    const SERIAL: &str = "(tr -- '-_' '+/'; printf ==) | base64 -d 2>/dev/null | tail -c +8 | head -c 8";
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "stamps");
    let mut canaries = Canaries::new(random.clone());
    canaries.watch(CanaryKind::Stamp, "stamp", STAMP);
    let finder = canaries.finder();
    let noise: Vec<u8> = (0..NOISE).map(|_| random.number() as u8).collect();
    let forms = [
        ("plain", "cat"),
        ("reversed", "xxd -p -c1 | tac | xxd -r -p"),
        ("percent", "xxd -p -c0 | sed 's/../%&/g'"),
        ("hex", "xxd -u -p -c0"),
        ("hex with commas", "xxd -p -c0 | sed 's/../&,/g'"),
        ("\\x escapes", "xxd -p -c0 | sed 's/../\\\\x&/g'"),
        ("base64", "base64 -w0"),
        ("base64", "(printf xy; cat; printf 'more?') | basenc --base64url -w0"),
        ("decimal number", "od -An -v -tu8 --endian=big | tr -d ' '"),
        ("SHA-256", "sha256sum"),
        ("MD5", "md5sum | xxd -r -p"),
    ];
    for (form, command) in forms {
        let made = through(&format!("{SERIAL} | {command}"), STAMP);
        let matches = finder.find(&[&noise[..], &made, &noise].concat());
        assert!(matches.iter().any(|found| found.form == form), "{form} by {command}: {matches:?}");
    }
    for (form, command) in TOOLS.iter().filter(|(form, _)| !form.contains("half")) {
        let matches = finder.find(&through(command, STAMP));
        assert!(matches.iter().any(|found| found.form == *form), "{form} by {command}: {matches:?}");
    }
    assert!(finder.find(&noise).is_empty(), "nothing is found in noise");
}

/// Without root the audits cannot search open files. A complete run must notice that.
pub fn open_files() {
    assert!(qsproxy_test_support::is_root(), "the leak tests search the program's open files only as root");
}

pub fn every_place() {
    let (marker, _, finder) = planted(&Random::from_env_or_clock("AUDIT_SEED", "places"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("a/.b")).unwrap();
    std::fs::write(folder.path().join("a/.b/deep"), format!("xx{marker}xx")).unwrap();
    std::fs::write(folder.path().join(format!("a/{marker}.tmp")), "").unwrap();
    std::os::unix::fs::symlink(format!("/nowhere/{marker}"), folder.path().join("link")).unwrap();
    let found = sinks::files(folder.path());
    let matches = found.iter().filter(|found| !finder.find(&found.bytes).is_empty()).count();
    assert_eq!(matches, 3, "contents, name and target of a link");

    let path = folder.path().join("deleted");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(marker.as_bytes()).unwrap();
    std::fs::remove_file(&path).unwrap();
    let open = sinks::open_files(std::process::id());
    let deleted = open.iter().filter(|(target, _)| target.starts_with(folder.path()));
    assert_eq!(deleted.filter(|(_, found)| !finder.find(&found.bytes).is_empty()).count(), 1, "a deleted file is read");
    assert!(
        String::from_utf8_lossy(&sinks::names(std::process::id()).bytes).contains("audit"),
        "the process's own name"
    );
}
