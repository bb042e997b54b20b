//! The tables `[[keyword_group]]`: names, and terms from a list or a file. A mistake says where a term stands, never what
//! it is: in a file that is its line.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::config::path;
use crate::config::read::{At, Section};
use crate::fields::keyword::KEYWORD_BYTES;
use crate::fields::keyword_group::{BadGroup, BadTerm, GROUP_TERMS, GROUPS, KeywordGroups, OTHER, TERMS_BYTES, Wrong};
use crate::name::ConfigName;

/// The longest file of terms, in bytes: all terms that there may be are no longer, and a wrong name (of a database, of a
/// device) is not read to its end.
const FILE_BYTES: u64 = 4 << 20;

/// What a line of a file of terms begins with to be passed over.
const COMMENT: char = '#';

/// A group as it is read, to tell the places of its mistakes.
struct Draft<'t> {
    section: Section<'t>,
    /// Its name, where it is one.
    name: Option<ConfigName>,
    /// Where its terms are from, where they could be read.
    source: Option<TermSource>,
}

enum TermSource {
    /// `terms`, with the place of each.
    List(Vec<At<()>>),
    /// `file`, with the line of each.
    File(At<String>, Vec<usize>),
}

/// The groups. Where there are mistakes they are reported, and nothing is made of what comes back.
pub(super) fn all(file: &mut Section<'_>, folder: &Path) -> KeywordGroups {
    let mut drafts = Vec::new();
    let mut groups = Vec::new();
    for section in file.tables("keyword_group") {
        let (draft, terms) = one(section, folder);
        // The terms of a group without a name are judged all the same.
        groups.push((draft.name.clone().unwrap_or_else(ConfigName::unknown), terms));
        drafts.push(draft);
    }
    let groups = KeywordGroups::new(groups);
    for &BadGroup { group, what } in groups.as_ref().err().into_iter().flatten() {
        report(&drafts, group, what);
    }
    for draft in drafts {
        draft.section.end();
    }
    groups.unwrap_or_default()
}

fn one<'t>(mut section: Section<'t>, folder: &Path) -> (Draft<'t>, Vec<String>) {
    let text = section.needed_text("name");
    let name = text.and_then(|text| ConfigName::new(&text.value).map_err(|what| section.wrong(&text, what)).ok());
    let (list, file) = (section.texts("terms"), section.text("file"));
    match (section.stands("terms"), section.stands("file")) {
        (true, true) => section.mistake("file", "terms and file stand here both; leave one of them out"),
        (false, false) => {
            section.mistake("terms", "a group needs terms = [\"…\"], or file = \"terms.txt\" with one a line");
        }
        (true, false) | (false, true) => {}
    }
    let (terms, source) = match (list, file) {
        (Some(list), _) => {
            let place = |term: At<String>| (term.value, At { value: (), span: term.span, key: term.key });
            let (terms, places) = list.into_iter().map(place).unzip();
            (terms, Some(TermSource::List(places)))
        }
        (None, Some(file)) => match read(&path(folder, &file.value)) {
            Ok((terms, lines)) => (terms, Some(TermSource::File(file, lines))),
            Err(what) => {
                section.wrong(&file, format!("the file {} {what}", file.value));
                (Vec::new(), None)
            }
        },
        (None, None) => (Vec::new(), None),
    };
    (Draft { section, name, source }, terms)
}

/// The terms of a file, and the line of each.
fn read(file: &Path) -> Result<(Vec<String>, Vec<usize>), String> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(FILE_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES) {
        return Err(format!("is longer than {FILE_BYTES} bytes; leave out what nobody searches for"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let right = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = right.iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("is not in UTF-8, line {line} to begin with; save it as a text in UTF-8")
    })?;
    // Some editors begin a text with the mark U+FEFF, which would hide a comment.
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    Ok(lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with(COMMENT))
        .map(|(line, n)| (line.to_owned(), n))
        .unzip())
}

fn report(drafts: &[Draft<'_>], group: usize, what: Wrong) {
    let Some(Draft { section, name, source }) = drafts.get(group) else { return };
    let terms = if matches!(source, Some(TermSource::File(..))) { "file" } else { "terms" };
    let (key, what) = match what {
        // Reported already: it has no right name, or no terms that can be read.
        Wrong::Taken if name.is_none() => return,
        Wrong::Empty if source.is_none() => return,
        Wrong::Term(at, what) => return report_term(section, source.as_ref(), at, &bad_term(drafts, what)),
        Wrong::TooMany => ("name", format!("there are at most {GROUPS} groups; leave out this one and those below")),
        Wrong::Other => ("name", format!("the name {OTHER} is taken: reports give it to what is too rare to be shown")),
        Wrong::Taken => ("name", "this name is taken by a keyword group above; names must differ".to_owned()),
        Wrong::Empty => (terms, "there is no term; a group without one counts nothing".to_owned()),
        Wrong::TooManyTerms => (terms, format!("a group has at most {GROUP_TERMS} terms; make two groups of it")),
        Wrong::TooLarge => {
            (terms, format!("up to here all terms are longer than {TERMS_BYTES} bytes together; leave some out"))
        }
    };
    section.mistake(key, what);
}

fn report_term(section: &Section<'_>, source: Option<&TermSource>, at: usize, what: &str) {
    match source {
        Some(TermSource::List(places)) => places.get(at).into_iter().for_each(|place| section.wrong(place, what)),
        Some(TermSource::File(file, lines)) => {
            lines
                .get(at)
                .into_iter()
                .for_each(|line| section.wrong(file, format!("{}, line {line}: {what}", file.value)));
        }
        None => {}
    }
}

fn bad_term(drafts: &[Draft<'_>], what: BadTerm) -> String {
    match what {
        BadTerm::Empty => "nothing of this term can be seen; write one, or leave it out".to_owned(),
        BadTerm::TooLong => {
            format!("this term is longer than any keyword, which has at most {KEYWORD_BYTES} bytes; shorten it")
        }
        BadTerm::Twice { group, term } => {
            let place = drafts.get(group).and_then(|draft| draft.source.as_ref()?.place(term)).unwrap_or_default();
            format!("this term stands in {place} already, but for case and spelling; leave out one of them")
        }
    }
}

impl TermSource {
    /// Where a term stands.
    fn place(&self, term: usize) -> Option<String> {
        match self {
            Self::List(places) => places.get(term).map(|place| place.key.clone()),
            Self::File(file, lines) => lines.get(term).map(|line| format!("{}, line {line}", file.value)),
        }
    }
}
