//! Which part of a text has been found to be what.

use core::ops::Range;

use crate::fields::pii::PiiKind;

/// Which bytes are taken, and by what.
#[derive(Debug)]
pub(super) struct Claims {
    taken: Vec<bool>,
    findings: Vec<(PiiKind, Range<usize>)>,
}

impl Claims {
    pub(super) fn new(text: &str) -> Claims {
        Claims { taken: vec![false; text.len()], findings: Vec::new() }
    }

    pub(super) fn free(&self, range: &Range<usize>) -> bool {
        self.taken.get(range.clone()).is_some_and(|bytes| !bytes.contains(&true))
    }

    /// Takes the range without calling it personal, so that nothing else does.
    pub(super) fn protect(&mut self, range: Range<usize>) {
        if let Some(bytes) = self.taken.get_mut(range) {
            bytes.fill(true);
        }
    }

    /// Takes the range for a finding, unless a part of it is taken already.
    pub(super) fn claim(&mut self, kind: PiiKind, range: Range<usize>) -> bool {
        if range.is_empty() || !self.free(&range) {
            return false;
        }
        self.protect(range.clone());
        self.findings.push((kind, range));
        true
    }

    pub(super) fn into_findings(mut self) -> Vec<(PiiKind, Range<usize>)> {
        self.findings.sort_by_key(|(_, range)| range.start);
        self.findings
    }
}
