//! `[[keyword_group]]`: names, and terms from a list or a file. An error names the location of a term, never the term
//! itself; the location in a file is its line number.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::config::paths;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::fields::keyword::MAX_KEYWORD_BYTES;
use crate::fields::keyword_group::{
    KeywordGroupError, KeywordGroupErrorKind, KeywordGroups, MAX_GROUPS, MAX_TERMS_BYTES, MAX_TERMS_PER_GROUP, OTHER,
    TermError,
};
use crate::name::ConfigName;

/// Maximum size of a file of terms, in bytes. It equals the maximum size of all terms, and keeps a wrong file name (a
/// database, a device) from being read to its end.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Lines of a file of terms that begin with this character are skipped.
const COMMENT: char = '#';

/// A group as read, to report the location of its errors.
struct GroupSource<'t> {
    table: TableReader<'t>,
    /// Its name, if it is valid.
    name: Option<ConfigName>,
    /// The source of its terms, if they could be read.
    terms: Option<TermSource>,
}

enum TermSource {
    /// `terms`, with the location of each.
    List(Vec<Located<()>>),
    /// `file`, with the line number of each.
    File { file: Located<String>, lines: Vec<usize> },
}

/// The terms of a file, and the line number of each.
struct TermFile {
    terms: Vec<String>,
    lines: Vec<usize>,
}

/// Reads every `[[keyword_group]]` table. The result is empty if there were errors.
pub(super) fn read(root: &mut TableReader<'_>, folder: &Path) -> KeywordGroups {
    let mut sources = Vec::new();
    let mut groups = Vec::new();
    for table in root.table_list("keyword_group") {
        let (source, terms) = group(table, folder);
        // The terms of a group without a valid name are checked all the same.
        groups.push((source.name.clone().unwrap_or_else(ConfigName::unknown), terms));
        sources.push(source);
    }
    let groups = KeywordGroups::new(groups);
    for &KeywordGroupError { group, kind } in groups.as_ref().err().into_iter().flatten() {
        report(&sources, group, kind);
    }
    for source in sources {
        source.table.finish();
    }
    groups.unwrap_or_default()
}

fn group<'t>(mut table: TableReader<'t>, folder: &Path) -> (GroupSource<'t>, Vec<String>) {
    let text = table.required_string("name");
    let name = text.and_then(|text| ConfigName::new(&text.value).map_err(|error| table.error_at(&text, error)).ok());
    let (list, file) = (table.string_list("terms"), table.string("file"));
    match (table.is_present("terms"), table.is_present("file")) {
        (true, true) => table.error_at_key("file", "set terms or file, not both"),
        (false, false) => {
            table.error_at_key("terms", "set terms = [\"…\"], or file = \"terms.txt\" with one term per line");
        }
        (true, false) | (false, true) => {}
    }
    let (terms, source) = match (list, file) {
        (Some(list), _) => {
            let split = |term: Located<String>| {
                let text = term.value.clone();
                (text, term.with(()))
            };
            let (terms, locations) = list.into_iter().map(split).unzip();
            (terms, Some(TermSource::List(locations)))
        }
        (None, Some(file)) => match read_file(&paths::resolve(folder, &file.value)) {
            Ok(TermFile { terms, lines }) => (terms, Some(TermSource::File { file, lines })),
            Err(error) => {
                table.error_at(&file, format!("the file {} {error}", file.value));
                (Vec::new(), None)
            }
        },
        (None, None) => (Vec::new(), None),
    };
    (GroupSource { table, name, terms: source }, terms)
}

fn read_file(path: &Path) -> Result<TermFile, String> {
    let mut bytes = Vec::new();
    let result = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    result.map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(format!("is longer than {MAX_FILE_BYTES} bytes; remove rare terms"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("is not valid UTF-8 in line {line}; save it as UTF-8 text")
    })?;
    // Some editors write a byte order mark (U+FEFF), which would hide a comment in the first line.
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..);
    let (terms, lines) = lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with(COMMENT))
        .map(|(line, number)| (line.to_owned(), number))
        .unzip();
    Ok(TermFile { terms, lines })
}

fn report(sources: &[GroupSource<'_>], group: usize, error: KeywordGroupErrorKind) {
    let Some(GroupSource { table, name, terms }) = sources.get(group) else { return };
    let terms_key = if matches!(terms, Some(TermSource::File { .. })) { "file" } else { "terms" };
    let (key, message) = match error {
        // Reported before: the name is invalid, or the terms could not be read.
        KeywordGroupErrorKind::DuplicateName if name.is_none() => return,
        KeywordGroupErrorKind::NoTerms if terms.is_none() => return,
        KeywordGroupErrorKind::Term(term, error) => {
            return report_term(table, terms.as_ref(), term, &term_message(sources, error));
        }
        KeywordGroupErrorKind::TooManyGroups => {
            ("name", format!("there can be at most {MAX_GROUPS} groups; remove this one and those below"))
        }
        KeywordGroupErrorKind::ReservedName => {
            ("name", format!("the name {OTHER} is reserved: reports use it for values too rare to show"))
        }
        KeywordGroupErrorKind::DuplicateName => {
            ("name", "a keyword group above already has this name; choose another".to_owned())
        }
        KeywordGroupErrorKind::NoTerms => {
            (terms_key, "there is no term; a group without terms counts nothing".to_owned())
        }
        KeywordGroupErrorKind::TooManyTerms => {
            (terms_key, format!("a group can have at most {MAX_TERMS_PER_GROUP} terms; split it into two groups"))
        }
        KeywordGroupErrorKind::TooLarge => (
            terms_key,
            format!("all terms up to this group are longer than {MAX_TERMS_BYTES} bytes together; remove some"),
        ),
    };
    table.error_at_key(key, message);
}

fn report_term(table: &TableReader<'_>, source: Option<&TermSource>, term: usize, message: &str) {
    match source {
        Some(TermSource::List(locations)) => {
            locations.get(term).into_iter().for_each(|location| table.error_at(location, message));
        }
        Some(TermSource::File { file, lines }) => {
            lines
                .get(term)
                .into_iter()
                .for_each(|line| table.error_at(file, format!("{}, line {line}: {message}", file.value)));
        }
        None => {}
    }
}

fn term_message(sources: &[GroupSource<'_>], error: TermError) -> String {
    match error {
        TermError::Empty => "this term has no visible character; write one, or remove it".to_owned(),
        TermError::TooLong => {
            format!("this term is longer than {MAX_KEYWORD_BYTES} bytes, the maximum length of a keyword; shorten it")
        }
        TermError::Duplicate { group, term } => {
            let other = sources.get(group).and_then(|source| source.terms.as_ref()?.location(term));
            let other = other.unwrap_or_default();
            format!("this term is the same as {other} except for case and spelling; remove one of them")
        }
    }
}

impl TermSource {
    /// The location of a term, for an error message.
    fn location(&self, term: usize) -> Option<String> {
        match self {
            Self::List(locations) => locations.get(term).map(|location| location.key.clone()),
            Self::File { file, lines } => lines.get(term).map(|line| format!("{}, line {line}", file.value)),
        }
    }
}
