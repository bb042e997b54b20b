//! Reads the memory of a process as an attacker with its dump would, and finds keywords and IDs in it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use memchr::memmem;

const PAGE: u64 = 4_096;
/// In an entry of `pagemap`: the page is in memory, or in swap.
const PRESENT_OR_SWAPPED: u64 = 3 << 62;

/// In every keyword and ID, in the middle of each word: it occurs nowhere else.
const STEM: &str = "qzvxkwjh";
/// Letters before and after it, which number the secret.
const NUMBER_LETTERS: usize = 4;

/// The number of a secret as letters.
fn number_letters(number: usize) -> String {
    let digit = |place: u32| char::from(b'a' + u8::try_from(number / 26_usize.pow(place) % 26).unwrap());
    (0..NUMBER_LETTERS).rev().map(|place| digit(u32::try_from(place).unwrap())).collect()
}

/// A word that is recognised by either of its halves.
fn word(number: usize) -> String {
    let letters = number_letters(number);
    format!("{letters}{STEM}{letters}")
}

/// A keyword that nobody else searches for.
pub fn keyword(number: usize) -> String {
    format!("{} {}", word(number), word(number))
}

/// An ID that cannot be counted through.
pub fn id(number: usize) -> String {
    format!("{}_{}", word(number), "7Xk")
}

/// A way to write text.
struct Form {
    name: &'static str,
    encode: fn(char) -> Vec<u8>,
}

/// The forms in which a text may be in memory, apart from itself in capitals. Percent-encoding changes no letter unless a client
/// encodes all.
const FORMS: [Form; 5] = [
    Form { name: "raw", encode: |letter| letter.to_string().into_bytes() },
    Form { name: "capitals", encode: |letter| letter.to_ascii_uppercase().to_string().into_bytes() },
    Form { name: "UTF-16", encode: |letter| vec![u8::try_from(letter).unwrap(), 0] },
    Form { name: "UTF-32", encode: |letter| u32::from(letter).to_le_bytes().to_vec() },
    Form { name: "percent", encode: |letter| format!("%{:02x}", u32::from(letter)).into_bytes() },
];

/// A place where a secret was found.
pub struct Finding {
    /// The secret's number, if it can be read.
    pub number: Option<usize>,
    form: &'static str,
    region: String,
    offset: u64,
    /// What surrounds it.
    context: String,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} in {}+{:#x}: {}", self.number, self.form, self.region, self.offset, self.context)
    }
}

/// What was found in the writable memory of a process.
pub struct Findings {
    pub all: Vec<Finding>,
    /// Bytes that were read.
    pub bytes: u64,
}

impl Findings {
    /// How many secrets with a number below `end` were found.
    pub fn secrets_below(&self, end: usize) -> usize {
        let mut numbers: Vec<_> = self.all.iter().filter_map(|one| one.number).filter(|one| *one < end).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }

    /// How many secrets were found.
    pub fn secrets(&self) -> usize {
        self.secrets_below(usize::MAX)
    }

    /// How often each form was found.
    pub fn forms(&self) -> BTreeMap<&'static str, usize> {
        let mut forms = BTreeMap::new();
        for one in &self.all {
            *forms.entry(one.form).or_default() += 1;
        }
        forms
    }
}

/// Searches all writable memory of a process that is in memory or in swap. Needs root: the process is not dumpable.
pub fn search(pid: u32) -> Findings {
    let open = |name: &str| File::open(format!("/proc/{pid}/{name}")).unwrap();
    let (memory, pagemap) = (open("mem"), open("pagemap"));
    let mut findings = Findings { all: Vec::new(), bytes: 0 };
    for line in std::io::read_to_string(open("maps")).unwrap().lines() {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next().unwrap(), parts.next().unwrap());
        let name = parts.nth(3).unwrap_or("anonymous");
        if !rights.starts_with("rw") || name.starts_with("[v") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        for (from, to) in present_ranges(&pagemap, start, end) {
            let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
            // A mapping may be gone by now.
            if memory.read_exact_at(&mut bytes, from).is_err() {
                continue;
            }
            findings.bytes += to - from;
            find(&bytes, &format!("{name}[{range}]"), from - start, &mut findings.all);
        }
    }
    findings
}

/// The ranges of addresses whose pages exist.
fn present_ranges(pagemap: &File, start: u64, end: u64) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut entries = vec![0; usize::try_from((end - start) / PAGE * 8).unwrap()];
    if pagemap.read_exact_at(&mut entries, start / PAGE * 8).is_err() {
        return vec![(start, end)];
    }
    for (entry, at) in entries.chunks_exact(8).zip((start..end).step_by(4_096)) {
        if u64::from_le_bytes(entry.try_into().unwrap()) & PRESENT_OR_SWAPPED == 0 {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.1 == at => last.1 = at + PAGE,
            _ => ranges.push((at, at + PAGE)),
        }
    }
    ranges
}

fn find(bytes: &[u8], region: &str, offset: u64, findings: &mut Vec<Finding>) {
    for form in &FORMS {
        let stem: Vec<u8> = STEM.chars().flat_map(form.encode).collect();
        let width = stem.len() / STEM.len();
        // Half of the stem, too: the other half may have been overwritten.
        let (first, second) = stem.split_at(stem.len() / 2);
        for (half, shift) in [(first, 0), (second, first.len())] {
            for at in memmem::find_iter(bytes, half) {
                let start = at.saturating_sub(shift);
                let before = start.checked_sub(NUMBER_LETTERS * width).and_then(|from| bytes.get(from..start));
                let after = bytes.get(start + stem.len()..start + stem.len() + NUMBER_LETTERS * width);
                let number = [before, after].into_iter().flatten().find_map(|letters| number_of(letters, form));
                let around = &bytes[start.saturating_sub(48)..(at + 96).min(bytes.len())];
                let context = String::from_utf8_lossy(around).replace(|letter: char| letter.is_control(), "·");
                let offset = offset + u64::try_from(at).unwrap();
                findings.push(Finding { number, form: form.name, region: region.to_owned(), offset, context });
            }
        }
    }
}

fn number_of(letters: &[u8], form: &Form) -> Option<usize> {
    let width = letters.len() / NUMBER_LETTERS;
    letters.chunks_exact(width).try_fold(0, |number, letter| {
        let digit = ('a'..='z').position(|one| (form.encode)(one) == letter)?;
        Some(number * 26 + digit)
    })
}
