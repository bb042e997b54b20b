//! The texts that an XLSX file shares between cells (ECMA-376 part 1 section 18.4).

use crate::billing::import::issue::ImportIssue;
use crate::billing::import::xml_events::XmlEvent;

/// The most bytes of all texts: they are held in memory. A million different texts of 50 characters take 50 MB.
const MAX_SHARED_BYTES: usize = 256 << 20;
/// The most texts. Each takes 4 bytes besides its own.
const MAX_SHARED_STRINGS: usize = 20_000_000;

/// Texts by their index.
#[derive(Default)]
pub(super) struct SharedStrings {
    /// All texts, one after the other.
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    is_in_text: bool,
    /// Phonetic hints that are open; their text is not part of the cell.
    phonetic: usize,
}

impl SharedStrings {
    /// Reads a piece of the part of shared strings.
    ///
    /// # Errors
    /// The texts are too large.
    pub(super) fn read(&mut self, event: &XmlEvent<'_>) -> Result<(), ImportIssue> {
        match event {
            XmlEvent::Open(start) => match start.local_name().as_ref() {
                "t" => self.is_in_text = self.phonetic == 0,
                "rPh" => self.phonetic += 1,
                _ => {}
            },
            XmlEvent::Close(end) => match end.local_name().as_ref() {
                "t" => self.is_in_text = false,
                "rPh" => self.phonetic = self.phonetic.saturating_sub(1),
                "si" => self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX)),
                _ => {}
            },
            XmlEvent::Text(text) if self.is_in_text => self.text += text,
            XmlEvent::Text(_) => {}
        }
        if self.text.len() > MAX_SHARED_BYTES || self.ends.len() > MAX_SHARED_STRINGS {
            return Err(ImportIssue::new("the spreadsheet has more than 256 MB of texts; split it by month"));
        }
        Ok(())
    }

    /// Returns a text.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = usize::try_from(*self.ends.get(index)?).ok()?;
        let start = match index.checked_sub(1) {
            Some(before) => usize::try_from(*self.ends.get(before)?).ok()?,
            None => 0,
        };
        self.text.get(start..end)
    }
}
