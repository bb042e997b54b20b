//! The prefilter: one pass over the bytes of a keyword.

/// Fewer digits than this make no number of any scheme (the shortest are the
/// UK National Insurance number and the Finnish code, with six).
const FEWEST_DIGITS: usize = 6;

/// The shortest token any secret format allows (an AWS key id has 20).
const LONG_TOKEN: usize = 16;

/// What one pass over the bytes says about which detectors can find anything.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub(super) digits: bool,
    pub(super) at: bool,
    pub(super) spelt_at: bool,
    pub(super) link: bool,
    pub(super) assignment: bool,
    pub(super) armour: bool,
    pub(super) long_token: bool,
    /// A percent sign: there may be more once the escapes are read.
    pub(super) percent: bool,
}

impl Hints {
    pub(super) fn of(text: &str) -> Hints {
        let mut hints = Hints::default();
        let (mut digits, mut run, mut before) = (0_usize, 0_usize, b' ');
        for &byte in text.as_bytes() {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    run += 1;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'+' => run += 1,
                b'-' => {
                    run += 1;
                    hints.armour |= before == b'-';
                }
                b'/' => {
                    run += 1;
                    hints.link |= before == b'/';
                }
                b'@' => {
                    run = 0;
                    hints.at = true;
                }
                b'=' | b':' => {
                    run = 0;
                    hints.assignment = true;
                    hints.link |= byte == b'=';
                }
                b')' | b']' | b'}' => {
                    run = 0;
                    hints.spelt_at |= matches!(before, b't' | b'T' | b' ');
                }
                b'%' => {
                    run = 0;
                    hints.percent = true;
                }
                _ => run = 0,
            }
            hints.long_token |= run >= LONG_TOKEN;
            before = byte;
        }
        hints.digits = digits >= FEWEST_DIGITS;
        hints
    }

    /// Whether a detector can find anything in the text as it is written.
    pub(super) fn any(&self) -> bool {
        self.digits || self.at || self.spelt_at || self.link || self.assignment || self.armour || self.long_token
    }
}
