//! Codes by which people could be told apart. Each search tells its partner its code, so a code is an ID channel: it must be for many
//! people. Names that count something, or that are random, and names in great number are warned of. Names of countries, languages,
//! products, years and versions are neither.

use std::collections::{BTreeMap, BTreeSet};

/// More codes than this are warned of, whatever their names: with ten bits, a name for each of a thousand people. Fifty countries with
/// twenty products have as many.
const MANY: usize = 1_000;

/// Names that differ in one part only: more than the weeks of a year (53) and the months of five years (60).
const SERIES: usize = 64;

/// The same, where the name has a word for a person.
const SERIES_OF_PERSONS: usize = 16;

/// Names with a random part of 64 bits or more. Nobody reads such names, so people did not choose them for channels.
const RANDOM: usize = 8;

/// Names in smaller series, in all, and the smallest series that counts for it: more than nine products with all weeks of a year. Shorter
/// series are years, which every country may have.
const SCATTERED: usize = 512;
const SCATTERED_SERIES: usize = 32;

/// Characters of a random part of 64 bits in hexadecimal.
const RANDOM_CHARACTERS: usize = 16;

/// Changes between letters and digits in a random part. `windows11build22621` has three.
const RANDOM_CHANGES: usize = 4;

/// Characters of a part that can be a word, and the percentage of names that have so many, by which words are told from random parts: words
/// differ in length.
const WORD_CHARACTERS: usize = 5;
const SAME_LENGTH_PER_CENT: usize = 80;

/// Percentage of names whose successor is a name, too, by which a count is told from abbreviations: of all 249 countries 55 % have one.
const CONSECUTIVE_PER_CENT: usize = 90;

/// One of so many parts in hexadecimal has both letters and digits, or they are words.
const MIXED_ONE_IN: usize = 4;

const PERSONS: [&str; 10] =
    ["user", "usr", "uid", "customer", "member", "person", "account", "subscriber", "employee", "visitor"];

/// Who chose the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// The operator: codes.
    Operator,
    /// The partner: tags. It may number the channels of all its customers.
    Partner,
}

/// Names by which people could be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodeFinding {
    /// The position of the first such name.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: usize,
    /// What is wrong, to follow `3000 codes`.
    pub(super) fault: &'static str,
}

/// One part of a name that may differ: what is before and after it, and it.
type Split<'n> = (&'n str, &'n str, &'n str);

/// The names of one series: the parts that differ, each with the position of its name.
type NameSeries<'n> = BTreeMap<&'n str, usize>;

/// What is wrong with these different names. Each is in one finding at most.
pub(super) fn find(names: &[&str], by: NamedBy) -> Vec<CodeFinding> {
    let mut search = Search { names, found: BTreeSet::new(), findings: Vec::new() };
    let random = search.names.iter().enumerate().filter(|(_, name)| is_random(name)).map(|(index, _)| index).collect();
    search.report(random, if by == NamedBy::Operator { RANDOM } else { SERIES }, "have a random part");
    search.parts(hexadecimal_tail, is_hexadecimal_series, "differ in a hexadecimal number");
    search.numbered(by);
    search.parts(token, is_lettered_series, "differ in letters that count");
    if by == NamedBy::Operator {
        search.parts(token, is_random_series, "differ in a part of fixed length that is no word");
        search.scattered();
    }
    let left: Vec<usize> = (0..names.len()).filter(|index| !search.found.contains(index)).collect();
    if names.len() > MANY {
        search.report(left, 1, "are more than channels of many people need");
    }
    search.findings
}

struct Search<'n> {
    names: &'n [&'n str],
    found: BTreeSet<usize>,
    findings: Vec<CodeFinding>,
}

impl<'n> Search<'n> {
    fn report(&mut self, mut indices: Vec<usize>, least: usize, fault: &'static str) {
        indices.retain(|index| !self.found.contains(index));
        let count = indices.len();
        if let Some(first) = indices.iter().copied().min().filter(|_| count >= least) {
            self.found.extend(indices);
            self.findings.push(CodeFinding { first, count, fault });
        }
    }

    /// The series of names that are equal but for one part.
    fn series(&self, split: impl Fn(&'n str) -> Vec<Split<'n>>) -> BTreeMap<(&'n str, &'n str), NameSeries<'n>> {
        let mut all: BTreeMap<_, NameSeries<'n>> = BTreeMap::new();
        for (index, name) in self.names.iter().copied().enumerate() {
            for (before, part, after) in split(name) {
                all.entry((before, after)).or_default().insert(part, index);
            }
        }
        all
    }

    fn numbered(&mut self, by: NamedBy) {
        for ((before, after), series) in self.series(numbers) {
            let is_of_persons = PERSONS.iter().any(|word| [before, after].iter().any(|text| has_word(text, word)));
            let least = if is_of_persons { SERIES_OF_PERSONS } else { SERIES };
            if by == NamedBy::Operator || is_of_persons || is_consecutive(series.keys().copied(), 10) {
                self.report(series.into_values().collect(), least, "differ in a number");
            }
        }
    }

    fn parts(
        &mut self,
        split: impl Fn(&'n str) -> Vec<Split<'n>>,
        is_series: impl Fn(&[&str], usize) -> bool,
        fault: &'static str,
    ) {
        for series in self.series(split).into_values().filter(|series| series.len() >= SERIES) {
            let mut by_length: BTreeMap<usize, Vec<(&str, usize)>> = BTreeMap::new();
            for (part, index) in &series {
                by_length.entry(part.len()).or_default().push((part, *index));
            }
            for equal in by_length.into_values().filter(|equal| equal.len() >= SERIES) {
                let parts: Vec<&str> = equal.iter().map(|(part, _)| *part).collect();
                if is_series(&parts, series.len()) {
                    self.report(equal.into_iter().map(|(_, index)| index).collect(), SERIES, fault);
                }
            }
        }
    }

    /// Many small series, and names with several numbers.
    fn scattered(&mut self) {
        let small = self.series(numbers).into_values().filter(|series| series.len() >= SCATTERED_SERIES);
        let indices: BTreeSet<usize> = small.flat_map(NameSeries::into_values).collect();
        self.report(indices.into_iter().collect(), SCATTERED, "differ in numbers");
        let mut shapes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, name) in self.names.iter().enumerate() {
            let shape: Vec<&str> = name.split(|c: char| c.is_ascii_digit()).filter(|text| !text.is_empty()).collect();
            shapes.entry(shape.join("0")).or_default().push(index);
        }
        for indices in shapes.into_values() {
            self.report(indices, SCATTERED, "differ in numbers");
        }
    }
}

/// Splits a name at each part of it that `is_part` covers as far as it goes.
fn split_at(name: &str, is_part: impl Fn(char) -> bool) -> Vec<Split<'_>> {
    let mut splits = Vec::new();
    let mut rest = 0;
    while let Some(start) = name.get(rest..).and_then(|text| text.find(&is_part)).map(|at| rest + at) {
        let length = name.get(start..).and_then(|text| text.find(|c| !is_part(c)));
        let end = length.map_or(name.len(), |length| start + length);
        let (before, part, after) = (name.get(..start), name.get(start..end), name.get(end..));
        splits.extend(before.zip(part).zip(after).map(|((before, part), after)| (before, part, after)));
        rest = end;
    }
    splits
}

fn numbers(name: &str) -> Vec<Split<'_>> {
    split_at(name, |c| c.is_ascii_digit())
}

fn token(name: &str) -> Vec<Split<'_>> {
    split_at(name, |c| c.is_ascii_alphanumeric())
}

/// The hexadecimal digits with which a token ends: `0a1f` of `user0a1f`.
fn hexadecimal_tail(name: &str) -> Vec<Split<'_>> {
    let tail = |(before, part, after): Split<'_>| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_hexdigit()).len();
        let (start, end) = (before.len() + word, name.len() - after.len());
        Some((start, end))
    };
    let tails = token(name).into_iter().filter_map(tail);
    tails.filter_map(|(start, end)| Some((name.get(..start)?, name.get(start..end)?, name.get(end..)?))).collect()
}

fn is_hexadecimal_series(parts: &[&str], _: usize) -> bool {
    let is_mixed = |part: &&&str| {
        part.bytes().any(|byte| byte.is_ascii_digit()) && part.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    parts.iter().filter(is_mixed).count() * MIXED_ONE_IN >= parts.len()
}

fn is_lettered_series(parts: &[&str], _: usize) -> bool {
    parts.iter().all(|part| part.len() < WORD_CHARACTERS) && is_consecutive(parts.iter().copied(), 36)
}

fn is_random_series(parts: &[&str], all: usize) -> bool {
    parts.iter().all(|part| part.len() >= WORD_CHARACTERS) && parts.len() * 100 >= all * SAME_LENGTH_PER_CENT
}

fn is_consecutive<'n>(parts: impl Iterator<Item = &'n str>, radix: u32) -> bool {
    let numbers: BTreeSet<u64> = parts.filter_map(|part| u64::from_str_radix(part, radix).ok()).collect();
    let followed = numbers.iter().filter(|number| number.checked_add(1).is_some_and(|next| numbers.contains(&next)));
    !numbers.is_empty() && followed.count() * 100 >= numbers.len() * CONSECUTIVE_PER_CENT
}

/// Whether a name has a UUID, or a long part in which letters and digits alternate.
fn is_random(name: &str) -> bool {
    let is_uuid = |text: &[u8]| {
        let hyphens = [8, 13, 18, 23];
        let fits = |(index, byte): (usize, &u8)| {
            if hyphens.contains(&index) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        };
        text.iter().enumerate().all(fits)
    };
    let changes = |part: &str| {
        let following = part.bytes().zip(part.bytes().skip(1));
        following.filter(|(one, next)| one.is_ascii_digit() != next.is_ascii_digit()).count()
    };
    let is_long = |(_, part, _): &Split<'_>| part.len() >= RANDOM_CHARACTERS && changes(part) >= RANDOM_CHANGES;
    name.as_bytes().windows(36).any(is_uuid) || token(name).iter().any(is_long)
}

/// Whether the text has this word, or its plural, between other characters than letters.
fn has_word(text: &str, word: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words
        .map(str::to_ascii_lowercase)
        .any(|own| own.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest == "s"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn findings(names: &[String], by: NamedBy) -> Vec<CodeFinding> {
        find(&names.iter().map(String::as_str).collect::<Vec<_>>(), by)
    }

    /// A number that looks random.
    fn scramble(n: u64) -> u64 {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    fn letters(n: u64, length: u32) -> String {
        (0..length).rev().map(|place| char::from(b'a' + u8::try_from(n / 26_u64.pow(place) % 26).unwrap())).collect()
    }

    type Namer = fn(u64) -> String;

    const SERIES_OF_NAMES: [(&str, Namer); 14] = [
        ("decimal", |n| format!("toolbar-{n:05}")),
        ("decimal without padding", |n| format!("t{n}")),
        ("decimal at the start", |n| format!("{n}.toolbar")),
        ("decimal with gaps", |n| format!("toolbar-{}-x", scramble(n) % 100_000_000)),
        ("in two numbers", |n| format!("t-{}-{}", n / 100, n % 100)),
        ("hexadecimal", |n| format!("toolbar-{n:04x}")),
        ("hexadecimal in capitals", |n| format!("toolbar-{n:04X}")),
        ("hexadecimal after a word", |n| format!("user{:06x}", scramble(n) & 0xff_ffff)),
        ("letters", |n| format!("toolbar-{}", letters(n, 3))),
        ("base 36", |n| format!("t-{}{}", letters(n / 36, 2), char::from_digit((n % 36) as u32, 36).unwrap())),
        ("random letters", |n| format!("toolbar-{}", letters(scramble(n), 8))),
        ("random letters and digits", |n| {
            format!("t-{}{}{}", letters(scramble(n), 2), n % 10, letters(scramble(n) >> 7, 3))
        }),
        ("random hexadecimal", |n| format!("{:016x}", scramble(n))),
        ("identifiers of installations", |n| {
            let (a, b) = (scramble(n), scramble(n + 7_777));
            format!(
                "x-{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                a >> 32,
                a & 0xffff,
                (a >> 16) & 0xfff,
                b >> 52,
                b & 0xffff_ffff_ffff
            )
        }),
    ];

    #[test]
    fn series_are_found_whatever_they_count_with() {
        for (name, namer) in SERIES_OF_NAMES {
            for count in [300, 3_000] {
                let mut names: Vec<String> = (0..count).map(namer).collect();
                names.extend(["main", "beta", "de-news", "toolbar-main"].map(str::to_owned));
                let found = findings(&names, NamedBy::Operator);
                let covered: usize = found.iter().map(|finding| finding.count).sum();
                assert!(covered * 10 >= names.len() * 9, "{name}: {found:?} of {count}");
            }
        }
    }

    #[test]
    fn few_names_are_enough_where_they_are_of_persons_or_random() {
        let users: Vec<String> = (1..=20).map(|n| format!("toolbar.user-{n}")).collect();
        assert_eq!(
            findings(&users, NamedBy::Operator),
            [CodeFinding { first: 0, count: 20, fault: "differ in a number" }]
        );
        assert_eq!(findings(&users, NamedBy::Partner).len(), 1);
        let random: Vec<String> = (0..10)
            .map(|n| format!("t-{:032x}", u128::from(scramble(n)) << 64 | u128::from(scramble(n + 99))))
            .collect();
        assert_eq!(findings(&random, NamedBy::Operator).len(), 1);
    }

    #[test]
    fn channels_of_many_people_are_none() {
        let countries: Vec<String> = "ad ae af ag al am ao ar at au az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca cd cf cg ch ci cl cm cn co cr cu cv cy cz de dj dk dm do dz ec ee eg er es et fi fj fr ga gb gd ge gh gm gn gq gr gt gw gy hn hr ht hu id ie il in iq ir is it jm jo jp ke kg kh ki km kn kp kr kw kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mr mt mu mv mw mx my mz na ne ng ni nl no np nr nz om pa pe pg ph pk pl pt pw py qa ro rs ru rw sa sb sc sd se sg si sk sl sm sn so sr ss st sv sy sz td tg th tj tl tm tn to tr tt tv tz ua ug us uy uz va vc ve vn vu ws ye za zm zw"
            .split(' ').map(str::to_owned).collect();
        let products = ["toolbar", "newtab", "mobile"];
        let cross = |left: &[String], right: &[String]| -> Vec<String> {
            left.iter().flat_map(|left| right.iter().map(move |right| format!("{left}-{right}"))).collect()
        };
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let years: Vec<String> = (2007..2027).map(|year| year.to_string()).collect();
        let weeks: Vec<String> = (1..=53).map(|week| format!("toolbar-2026-w{week:02}")).collect();
        let versions: Vec<String> = (0..60).map(|n| format!("v{}.{}.{}", n / 20, n / 5 % 4, n % 5)).collect();
        let months: Vec<String> = (0..60).map(|n| format!("campaign-{}{:02}", 2020 + n / 12, n % 12 + 1)).collect();
        let cities = owned(&[
            "berlin", "munich", "hamburg", "cologne", "paris", "lyon", "rome", "milan", "madrid", "lisbon", "porto",
        ]);
        let languages = owned(&["de-DE", "de-AT", "en-GB", "en-US", "pt-BR", "zh-Hans", "zh-Hant", "sr-Latn"]);
        for names in [
            cross(&countries[..50], &owned(&products)),
            cross(&owned(&products), &countries),
            countries.iter().map(|country| format!("t{country}")).collect(),
            cross(&countries[..40], &years),
            cross(&owned(&products), &years),
            cross(&languages, &cities),
            weeks,
            versions.clone(),
            cross(&owned(&products), &versions),
            months,
            (1..=12).map(|n| format!("user-group-{n}")).collect(),
            owned(&["main", "beta", "windows11build22621", "a", "b"]),
        ] {
            assert_eq!(findings(&names, NamedBy::Operator), [], "{:?}", &names[..5.min(names.len())]);
            assert_eq!(findings(&names, NamedBy::Partner), [], "{:?}", &names[..5.min(names.len())]);
        }
        // A partner numbers the channels of all its customers.
        let tags: Vec<String> = (0..150).map(|n| format!("pub-{}", scramble(n) % 10_000_000_000)).collect();
        assert_eq!(findings(&tags, NamedBy::Partner), []);
    }

    #[test]
    fn very_many_are_warned_of_whatever_they_are_called() {
        let words = ["red", "green", "blue", "black", "white", "grey", "pink", "brown", "violet", "orange", "yellow"];
        let words = words.map(str::to_owned);
        let joined = |left: &[String]| -> Vec<String> {
            left.iter().flat_map(|left| words.iter().map(move |word| format!("{left}-{word}"))).collect()
        };
        let names = joined(&joined(&words));
        assert_eq!(findings(&names[..MANY], NamedBy::Operator), []);
        let found = findings(&names, NamedBy::Operator);
        assert_eq!((found.len(), found[0].count), (1, names.len()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_names_are_judged_and_each_once(names in proptest::collection::btree_set("[a-zA-Z0-9._-]{1,40}", 0..300)) {
            let names: Vec<String> = names.into_iter().collect();
            for by in [NamedBy::Operator, NamedBy::Partner] {
                let found = findings(&names, by);
                prop_assert!(found.iter().map(|finding| finding.count).sum::<usize>() <= names.len());
            }
        }
    }
}
