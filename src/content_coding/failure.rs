//! Why content was not coded.

/// The coder failed. It does so for no input; the bytes so far are of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodingFailed;
