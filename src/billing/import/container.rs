//! Recognizes by its first bytes what a file is: text, a spreadsheet, or one of them in a gzip or ZIP file. Its name does not matter.

use std::io::{self, Read};

use crate::billing::import::archive::Archive;
use crate::billing::import::inflate::gunzip;
use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::text_reader::MAX_TEXT_BYTES;
use crate::billing::import::workbook::Workbook;

/// The most containers around a statement: one, and one in it, such as a gzip file in a ZIP file.
const MAX_CONTAINERS: usize = 2;
/// Bytes that tell what a file is.
const MAGIC_BYTES: u64 = 10;

/// What a file contains.
pub(super) enum Contents<'r> {
    /// Text in some encoding, or what is taken for it.
    Text(Box<dyn Read + 'r>),
    /// Sheets of cells.
    Workbook(Workbook),
}

/// What a file is.
enum FileKind {
    Text,
    Gzip,
    Zip,
    /// Another format, and what to do.
    Other(&'static str),
}

fn recognize(start: &[u8]) -> FileKind {
    match start {
        [0x1f, 0x8b, ..] => FileKind::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 6, 6, ..] => FileKind::Zip,
        [b'P', b'K', 7, 8, ..] => FileKind::Other("the ZIP file is one part of several; join them first"),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => FileKind::Other(
            "the file is an old Excel file (.xls) or has a password; save it as XLSX without a password, or export CSV",
        ),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => FileKind::Other("the file is compressed with Zstandard; unpack it first"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => FileKind::Other("the file is compressed with xz; unpack it first"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => {
            FileKind::Other("the file is compressed with bzip2; unpack it first")
        }
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => FileKind::Other("the file is a 7z archive; unpack it first"),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => FileKind::Other("the file is a RAR archive; unpack it first"),
        [b'%', b'P', b'D', b'F', b'-', ..] => FileKind::Other("the file is a PDF; export CSV or a spreadsheet instead"),
        _ => FileKind::Text,
    }
}

/// Opens a file and passes its contents to `visit`. `member` selects a file in a ZIP file.
///
/// # Errors
/// Those of `visit`; a file that is damaged, too large, or of another format.
pub(super) fn open(
    file: impl Read,
    member: Option<&str>,
    visit: &mut dyn FnMut(Contents<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    open_nested(Box::new(file), member, MAX_CONTAINERS, visit)
}

fn open_nested(
    mut bytes: Box<dyn Read + '_>,
    member: Option<&str>,
    containers_left: usize,
    visit: &mut dyn FnMut(Contents<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut start = Vec::new();
    bytes.by_ref().take(MAGIC_BYTES).read_to_end(&mut start)?;
    let kind = recognize(&start);
    let whole = io::Cursor::new(start).chain(bytes);
    let too_deep = || ImportIssue::new("the file is packed more than twice; unpack it first");
    match kind {
        FileKind::Text => visit(Contents::Text(Box::new(whole))),
        FileKind::Other(message) => Err(ImportIssue::new(message).into()),
        FileKind::Gzip => {
            let containers_left = containers_left.checked_sub(1).ok_or_else(too_deep)?;
            open_nested(Box::new(gunzip(whole, MAX_TEXT_BYTES)), member, containers_left, visit)
        }
        FileKind::Zip => {
            let mut archive = Archive::read(whole)?;
            if Workbook::is_in(&archive)? {
                return visit(Contents::Workbook(Workbook::open(archive)?));
            }
            let containers_left = containers_left.checked_sub(1).ok_or_else(too_deep)?;
            let name = archive.select(member)?;
            open_nested(Box::new(archive.open(&name, MAX_TEXT_BYTES)?), member, containers_left, visit)
        }
    }
}
