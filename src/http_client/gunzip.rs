//! Decodes gzip (RFC 1952) as gzip(1) does: members one after another, and whatever follows the last one is ignored.

use std::io::{self, ErrorKind, Write as _};

use bytes::Bytes;
use flate2::write::GzDecoder;

use crate::http_client::limited_buffer::LimitedBuffer;

/// Most members of a body. Servers that compress piece by piece send some dozens; each costs a new decoder.
const MAX_MEMBERS: usize = 1_024;
/// The first bytes of a member (RFC 1952 section 2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A decoder of gzip.
#[derive(Debug)]
pub(super) struct Gunzip {
    /// The current member; `None` within what follows the last one, and after an error.
    member: Option<GzDecoder<LimitedBuffer>>,
    /// Members that ended.
    ended: usize,
    /// The output of the members that ended.
    output: Vec<u8>,
}

impl Gunzip {
    pub(super) fn new(buffer: LimitedBuffer) -> Self {
        Self { member: Some(GzDecoder::new(buffer)), ended: 0, output: Vec::new() }
    }

    /// Decodes the next bytes, possibly to none.
    ///
    /// # Errors
    /// The limit is exceeded (`StorageFull`), or the first member or a checksum is invalid.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        if let Some(member) = &mut self.member {
            member.get_mut().note_input(bytes.len());
        }
        let mut left = bytes;
        while let Some(member) = self.member.as_mut().filter(|_| !left.is_empty()) {
            match member.write(left) {
                Ok(0) => self.start_member(left)?,
                Ok(read) => left = left.get(read..).unwrap_or_default(),
                // What began like a member is none.
                Err(error) if self.ended > 0 && member.header().is_none() && error.kind() != ErrorKind::StorageFull => {
                    self.member = None;
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(member) = &mut self.member {
            member.flush()?;
        }
        Ok(self.take())
    }

    /// Ends a member, and starts another one if these bytes begin like one.
    fn start_member(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(ended) = self.member.take() else { return Ok(()) };
        let mut buffer = ended.finish()?;
        self.ended += 1;
        self.output.extend_from_slice(&buffer.take());
        let is_member = bytes.iter().zip(MAGIC).all(|(byte, expected)| *byte == expected);
        if is_member && self.ended == MAX_MEMBERS {
            return Err(ErrorKind::StorageFull.into());
        }
        self.member = is_member.then(|| GzDecoder::new(buffer));
        Ok(())
    }

    /// Decodes the last bytes.
    ///
    /// # Errors
    /// Those of [`Self::push`], or the last member is incomplete.
    pub(super) fn finish(&mut self) -> io::Result<Bytes> {
        if let Some(member) = &mut self.member
            && (self.ended == 0 || member.header().is_some())
        {
            member.try_finish()?;
        }
        Ok(self.take())
    }

    fn take(&mut self) -> Bytes {
        let current = self.member.as_mut().map(|member| member.get_mut().take()).unwrap_or_default();
        if self.output.is_empty() {
            return current;
        }
        self.output.extend_from_slice(&current);
        std::mem::take(&mut self.output).into()
    }
}
