//! Takes an input apart.

/// The rest of an input.
#[derive(Clone, Copy)]
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte; 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// The next bytes; 0 after the end.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let taken = self.0.len().min(N);
        let (bytes, rest) = self.0.split_at(taken);
        self.0 = rest;
        let mut array = [0; N];
        array[..taken].copy_from_slice(bytes);
        array
    }

    /// The next line, without its line feed; empty at the end.
    pub fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|&byte| byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// The lines up to an empty one, or to the end.
    pub fn lines(&mut self) -> Vec<&'a [u8]> {
        let next = || Some(self.line()).filter(|line| !line.is_empty());
        std::iter::from_fn(next).collect()
    }

    /// The rest as text; what is not UTF-8 is replaced.
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.0).into_owned()
    }
}

/// The pieces of these lengths, repeated; a length of 0 is one of 1.
pub fn pieces<'a>(bytes: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut lengths = lengths.iter().map(|&length| usize::from(length).max(1)).cycle();
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(lengths.next().unwrap_or(1).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
